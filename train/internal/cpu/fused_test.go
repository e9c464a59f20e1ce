package cpu

import (
	"fmt"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Scoring and differentiating at once gives what Score and ScoreGrad give, to the
// bit, whatever the words, and where some tokens have a target and no weight.
func TestScoreBothIsBoth(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		for _, h := range append(scoreShapes, device.Head{T: 90, C: 8, V: bothLogits/fewest + 1, Temperature: 1}) {
			for _, threads := range []int{1, 3} {
				c, r := newScoreCase(h), newRig(t, threads, family)
				x, w, targets, dlogp := r.floats(c.x), r.floats(c.w), r.ints(c.targets...), r.floats(c.dlogp)
				var got [2][][]float32
				for i := range got {
					logp, entropy, lse := r.floats(random(9, h.T)), r.floats(random(9, h.T)), r.floats(random(9, h.T))
					dx, dw := r.floats(random(7, h.T*h.C)), r.floats(random(8, h.V*h.C))
					if i == 0 {
						r.Score(logp, entropy, lse, x, w, targets, h)
						r.ScoreGrad(dx, dw, dlogp, device.Buf{}, device.Buf{}, lse, x, w, targets, h)
					} else {
						r.ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, w, targets, h)
					}
					got[i] = [][]float32{r.get(logp), r.get(entropy), r.get(lse), r.get(dx), r.get(dw)}
				}
				for i, what := range []string{"logp", "entropy", "lse", "dx", "dw"} {
					bits(t, fmt.Sprintf("%+v %s", h, what), got[1][i], got[0][i])
				}
			}
		}
	})
}

// Tensors together are updated and measured as they are one by one, at any number
// of threads.
func TestTensorsTogether(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		lengths := []int{1, 64, sumBlock, 3*sumBlock + 5, 0, sumBlock - 1, 20*sumBlock + 1}
		a := device.Adam{LR: 1e-2, Beta1: .9, Beta2: .98, Eps: 1e-8, Decay: .1, Scale: .5, Step: 2}
		for _, threads := range []int{1, 2, 8} {
			r := newRig(t, threads, family)
			var us [2][]device.Update
			var gs []device.Buf
			for i := range us {
				for s, n := range lengths {
					u := device.Update{W: r.floats(random(uint64(s), n)), M: r.floats(random(20, n)), V: r.zeros(n), G: r.floats(random(uint64(30+s), n))}
					if s%2 == 0 {
						u.Act = r.zeros(n)
					}
					us[i] = append(us[i], u)
				}
			}
			var sum float64
			for _, u := range us[0] {
				r.AdamW(u.W, u.M, u.V, u.G, u.Act, a)
				gs, sum = append(gs, u.G), sum+r.SumSquares(u.G)
			}
			r.AdamWAll(us[1], a)
			for s, u := range us[1] {
				for k, b := range []device.Buf{u.W, u.M, u.V, u.Act} {
					want := []device.Buf{us[0][s].W, us[0][s].M, us[0][s].V, us[0][s].Act}[k]
					bits(t, fmt.Sprintf("buffer %d of %d elements", k, lengths[s]), r.get(b), r.get(want))
				}
			}
			near(t, "sum of squares", []float32{float32(r.SumSquaresAll(gs))}, []float64{sum}, 1e-7)
		}
	})
}

// Products that wait for each other give the bits of products one by one: some
// read what others write, some write what others read, some add to one result.
func TestProductsTogether(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		const m, n, k = 130, 70, 50
		run := func(threads int, together bool) [][]float32 {
			r := newRig(t, threads, family)
			x, w, dy := r.floats(random(1, m*k)), r.floats(random(2, n*k)), r.floats(random(3, m*n))
			y, z, dx, dw, more := r.floats(random(4, m*n)), r.zeros(m*n), r.zeros(m*k), r.zeros(n*k), r.zeros(m*n)
			for _, f := range []func(){
				func() { r.MatMul(y, x, w, device.NT, m, n, k, true) },
				func() { r.MatMul(z, x, w, device.NT, m, n, k, false) },
				func() { r.MatMul(dw, dy, x, device.TN, n, k, m, false) },
				func() { r.MatMul(dx, dy, w, device.NN, m, k, n, false) },
				func() { r.MatMul(dx, y, w, device.NN, m, k, n, true) },    // y is still to come
				func() { r.MatMul(dx, z, w, device.NN, m, k, n, true) },    // goes along
				func() { r.MatMul(z, x, w, device.NT, m, n, k, true) },     // z is still to be read
				func() { r.MatMul(more, x, dw, device.NT, m, n, k, true) }, // dw
				func() { r.MatMul(more, x, w, device.NT, m, n, k, false) }, // over it
				func() { r.MatMul(more.Slice(n, 2*n), x.Slice(0, 2*k), w, device.NT, 2, n, k, true) },
			} {
				f()
				if !together {
					r.Sync()
				}
			}
			return [][]float32{r.get(y), r.get(z), r.get(dx), r.get(dw), r.get(more)}
		}
		want := run(1, false)
		for _, threads := range []int{1, 2, 5} {
			for i, got := range run(threads, true) {
				bits(t, fmt.Sprintf("result %d at %d threads", i, threads), got, want[i])
			}
		}
	})
}
