//go:build linux

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"unsafe"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// shapes are rows and columns: odd ones, those of heads, and whole ones.
var shapes = [][2]int{{1, 1}, {3, 7}, {129, 64}, {65, 24}, {300, 65}, {64, 256}, {7, 896}, {130, 264}}

// embeddings are tokens, width and words: fewer words than tokens, and more.
var embeddings = [][3]int{{1, 1, 1}, {300, 70, 11}, {1025, 8, 3}, {513, 24, 40000}, {40, 1032, 17}, {700, 16, 257}}

// heads are output layers; 9 tokens without a target are among the last.
var heads = []device.Head{{T: 1, C: 3, V: 2, Temperature: 1}, {T: 70, C: 24, V: 17, Temperature: .7}, {T: 33, C: 16, V: 1029, Temperature: 1.3}, {T: 20, C: 32, V: 2104, Temperature: 1}, {T: 5, C: 8, V: 9000, Temperature: 1}}

// words is t ids below v, some of them often, with the last word among them.
func words(t, v int) []int32 {
	ids := make([]int32, t)
	for i := range ids {
		ids[i] = int32(i * i * 31 % v)
	}
	ids[t/2] = int32(v - 1)
	return ids
}

func targets(h device.Head) []int32 {
	ts := make([]int32, h.T)
	for i := range ts {
		ts[i] = int32((i*37 + 5) % h.V)
		if i%5 == 3 {
			ts[i] = -1
		}
	}
	return ts
}

func many(n int) []int {
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = 1 + i*i%97
	}
	return sizes
}

// steep is random numbers up to about 30, and some beyond what exp can hold.
func (p *pair) steep(n int) both {
	b := p.floats(bf16, n)
	x := p.s.read(Arena(b.dev))
	for i := range x {
		x[i] *= 8
	}
	x[n/2], x[n/3] = -120, 120
	p.set(b, x)
	return b
}

func (p *pair) positive(n int) both {
	b := p.floats(f32, n)
	x := p.s.read(Arena(b.dev))
	for i := range x {
		x[i] *= x[i]
	}
	p.set(b, x)
	return b
}

// hard is numbers of any bits, ties of the rounding to bf16, infinities and NaNs
// among them.
func (p *pair) hard(t device.Type, n int) both {
	p.seed++
	r := rand.New(rand.NewPCG(p.seed, 8))
	x := make([]float32, n)
	for i := range x {
		u := r.Uint32()
		if i%3 == 0 {
			u = u&^0xffff | 0x8000
		}
		if t == bf16 {
			u &^= 0xffff
		}
		x[i] = math.Float32frombits(u)
	}
	x[n/2] = math.Float32frombits(0x7fffffff) // which rounds up to -0 if it is let
	return p.of(t, x)
}

// set writes the same numbers on both sides.
func (p *pair) set(b both, x []float32) {
	p.s.write(Arena(b.dev), x)
	p.cpu.Upload(b.ref, x)
}

// rstd is what the norm of x leaves for its gradient.
func (p *pair) rstd(x both, m, n int) both {
	r := p.floats(f32, m)
	v, out := p.s.read(Arena(x.dev)), make([]float32, m)
	for i := range out {
		var ss float64
		for _, e := range v[i*n : (i+1)*n] {
			ss += float64(e) * float64(e)
		}
		out[i] = float32(1 / math.Sqrt(ss/float64(n)+1e-5))
	}
	p.set(r, out)
	return r
}

// A scoreCase is the buffers of the gradient of the output layer.
type scoreCase struct {
	x, w, dx, dw, dlogp, dent, entropy, lse, targets both
}

func (p *pair) scoreCase(h device.Head) scoreCase {
	c := scoreCase{x: p.floats(bf16, h.T*h.C), w: p.floats(bf16, h.V*h.C), dx: p.floats(bf16, h.T*h.C), dw: p.floats(f32, h.V*h.C),
		dlogp: p.floats(f32, h.T), dent: p.floats(f32, h.T), entropy: p.floats(f32, h.T), lse: p.floats(f32, h.T), targets: p.ints(targets(h))}
	dlogp, dent := p.s.read(Arena(c.dlogp.dev)), p.s.read(Arena(c.dent.dev))
	for i := 2; i < h.T; i += 7 {
		dlogp[i], dent[i] = 0, 0
	}
	p.set(c.dlogp, dlogp)
	p.set(c.dent, dent)
	logp := device.Buf{Off: p.off, N: h.T, Type: f32}
	p.cpu.Score(logp, c.entropy.ref, c.lse.ref, c.x.ref, c.w.ref, c.targets.ref, h)
	for _, b := range []both{c.entropy, c.lse} {
		x := make([]float32, h.T)
		p.cpu.Download(x, b.ref)
		p.set(b, x)
	}
	return c
}

// sum runs w, which writes a float64 to out.
func (p *pair) sum(out device.Buf, want float64, build func(w *Work)) {
	var bits [2]uint64
	for i := range bits {
		var w Work
		build(&w)
		p.s.descending = i == 1
		if p.err = p.s.run(&w); p.err != nil {
			return
		}
		bits[i] = *(*uint64)(unsafe.Pointer(&p.s.bytes(Arena(out))[0]))
	}
	if got := math.Float64frombits(bits[0]); bits[0] != bits[1] || !(math.Abs(got-want) <= 1e-6*want) {
		p.err = fmt.Errorf("the sum of squares is %v, and %v in the other order; want %v", got, math.Float64frombits(bits[1]), want)
	}
}
