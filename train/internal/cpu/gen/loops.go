package main

// consts are eight lanes each.
var consts = []struct {
	name string
	bits string
}{
	{"one", "$1.0"}, {"log2e", "$1.44269504088896341"},
	{"expLow", "$-88.1"}, {"expHigh", "$88.37"}, // -88.1*log2e rounds to -127, whose power of two is 0
	{"ln2High", "$0.693359375"}, {"ln2Low", "$-2.12194440e-4"},
	{"exp0", "$1.9875691500e-4"}, {"exp1", "$1.3981999507e-3"}, {"exp2", "$8.3334519073e-3"},
	{"exp3", "$4.1665795894e-2"}, {"exp4", "$1.6666665459e-1"}, {"exp5", "$5.0000001201e-1"},
	{"bias", "$127"}, {"lowest", "$0xff800000"}, {"sign", "$0x80000000"}, {"eight", "$8"},
	{"mantissa", "$0x007fffff"}, {"half", "$0.5"}, {"root", "$0.707106781186547524"}, {"before", "$126"},
	{"log0", "$7.0376836292e-2"}, {"log1", "$-1.1514610310e-1"}, {"log2", "$1.1676998740e-1"}, {"log3", "$-1.2420140846e-1"}, {"log4", "$1.4249322787e-1"},
	{"log5", "$-1.6668057665e-1"}, {"log6", "$2.0000714765e-1"}, {"log7", "$-2.4999993993e-1"}, {"log8", "$3.3333331174e-1"},
}

var loops = []loop{
	{name: "addVec", ptrs: []string{"dst", "a", "b"}, stores: []string{"dst"}, skip: []string{"dst"},
		body: func(a *asm) { a.add("dst", "a", "b") }},
	{name: "scaleVec", ptrs: []string{"x"}, stores: []string{"x"}, scalars: []string{"s"},
		body: func(a *asm) { a.mul("x", "x", "s") }},
	{name: "dotVec", ptrs: []string{"x", "y"}, sums: []string{"sum"},
		body: func(a *asm) { a.fma("sum", "x", "y") }},
	{name: "maxVec", ptrs: []string{"x"}, sums: []string{"top"}, max: true,
		body: func(a *asm) { a.op("VMAXPS", "x", "top", "top") }},

	{name: "siluVec", ptrs: []string{"y", "gate", "up"}, stores: []string{"y"}, skip: []string{"y"},
		body: func(a *asm) {
			a.op("VXORPS", "sign<>(SB)", "gate", "t")
			a.exp("y", "t")
			a.add("y", "y", "one<>(SB)")
			a.div("y", "gate", "y")
			a.mul("y", "y", "up")
		}},
	{name: "siluGradVec", ptrs: []string{"dgate", "dup", "dy", "gate", "up"}, stores: []string{"dgate", "dup"}, skip: []string{"dgate", "dup"},
		body: func(a *asm) {
			a.op("VXORPS", "sign<>(SB)", "gate", "t")
			a.exp("s", "t")
			a.add("s", "s", "one<>(SB)")
			a.op("VMOVUPS", "one<>(SB)", "t")
			a.div("s", "t", "s")       // the sigmoid
			a.mul("dup", "gate", "s")  // silu
			a.sub("dgate", "t", "s")   // 1 - sigmoid
			a.axb("dgate", "dup", "s") // silu' = silu (1 - s) + s
			a.mul("dgate", "dgate", "up")
			a.mul("dgate", "dgate", "dy")
			a.mul("dup", "dup", "dy")
		}},

	{name: "adamVec", ptrs: []string{"w", "m", "v", "grad", "act"}, stores: []string{"w", "m", "v", "act"}, skip: []string{"act"},
		scalars: []string{"scale", "beta1", "rest1", "beta2", "rest2", "step", "root", "eps", "keep"},
		body: func(a *asm) {
			a.mul("grad", "grad", "scale")
			a.mul("m", "m", "beta1")
			a.fma("m", "grad", "rest1")
			a.mul("grad", "grad", "grad")
			a.mul("v", "v", "beta2")
			a.fma("v", "grad", "rest2")
			a.op("VSQRTPS", "v", "grad")
			a.axb("grad", "root", "eps")
			a.div("grad", "m", "grad")
			a.mul("w", "w", "keep")
			a.fnma("w", "grad", "step")
			a.op("VMOVAPS", "w", "act")
		}},

	{name: "logVec", ptrs: []string{"y", "x"}, stores: []string{"y"}, skip: []string{"y"},
		body: func(a *asm) { a.log("y", "x") }},
	{name: "statVec", ptrs: []string{"x"}, sums: []string{"sum", "moment"}, scalars: []string{"s", "m"},
		body: func(a *asm) {
			a.op("VFMSUB213PS", "m", "s", "x")
			a.exp("e", "x")
			a.masked("e")
			a.add("sum", "sum", "e")
			a.fma("moment", "e", "x")
		}},
	{name: "scoreGradVec", ptrs: []string{"x"}, stores: []string{"x"}, scalars: []string{"s", "lse", "a", "b"},
		body: func(a *asm) {
			a.op("VFMSUB213PS", "lse", "s", "x") // log p
			a.exp("e", "x")
			a.op("VFMADD213PS", "a", "b", "x") // a + b log p
			a.mul("x", "x", "e")
		}},
}

