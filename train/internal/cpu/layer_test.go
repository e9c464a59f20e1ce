package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// sizes are lengths around whole vectors and blocks.
var sizes = []int{1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 130, 1000, 20000}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func TestElementwise(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, n := range sizes[1:] {
			r.off = 0
			a, b, c := random(1, n), random(2, n), random(3, n)
			for i := range a {
				a[i] *= 10
			}
			a[n/2] = -120 // exp(120) is beyond float32
			ab, bb, cb, y := r.floats(a), r.floats(b), r.floats(c), r.zeros(n)
			after := r.floats([]float32{42})
			want, dgate, dup := make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range want {
				want[i] = float64(a[i] + b[i])
			}
			r.Add(y, ab, bb)
			near(t, "add", r.get(y), want, 0)
			for i := range want {
				g, u, d := float64(a[i]), float64(b[i]), float64(c[i])
				s := sigmoid(g)
				want[i] = g * s * u
				dgate[i], dup[i] = d*u*s*(1+g*(1-s)), d*g*s
			}
			r.SwiGLU(y, ab, bb)
			near(t, fmt.Sprint("swiglu ", n), r.get(y), want, 3e-7)
			r.SwiGLUGrad(ab, bb, cb, ab, bb) // in place
			near(t, fmt.Sprint("dgate ", n), r.get(ab), dgate, 1e-6)
			near(t, fmt.Sprint("dup ", n), r.get(bb), dup, 1e-6)
			var sum float64
			for _, x := range c {
				sum += float64(x) * float64(x)
			}
			near(t, fmt.Sprint("squares ", n), []float32{float32(r.SumSquares(cb))}, []float64{sum}, 1e-6)
			if r.get(after)[0] != 42 {
				t.Fatalf("wrote beyond %d elements", n)
			}
		}
	})
}

// A NaN must come out of every operation that sees one: the trainer stops on it.
func TestNaNIsSeen(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 1, family)
		x := random(1, 20)
		x[11] = float32(math.NaN())
		xb, ones, y := r.floats(x), r.floats(random(2, 20)), r.zeros(20)
		r.SwiGLU(y, xb, ones)
		if v := r.get(y)[11]; v == v {
			t.Errorf("silu(NaN) is %v", v)
		}
		if v := r.SumSquares(xb); v == v {
			t.Errorf("the sum of squares is %v", v)
		}
		logp := r.zeros(2)
		h := device.Head{T: 2, C: 10, V: 2, Temperature: 1}
		r.Score(logp, device.Buf{}, device.Buf{}, xb, ones, r.ints(0, 1), h)
		if v := r.get(logp); v[0] != v[0] || v[1] == v[1] {
			t.Errorf("log-probabilities %v of a sound and a NaN token", v)
		}
	})
}

func TestRMSNormAgainstFloat64(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, s := range [][2]int{{1, 1}, {3, 7}, {129, 64}, {300, 65}, {5, 256}} {
			r.off = 0
			m, n := s[0], s[1]
			x, w, dy, dx0, dw0 := random(1, m*n), random(2, n), random(3, m*n), random(4, m*n), random(5, n)
			xb, wb, y, rstd, dx, dw := r.floats(x), r.floats(w), r.zeros(m*n), r.zeros(m), r.floats(dx0), r.floats(dw0)
			const eps = 1e-5
			r.RMSNorm(y, rstd, xb, wb, m, n, eps)
			r.RMSNormGrad(dx, dw, r.floats(dy), xb, wb, rstd, m, n)
			yw, dxw, dww := make([]float64, m*n), wide(dx0), wide(dw0)
			for i := range m {
				var ss, dot float64
				for k := range n {
					ss += float64(x[i*n+k]) * float64(x[i*n+k])
					dot += float64(dy[i*n+k]) * float64(w[k]) * float64(x[i*n+k])
				}
				q := 1 / math.Sqrt(ss/float64(n)+eps)
				for k := range n {
					xv, wv, g := float64(x[i*n+k]), float64(w[k]), float64(dy[i*n+k])
					yw[i*n+k] = xv * q * wv
					dxw[i*n+k] += q*wv*g - xv*q*q*q*dot/float64(n)
					dww[k] += g * xv * q
				}
			}
			near(t, fmt.Sprint("y ", s), r.get(y), yw, 1e-6)
			near(t, fmt.Sprint("dx ", s), r.get(dx), dxw, 2e-6)
			near(t, fmt.Sprint("dw ", s), r.get(dw), dww, 2e-6)
		}
	})
}

