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
	delta := grow(&t.delta, n*heads)
	for i := range n {
		for e := range heads {
			at := ((s.start+i)*h.H + s.group*heads + e) * h.D
			f.dot(h.D, &j.dout[at], &j.o[at], &w.lanes[0])
			delta[e*n+i] = w.lanes.sum8(0)
		}
	}
	keys, values := grow(&t.keys, tile*h.D), grow(&t.values, tile*h.D)
	dk, dv := grow(&t.dk, tile*h.D), grow(&t.dv, tile*h.D)
	for k0 := s.start; k0 < s.end; k0 += tile {
		cols, at := min(tile, s.end-k0), (k0*h.G+s.group)*h.D
		f.packDown(keys, tile, j.k[at:], h.G*h.D, h.D, cols)
		f.packDown(values, tile, j.v[at:], h.G*h.D, h.D, cols)
		clear(dk)
		clear(dv)
		for e := range heads {
			for q0 := k0; q0 < s.end; q0 += tile {
				w.pair(j, s, s.group*heads+e, q0, k0, delta[e*n+q0-s.start:])
			}
		}
		for r := range cols {
			to := ((k0+r)*h.G + s.group) * h.D
			copy(j.dk[to:to+h.D], dk[r*h.D:])
			copy(j.dv[to:to+h.D], dv[r*h.D:])
		}
	}
}

// pair is what one tile of queries and one of keys give each other.
func (w *worker) pair(j *attentionJob, s span, head, q0, k0 int, delta []float32) {
	h, t, f := j.h, &w.tile, j.d.family
	rows, cols := min(tile, s.end-q0), min(tile, s.end-k0)
	p, ds := grow(&t.scores, tile*tile), grow(&t.dscores, tile*tile)
	at, ld := (q0*h.H+head)*h.D, h.H*h.D
	q, dout := rowMajor(j.q[at:], ld), rowMajor(j.dout[at:], ld)
	for c := 0; c < cols; c += f.cols {
		f.tiles(q, matrix{t.keys[c:], tile, 1}, p[c:], tile, rows, h.D, 0, false)
		f.tiles(dout, matrix{t.values[c:], tile, 1}, ds[c:], tile, rows, h.D, 0, false)
	}
	for r := range rows {
		x, dx := p[r*tile:r*tile+cols], ds[r*tile:r*tile+cols]
		see := min(cols, q0+r-k0+1)
		f.exp(see, &x[0], &w.lanes[0], h.Scale, j.lse[(q0+r)*h.H+head])
		f.attGrad(see, &dx[0], &x[0], &dx[0], delta[r], h.Scale)
		clear(x[see:])
		clear(dx[see:])
	}
	load := 1
	if k0 == s.start {
		load = 0
	}
	w.times(f, j.dq[at:], ld, rowMajor(ds, tile), rowMajor(j.k[(k0*h.G+s.group)*h.D:], h.G*h.D), rows, h.D, cols, load)
	w.times(f, t.dv, h.D, transposed(p, tile), dout, cols, h.D, rows, 1)
	w.times(f, t.dk, h.D, transposed(ds, tile), q, cols, h.D, rows, 1)
}
