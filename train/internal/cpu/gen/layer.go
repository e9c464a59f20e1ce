package main

// The functions of this file are the norms and rotations of whole rows.

// whole splits n in R9: R11 becomes the whole vectors' elements, R9 and the mask
// what is left of them.
func whole() {
	pf("\tMOVQ R9, R11\n\tANDQ $-8, R11\n\tSUBQ R11, R9\n")
	tailMask("R9", "AX")
}

// each writes body for the vectors of a row, and for the rest of it under the mask.
func each(label string, body func(tail bool)) {
	pf("\tXORQ BX, BX\n\tCMPQ BX, R11\n\tJGE %stail\n\n%s:\n", label, label)
	body(false)
	pf("\tADDQ $8, BX\n\tCMPQ BX, R11\n\tJLT %s\n\n%stail:\n\tTESTQ R9, R9\n\tJEQ %sdone\n", label, label, label)
	body(true)
	pf("\n%sdone:\n", label)
}

func (a *asm) load(name, pointer string, tail bool) {
	if tail {
		pf("\tVMASKMOVPS (%s)(BX*4), %s, %s\n", pointer, mask, a.r(name))
	} else {
		pf("\tVMOVUPS (%s)(BX*4), %s\n", pointer, a.r(name))
	}
}

func (a *asm) store(name, pointer string, tail bool) {
	if tail {
		pf("\tVMASKMOVPS %s, %s, (%s)(BX*4)\n", a.r(name), mask, pointer)
	} else {
		pf("\tVMOVUPS %s, (%s)(BX*4)\n", a.r(name), pointer)
	}
}

func layers() {
	normRows()
	normGradRows()
	ropeRows()
}

func normRows() {
	var a asm
	pf("// func normRowsVec(rows, n int, y, x, w, rstd *float32, eps float32)\n")
	pf("TEXT ·normRowsVec(SB), NOSPLIT, $0-52\n")
	arguments(nil, [2]string{"rows", "CX"}, [2]string{"n", "R9"}, [2]string{"y", "DI"}, [2]string{"x", "SI"}, [2]string{"w", "DX"}, [2]string{"rstd", "R13"})
	n, eps, one, s := a.low("n"), a.low("eps"), a.low("one"), a.low("sum")
	pf("\tLEAQ (R9*4), R8\n\tVCVTSI2SDQ R9, %s, %s\n\tVCVTSS2SD eps+48(FP), %s, %s\n", n, n, eps, eps)
	pf("\tVCVTSS2SD one<>(SB), %s, %s\n", one, one)
	whole()
	pf("\nrow:\n")
	a.op("VXORPS", "sum", "sum", "sum")
	each("dot", func(tail bool) { a.load("x", "SI", tail); a.fma("sum", "x", "x") })
	a.fold("VADD", "sum", "t")
	pf("\tVCVTSS2SD %s, %s, %s\n\tVDIVSD %s, %s, %s\n\tVADDSD %s, %s, %s\n\tVSQRTSD %s, %s, %s\n\tVDIVSD %s, %s, %s\n\tVCVTSD2SS %s, %s, %s\n",
		s, s, s, n, s, s, eps, s, s, s, s, s, s, one, s, s, s, s)
	pf("\tVMOVSS %s, (R13)\n\tVBROADCASTSS %s, %s\n", s, s, a.r("sum"))
	each("scale", func(tail bool) {
		a.load("x", "SI", tail)
		a.load("w", "DX", tail)
		a.mul("x", "x", "sum")
		a.mul("x", "x", "w")
		a.store("x", "DI", tail)
	})
	pf("\tADDQ R8, SI\n\tADDQ R8, DI\n\tADDQ $4, R13\n\tDECQ CX\n\tJNE row\n\tVZEROUPPER\n\tRET\n\n")
}

