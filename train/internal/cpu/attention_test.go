package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// refAttention is causal attention inside each document in float64, and the
// gradients of sum(o * do).
func refAttention(q, k, v, do []float64, starts []int32, h device.Heads) (o, lse, dq, dk, dv []float64) {
	t := int(starts[len(starts)-1])
	o, dq = make([]float64, t*h.H*h.D), make([]float64, t*h.H*h.D)
	dk, dv = make([]float64, t*h.G*h.D), make([]float64, t*h.G*h.D)
	lse = make([]float64, t*h.H)
	scale := float64(h.Scale)
	for doc := range len(starts) - 1 {
		for i := int(starts[doc]); i < int(starts[doc+1]); i++ {
			for e := range h.H {
				qi, g := (i*h.H+e)*h.D, e/(h.H/h.G)
				first := int(starts[doc])
				p, sum := make([]float64, i+1-first), 0.0
				for j := range p {
					for c := range h.D {
						p[j] += q[qi+c] * k[((first+j)*h.G+g)*h.D+c]
					}
					p[j] = math.Exp(p[j] * scale)
					sum += p[j]
				}
				lse[i*h.H+e] = math.Log(sum)
				dp, mean := make([]float64, len(p)), 0.0
				for j := range p {
					p[j] /= sum
					for c := range h.D {
						at := ((first+j)*h.G+g)*h.D + c
						o[qi+c] += p[j] * v[at]
						dp[j] += do[qi+c] * v[at]
						dv[at] += p[j] * do[qi+c]
					}
					mean += p[j] * dp[j]
				}
				for j := range p {
					ds := p[j] * (dp[j] - mean) * scale
					for c := range h.D {
						at := ((first+j)*h.G+g)*h.D + c
						dq[qi+c] += ds * k[at]
						dk[at] += ds * q[qi+c]
					}
				}
			}
		}
	}
	return
}

// An attentionCase is the inputs of one attention and, after run, its results.
type attentionCase struct {
	h                  device.Heads
	starts             []int32
	q, k, v, do        []float32
	o, lse, dq, dk, dv []float32
}

func newAttentionCase(h device.Heads, lengths ...int) *attentionCase {
	c := &attentionCase{h: h, starts: []int32{0}}
	for _, n := range lengths {
		c.starts = append(c.starts, c.starts[len(c.starts)-1]+int32(n))
	}
	t := c.tokens()
	c.q, c.k, c.v, c.do = random(1, t*h.H*h.D), random(2, t*h.G*h.D), random(3, t*h.G*h.D), random(4, t*h.H*h.D)
	return c
}

func (c *attentionCase) tokens() int { return int(c.starts[len(c.starts)-1]) }

func (c *attentionCase) run(r *rig) {
	r.off = 0
	docs, t, h := len(c.starts)-1, c.tokens(), c.h
	q, k, v, do, starts := r.floats(c.q), r.floats(c.k), r.floats(c.v), r.floats(c.do), r.ints(c.starts...)
	o, lse, dq, dk, dv := r.zeros(t*h.H*h.D), r.zeros(t*h.H), r.floats(random(9, t*h.H*h.D)), r.floats(random(9, t*h.G*h.D)), r.zeros(t*h.G*h.D)
	r.Attention(o, lse, q, k, v, starts, docs, t, h)
	r.AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts, docs, t, h)
	c.o, c.lse, c.dq, c.dk, c.dv = r.get(o), r.get(lse), r.get(dq), r.get(dk), r.get(dv)
}

var attentionShapes = []device.Heads{{H: 4, G: 4, D: 16, Scale: .25}, {H: 4, G: 2, D: 8, Scale: .35}, {H: 3, G: 1, D: 20, Scale: .2}, {H: 2, G: 1, D: 64, Scale: .125}, {H: 1, G: 1, D: 2, Scale: .7}, {H: 2, G: 2, D: 80, Scale: .11}}

func TestAttentionAgainstFloat64(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, h := range attentionShapes {
			c := newAttentionCase(h, 1, 64, 2, 65, 63, 127, 1, 300)
			c.run(r)
			o, lse, dq, dk, dv := refAttention(wide(c.q), wide(c.k), wide(c.v), wide(c.do), c.starts, h)
			near(t, "o", c.o, o, 2e-6)
			near(t, "lse", c.lse, lse, 1e-6)
			near(t, "dq", c.dq, dq, 5e-6)
			near(t, "dk", c.dk, dk, 5e-6)
			near(t, "dv", c.dv, dv, 5e-6)
		}
	})
}

