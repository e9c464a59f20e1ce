package gpucheck

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

func scoring() []Case {
	var list []Case
	for _, s := range []struct {
		t, c, v     int
		temperature float32
	}{{1, 8, 2, 1}, {7, 64, 257, 1}, {130, 128, 1000, .7}, {4100, 64, 1025, 1}, {5, 64, 151936, 1.3}} {
		h := device.Head{T: s.t, C: s.c, V: s.v, Temperature: s.temperature}
		list = append(list, Case{fmt.Sprintf("Score, ScoreGrad %d tokens, %d wide, %d words, T=%v", s.t, s.c, s.v, s.temperature), func(b *bench) {
			targets := b.below(h.T, h.V)
			for i := range targets {
				if i%5 == 4 {
					targets[i] = -1
				}
			}
			x, w, at := b.act(h.T*h.C, 1), b.act(h.V*h.C, .3), b.ints(targets)
			logp, entropy, lse := b.outF32(h.T), b.outF32(h.T), b.outF32(h.T)
			b.dev.Score(logp, entropy, lse, x, w, at, h)
			alone := b.outF32(h.T)
			b.dev.Score(alone, device.Buf{}, device.Buf{}, x, w, at, h)
			dlogp, dentropy := b.f32(h.T, 1), b.f32(h.T, .1)
			dx, dw := b.act(h.T*h.C, .1), b.f32(h.V*h.C, .1)
			b.dev.ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, w, at, h)
			dx2, dw2 := b.act(h.T*h.C, .1), b.f32(h.V*h.C, .1)
			b.dev.ScoreGrad(dx2, dw2, dlogp, device.Buf{}, device.Buf{}, lse, x, w, at, h)
			logp3, entropy3, lse3, dx3, dw3 := b.outF32(h.T), b.outF32(h.T), b.outF32(h.T), b.act(h.T*h.C, .1), b.f32(h.V*h.C, .1)
			one := h
			one.Temperature = 1
			device.ScoreBoth(b.dev, dx3, dw3, logp3, entropy3, lse3, dlogp, x, w, at, one)
			b.check("logp at once", logp3, probs)
			b.check("entropy at once", entropy3, probs)
			b.check("lse at once", lse3, probs)
			b.check("dx at once", dx3, inner)
			b.check("dw at once", dw3, inner)
			b.check("logp", logp, probs)
			b.check("entropy", entropy, probs)
			b.check("lse", lse, probs)
			b.check("logp alone", alone, probs)
			b.check("dx", dx, inner)
			b.check("dw", dw, inner)
			b.check("dx without entropy", dx2, inner)
			b.check("dw without entropy", dw2, inner)
		}})
	}
	for _, s := range [][3]int{{1, 896, 1000}, {3, 7, 5}, {256, 64, 4099}} {
		m, c, v := s[0], s[1], s[2]
		list = append(list, Case{fmt.Sprintf("Logits %d rows, %d wide, %d words", m, c, v), func(b *bench) {
			x, w, l := b.act(m*c, 1), b.act(v*c, 1), b.outF32(m*v)
			b.dev.Logits(l, x, w, m, c, v)
			b.check("logits", l, f32)
		}})
	}
	return list
}

