package main

import (
	"fmt"
	"slices"
	"strings"
)

// A loop is a function over n elements of some arrays, eight at a time, the
// last ones under a mask: an element's result does not depend on where it stands.
type loop struct {
	name    string
	ptrs    []string // arrays; those in stores are written
	stores  []string
	skip    []string // arrays that are only written
	sums    []string // sums of eight lanes, stored to lanes[0:8], lanes[8:16]
	max     bool     // the one sum is a maximum
	scalars []string
	body    func(*asm)
}

var addresses = []string{"SI", "DI", "DX", "BX", "R8", "R9", "R10"}

// An asm names the registers of one loop.
type asm struct {
	regs []string
	tail bool // under the mask
}

const mask = "Y15"

func (a *asm) r(name string) string {
	if strings.HasSuffix(name, "(SB)") {
		return name
	}
	i := slices.Index(a.regs, name)
	if i < 0 {
		i = len(a.regs)
		a.regs = append(a.regs, name)
	}
	if i >= 15 {
		panic("more than 15 registers: " + name)
	}
	return fmt.Sprintf("Y%d", i)
}

func (a *asm) op(name string, args ...string) {
	for i, x := range args {
		args[i] = a.r(x)
	}
	pf("\t%s %s\n", name, strings.Join(args, ", "))
}

// Each of these sets its first argument; the last may be a constant.
func (a *asm) mul(d, x, y string)  { a.op("VMULPS", y, x, d) }
func (a *asm) add(d, x, y string)  { a.op("VADDPS", y, x, d) }
func (a *asm) sub(d, x, y string)  { a.op("VSUBPS", y, x, d) } // x - y, y may be a constant
func (a *asm) div(d, x, y string)  { a.op("VDIVPS", y, x, d) }
func (a *asm) fma(d, x, y string)  { a.op("VFMADD231PS", y, x, d) }  // d += x*y
func (a *asm) fnma(d, x, y string) { a.op("VFNMADD231PS", y, x, d) } // d -= x*y
func (a *asm) axb(d, x, y string)  { a.op("VFMADD213PS", y, x, d) }  // d = d*x + y

// masked makes the lanes beyond n zero.
func (a *asm) masked(d string) {
	if a.tail {
		pf("\tVANDPS %s, %s, %s\n", mask, a.r(d), a.r(d))
	}
}

// exp sets d to e**x; exactly 0 below -88, and NaN for NaN. It is Cephes' expf:
// x = n ln 2 + r, a polynomial in r, and n added to the exponent.
func (a *asm) exp(d, x string) {
	a.op("VMOVUPS", "expLow<>(SB)", d)
	a.op("VMAXPS", x, d, d) // a NaN in x is what comes out
	a.op("VMOVUPS", "expHigh<>(SB)", "n")
	a.op("VMINPS", d, "n", d)
	a.mul("n", d, "log2e<>(SB)")
	a.op("VCVTPS2DQ", "n", "n")
	a.op("VCVTDQ2PS", "n", "nf")
	a.fnma(d, "nf", "ln2High<>(SB)")
	a.fnma(d, "nf", "ln2Low<>(SB)")
	a.op("VMOVUPS", "exp0<>(SB)", "p")
	for i := 1; i <= 5; i++ {
		a.axb("p", d, fmt.Sprintf("exp%d<>(SB)", i))
	}
	a.mul("nf", d, d)
	a.axb("p", "nf", d)
	a.add("p", "p", "one<>(SB)")
	a.op("VPADDD", "bias<>(SB)", "n", "n")
	pf("\tVPSLLD $23, %s, %s\n", a.r("n"), a.r("n"))
	a.mul(d, "p", "n")
}

