package cpu

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// The pages lie as Decode reads them, one sequence and one key head at a time: a
// block of keys is [G,D,Block], columns to multiply a query with, a block of values
// [G,Block,D].

// StoreKV puts k and v of n new tokens into their slots; below 0 is none.
func (d *Device) StoreKV(p device.Pages, k, v, slots device.Buf, n int, h device.Heads) {
	width := h.G * h.D
	size := p.Capacity * p.Block * width
	j := eachJob{f: storeTokens, count: n, n: h.D, m: p.Block, x: d.f(p.K, size), y: d.f(p.V, size), z: d.f(k, n*width), u: d.f(v, n*width), ids: d.i(slots, n)}
	for i, s := range j.ids {
		if s >= 0 {
			inside("slot", j.ids[i:i+1], p.Capacity*p.Block)
		}
	}
	d.each(j, 2*width)
}

func storeTokens(j *eachJob, _ *worker, from, to int) {
	block, dim, heads := j.m, j.n, len(j.z)/j.count/j.n
	for i := from; i < to; i++ {
		slot := int(j.ids[i])
		if slot < 0 {
			continue
		}
		for g := range heads {
			at, k := (slot/block*heads+g)*block*dim, j.z[(i*heads+g)*dim:][:dim]
			keys := j.x[at+slot%block:]
			for e, x := range k {
				keys[e*block] = x
			}
			copy(j.y[at+slot%block*dim:], j.u[(i*heads+g)*dim:][:dim])
		}
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
	q := rowMajor(j.q[at:], h.D)
	t.begin(heads, h.D)
	scores := grow(&t.scores, tile*tile)
	for k0 := 0; k0 < s.end; k0 += tile {
		n := min(tile, s.end-k0)
		for i := 0; i < n; { // by runs inside a block
			run, from, in := j.run(s, k0+i, n-i)
			w.pageScores(f, q, j.k[from+in:], scores[i:], heads, run, min(tile-i, j.pages.Block-in), j.pages.Block, h)
			i += run
		}
		w.soften(f, heads, n, n, 0, h)
		for i := 0; i < n; {
			run, from, in := j.run(s, k0+i, n-i)
			w.pageValues(f, rowMajor(scores[i:], tile), rowMajor(j.v[from+in*h.D:], h.D), heads, run, h)
			i += run
		}
	}
	w.finish(f, heads, j.o[at:], h.D, h.D)
}

// run is how many of n tokens from position k on lie in one block, where the head's
// part of that block starts, and the place of the first of them in it.
func (j *attentionJob) run(s span, k, n int) (run, from, in int) {
	block, in := k/j.pages.Block, k%j.pages.Block
	id := int(j.table[s.start*j.pages.PerSeq+block])
	return min(n, j.pages.Block-in), (id*j.h.G + s.group) * j.pages.Block * j.h.D, in
}

// pageScores multiplies the query heads with a run of keys. There is room for `room`
// columns, in the block as in the scores: what is computed beyond the run means nothing.
func (w *worker) pageScores(f *family, q matrix, keys, scores []float32, heads, run, room, ld int, h device.Heads) {
	if heads == 1 && room == tile && run > tile-f.cols {
		f.wide(h.D, &q.data[0], &keys[0], ld, &scores[0], 0)
		return
	}
	for c := 0; c < run; c += f.cols {
		b := matrix{keys[c:], ld, 1}
		if c+f.cols <= room {
			f.tiles(q, b, scores[c:], tile, heads, h.D, 0, false)
		} else {
			w.edges(f, q, b, scores[c:], tile, heads, run-c, h.D, 0, false)
		}
	}
}

// pageValues adds a run of values, weighted by the softened scores, to the outputs.
func (w *worker) pageValues(f *family, scores, values matrix, heads, run int, h device.Heads) {
	c := 0
	if heads == 1 {
		for ; c+tile <= h.D; c += tile {
			f.wide(run, &scores.data[0], &values.data[c], values.rs, &w.tile.out[c], 1)
		}
	}
	if c < h.D {
		w.times(f, w.tile.out[c:], h.D, scores, rowMajor(values.data[c:], values.rs), heads, h.D-c, run, 1)
	}
}