func TestRope(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, dim := range []int{2, 6, 16, 64} {
			r.off = 0
			const tokens, heads, places = 37, 3, 50
			half := dim / 2
			cos, sin := make([]float32, places*half), make([]float32, places*half)
			for i := range cos {
				a := float64(i/half) * math.Pow(10000, -float64(i%half)/float64(half))
				cos[i], sin[i] = float32(math.Cos(a)), float32(math.Sin(a))
			}
			positions := make([]int32, tokens)
			for i := range positions {
				positions[i] = int32(i * 3 % places)
			}
			x := random(1, tokens*heads*dim)
			want := make([]float64, len(x))
			for i := range want {
				tok, c := i/(heads*dim), i%dim
				at := int(positions[tok])*half + c%half
				other := float64(-x[min(len(x)-1, i+half)])
				if c >= half {
					other = float64(x[i-half])
				}
				want[i] = float64(x[i])*float64(cos[at]) + other*float64(sin[at])
			}
			xb, cb, sb, pb := r.floats(x), r.floats(cos), r.floats(sin), r.ints(positions...)
			r.Rope(xb, cb, sb, pb, tokens, heads, dim, false)
			near(t, fmt.Sprint("rope ", dim), r.get(xb), want, 1e-6)
			r.Rope(xb, cb, sb, pb, tokens, heads, dim, true)
			near(t, "and back", r.get(xb), wide(x), 1e-6)
		}
	})
}

func TestBiasAndEmbedding(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		for _, threads := range []int{1, 3} {
			r := newRig(t, threads, family)
			const m, n, v = 300, 70, 11
			x, bias, table := random(1, m*n), random(2, n), random(3, v*n)
			ids := make([]int32, m)
			for i := range ids {
				ids[i] = int32(i * i % v)
			}
			xb, bb, tb, ib := r.floats(x), r.floats(bias), r.floats(table), r.ints(ids...)
			sum, rows, taken := wide(bias), wide(table), make([]float64, m*n)
			for i := range x {
				sum[i%n] += float64(x[i])
				rows[int(ids[i/n])*n+i%n] += float64(x[i])
				taken[i] = float64(table[int(ids[i/n])*n+i%n])
			}
			y := r.zeros(m * n)
			r.Embed(y, tb, ib, m, n)
			near(t, "embed", r.get(y), taken, 0)
			r.EmbedGrad(tb, xb, ib, m, n)
			near(t, "embed gradient", r.get(tb), rows, 1e-6)
			grad := r.floats(bias)
			r.BiasGrad(grad, xb, m, n)
			near(t, "bias gradient", r.get(grad), sum, 1e-6)
			r.AddBias(xb, bb, m, n)
			added := wide(x)
			for i := range added {
				added[i] += float64(bias[i%n])
			}
			near(t, "bias", r.get(xb), added, 1e-6)
		}
	})
}

func TestAdamW(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, n := range []int{1, 9, 1000} {
			r.off = 0
			w := random(1, n)
			want, m, v := wide(w), make([]float64, n), make([]float64, n)
			wb, mb, vb, act := r.floats(w), r.zeros(n), r.zeros(n), r.zeros(n)
			a := device.Adam{LR: 1e-2, Beta1: .9, Beta2: .98, Eps: 1e-8, Decay: .1, Scale: .5}
			for a.Step = 1; a.Step <= 5; a.Step++ {
				g := random(uint64(a.Step), n)
				copyTo := act
				if a.Step%2 == 0 {
					copyTo = device.Buf{}
				}
				r.AdamW(wb, mb, vb, r.floats(g), copyTo, a)
				for i := range want {
					d := float64(g[i]) * .5
					m[i] = .9*m[i] + .1*d
					v[i] = .98*v[i] + .02*d*d
					mh, vh := m[i]/(1-math.Pow(.9, float64(a.Step))), v[i]/(1-math.Pow(.98, float64(a.Step)))
					want[i] -= 1e-2 * .1 * want[i]
					want[i] -= 1e-2 * mh / (math.Sqrt(vh) + 1e-8)
				}
			}
			near(t, "w", r.get(wb), want, 2e-6)
			near(t, "m", r.get(mb), m, 2e-6)
			near(t, "v", r.get(vb), v, 2e-6)
			bits(t, "act", r.get(act), r.get(wb))
		}
	})
}

// Sums over rows and elements do not depend on threads.
func TestReductionBitsAtAnyNumberOfThreads(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		const m, n = 1111, 96
		var want [][]float32
		for _, threads := range []int{1, 2, 3, 8} {
			r := newRig(t, threads, family)
			x, w, dy := r.floats(random(1, m*n)), r.floats(random(2, n)), r.floats(random(3, m*n))
			y, rstd, dx, dw, db, de := r.zeros(m*n), r.zeros(m), r.zeros(m*n), r.zeros(n), r.zeros(n), r.zeros(7*n)
			ids := make([]int32, m)
			for i := range ids {
				ids[i] = int32(i % 7)
			}
			r.RMSNorm(y, rstd, x, w, m, n, 1e-6)
			r.RMSNormGrad(dx, dw, dy, x, w, rstd, m, n)
			r.BiasGrad(db, dy, m, n)
			r.EmbedGrad(de, dy, r.ints(ids...), m, n)
			s := r.SumSquares(x)
			got := [][]float32{r.get(y), r.get(dx), r.get(dw), r.get(db), r.get(de), {float32(s), float32(s - float64(float32(s)))}}
			if want == nil {
				want = got
			}
			for i := range got {
				bits(t, fmt.Sprintf("result %d at %d threads", i, threads), got[i], want[i])
			}
		}
	})
}