// log sets d to ln x of a positive normal x, and to NaN for NaN and infinity. It
// is Cephes' logf: x = m 2**n with m from sqrt(1/2) to sqrt(2), a polynomial in
// m - 1, and n ln 2 in two parts. x is lost.
func (a *asm) log(d, x string) {
	pf("\tVPSRLD $23, %s, %s\n", a.r(x), a.r("n"))
	a.op("VPSUBD", "before<>(SB)", "n", "n")
	a.op("VCVTDQ2PS", "n", "n")
	a.op("VANDPS", "mantissa<>(SB)", x, d)
	a.op("VORPS", "half<>(SB)", d, d)                         // from 1/2 to 1
	pf("\tVCMPPS $1, root<>(SB), %s, %s\n", a.r(d), a.r("t")) // below sqrt(1/2): twice the mantissa, one less of n
	a.op("VANDPS", "t", d, "p")
	a.add(d, d, "p")
	a.op("VANDPS", "one<>(SB)", "t", "t")
	a.sub("n", "n", "t")
	a.sub(d, d, "one<>(SB)")
	a.op("VMOVUPS", "log0<>(SB)", "p")
	for i := 1; i <= 8; i++ {
		a.axb("p", d, fmt.Sprintf("log%d<>(SB)", i))
	}
	a.mul("t", d, d)
	a.mul("p", "p", d)
	a.mul("p", "p", "t") // m**3 times the polynomial
	a.fma("p", "n", "ln2Low<>(SB)")
	a.fnma("p", "t", "half<>(SB)")
	a.add(d, d, "p")
	a.fma(d, "n", "ln2High<>(SB)")
	a.sub(x, x, x) // 0, or NaN
	a.add(d, d, x)
}

func (l loop) write() {
	var a asm
	args := "n int"
	if len(l.ptrs) > 0 {
		args += ", " + strings.Join(l.ptrs, ", ") + " *float32"
	}
	size := 8 + 8*len(l.ptrs)
	if len(l.sums) > 0 {
		args += ", lanes *float32"
		size += 8
	}
	if len(l.scalars) > 0 {
		args += ", " + strings.Join(l.scalars, ", ") + " float32"
	}
	pf("// func %s(%s)\n", l.name, args)
	pf("TEXT ·%s(SB), NOSPLIT, $0-%d\n\tMOVQ n+0(FP), CX\n", l.name, size+4*len(l.scalars))
	for i, p := range l.ptrs {
		pf("\tMOVQ %s+%d(FP), %s\n", p, 8+8*i, addresses[i])
	}
	for i, s := range l.scalars {
		pf("\tVBROADCASTSS %s+%d(FP), %s\n", s, size+4*i, a.r(s))
	}
	for _, s := range l.sums {
		if l.max {
			a.op("VMOVUPS", "lowest<>(SB)", s)
		} else {
			a.op("VXORPS", s, s, s)
		}
	}
	pf("\tSUBQ $8, CX\n\tJLT tail\n\nloop:\n")
	l.step(&a)
	for i := range l.ptrs {
		pf("\tADDQ $32, %s\n", addresses[i])
	}
	pf("\tSUBQ $8, CX\n\tJGE loop\n\ntail:\n\tADDQ $8, CX\n\tJEQ done\n")
	pf("\tLEAQ masks<>+32(SB), AX\n\tSHLQ $2, CX\n\tSUBQ CX, AX\n\tVMOVUPS (AX), %s\n", mask)
	a.tail = true
	l.step(&a)
	pf("\ndone:\n")
	if len(l.sums) > 0 {
		pf("\tMOVQ lanes+%d(FP), AX\n", size-8)
	}
	for i, s := range l.sums {
		pf("\tVMOVUPS %s, %d(AX)\n", a.r(s), 32*i)
	}
	pf("\tVZEROUPPER\n\tRET\n\n")
}

// step is one pass of the loop: load, compute, store.
func (l loop) step(a *asm) {
	for i, p := range l.ptrs {
		if slices.Contains(l.skip, p) {
			continue
		}
		if !a.tail {
			pf("\tVMOVUPS (%s), %s\n", addresses[i], a.r(p))
			continue
		}
		pf("\tVMASKMOVPS (%s), %s, %s\n", addresses[i], mask, a.r(p))
		if l.max { // lanes beyond n must not count
			pf("\tVMOVUPS lowest<>(SB), Y14\n\tVBLENDVPS %s, %s, Y14, %s\n", mask, a.r(p), a.r(p))
		}
	}
	l.body(a)
	for _, s := range l.stores {
		at := addresses[slices.Index(l.ptrs, s)]
		if a.tail {
			pf("\tVMASKMOVPS %s, %s, (%s)\n", a.r(s), mask, at)
		} else {
			pf("\tVMOVUPS %s, (%s)\n", a.r(s), at)
		}
	}
}
