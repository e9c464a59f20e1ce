package cpu

import "github.com/seed-cdf14512/graft/train/internal/device"

// AttentionGrad writes dq, dk and dv. With P = exp(scale QKᵀ - lse) and
// delta = rowsum(dO * O), which saves the whole row of dP (Dao et al. 2022, B.4):
//
//	dV = Pᵀ dO,  dP = dO Vᵀ,  dS = scale P * (dP - delta),  dQ = dS K,  dK = dSᵀ Q
func (d *Device) AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	nq, nk := t*h.H*h.D, t*h.G*h.D
	j := attentionJob{f: attendGrad, h: h, o: d.f(o, nq), lse: d.f(lse, t*h.H), q: d.f(q, nq), k: d.f(k, nk), v: d.f(v, nk),
		dq: d.f(dq, nq), dk: d.f(dk, nk), dv: d.f(dv, nk), dout: d.f(do, nq)}
	d.attention(j, d.spans(d.i(starts, docs+1), t, h.G, max(1, t)), t)
}

// attendGrad is one document and key head: key tiles outside, and for each the
// query heads of the group and their tiles, so that dk and dv of a tile stay in
// cache and dq grows in the order of the keys.
func attendGrad(j *attentionJob, w *worker, s span) {
	h, t, f := j.h, &w.tile, j.d.family
	heads, n := h.H/h.G, s.end-s.start
	delta, lse := grow(&t.delta, n*heads), grow(&t.lse, n*heads)
	for e := range heads {
		at := s.start*h.H + s.group*heads + e
		f.dots(n, h.D, &j.dout[at*h.D], h.H*h.D, &j.o[at*h.D], h.H*h.D, &delta[e*n])
		for i := range n {
			lse[e*n+i] = j.lse[at+i*h.H]
		}
	}
	keys, values := grow(&t.keys, tile*h.D), grow(&t.values, tile*h.D)
	for k0 := s.start; k0 < s.end; k0 += tile {
		cols, at := min(tile, s.end-k0), (k0*h.G+s.group)*h.D
		f.packDown(keys, tile, j.k[at:], h.G*h.D, h.D, cols)
		f.packDown(values, tile, j.v[at:], h.G*h.D, h.D, cols)
		for e := range heads {
			for q0 := k0; q0 < s.end; q0 += tile {
				w.pair(j, s, e, q0, k0)
			}
		}
	}
}

// pair is what one tile of queries and one of keys give each other.
func (w *worker) pair(j *attentionJob, s span, e, q0, k0 int) {
	h, t, f := j.h, &w.tile, j.d.family
	rows, cols := min(tile, s.end-q0), min(tile, s.end-k0)
	p, ds := grow(&t.scores, tile*tile), grow(&t.dscores, tile*tile)
	at, ld := (q0*h.H+s.group*(h.H/h.G)+e)*h.D, h.H*h.D
	kat, kld := (k0*h.G+s.group)*h.D, h.G*h.D
	q, dout := rowMajor(j.q[at:], ld), rowMajor(j.dout[at:], ld)
	for c := 0; c < cols; c += f.cols {
		f.tiles(q, matrix{t.keys[c:], tile, 1}, p[c:], tile, rows, h.D, 0, false)
		f.tiles(dout, matrix{t.values[c:], tile, 1}, ds[c:], tile, rows, h.D, 0, false)
	}
	of := e*(s.end-s.start) + q0 - s.start
	f.grad(rows, &p[0], &ds[0], tile, cols, q0-k0+1, 1, &t.lse[of], &t.delta[of], h.Scale)
	more := func(first bool) int {
		if first {
			return 0
		}
		return 1
	}
	w.times(f, j.dq[at:], ld, rowMajor(ds, tile), rowMajor(j.k[kat:], kld), rows, h.D, cols, more(k0 == s.start))
	first := e == 0 && q0 == k0 // of what this tile of keys gets
	w.times(f, j.dv[kat:], kld, transposed(p, tile), dout, cols, h.D, rows, more(first))
	w.times(f, j.dk[kat:], kld, transposed(ds, tile), q, cols, h.D, rows, more(first))
}
