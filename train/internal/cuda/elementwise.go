package cuda

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// elements appends a kernel whose threads do a pack of n elements each.
func (w *Work) elements(name string, moves, n, v int, args ...Arg) {
	w.on(vectorized("elementwise.cu", name, v), moves, ceil(n, v*threads), threads, append(args, L(n))...)
}

// Add writes dst = a + b, all BF16 and of one length; see device.Device.
func (w *Work) Add(dst, a, b device.Buf) {
	n := dst.N
	want("add's result", dst, device.BF16, n)
	want("add's a", a, device.BF16, n)
	want("add's b", b, device.BF16, n)
	w.elements("add", moves(dst, a, b), n, vec(n, dst, a, b), Buf(dst), Buf(a), Buf(b))
}

// Scale multiplies x, BF16, by a number.
func (w *Work) Scale(x device.Buf, by float32) {
	want("what is scaled", x, device.BF16, x.N)
	w.elements("scale", 2*moves(x), x.N, vec(x.N, x), Buf(x), F(by))
}

// AddBias adds bias[n] to every row of x[m,n], both BF16.
func (w *Work) AddBias(x, bias device.Buf, m, n int) {
	want("x", x, device.BF16, m*n)
	want("bias", bias, device.BF16, n)
	w.on(vectorized("elementwise.cu", "add_bias", vec(n, x, bias)), 2*moves(x)+moves(bias), ceil(m, threads/32), threads,
		Buf(x), Buf(bias), I(m), I(n))
}

// Copy copies src to dst, of as many elements, and converts between F32 and BF16.
// I32 is copied to I32.
func (w *Work) Copy(dst, src device.Buf) {
	if dst.N != src.N {
		panic(fmt.Sprintf("cuda: %d elements are to become %d", src.N, dst.N))
	}
	name, ok := map[[2]device.Type]string{
		{device.BF16, device.F32}: "narrow", {device.F32, device.BF16}: "widen",
		{device.BF16, device.BF16}: "copy2", {device.F32, device.F32}: "copy4", {device.I32, device.I32}: "copy4",
	}[[2]device.Type{dst.Type, src.Type}]
	if !ok {
		panic(fmt.Sprintf("cuda: a copy of type %d to type %d", src.Type, dst.Type))
	}
	w.elements(name, moves(dst, src), dst.N, vec(dst.N, dst, src), Buf(dst), Buf(src))
}

// SwiGLU writes y = silu(gate) * up, all BF16.
func (w *Work) SwiGLU(y, gate, up device.Buf) {
	n := y.N
	want("y", y, device.BF16, n)
	want("gate", gate, device.BF16, n)
	want("up", up, device.BF16, n)
	w.elements("swiglu", moves(y, gate, up), n, vec(n, y, gate, up), Buf(y), Buf(gate), Buf(up))
}

// SwiGLUGrad writes dgate and dup, all BF16; they may be gate and up.
func (w *Work) SwiGLUGrad(dgate, dup, dy, gate, up device.Buf) {
	n := dy.N
	for _, b := range []device.Buf{dgate, dup, dy, gate, up} {
		want("an operand of the gradient of SwiGLU", b, device.BF16, n)
	}
	w.elements("swiglu_grad", moves(dgate, dup, dy, gate, up), n, vec(n, dgate, dup, dy, gate, up),
		Buf(dgate), Buf(dup), Buf(dy), Buf(gate), Buf(up))
}

// Rope turns x[T, heads, D] in place by the angles of its positions.
func (w *Work) Rope(x, cos, sin, positions device.Buf, t, heads, d int, inverse bool) {
	half := d / 2
	want("x", x, device.BF16, t*heads*d)
	want("cos", cos, device.F32, cos.N)
	want("sin", sin, device.F32, cos.N)
	want("positions", positions, device.I32, t)
	v, sign := vec(half, x, cos, sin), float32(1)
	if inverse {
		sign = -1
	}
	w.on(vectorized("rope.cu", "rope", v), 2*moves(x)+2*4*t*half+moves(positions), ceil(t*heads*half/v, threads), threads,
		Buf(x), Buf(cos), Buf(sin), Buf(positions), I(t), I(heads), I(half), I(cos.N/half), F(sign))
}
