package main

// The functions of this file work on `rows` rows of attention's tile at once: a
// call for each row costs more than a short row itself. Sums have the lanes of
// the loops over one row, added in the order of lanes.sum8.

// arguments loads what a function is given, in order, from 8-byte words of its
// frame; strides in floats become bytes.
func arguments(strides map[string]bool, names ...[2]string) {
	for i, n := range names {
		pf("\tMOVQ %s+%d(FP), %s\n", n[0], 8*i, n[1])
		if strides[n[0]] {
			pf("\tSHLQ $2, %s\n", n[1])
		}
	}
}

func (a *asm) low(name string) string { return "X" + a.r(name)[1:] }

// fold adds (or op) the eight lanes of name into its lowest, in the order of sum8.
func (a *asm) fold(op, name, spare string) {
	x, t := a.low(name), a.low(spare)
	pf("\tVEXTRACTF128 $1, %s, %s\n\t%sPS %s, %s, %s\n", a.r(name), t, op, t, x, x)
	pf("\tVPERMILPS $0x0e, %s, %s\n\t%sPS %s, %s, %s\n", x, t, op, t, x, x)
	pf("\tVPERMILPS $0x01, %s, %s\n\t%sSS %s, %s, %s\n", x, t, op, t, x, x)
}

// seen starts a row: AX becomes the elements that count, which are the first
// R10 of R9, and the mask registers are set for the first eight.
func (a *asm) seen() {
	pf("\tMOVQ R10, AX\n\tCMPQ AX, R9\n\tCMOVQGT R9, AX\n\tXORQ BX, BX\n")
	pf("\tVMOVD AX, %s\n\tVPBROADCASTD %s, %s\n", a.low("see"), a.low("see"), a.r("see"))
}

// counted makes mask the lanes that count of the eight elements from BX on.
func (a *asm) counted(first bool) {
	if first {
		a.op("VMOVDQU", "iota<>(SB)", "index")
		return
	}
	pf("\tVPCMPGTD %s, %s, %s\n", a.r("index"), a.r("see"), mask)
	a.op("VPADDD", "eight<>(SB)", "index", "index")
}

// beyond clears the elements from BX to R9 of the rows at pointers.
func (a *asm) beyond(label string, pointers ...string) {
	a.op("VXORPS", "t", "t", "t")
	pf("\tJMP %stest\n\n%s:\n", label, label)
	for _, p := range pointers {
		pf("\tVMOVUPS %s, (%s)(BX*4)\n", a.r("t"), p)
	}
	pf("\tADDQ $8, BX\n\n%stest:\n\tCMPQ BX, R9\n\tJLT %s\n", label, label)
}

func rows() {
	softRows()
	gradRows()
	dotRows()
	divideRows()
}