func vector() {
	for _, c := range consts {
		for i := range 8 {
			pf("DATA %s<>+%d(SB)/4, %s\n", c.name, 4*i, c.bits)
		}
		pf("GLOBL %s<>(SB), RODATA|NOPTR, $32\n\n", c.name)
	}
	for i := range 8 {
		pf("DATA iota<>+%d(SB)/4, $%d\n", 4*i, i)
	}
	pf("GLOBL iota<>(SB), RODATA|NOPTR, $32\n\n")
	for i := range 16 {
		pf("DATA masks<>+%d(SB)/4, $%d\n", 4*i, []int{0xffffffff, 0}[i/8])
	}
	pf("GLOBL masks<>(SB), RODATA|NOPTR, $64\n\n")
	for _, l := range loops {
		l.write()
	}
	rows()
	layers()
	transpose()
	copies("copy8", 1)
	copies("copy16", 2)
	pauses()
	prefetches()
}

// transpose writes the 8 x 8 blocks of 8 rows: 24 shuffles a block.
func transpose() {
	pf("// func transpose8(blocks int, src *float32, ld int, dst *float32, ldd int)\n")
	pf("TEXT ·transpose8(SB), NOSPLIT, $0-40\n\tMOVQ blocks+0(FP), CX\n\tMOVQ src+8(FP), SI\n\tMOVQ ld+16(FP), R8\n\tSHLQ $2, R8\n")
	pf("\tMOVQ dst+24(FP), DI\n\tMOVQ ldd+32(FP), R9\n\tSHLQ $2, R9\n\tLEAQ (R8)(R8*2), R10\n\tLEAQ (SI)(R8*4), R11\n\tLEAQ (R9)(R9*2), R12\n\nloop:\n")
	for i, at := range []string{"(SI)", "(SI)(R8*1)", "(SI)(R8*2)", "(SI)(R10*1)", "(R11)", "(R11)(R8*1)", "(R11)(R8*2)", "(R11)(R10*1)"} {
		pf("\tVMOVUPS %s, Y%d\n", at, i)
	}
	for i := 0; i < 8; i += 2 {
		pf("\tVUNPCKLPS Y%d, Y%d, Y%d\n\tVUNPCKHPS Y%d, Y%d, Y%d\n", i+1, i, 8+i, i+1, i, 9+i)
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			pf("\tVSHUFPS $0x44, Y%d, Y%d, Y%d\n", 10+i+j, 8+i+j, i+2*j)
			pf("\tVSHUFPS $0xee, Y%d, Y%d, Y%d\n", 10+i+j, 8+i+j, i+2*j+1)
		}
	}
	for i := range 4 {
		pf("\tVPERM2F128 $0x20, Y%d, Y%d, Y%d\n\tVPERM2F128 $0x31, Y%d, Y%d, Y%d\n", 4+i, i, 8+i, 4+i, i, 12+i)
	}
	pf("\tLEAQ (DI)(R9*4), R13\n")
	for i, at := range []string{"(DI)", "(DI)(R9*1)", "(DI)(R9*2)", "(DI)(R12*1)", "(R13)", "(R13)(R9*1)", "(R13)(R9*2)", "(R13)(R12*1)"} {
		pf("\tVMOVUPS Y%d, %s\n", 8+i, at)
	}
	pf("\tADDQ $32, SI\n\tADDQ $32, R11\n\tLEAQ (DI)(R9*8), DI\n\tDECQ CX\n\tJNE loop\n\tVZEROUPPER\n\tRET\n\n")
}

// copies copies rows of a few vectors.
func copies(name string, vectors int) {
	pf("// func %s(rows int, src *float32, ld int, dst *float32, ldd int)\n", name)
	pf("TEXT ·%s(SB), NOSPLIT, $0-40\n\tMOVQ rows+0(FP), CX\n\tMOVQ src+8(FP), SI\n\tMOVQ ld+16(FP), R8\n\tSHLQ $2, R8\n", name)
	pf("\tMOVQ dst+24(FP), DI\n\tMOVQ ldd+32(FP), R9\n\tSHLQ $2, R9\n\nloop:\n")
	for v := range vectors {
		pf("\tVMOVUPS %d(SI), Y%d\n", 32*v, v)
	}
	for v := range vectors {
		pf("\tVMOVUPS Y%d, %d(DI)\n", v, 32*v)
	}
	pf("\tADDQ R8, SI\n\tADDQ R9, DI\n\tDECQ CX\n\tJNE loop\n\tVZEROUPPER\n\tRET\n\n")
}

// pauses waits about a twentieth of a microsecond, for a worker that spins.
func pauses() {
	pf("// func pause()\nTEXT ·pause(SB), NOSPLIT, $0-0\n\tMOVQ $4, CX\n\nagain:\n\tPAUSE\n\tDECQ CX\n\tJNE again\n\tRET\n\n")
}

// prefetches asks for cache lines before they are needed.
func prefetches() {
	pf("// func prefetch(lines int, x *float32)\nTEXT ·prefetch(SB), NOSPLIT, $0-16\n\tMOVQ lines+0(FP), CX\n\tMOVQ x+8(FP), SI\n\nnext:\n")
	pf("\tPREFETCHT1 (SI)\n\tADDQ $64, SI\n\tDECQ CX\n\tJNE next\n\tRET\n\n")
}
