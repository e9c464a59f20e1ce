package cpu

import (
	"fmt"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Operations that wait for each other give the bits of operations one by one, at any
// number of threads, though some need all rows of an earlier one, some the same rows,
// and some overwrite what an earlier one has still to read.
func TestStagesTogether(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		for _, m := range []int{manyRows - 1, manyRows, 700} {
			want := stages(t, family, 1, m, false)
			for _, threads := range []int{1, 2, 5} {
				for i, got := range stages(t, family, threads, m, true) {
					bits(t, fmt.Sprintf("%d rows: result %d at %d threads", m, i, threads), got, want[i])
				}
			}
		}
	})
}

// stages is something like a layer, forth and back, of m rows of 4 heads of 6 elements.
func stages(t *testing.T, family string, threads, m int, together bool) (results [][]float32) {
	const heads, half, c, f = 4, 3, 24, 33
	r := newRig(t, threads, family)
	x, w1, w2, w3, w4 := r.floats(random(1, m*c)), r.floats(random(2, c*c)), r.floats(random(3, c*c)), r.floats(random(4, f*c)), r.floats(random(5, f*c))
	norm, bias, dnorm, dnorm2, dw := r.floats(random(6, c)), r.floats(random(7, f)), r.zeros(c), r.zeros(2*half), r.zeros(c*c)
	cos, sin := r.floats(random(8, 50*half)), r.floats(random(9, 50*half))
	places := make([]int32, m)
	for i := range places {
		places[i] = int32(i * 7 % 50)
	}
	at := r.ints(places...)
	h, rstd, q, k, hn, rn, y := r.zeros(m*c), r.zeros(m), r.zeros(m*c), r.zeros(m*c), r.zeros(m*c), r.zeros(m*heads), r.zeros(m*c)
	long := r.zeros((m + 1) * c)
	gate, up, s, dx := r.zeros(m*f), r.zeros(m*f), r.zeros(m*f), r.floats(random(10, m*c))
	for _, op := range []func(){
		func() { r.RMSNorm(h, rstd, x, norm, m, c, 1e-6) },
		func() { r.MatMul(q, h, w1, device.NT, m, c, c, false) },
		func() { r.MatMul(k, h, w2, device.NT, m, c, c, false) },
		func() { r.RMSNorm(hn, rn, q, norm.Slice(0, 2*half), m*heads, 2*half, 1e-6) },
		func() { r.Rope(hn, cos, sin, at, m, heads, 2*half, false) },
		func() { r.Rope(k, cos, sin, at, m, heads, 2*half, true) },
		func() { r.Copy(y, x) },
		func() { r.MatMul(y, hn, w1, device.NT, m, c, c, true) },
		func() { r.MatMul(gate, y, w3, device.NT, m, f, c, false) },
		func() { r.AddBias(gate, bias, m, f) },
		func() { r.MatMul(up, y, w4, device.NT, m, f, c, false) },
		func() { r.SwiGLU(s, gate, up) },
		func() { r.MatMul(long.Slice(0, m*c), y, w2, device.NT, m, c, c, false) },
		func() { r.MatMul(h, long.Slice(c, m*c), w2, device.NT, m, c, c, true) }, // each row needs the next one
		func() { r.MatMul(dw, k, h, device.TN, c, c, m, true) },
		func() { r.RMSNormGrad(dx, dnorm, k, x, norm, rstd, m, c) },
		func() { r.RMSNormGrad(dx, dnorm2, hn, q, norm.Slice(0, 2*half), rn, m*heads, 2*half) },
		func() { r.Copy(hn, h) },
		func() { r.SwiGLUGrad(gate, up, s, gate, up) },
		func() { r.MatMul(y, gate, w3, device.NN, m, c, f, false) },
		func() { r.MatMul(y, up, w4, device.NN, m, c, f, true) },
		func() { r.MatMul(y, dx, dw, device.NN, m, c, c, true) },
		func() { r.RMSNormGrad(dx, dnorm, y, x, norm, rstd, m, c) },
		func() { r.MatMul(w1, dx, y, device.TN, c, c, m, false) },
	} {
		op()
		if !together {
			r.Sync()
		}
	}
	for _, b := range []device.Buf{h, long, rstd, q, k, hn, rn, y, gate, up, s, dx, dnorm, dnorm2, dw, w1} {
		results = append(results, r.get(b))
	}
	return results
}
