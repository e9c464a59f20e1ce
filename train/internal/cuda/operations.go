//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"fmt"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

var (
	_ GPU            = (*Device)(nil)
	_ device.Fused   = (*Device)(nil)
	_ device.Planner = (*Device)(nil)
)

// Open takes the first GPU, or says what is missing.
func Open() (GPU, error) {
	d, err := open(folders(), userCache())
	if err != nil {
		return nil, err // and no Device in the interface
	}
	return d, nil
}

// Run does a Work.
func (d *Device) Run(w *Work) {
	d.inside(w)
	d.most = max(d.most, w.ScratchBytes())
	d.post(func(c *context) error { return c.run(w) })
}

// Zero clears b.
func (d *Device) Zero(b device.Buf) {
	d.in(b, -1, types...)
	if b.None() {
		return
	}
	d.do(func(w *Work) { w.Clear(Arena(b)) })
}

// Copy copies src to dst and converts between F32 and BF16.
func (d *Device) Copy(dst, src device.Buf) { d.do(func(w *Work) { w.Copy(dst, src) }) }

// MatMul writes c, or adds to it, by cuBLASLt: sums in float32, rounded once.
func (d *Device) MatMul(c, a, b device.Buf, p device.Product, m, n, k int, accumulate bool) {
	d.in(a, m*k, floats...)
	d.in(b, n*k, a.Type)
	d.in(c, m*n, floats...)
	d.do(func(w *Work) {
		if k == 0 && !accumulate {
			w.Clear(Arena(c))
		} else if k > 0 {
			w.Multiply(Gemm{C: Arena(c), A: Arena(a), B: Arena(b), Product: p, M: m, N: n, K: k, Alpha: 1, Accumulate: accumulate})
		}
	})
}

// AddBias adds bias[n] to every row of x[m,n].
func (d *Device) AddBias(x, bias device.Buf, m, n int) {
	d.do(func(w *Work) { w.AddBias(x, bias, m, n) })
}

// BiasGrad adds the column sums of dy to dbias.
func (d *Device) BiasGrad(dbias, dy device.Buf, m, n int) {
	d.do(func(w *Work) { w.BiasGrad(dbias, dy, m, n) })
}

// Add writes dst = a + b.
func (d *Device) Add(dst, a, b device.Buf) { d.do(func(w *Work) { w.Add(dst, a, b) }) }

// Scale multiplies x by a number.
func (d *Device) Scale(x device.Buf, by float32) { d.do(func(w *Work) { w.Scale(x, by) }) }

// Embed writes x[T,C], the rows of table that ids names.
func (d *Device) Embed(x, table, ids device.Buf, t, c int) {
	d.do(func(w *Work) { w.Embed(x, table, ids, t, c) })
}

// EmbedGrad adds dx[T,C] to the rows of dtable, in the order of the tokens.
func (d *Device) EmbedGrad(dtable, dx, ids device.Buf, t, c int) {
	d.do(func(w *Work) { w.EmbedGrad(dtable, dx, ids, t, c) })
}

// RMSNorm writes y = x * rstd * weight and rstd.
func (d *Device) RMSNorm(y, rstd, x, weight device.Buf, m, n int, eps float32) {
	d.do(func(w *Work) { w.RMSNorm(y, rstd, x, weight, m, n, eps) })
}

// RMSNormGrad adds to dx[m,n] and to dw[n].
func (d *Device) RMSNormGrad(dx, dw, dy, x, weight, rstd device.Buf, m, n int) {
	d.do(func(w *Work) { w.RMSNormGrad(dx, dw, dy, x, weight, rstd, m, n) })
}

// Rope turns x[T, heads, D] in place.
func (d *Device) Rope(x, cos, sin, positions device.Buf, t, heads, dim int, inverse bool) {
	d.do(func(w *Work) { w.Rope(x, cos, sin, positions, t, heads, dim, inverse) })
}

// SwiGLU writes y = silu(gate) * up.
func (d *Device) SwiGLU(y, gate, up device.Buf) { d.do(func(w *Work) { w.SwiGLU(y, gate, up) }) }