func softRows() {
	var a asm
	pf("// func softRows(rows int, x *float32, ld, n, see, step int, top, next, sum *float32, s float32)\n")
	pf("TEXT ·softRows(SB), NOSPLIT, $0-76\n")
	arguments(map[string]bool{"ld": true}, [2]string{"rows", "CX"}, [2]string{"x", "SI"}, [2]string{"ld", "R8"}, [2]string{"n", "R9"},
		[2]string{"see", "R10"}, [2]string{"step", "R11"}, [2]string{"top", "DI"}, [2]string{"next", "R12"}, [2]string{"sum", "R13"})
	pf("\tVBROADCASTSS s+72(FP), %s\n", a.r("s"))
	a.op("VMOVUPS", "lowest<>(SB)", "low")
	pf("\nrow:\n")
	a.seen()
	a.op("VMOVAPS", "low", "m")
	a.op("VXORPS", "sum", "sum", "sum")
	a.counted(true)
	pf("\tTESTQ AX, AX\n\tJLE none\n\nlargest:\n")
	a.counted(false)
	pf("\tVMOVUPS (SI)(BX*4), %s\n\tVBLENDVPS %s, %s, %s, %s\n", a.r("x"), mask, a.r("x"), a.r("low"), a.r("x"))
	a.op("VMAXPS", "x", "m", "m")
	pf("\tADDQ $8, BX\n\tCMPQ BX, AX\n\tJLT largest\n")
	a.fold("VMAX", "m", "t")
	pf("\tVMULSS %s, %s, %s\n\tVMAXSS (DI), %s, %s\n\tVMOVSS %s, (R12)\n\tVBROADCASTSS %s, %s\n",
		a.low("s"), a.low("m"), a.low("m"), a.low("m"), a.low("m"), a.low("m"), a.low("m"), a.r("m"))
	pf("\tXORQ BX, BX\n")
	a.counted(true)
	pf("\nexp:\n")
	a.counted(false)
	pf("\tVMOVUPS (SI)(BX*4), %s\n", a.r("x"))
	a.op("VFMSUB213PS", "m", "s", "x")
	a.exp("e", "x")
	pf("\tVANDPS %s, %s, %s\n", mask, a.r("e"), a.r("e"))
	a.add("sum", "sum", "e")
	pf("\tVMOVUPS %s, (SI)(BX*4)\n\tADDQ $8, BX\n\tCMPQ BX, AX\n\tJLT exp\n", a.r("e"))
	a.fold("VADD", "sum", "t")
	pf("\tJMP rest\n\nnone:\n\tMOVL (DI), DX\n\tMOVL DX, (R12)\n\nrest:\n\tVMOVSS %s, (R13)\n", a.low("sum"))
	a.beyond("clear", "SI")
	pf("\tADDQ R8, SI\n\tADDQ R11, R10\n\tADDQ $4, DI\n\tADDQ $4, R12\n\tADDQ $4, R13\n\tDECQ CX\n\tJNE row\n\tVZEROUPPER\n\tRET\n\n")
}

func gradRows() {
	var a asm
	pf("// func gradRows(rows int, p, ds *float32, ld, n, see, step int, lse, delta *float32, s float32)\n")
	pf("TEXT ·gradRows(SB), NOSPLIT, $0-76\n")
	arguments(map[string]bool{"ld": true}, [2]string{"rows", "CX"}, [2]string{"p", "SI"}, [2]string{"ds", "DI"}, [2]string{"ld", "R8"}, [2]string{"n", "R9"},
		[2]string{"see", "R10"}, [2]string{"step", "R11"}, [2]string{"lse", "R12"}, [2]string{"delta", "R13"})
	pf("\tVBROADCASTSS s+72(FP), %s\n\nrow:\n", a.r("s"))
	a.seen()
	a.counted(true)
	pf("\tVBROADCASTSS (R12), %s\n\tVBROADCASTSS (R13), %s\n\tTESTQ AX, AX\n\tJLE rest\n\nloop:\n", a.r("lse"), a.r("delta"))
	a.counted(false)
	pf("\tVMOVUPS (SI)(BX*4), %s\n\tVMOVUPS (DI)(BX*4), %s\n", a.r("x"), a.r("dp"))
	a.op("VFMSUB213PS", "lse", "s", "x")
	a.exp("e", "x")
	pf("\tVANDPS %s, %s, %s\n", mask, a.r("e"), a.r("e"))
	a.sub("dp", "dp", "delta")
	a.mul("dp", "dp", "s")
	a.mul("dp", "dp", "e")
	pf("\tVANDPS %s, %s, %s\n", mask, a.r("dp"), a.r("dp"))
	pf("\tVMOVUPS %s, (SI)(BX*4)\n\tVMOVUPS %s, (DI)(BX*4)\n\tADDQ $8, BX\n\tCMPQ BX, AX\n\tJLT loop\n\nrest:\n", a.r("e"), a.r("dp"))
	a.beyond("clear", "SI", "DI")
	pf("\tADDQ R8, SI\n\tADDQ R8, DI\n\tADDQ R11, R10\n\tADDQ $4, R12\n\tADDQ $4, R13\n\tDECQ CX\n\tJNE row\n\tVZEROUPPER\n\tRET\n\n")
}

// tailMask makes mask the first CX-remaining lanes, of which there are `count` (1 to 7).
func tailMask(count, spare string) {
	pf("\tLEAQ masks<>+32(SB), %s\n\tSHLQ $2, %s\n\tSUBQ %s, %s\n\tVMOVUPS (%s), %s\n", spare, count, count, spare, spare, mask)
}

