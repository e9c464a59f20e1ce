//go:build linux

package cuda

import (
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

const (
	f32  = device.F32
	bf16 = device.BF16
)

// lengths are around packs, warps and blocks; those that are no multiples of 8 go
// by the kernels that move one element at a time.
var lengths = []int{1, 7, 8, 9, 31, 64, 65, 255, 256, 264, 1000, 2047, 2048, 2056, 10000}

// parities is every operation, named as in device.Device.
var parities = []parity{
	{"Add", func(p *pair) {
		for _, n := range lengths {
			p.again()
			a, b, y := p.floats(bf16, n), p.floats(bf16, n), p.floats(bf16, n)
			p.do("apart", 0, func(w *Work) { w.Add(y.dev, a.dev, b.dev) }, func() { p.cpu.Add(y.ref, a.ref, b.ref) })
			p.again()
			a, b = p.floats(bf16, n), p.floats(bf16, n)
			p.do("in place", 0, func(w *Work) { w.Add(a.dev, a.dev, b.dev) }, func() { p.cpu.Add(a.ref, a.ref, b.ref) })
		}
	}},
	{"Scale", func(p *pair) {
		for _, n := range lengths {
			p.again()
			x := p.floats(bf16, n)
			p.do("scale", 0, func(w *Work) { w.Scale(x.dev, 4./3) }, func() { p.cpu.Scale(x.ref, 4./3) })
		}
	}},
	{"Copy", func(p *pair) {
		for _, n := range lengths {
			for _, to := range []device.Type{f32, bf16} {
				for _, from := range []device.Type{f32, bf16} {
					p.again()
					src, dst := p.hard(from, n), p.floats(to, n)
					p.do("copy", 0, func(w *Work) { w.Copy(dst.dev, src.dev) }, func() { p.cpu.Copy(dst.ref, src.ref) })
				}
			}
		}
	}},
	{"AddBias", func(p *pair) {
		for _, s := range shapes {
			p.again()
			x, b := p.floats(bf16, s[0]*s[1]), p.floats(bf16, s[1])
			p.do("bias", 0, func(w *Work) { w.AddBias(x.dev, b.dev, s[0], s[1]) }, func() { p.cpu.AddBias(x.ref, b.ref, s[0], s[1]) })
		}
	}},
	{"BiasGrad", func(p *pair) {
		for _, s := range shapes {
			p.again()
			dy, db := p.floats(bf16, s[0]*s[1]), p.floats(f32, s[1])
			p.do("bias gradient", float32Sum, func(w *Work) { w.BiasGrad(db.dev, dy.dev, s[0], s[1]) }, func() { p.cpu.BiasGrad(db.ref, dy.ref, s[0], s[1]) })
		}
	}},
	{"SwiGLU", func(p *pair) {
		for _, n := range lengths {
			p.again()
			g, u, y := p.steep(n), p.floats(bf16, n), p.floats(bf16, n)
			p.do("swiglu", 3e-7, func(w *Work) { w.SwiGLU(y.dev, g.dev, u.dev) }, func() { p.cpu.SwiGLU(y.ref, g.ref, u.ref) })
		}
	}},
	{"SwiGLUGrad", func(p *pair) {
		for _, n := range lengths {
			p.again()
			g, u, dy := p.steep(n), p.floats(bf16, n), p.floats(bf16, n)
			p.do("in place", 1e-6, func(w *Work) { w.SwiGLUGrad(g.dev, u.dev, dy.dev, g.dev, u.dev) }, func() { p.cpu.SwiGLUGrad(g.ref, u.ref, dy.ref, g.ref, u.ref) })
			p.again()
			g, u, dy = p.steep(n), p.floats(bf16, n), p.floats(bf16, n)
			dg, du := p.floats(bf16, n), p.floats(bf16, n)
			p.do("apart", 1e-6, func(w *Work) { w.SwiGLUGrad(dg.dev, du.dev, dy.dev, g.dev, u.dev) }, func() { p.cpu.SwiGLUGrad(dg.ref, du.ref, dy.ref, g.ref, u.ref) })
		}
	}},
	{"RMSNorm", func(p *pair) {
		for _, s := range shapes {
			p.again()
			x, wt, y, r := p.floats(bf16, s[0]*s[1]), p.floats(bf16, s[1]), p.floats(bf16, s[0]*s[1]), p.floats(f32, s[0])
			p.do("norm", 1e-6, func(w *Work) { w.RMSNorm(y.dev, r.dev, x.dev, wt.dev, s[0], s[1], 1e-5) }, func() { p.cpu.RMSNorm(y.ref, r.ref, x.ref, wt.ref, s[0], s[1], 1e-5) })
		}
	}},
	{"RMSNormGrad", func(p *pair) {
		for _, s := range append(shapes, [2]int{3, 4096}) {
			for _, frozen := range []bool{false, true} {
				p.again()
				m, n := s[0], s[1]
				x, wt, dy, dx, dw := p.floats(bf16, m*n), p.floats(bf16, n), p.floats(bf16, m*n), p.floats(bf16, m*n), p.floats(f32, n)
				if frozen {
					dw.dev, dw.ref = device.Buf{}, device.Buf{}
				}
				r := p.rstd(x, m, n)
				p.do("norm gradient", float32Sum, func(w *Work) { w.RMSNormGrad(dx.dev, dw.dev, dy.dev, x.dev, wt.dev, r.dev, m, n) },
					func() { p.cpu.RMSNormGrad(dx.ref, dw.ref, dy.ref, x.ref, wt.ref, r.ref, m, n) })
			}
		}
	}},
	{"Rope", func(p *pair) {
		for _, s := range [][3]int{{1, 1, 2}, {37, 3, 6}, {5, 2, 32}, {19, 14, 64}, {9, 2, 128}} {
			for _, inverse := range []bool{false, true} {
				p.again()
				tokens, heads, d, places := s[0], s[1], s[2], 50
				x, cos, sin, at := p.floats(bf16, tokens*heads*d), make([]float32, places*d/2), make([]float32, places*d/2), make([]int32, tokens)
				for i := range cos {
					a := float64(i/(d/2)) * math.Pow(10000, -float64(i%(d/2))/float64(d/2))
					cos[i], sin[i] = float32(math.Cos(a)), float32(math.Sin(a))
				}
				for i := range at {
					at[i] = int32(i * 7 % places)
				}
				c, sn, pos := p.of(f32, cos), p.of(f32, sin), p.ints(at)
				p.do("rope", 3e-7, func(w *Work) { w.Rope(x.dev, c.dev, sn.dev, pos.dev, tokens, heads, d, inverse) },
					func() { p.cpu.Rope(x.ref, c.ref, sn.ref, pos.ref, tokens, heads, d, inverse) })
			}
		}
	}},
	{"Embed", func(p *pair) {
		for _, s := range embeddings {
			p.again()
			t, c, v := s[0], s[1], s[2]
			x, table, ids := p.floats(bf16, t*c), p.floats(bf16, v*c), p.ints(words(t, v))
			p.do("embedding", 0, func(w *Work) { w.Embed(x.dev, table.dev, ids.dev, t, c) }, func() { p.cpu.Embed(x.ref, table.ref, ids.ref, t, c) })
		}
	}},
	// Bit for bit: the specification's order of the tokens.
	{"EmbedGrad", func(p *pair) {
		for _, s := range embeddings {
			p.again()
			t, c, v := s[0], s[1], s[2]
			dx, dtable, ids := p.floats(bf16, t*c), p.floats(f32, v*c), p.ints(words(t, v))
			p.do("gradient of the embedding", 0, func(w *Work) { w.EmbedGrad(dtable.dev, dx.dev, ids.dev, t, c) }, func() { p.cpu.EmbedGrad(dtable.ref, dx.ref, ids.ref, t, c) })
		}
	}},
	{"Score", func(p *pair) {
		for _, h := range heads {
			for _, only := range []bool{false, true} {
				p.again()
				x, wt, targets := p.floats(bf16, h.T*h.C), p.floats(bf16, h.V*h.C), p.ints(targets(h))
				logp, entropy, lse := p.floats(f32, h.T), p.floats(f32, h.T), p.floats(f32, h.T)
				if only {
					entropy.dev, entropy.ref, lse.dev, lse.ref = device.Buf{}, device.Buf{}, device.Buf{}, device.Buf{}
				}
				p.do("score", 2e-6, func(w *Work) { w.Score(logp.dev, entropy.dev, lse.dev, x.dev, wt.dev, targets.dev, h) },
					func() { p.cpu.Score(logp.ref, entropy.ref, lse.ref, x.ref, wt.ref, targets.ref, h) })
			}
		}
	}},
	// dlogits are rounded to bf16 before the products, by 2⁻⁹ of each: of sums of
	// such, within 1e-2 of the largest.
	{"ScoreGrad", func(p *pair) {
		for _, h := range heads {
			for _, with := range []struct{ entropies, weight bool }{{true, true}, {false, true}, {true, false}} {
				p.again()
				c := p.scoreCase(h)
				dent, entropy := c.dent, c.entropy
				if !with.entropies {
					dent.dev, dent.ref, entropy.dev, entropy.ref = device.Buf{}, device.Buf{}, device.Buf{}, device.Buf{}
				}
				if !with.weight {
					c.dw.dev, c.dw.ref = device.Buf{}, device.Buf{}
				}
				p.do("gradient of the score", 1e-2, func(w *Work) {
					w.ScoreGrad(c.dx.dev, c.dw.dev, c.dlogp.dev, dent.dev, entropy.dev, c.lse.dev, c.x.dev, c.w.dev, c.targets.dev, h)
				}, func() {
					p.cpu.ScoreGrad(c.dx.ref, c.dw.ref, c.dlogp.ref, dent.ref, entropy.ref, c.lse.ref, c.x.ref, c.w.ref, c.targets.ref, h)
				})
			}
		}
	}},
	{"ScoreBoth", func(p *pair) {
		for _, h := range heads {
			p.again()
			c := p.scoreCase(h)
			logp := p.floats(f32, h.T)
			p.do("score and its gradient", 1e-2, func(w *Work) {
				w.ScoreBoth(c.dx.dev, c.dw.dev, logp.dev, c.entropy.dev, c.lse.dev, c.dlogp.dev, c.x.dev, c.w.dev, c.targets.dev, h)
			}, func() {
				p.cpu.Score(logp.ref, c.entropy.ref, c.lse.ref, c.x.ref, c.w.ref, c.targets.ref, h)
				p.cpu.ScoreGrad(c.dx.ref, c.dw.ref, c.dlogp.ref, device.Buf{}, device.Buf{}, c.lse.ref, c.x.ref, c.w.ref, c.targets.ref, h)
			})
		}
	}},
	{"AdamW", func(p *pair) {
		for _, sizes := range [][]int{{1}, {9, 4096, 4097, 3}, many(70)} {
			for step := 1; step <= 3; step++ {
				p.again()
				a := device.Adam{LR: 1e-2, Beta1: .9, Beta2: .98, Eps: 1e-8, Decay: .1, Scale: .5, Step: step}
				var us []Update
				var refs [][5]device.Buf
				for i, n := range sizes {
					w, m, v, g, act := p.floats(f32, n), p.floats(f32, n), p.positive(n), p.floats(f32, n), p.floats(bf16, n)
					if i%3 == 2 {
						act.dev, act.ref = device.Buf{}, device.Buf{}
					}
					us, refs = append(us, Update{W: w.dev, M: m.dev, V: v.dev, G: g.dev, Act: act.dev}), append(refs, [5]device.Buf{w.ref, m.ref, v.ref, g.ref, act.ref})
				}
				p.do("adamw", 1e-6, func(w *Work) { w.AdamW(a, us...) }, func() {
					for _, r := range refs {
						p.cpu.AdamW(r[0], r[1], r[2], r[3], r[4], a)
					}
				})
			}
		}
	}},
	{"SumSquares", func(p *pair) {
		for _, sizes := range [][]int{{1}, {5, 4096, 4097, 20000}, many(70), {1030 * 4096}} {
			p.again()
			var bs []device.Buf
			var want float64
			for _, n := range sizes {
				b := p.floats(f32, n)
				bs, want = append(bs, b.dev), want+p.cpu.SumSquares(b.ref)
			}
			out := p.s.room(device.I32, 2)
			p.sum(out, want, func(w *Work) { w.SumSquares(Arena(out), bs...) })
		}
	}},
}
