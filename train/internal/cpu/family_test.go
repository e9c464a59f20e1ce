package cpu

import (
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Families agree to 1e-5 of the largest number, on one path through most
// operations, forward and back.
func TestFamiliesAgree(t *testing.T) {
	results := func(family string) [][]float32 {
		r := newRig(t, 2, family)
		a := newAttentionCase(device.Heads{H: 4, G: 2, D: 16, Scale: .25}, 100, 1, 65)
		a.run(r)
		s := newScoreCase(device.Head{T: 90, C: 40, V: 1100, Temperature: .9})
		s.run(r)
		r.off = 0
		const m, n = 200, 96
		x, w, dy := r.floats(random(1, m*n)), r.floats(random(2, n)), r.floats(random(3, m*n))
		y, rstd, dx, dw, c := r.zeros(m*n), r.zeros(m), r.zeros(m*n), r.zeros(n), r.zeros(n*n)
		r.RMSNorm(y, rstd, x, w, m, n, 1e-6)
		r.RMSNormGrad(dx, dw, dy, x, w, rstd, m, n)
		r.SwiGLU(y, y, x)
		r.MatMul(c, y, dx, device.TN, n, n, m, false)
		v, mo := r.zeros(n*n), r.zeros(n*n)
		p := r.floats(random(4, n*n))
		r.AdamW(p, mo, v, c, device.Buf{}, device.Adam{LR: 1e-3, Beta1: .9, Beta2: .98, Eps: 1e-8, Decay: .1, Step: 3, Scale: .1})
		return [][]float32{a.o, a.lse, a.dq, a.dk, a.dv, s.logp, s.entropy, s.dx, s.dw, r.get(y), r.get(dx), r.get(dw), r.get(c), r.get(p), r.get(v)}
	}
	want := results("go")
	for _, family := range append(Families(), "wide") {
		for i, got := range results(family) {
			near(t, family+" and go", got, wide(want[i]), 1e-5)
		}
	}
}