func dotRows() {
	var a asm
	pf("// func dotRows(rows, n int, x *float32, ldx int, y *float32, ldy int, out *float32)\n")
	pf("TEXT ·dotRows(SB), NOSPLIT, $0-56\n")
	arguments(map[string]bool{"ldx": true, "ldy": true}, [2]string{"rows", "CX"}, [2]string{"n", "R9"}, [2]string{"x", "SI"}, [2]string{"ldx", "R8"},
		[2]string{"y", "DI"}, [2]string{"ldy", "R10"}, [2]string{"out", "R13"})
	pf("\tMOVQ R9, R11\n\tANDQ $-8, R11\n\tSUBQ R11, R9\n") // whole vectors, and the rest
	tailMask("R9", "AX")
	pf("\nrow:\n\tXORQ BX, BX\n")
	a.op("VXORPS", "sum", "sum", "sum")
	pf("\tCMPQ BX, R11\n\tJGE tail\n\nloop:\n\tVMOVUPS (SI)(BX*4), %s\n\tVMOVUPS (DI)(BX*4), %s\n", a.r("x"), a.r("y"))
	a.fma("sum", "x", "y")
	pf("\tADDQ $8, BX\n\tCMPQ BX, R11\n\tJLT loop\n\ntail:\n\tTESTQ R9, R9\n\tJEQ done\n")
	pf("\tVMASKMOVPS (SI)(BX*4), %s, %s\n\tVMASKMOVPS (DI)(BX*4), %s, %s\n", mask, a.r("x"), mask, a.r("y"))
	a.fma("sum", "x", "y")
	pf("\ndone:\n")
	a.fold("VADD", "sum", "t")
	pf("\tVMOVSS %s, (R13)\n\tADDQ R8, SI\n\tADDQ R10, DI\n\tADDQ $4, R13\n\tDECQ CX\n\tJNE row\n\tVZEROUPPER\n\tRET\n\n", a.low("sum"))
}

func divideRows() {
	var a asm
	pf("// func divideRows(rows, n int, y *float32, ldy int, x *float32, ldx int, by *float32)\n")
	pf("TEXT ·divideRows(SB), NOSPLIT, $0-56\n")
	arguments(map[string]bool{"ldx": true, "ldy": true}, [2]string{"rows", "CX"}, [2]string{"n", "R9"}, [2]string{"y", "DI"}, [2]string{"ldy", "R10"},
		[2]string{"x", "SI"}, [2]string{"ldx", "R8"}, [2]string{"by", "R13"})
	pf("\tMOVQ R9, R11\n\tANDQ $-8, R11\n\tSUBQ R11, R9\n")
	tailMask("R9", "AX")
	a.op("VMOVUPS", "one<>(SB)", "one")
	pf("\nrow:\n\tXORQ BX, BX\n\tVMOVSS (R13), %s\n\tVDIVSS %s, %s, %s\n\tVBROADCASTSS %s, %s\n", a.low("r"), a.low("r"), a.low("one"), a.low("r"), a.low("r"), a.r("r"))
	pf("\tCMPQ BX, R11\n\tJGE tail\n\nloop:\n\tVMULPS (SI)(BX*4), %s, %s\n\tVMOVUPS %s, (DI)(BX*4)\n", a.r("r"), a.r("x"), a.r("x"))
	pf("\tADDQ $8, BX\n\tCMPQ BX, R11\n\tJLT loop\n\ntail:\n\tTESTQ R9, R9\n\tJEQ done\n\tVMASKMOVPS (SI)(BX*4), %s, %s\n", mask, a.r("x"))
	a.mul("x", "x", "r")
	pf("\tVMASKMOVPS %s, %s, (DI)(BX*4)\n\ndone:\n", a.r("x"), mask)
	pf("\tADDQ R8, SI\n\tADDQ R10, DI\n\tADDQ $4, R13\n\tDECQ CX\n\tJNE row\n\tVZEROUPPER\n\tRET\n\n")
}