// SwiGLUGrad writes dgate and dup; they may be gate and up.
func (d *Device) SwiGLUGrad(dgate, dup, dy, gate, up device.Buf) {
	d.do(func(w *Work) { w.SwiGLUGrad(dgate, dup, dy, gate, up) })
}

// Attention writes o[T,H,D] and lse[T,H].
func (d *Device) Attention(o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	d.do(func(w *Work) { w.Attention(o, lse, q, k, v, starts, docs, t, h) })
}

// AttentionGrad writes dq, dk and dv.
func (d *Device) AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	d.do(func(w *Work) { w.AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts, docs, t, h) })
}

// Score writes log-probabilities and, where they are not none, entropies and
// logs of the sums.
func (d *Device) Score(logp, entropy, lse, x, weight, targets device.Buf, h device.Head) {
	d.do(func(w *Work) { w.Score(logp, entropy, lse, x, weight, targets, h) })
}

// ScoreGrad adds to dx[T,C] and dw[V,C].
func (d *Device) ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, weight, targets device.Buf, h device.Head) {
	d.do(func(w *Work) {
		w.ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, weight, targets, h)
	})
}

// Logits writes l[m,V] = x[m,C]·Wᵀ.
func (d *Device) Logits(l, x, weight device.Buf, m, c, v int) {
	d.do(func(w *Work) { w.Logits(l, x, weight, m, c, v) })
}

// StoreKV puts k and v of n new tokens into their slots.
func (d *Device) StoreKV(p device.Pages, k, v, slots device.Buf, n int, h device.Heads) {
	d.do(func(w *Work) { w.StoreKV(p, k, v, slots, n, h) })
}

// Decode writes o[B,H,D] of one new query a sequence over its pages.
func (d *Device) Decode(o, q device.Buf, p device.Pages, b int, h device.Heads) {
	d.do(func(w *Work) { w.Decode(o, q, p, b, h) })
}

// AdamW updates weights, moments and, where it is another buffer, act.
func (d *Device) AdamW(weights, m, v, g, act device.Buf, a device.Adam) {
	d.do(func(w *Work) { w.AdamW(a, Update{W: weights, M: m, V: v, G: g, Act: act}) })
}

// AdamWAll updates many tensors by one rule, some 32 of them by one launch.
func (d *Device) AdamWAll(us []device.Update, a device.Adam) {
	d.do(func(w *Work) { w.AdamW(a, us...) })
}

// SumSquares returns the sum of squares of b; NaN after an error.
func (d *Device) SumSquares(b device.Buf) float64 { return d.SumSquaresAll([]device.Buf{b}) }

// SumSquaresAll returns the sum of squares of all of bs, and waits but once; NaN
// after an error.
func (d *Device) SumSquaresAll(bs []device.Buf) float64 {
	some := 0
	for _, b := range bs {
		some += b.N
	}
	if some == 0 {
		return 0
	}
	var out Place
	d.do(func(w *Work) {
		out = w.Temp(device.I32, 2)
		w.SumSquares(out, bs...)
	})
	sum := math.NaN()
	d.wait(func(c *context) error {
		return c.download(c.address(out), 1, 8, func(mem []byte, _, _ int) { sum = view[float64](mem)[0] })
	})
	return sum
}

// ScoreBoth is Score and ScoreGrad from one product of the logits.
func (d *Device) ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, weight, targets device.Buf, h device.Head) {
	d.do(func(w *Work) { w.ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, weight, targets, h) })
}

// inside panics where a step reaches beyond the arena: a bug of the caller, which
// on the GPU would be an illegal address, or other numbers than its own.
func (d *Device) inside(w *Work) {
	check := func(p Place) {
		if !p.Scratch && (p.Off < 0 || p.N < 0 || p.Off+p.N*p.Type.Size() > d.size) {
			panic(fmt.Sprintf("cuda: %d elements at byte %d of an arena of %d bytes", p.N, p.Off, d.size))
		}
	}
	for i := range w.Steps {
		s := &w.Steps[i]
		check(s.Zero)
		if g := s.Gemm; g != nil {
			check(g.C)
			check(g.A)
			check(g.B)
		}
		for _, a := range s.Launch.Args {
			check(a.At)
			for _, f := range a.Fields {
				check(f.At)
			}
		}
	}
}