func TestAttentionBitsAtAnyNumberOfThreads(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		h := attentionShapes[1]
		c := newAttentionCase(h, 127, 600, 1, 65, 64)
		c.run(newRig(t, 1, family))
		want := *c
		for _, threads := range []int{2, 3, 8} {
			c.run(newRig(t, threads, family))
			bits(t, "o", c.o, want.o)
			bits(t, "lse", c.lse, want.lse)
			bits(t, "dq", c.dq, want.dq)
			bits(t, "dk", c.dk, want.dk)
			bits(t, "dv", c.dv, want.dv)
		}
	})
}

// A document gives the same bits alone and packed, and a change of its
// neighbor changes none of them.
func TestAttentionKnowsItsDocumentOnly(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		h := attentionShapes[1]
		c := newAttentionCase(h, 65, 127, 63)
		c.run(r)
		from, to := 65*h.H*h.D, (65+127)*h.H*h.D
		alone := newAttentionCase(h, 127)
		copy(alone.q, c.q[from:to])
		copy(alone.do, c.do[from:to])
		kf, kt := 65*h.G*h.D, (65+127)*h.G*h.D
		copy(alone.k, c.k[kf:kt])
		copy(alone.v, c.v[kf:kt])
		alone.run(r)
		bits(t, "o", alone.o, c.o[from:to])
		bits(t, "dq", alone.dq, c.dq[from:to])
		bits(t, "dk", alone.dk, c.dk[kf:kt])
		bits(t, "dv", alone.dv, c.dv[kf:kt])

		before := *c
		for i := range 65 * h.G * h.D {
			c.k[i], c.v[i], c.q[i] = 9, float32(math.Inf(1)), -9
		}
		c.run(r)
		bits(t, "o after a change next door", c.o[from:], before.o[from:])
		bits(t, "dq after a change next door", c.dq[from:], before.dq[from:])
		bits(t, "dk after a change next door", c.dk[kf:], before.dk[kf:])
		bits(t, "dv after a change next door", c.dv[kf:], before.dv[kf:])
	})
}

// Decoding token after token over scattered pages writes the bits of Attention.
func TestDecodeIsAttention(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		for _, h := range attentionShapes {
			for _, block := range []int{1, 5, 16, 64, 100} {
				lengths := []int{1, 63, 64, 65, 130}
				c := newAttentionCase(h, lengths...)
				r := newRig(t, 3, family)
				c.run(r)
				perSeq := ceil(130, block)
				capacity := perSeq*len(lengths) + 3
				if capacity%7 == 0 {
					capacity++
				}
				p := device.Pages{K: r.zeros(capacity * block * h.G * h.D), V: r.zeros(capacity * block * h.G * h.D), Block: block, PerSeq: perSeq, Capacity: capacity}
				table := make([]int32, perSeq*len(lengths))
				for i := range table {
					table[i] = int32((i*7 + 2) % capacity) // scattered: 7 and capacity share no factor
				}
				p.Table = r.ints(table...)
				var slots, ends []int32
				for s, n := range lengths {
					for i := range n {
						slots = append(slots, table[s*perSeq+i/block]*int32(block)+int32(i%block))
					}
					ends = append(ends, int32(n))
				}
				r.StoreKV(p, r.floats(c.k), r.floats(c.v), r.ints(slots...), len(slots), h)
				for _, back := range []int{0, 1, 2, 70} { // as if the last tokens were not there yet
					var q, want []float32
					now := make([]int32, len(ends))
					for s := range ends {
						now[s] = max(1, ends[s]-int32(back))
						at := (int(c.starts[s]) + int(now[s]) - 1) * h.H * h.D
						q = append(q, c.q[at:at+h.H*h.D]...)
						want = append(want, c.o[at:at+h.H*h.D]...)
					}
					p.Lengths = r.ints(now...)
					o := r.zeros(len(q))
					r.Decode(o, r.floats(q), p, len(lengths), h)
					bits(t, fmt.Sprintf("%+v block %d, %d tokens back", h, block, back), r.get(o), want)
				}
			}
		}
	})
}