func normGradRows() {
	var a asm
	pf("// func normGradRowsVec(rows, n int, dx, dw, dy, x, w, rstd *float32)\n")
	pf("TEXT ·normGradRowsVec(SB), NOSPLIT, $0-64\n")
	arguments(nil, [2]string{"rows", "CX"}, [2]string{"n", "R9"}, [2]string{"dx", "DI"}, [2]string{"dw", "R12"}, [2]string{"dy", "R10"},
		[2]string{"x", "SI"}, [2]string{"w", "DX"}, [2]string{"rstd", "R13"})
	n, s, r := a.low("n"), a.low("sum"), a.low("r")
	pf("\tLEAQ (R9*4), R8\n\tVCVTSI2SSQ R9, %s, %s\n", n, n)
	whole()
	pf("\nrow:\n")
	a.op("VXORPS", "sum", "sum", "sum")
	each("dot", func(tail bool) {
		a.load("dy", "R10", tail)
		a.load("w", "DX", tail)
		a.load("x", "SI", tail)
		a.mul("dy", "dy", "w")
		a.fma("sum", "dy", "x")
	})
	a.fold("VADD", "sum", "t")
	pf("\tVMOVSS (R13), %s\n\tVMULSS %s, %s, %s\n\tVMULSS %s, %s, %s\n\tVMULSS %s, %s, %s\n\tVDIVSS %s, %s, %s\n",
		r, r, r, a.low("t"), r, a.low("t"), a.low("t"), s, a.low("t"), s, n, s, s)
	pf("\tVBROADCASTSS %s, %s\n\tVBROADCASTSS %s, %s\n", s, a.r("sum"), r, a.r("r"))
	each("grad", func(tail bool) {
		a.load("dx", "DI", tail)
		a.load("dw", "R12", tail)
		a.load("dy", "R10", tail)
		a.load("x", "SI", tail)
		a.load("w", "DX", tail)
		a.mul("w", "w", "r")
		a.fma("dx", "dy", "w")
		a.fnma("dx", "x", "sum")
		a.mul("x", "x", "r")
		a.fma("dw", "dy", "x")
		a.store("dx", "DI", tail)
		a.store("dw", "R12", tail)
	})
	pf("\tADDQ R8, SI\n\tADDQ R8, DI\n\tADDQ R8, R10\n\tADDQ $4, R13\n\tDECQ CX\n\tJNE row\n\tVZEROUPPER\n\tRET\n\n")
}

func ropeRows() {
	var a asm
	pf("// func ropeRowsVec(rows, heads, half int, x, cos, sin *float32, positions *int32, sign float32)\n")
	pf("TEXT ·ropeRowsVec(SB), NOSPLIT, $0-60\n")
	arguments(nil, [2]string{"rows", "CX"}, [2]string{"heads", "R12"}, [2]string{"half", "R9"}, [2]string{"x", "SI"})
	pf("\tMOVQ positions+48(FP), R13\n\tVBROADCASTSS sign+56(FP), %s\n\tLEAQ (R9*4), R8\n", a.r("sign"))
	whole()
	pf("\nrow:\n\tMOVLQSX (R13), AX\n\tIMULQ R8, AX\n\tMOVQ cos+32(FP), DX\n\tADDQ AX, DX\n\tMOVQ sin+40(FP), DI\n\tADDQ AX, DI\n\tMOVQ R12, AX\n\nhead:\n\tLEAQ (SI)(R8*1), R10\n")
	each("turn", func(tail bool) {
		a.load("a", "SI", tail)
		a.load("b", "R10", tail)
		a.load("cos", "DX", tail)
		a.load("sin", "DI", tail)
		a.mul("sin", "sin", "sign")
		a.mul("t", "b", "sin")
		a.mul("u", "a", "sin")
		a.op("VFMSUB213PS", "t", "cos", "a") // a cos - b sin
		a.axb("b", "cos", "u")               // b cos + a sin
		a.store("a", "SI", tail)
		a.store("b", "R10", tail)
	})
	pf("\tLEAQ (SI)(R8*2), SI\n\tDECQ AX\n\tJNE head\n\tADDQ $4, R13\n\tDECQ CX\n\tJNE row\n\tVZEROUPPER\n\tRET\n\n")
}
