package main

import "fmt"

// A tile is the register tile of one family: rows x (vectors of a width).
type tile struct {
	name   string // suffix of the functions
	reg    string // Y or Z
	lanes  int
	rows   int // largest number of rows
	bcast  int // registers left for the elements of a
	unroll int
}

var tiles = []tile{
	{"AVX2", "Y", 8, 6, 2, 4},
	{"AVX512", "Z", 16, 12, 6, 2},
}

// pointers that each serve three rows of a: p, p+rs, p+2rs.
var rowPointers = []string{"SI", "R10", "R11", "R12"}

// gemm writes, for 1 to t.rows rows, the function that the comment in gemm.go
// describes. Every element of c is one chain of fused multiply-adds over k.
func (t tile) gemm() {
	for rows := 1; rows <= t.rows; rows++ {
		t.stepMacro(rows)
		t.function(rows)
	}
}

func (t tile) r(i int) string { return fmt.Sprintf("%s%d", t.reg, i) }

// acc is the accumulator of row r, vector v.
func (t tile) acc(r, v int) string { return t.r(2*r + v) }

// stepMacro is one step over k.
func (t tile) stepMacro(rows int) {
	b := 2 * t.rows
	pf("#define STEP%s_%d \\\n", t.name, rows)
	pf("\tVMOVUPS (DX), %s; VMOVUPS %d(DX), %s; ADDQ R9, DX; \\\n", t.r(b), t.lanes*4, t.r(b+1))
	for r := range rows {
		a := t.r(b + 2 + r%t.bcast)
		at := []string{"(%s)", "(%s)(R8*1)", "(%s)(R8*2)"}[r%3]
		pf("\tVBROADCASTSS "+at+", %s; ", rowPointers[r/3], a)
		pf("VFMADD231PS %s, %s, %s; VFMADD231PS %s, %s, %s; \\\n", t.r(b), a, t.acc(r, 0), t.r(b+1), a, t.acc(r, 1))
	}
	for p := range (rows + 2) / 3 {
		pf("\tADDQ BX, %s", rowPointers[p])
		if p < (rows+2)/3-1 {
			pf("; \\\n")
		}
	}
	pf("\n\n")
}

func (t tile) function(rows int) {
	name := fmt.Sprintf("gemm%s_%d", t.name, rows)
	pf("// func %s(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)\n", name)
	pf("TEXT ·%s(SB), NOSPLIT, $0-80\n", name)
	pf("\tMOVQ tiles+0(FP), AX\n\tMOVQ rs+24(FP), R8\n\tSHLQ $2, R8\n\tMOVQ cs+32(FP), BX\n\tSHLQ $2, BX\n")
	pf("\tMOVQ bs+48(FP), R9\n\tSHLQ $2, R9\n\tMOVQ c+56(FP), DI\n\tMOVQ ldc+64(FP), R13\n\tSHLQ $2, R13\n")
	pf("\tMOVQ a+16(FP), SI\n\nnext:\n")
	for p := 1; p < (rows+2)/3; p++ {
		pf("\tLEAQ (%s)(R8*2), %s\n\tADDQ R8, %s\n", rowPointers[p-1], rowPointers[p], rowPointers[p])
	}
	pf("\tMOVQ b+40(FP), DX\n")
	// c is read, or starts at zero
	pf("\tCMPQ load+72(FP), $0\n\tJEQ zero\n\tMOVQ DI, CX\n")
	for r := range rows {
		pf("\tVMOVUPS (CX), %s\n\tVMOVUPS %d(CX), %s\n", t.acc(r, 0), t.lanes*4, t.acc(r, 1))
		if r < rows-1 {
			pf("\tADDQ R13, CX\n")
		}
	}
	pf("\tJMP start\n\nzero:\n")
	for i := range 2 * rows {
		if t.reg == "Z" {
			pf("\tVPXORD %s, %s, %s\n", t.r(i), t.r(i), t.r(i))
		} else {
			pf("\tVXORPS %s, %s, %s\n", t.r(i), t.r(i), t.r(i))
		}
	}
	pf("\nstart:\n\tMOVQ k+8(FP), CX\n\tSUBQ $%d, CX\n\tJLT tail\n\nloop:\n", t.unroll)
	for range t.unroll {
		pf("\tSTEP%s_%d\n", t.name, rows)
	}
	pf("\tSUBQ $%d, CX\n\tJGE loop\n\ntail:\n\tADDQ $%d, CX\n\tJEQ store\n\nsingle:\n", t.unroll, t.unroll)
	pf("\tSTEP%s_%d\n\tDECQ CX\n\tJNE single\n\nstore:\n", t.name, rows)
	for r := range rows {
		pf("\tVMOVUPS %s, (DI)\n\tVMOVUPS %s, %d(DI)\n\tADDQ R13, DI\n", t.acc(r, 0), t.acc(r, 1), t.lanes*4)
	}
	// the pointer of the first rows has gone k*cs further: the next tile starts rows*rs after its start
	pf("\tMOVQ k+8(FP), CX\n\tIMULQ BX, CX\n\tSUBQ CX, SI\n\tMOVQ R8, CX\n\tIMULQ $%d, CX\n\tADDQ CX, SI\n", rows)
	pf("\tDECQ AX\n\tJNE next\n\tVZEROUPPER\n\tRET\n\n")
}
