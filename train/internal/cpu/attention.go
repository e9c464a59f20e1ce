package cpu

import (
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// tile is the number of queries and of keys that attention looks at together.
// Key tiles are counted from the first token of the document, in training and in
// decoding: the same sums in the same order.
const tile = 64

// runTiles is how many tiles of queries make one piece.
const runTiles = 4

// An attentionTile is the scratch of one thread.
type attentionTile struct {
	keys    []float32 // transposed keys, a tile [D, 64] after the other
	values  []float32 // transposed values of one tile; rows of values in decoding
	scores  []float32 // [64, 64]
	dscores []float32
	out     []float32 // [64, D]
	delta   []float32 // of every query of a document
	lse     []float32
	top     [tile]float32 // running maximum of a query's scaled scores
	sum     [tile]float32 // running sum of exp(score - top)
	next    [tile]float32 // top after one tile of keys more
	part    [tile]float32 // and the sum of that tile
}

// A span is a piece of attention: the tokens from to end of a document, for one
// key head, and of those the queries from first to last.
type span struct {
	start, end  int
	group       int
	first, last int
}

type attentionJob struct {
	d                *Device
	f                func(j *attentionJob, w *worker, s span)
	spans            []span
	batch            int // spans of a piece
	h                device.Heads
	q, k, v, o, lse  []float32
	dq, dk, dv, dout []float32
	pages            device.Pages
	table, lengths   []int32
}

func (j *attentionJob) do(piece, worker int) {
	for _, s := range j.spans[piece*j.batch : min(len(j.spans), (piece+1)*j.batch)] {
		j.f(j, j.d.workers[worker], s)
	}
}

// Attention writes o[T,H,D] and lse[T,H] of causal attention inside each
// document, by tiles with a running softmax (Milakov and Gimelshein 2018; Dao et
// al. 2022).
func (d *Device) Attention(o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	j := attentionJob{f: attend, h: h, o: d.f(o, t*h.H*h.D), lse: d.f(lse, t*h.H),
		q: d.f(q, t*h.H*h.D), k: d.f(k, t*h.G*h.D), v: d.f(v, t*h.G*h.D)}
	d.attention(j, d.spans(d.i(starts, docs+1), t, h.G, runTiles*tile), t)
}

// attention runs j over spans; little work is done by the caller alone, and short
// documents go together, since a piece costs two atomic operations.
func (d *Device) attention(j attentionJob, spans []span, t int) {
	j.d, j.spans = d, spans
	j.batch = max(1, len(spans)/(16*d.pool.threads), ceil(len(spans), maxPieces))
	if t*j.h.H*j.h.D < small/4 {
		j.batch = max(1, len(spans))
	}
	d.jobs.attention = j
	d.pool.run(&d.jobs.attention, ceil(len(spans), j.batch))
	d.jobs.attention = attentionJob{}
}

// spans lists the pieces: for every document and key head, runs of queries.
func (d *Device) spans(starts []int32, t, groups, run int) []span {
	list := d.spanList[:0]
	if len(starts) > 0 && (starts[0] != 0 || int(starts[len(starts)-1]) != t) {
		panic("cpu: the documents do not cover the batch")
	}
	for i := range len(starts) - 1 {
		s, e := int(starts[i]), int(starts[i+1])
		if e < s {
			panic("cpu: a document ends before it starts")
		}
		for g := range groups {
			for q := s; q < e; q += run {
				list = append(list, span{s, e, g, q, min(e, q+run)})
			}
		}
	}
	d.spanList = list
	return list
}

func attend(j *attentionJob, w *worker, s span) {
	h, t := j.h, &w.tile
	width := h.D * tile
	tiles := ceil(s.last-s.start, tile)
	keys := grow(&t.keys, tiles*width)
	for i := range tiles {
		k0 := s.start + i*tile
		j.d.packDown(keys[i*width:], tile, j.k[(k0*h.G+s.group)*h.D:], h.G*h.D, h.D, min(tile, s.end-k0))
	}
	for head := s.group * (h.H / h.G); head < (s.group+1)*(h.H/h.G); head++ {
		for q0 := s.first; q0 < s.last; q0 += tile {
			rows := min(tile, s.last-q0)
			t.begin(rows, h.D)
			q := rowMajor(j.q[(q0*h.H+head)*h.D:], h.H*h.D)
			for k0 := s.start; k0 < q0+rows; k0 += tile {
				v := rowMajor(j.v[(k0*h.G+s.group)*h.D:], h.G*h.D)
				w.fold(j.d.family, q, keys[(k0-s.start)*h.D:], v, rows, min(tile, q0+rows-k0), q0-k0+1, 1, h)
			}
			at := q0*h.H + head
			w.finish(j.d.family, rows, j.o[at*h.D:], h.H*h.D, h.D)
			j.d.log(rows, &t.part[0], &t.sum[0])
			for r := range rows {
				j.lse[at+r*h.H] = t.top[r] + t.part[r]
			}
		}
	}
}

// begin clears the running softmax of some queries.
func (t *attentionTile) begin(rows, dim int) {
	clear(grow(&t.out, tile*dim)[:rows*dim])
	for r := range rows {
		t.top[r], t.sum[r] = float32(math.Inf(-1)), 0
	}
}

// fold takes one tile of n keys into the running softmax of some queries. Query r
// sees the first valid + r*step of them.
func (w *worker) fold(f *family, q matrix, keys []float32, v matrix, rows, n, valid, step int, h device.Heads) {
	t := &w.tile
	scores := grow(&t.scores, tile*tile)
	for c := 0; c < n; c += f.cols {
		f.tiles(q, matrix{keys[c:], tile, 1}, scores[c:], tile, rows, h.D, 0, false)
	}
	w.soften(f, rows, n, valid, step, h)
	w.times(f, t.out, h.D, rowMajor(scores, tile), v, rows, h.D, n, 1)
}

// soften turns the scores of some queries with n keys into weights of their running
// softmax. Query r sees the first valid + r*step of the keys.
func (w *worker) soften(f *family, rows, n, valid, step int, h device.Heads) {
	t := &w.tile
	f.soft(rows, &t.scores[0], tile, n, valid, step, &t.top[0], &t.next[0], &t.part[0], h.Scale)
	for r := range rows {
		if top := t.next[r]; t.sum[r] != 0 && top != t.top[r] {
			shrink := expf(t.top[r] - top)
			t.sum[r] *= shrink
			f.scale(h.D, &t.out[r*h.D], shrink)
		}
		t.top[r] = t.next[r]
		t.sum[r] += t.part[r]
	}
}

// finish writes the outputs of some queries to o, whose rows are ld apart.
func (w *worker) finish(f *family, rows int, o []float32, ld, dim int) {
	f.divide(rows, dim, &o[0], ld, &w.tile.out[0], dim, &w.tile.sum[0])
}

// times is c[m,n] (+)= a·b for small operands, which are read where they stand.
func (w *worker) times(f *family, c []float32, ldc int, a, b matrix, m, n, k, load int) {
	for n0 := 0; n0 < n; n0 += f.cols {
		panel := matrix{b.data[n0:], b.rs, 1}
		if n-n0 < f.cols {
			w.edges(f, a, panel, c[n0:], ldc, m, n-n0, k, load, false)
		} else {
			f.tiles(a, panel, c[n0:], ldc, m, k, load, false)
		}
	}
}
