package cpu

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// StoreKV puts k and v of n new tokens into their slots; below 0 is none.
func (d *Device) StoreKV(p device.Pages, k, v, slots device.Buf, n int, h device.Heads) {
	width := h.G * h.D
	ks, vs := d.f(k, n*width), d.f(v, n*width)
	pk, pv := d.f(p.K, p.Capacity*p.Block*width), d.f(p.V, p.Capacity*p.Block*width)
	at := d.i(slots, n)
	for i, s := range at {
		if s < 0 {
			continue
		}
		inside("slot", at[i:i+1], p.Capacity*p.Block)
		copy(pk[int(s)*width:(int(s)+1)*width], ks[i*width:])
		copy(pv[int(s)*width:(int(s)+1)*width], vs[i*width:])
	}
}

// Decode writes o[B,H,D] of one new query a sequence over its pages: the fold of
// Attention, with the query heads of a key head as its rows. A length of 0 gives zeros.
func (d *Device) Decode(o, q device.Buf, p device.Pages, b int, h device.Heads) {
	if h.H/h.G > tile {
		panic(fmt.Sprintf("cpu: %d query heads to a key head; at most %d", h.H/h.G, tile))
	}
	size := p.Capacity * p.Block * h.G * h.D
	j := attentionJob{f: decode, h: h, pages: p, o: d.f(o, b*h.H*h.D), q: d.f(q, b*h.H*h.D), k: d.f(p.K, size), v: d.f(p.V, size),
		table: d.i(p.Table, b*p.PerSeq), lengths: d.i(p.Lengths, b)}
	list, tokens := d.spanList[:0], 0
	for i, n := range j.lengths {
		if n < 0 || int(n) > p.PerSeq*p.Block {
			panic(fmt.Sprintf("cpu: sequence %d has %d tokens, of %d", i, n, p.PerSeq*p.Block))
		}
		if n == 0 {
			clear(j.o[i*h.H*h.D : (i+1)*h.H*h.D])
			continue
		}
		inside("block", j.table[i*p.PerSeq:i*p.PerSeq+ceil(int(n), p.Block)], p.Capacity)
		for g := range h.G {
			list = append(list, span{start: i, end: int(n), group: g})
		}
		tokens += int(n)
	}
	d.spanList = list
	d.attention(j, list, tokens)
}

// decode is one sequence (s.start) of s.end tokens and one key head.
func decode(j *attentionJob, w *worker, s span) {
	h, t, f := j.h, &w.tile, j.d.family
	heads, at := h.H/h.G, (s.start*h.H+s.group*(h.H/h.G))*h.D
	keys, values := grow(&t.keys, tile*h.D), grow(&t.values, tile*h.D)
	t.begin(heads, h.D)
	for k0 := 0; k0 < s.end; k0 += tile {
		n := min(tile, s.end-k0)
		for i := 0; i < n; { // by runs inside a block
			block, in := (k0+i)/j.pages.Block, (k0+i)%j.pages.Block
			run := min(n-i, j.pages.Block-in)
			from := ((int(j.table[s.start*j.pages.PerSeq+block])*j.pages.Block+in)*h.G + s.group) * h.D
			f.packDown(keys[i:], tile, j.k[from:], h.G*h.D, h.D, run)
			for r := range run {
				copy(values[(i+r)*h.D:(i+r+1)*h.D], j.v[from+r*h.G*h.D:])
			}
			i += run
		}
		w.fold(f, rowMajor(j.q[at:], h.D), keys, rowMajor(values, h.D), heads, n, n, 0, h)
	}
	for r := range heads {
		w.finish(f, r, j.o[at+r*h.D:at+(r+1)*h.D])
	}
}
