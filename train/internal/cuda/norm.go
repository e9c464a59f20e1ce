package cuda

import "github.com/seed-cdf14512/graft/train/internal/device"

// Rows that a block sums before it writes a partial sum.
const (
	normRows = 64
	biasRows = 128
)

// RMSNorm writes y[m,n] (BF16) and rstd[m] (F32); see device.Device.
func (w *Work) RMSNorm(y, rstd, x, weight device.Buf, m, n int, eps float32) {
	want("y", y, device.BF16, m*n)
	want("rstd", rstd, device.F32, m)
	want("x", x, device.BF16, m*n)
	want("the weight of a norm", weight, device.BF16, n)
	w.on(vectorized("norm.cu", "rms_norm", vec(n, y, x, weight)), moves(y, rstd, x, weight), ceil(m, threads/32), threads,
		Buf(y), Buf(rstd), Buf(x), Buf(weight), I(m), I(n), F(eps))
}

// normShared is the shared memory that the warps of one block of the gradient may
// have for their sums: seven such blocks fit a multiprocessor.
const normShared = 32 << 10

// RMSNormGrad adds to dx[m,n] (BF16) and, where it is not none, to dw[n] (F32).
func (w *Work) RMSNormGrad(dx, dw, dy, x, weight, rstd device.Buf, m, n int) {
	want("dx", dx, device.BF16, m*n)
	if !dw.None() {
		want("dw", dw, device.F32, n)
	}
	want("dy", dy, device.BF16, m*n)
	want("x", x, device.BF16, m*n)
	want("the weight of a norm", weight, device.BF16, n)
	want("rstd", rstd, device.F32, m)
	if m == 0 {
		return
	}
	blocks, warps := ceil(m, normRows), max(1, min(8, normShared/(4*n)))
	parts := w.Temp(device.F32, blocks*n)
	w.Launch(Launch{
		Kernel: vectorized("norm.cu", "rms_norm_grad", vec(n, dx, dy, x, weight)),
		Grid:   [3]int{blocks}, Block: [3]int{32 * warps}, Shared: 4 * warps * n,
		Args:  []Arg{Buf(dx), Ptr(parts), Buf(dy), Buf(x), Buf(weight), Buf(rstd), I(m), I(n), I(normRows)},
		Moves: 2*moves(dx) + moves(dy, x, weight, rstd, parts.Buf),
	})
	if !dw.None() {
		w.sumParts(dw, parts, blocks, n)
	}
}

// BiasGrad adds the column sums of dy[m,n] (BF16) to dbias[n] (F32).
func (w *Work) BiasGrad(dbias, dy device.Buf, m, n int) {
	want("dbias", dbias, device.F32, n)
	want("dy", dy, device.BF16, m*n)
	if m == 0 {
		return
	}
	v, rows := vec(n, dy), biasRows
	for ceil(m, rows) > 1<<15 {
		rows *= 2 // a grid has at most 65,535 blocks along y
	}
	count := ceil(m, rows)
	parts := w.Temp(device.F32, count*n)
	w.Launch(Launch{
		Kernel: vectorized("reduce.cu", "bias_grad", v),
		Grid:   [3]int{ceil(n, 32*v), count}, Block: [3]int{threads},
		Args:  []Arg{Ptr(parts), Buf(dy), I(m), I(n), I(rows)},
		Moves: moves(dy, parts.Buf),
	})
	w.sumParts(dbias, parts, count, n)
}

// sumParts adds the columns of parts[count,n] to out[n].
func (w *Work) sumParts(out device.Buf, parts Place, count, n int) {
	w.on(vectorized("reduce.cu", "sum_parts", 1), 2*moves(out)+moves(parts.Buf), ceil(n, 32), 1024, Buf(out), Ptr(parts), I(count), I(n))
}