func updates() []Case {
	list := []Case{{"AdamW, SumSquares of 70 tensors at once", func(b *bench) {
		var us []device.Update
		var gs []device.Buf
		a := device.Adam{LR: 1e-2, Beta1: .9, Beta2: .95, Eps: 1e-8, Decay: .1, Scale: .37, Step: 1}
		for i := range 70 {
			n := 1 + i*i*i%9001
			u := device.Update{W: b.f32(n, 1), M: b.f32(n, 1), V: b.floats(device.F32, fill(n, .5)), G: b.f32(n, 1)}
			if u.Act = u.W; b.dev.Act() != device.F32 {
				u.Act = b.outAct(n)
			}
			us, gs = append(us, u), append(gs, u.G)
		}
		sum := device.SumSquaresAll(b.dev, gs)
		device.AdamWAll(b.dev, us, a)
		b.check("sum", b.floats(device.F32, []float32{float32(sum)}), 1e-6)
		for i, u := range us {
			b.check(fmt.Sprint("weights ", i), u.W, f32)
			b.check(fmt.Sprint("act ", i), u.Act, once)
		}
	}}}
	for _, n := range []int{1, 7, 4096, 100_003} {
		list = append(list,
			Case{fmt.Sprintf("AdamW %d", n), func(b *bench) {
				w, m, v, g, act := b.f32(n, 1), b.floats(device.F32, make([]float32, n)), b.floats(device.F32, make([]float32, n)), b.f32(n, 1), b.outAct(n)
				if b.dev.Act() == device.F32 {
					act = w
				}
				a := device.Adam{LR: 1e-2, Beta1: .9, Beta2: .95, Eps: 1e-8, Decay: .1, Scale: .37}
				for a.Step = 1; a.Step <= 3; a.Step++ {
					b.dev.AdamW(w, m, v, g, act, a)
				}
				b.check("weights", w, f32)
				b.check("first moment", m, f32)
				b.check("second moment", v, f32)
				b.check("weights that products read", act, once)
			}},
			Case{fmt.Sprintf("SumSquares %d", n), func(b *bench) {
				x := b.f32(n, 2)
				sum := b.dev.SumSquares(x)
				b.check("sum", b.floats(device.F32, []float32{float32(sum)}), 1e-6)
			}})
	}
	return list
}

// laws are promises that one device keeps by itself. Each writes the bits that
// should be equal as a difference that should be 0.
func laws() []Case {
	return []Case{
		{"law: a document does not depend on the others", func(b *bench) {
			h := heads(4, 2, 64)
			docs := documents{"", []int{65, 130, 63}}
			starts, t := docs.starts()
			nq, nk := t*h.H*h.D, t*h.G*h.D
			q, k, v, do, at := b.act(nq, 1), b.act(nk, 1), b.act(nk, 1), b.act(nq, 1), b.ints(starts)
			run := func() []device.Buf {
				out := []device.Buf{b.outAct(nq), b.outF32(t * h.H), b.outAct(nq), b.outAct(nk), b.outAct(nk)}
				b.dev.Attention(out[0], out[1], q, k, v, at, 3, t, h)
				b.dev.AttentionGrad(out[2], out[3], out[4], do, out[0], out[1], q, k, v, at, 3, t, h)
				return out
			}
			first := run()
			for _, x := range []device.Buf{q, k, v, do} { // another document in the middle
				width := x.N / t
				b.dev.Upload(x.Slice(65*width, 130*width), b.normal(130*width, 2))
			}
			for i, x := range run() {
				width := x.N / t
				b.equal(fmt.Sprintf("first document, output %d", i), x.Slice(0, 65*width), first[i].Slice(0, 65*width))
				b.equal(fmt.Sprintf("last document, output %d", i), x.Slice(195*width, 63*width), first[i].Slice(195*width, 63*width))
			}
		}},
		{"law: a row's norm does not depend on the rows beside it", func(b *bench) {
			const m, n = 130, 896
			x, w := b.act(m*n, 1), b.act(n, 1)
			y, rstd, y1, rstd1 := b.outAct(m*n), b.outF32(m), b.outAct(n), b.outF32(1)
			b.dev.RMSNorm(y, rstd, x, w, m, n, 1e-6)
			b.dev.RMSNorm(y1, rstd1, x.Slice(129*n, n), w, 1, n, 1e-6)
			b.equal("y", y.Slice(129*n, n), y1)
			b.equal("rstd", rstd.Slice(129, 1), rstd1)
		}},
	}
}

// equal checks that two buffers hold the same bits: their difference, computed
// here, is compared with that of the CPU, which is 0.
func (b *bench) equal(name string, x, y device.Buf) {
	p, q := make([]float32, x.N), make([]float32, y.N)
	b.dev.Download(p, x)
	b.dev.Download(q, y)
	same := float32(0)
	if differs(p, q) >= 0 {
		same = 1
	}
	b.check(name, b.floats(device.F32, []float32{same}), exact)
}
