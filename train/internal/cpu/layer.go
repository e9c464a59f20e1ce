package cpu

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// inside panics unless every index names one of n rows.
func inside(what string, ids []int32, n int) {
	for i, id := range ids {
		if id < 0 || int(id) >= n {
			panic(fmt.Sprintf("cpu: %s %d is %d, of %d", what, i, id, n))
		}
	}
}

// Embed writes x[T,C], the rows of table that ids names.
func (d *Device) Embed(x, table, ids device.Buf, t, c int) {
	j := eachJob{f: embedRows, count: t, n: c, x: d.f(x, t*c), y: d.f(table, -1), ids: d.i(ids, t)}
	inside("token", j.ids, len(j.y)/c)
	d.each(j, c)
}

func embedRows(j *eachJob, _ *worker, from, to int) {
	for i := from; i < to; i++ {
		id := int(j.ids[i])
		copy(j.x[i*j.n:(i+1)*j.n], j.y[id*j.n:])
	}
}

// EmbedGrad adds dx[T,C] to the rows of dtable, in the order of the tokens: a
// piece is some columns of all tokens.
func (d *Device) EmbedGrad(dtable, dx, ids device.Buf, t, c int) {
	j := eachJob{f: embedGradColumns, count: c, n: c, size: max(64, ceil(c, 64*d.pool.threads)*64), x: d.f(dtable, -1), y: d.f(dx, t*c), ids: d.i(ids, t)}
	inside("token", j.ids, len(j.x)/c)
	d.each(j, t)
}

func embedGradColumns(j *eachJob, _ *worker, from, to int) {
	for i, id := range j.ids {
		row := &j.x[int(id)*j.n+from]
		j.d.add(to-from, row, row, &j.y[i*j.n+from])
	}
}

// RMSNorm writes y = x * rstd * w and rstd.
func (d *Device) RMSNorm(y, rstd, x, w device.Buf, m, n int, eps float32) {
	ys, rs, xs, ws := d.floats(y, m*n), d.floats(rstd, m), d.floats(x, m*n), d.floats(w, n)
	d.awaitEach(eachJob{f: normRows, count: m, n: n, x: ys, y: rs, z: xs, u: ws, s: [9]float32{eps}}, n,
		writes(ys), writes(rs), reads(xs), whole(ws))
}

func normRows(j *eachJob, _ *worker, from, to int) {
	j.d.norm(to-from, j.n, &j.x[from*j.n], &j.z[from*j.n], &j.u[0], &j.y[from], j.s[0])
}

// RMSNormGrad adds to dx[m,n] and, where it is not none, to dw[n]. With r = rstd,
//
//	dx = r w dy - x r³/n sum(dy w x),  dw = sum over rows of dy x r.
func (d *Device) RMSNormGrad(dx, dw, dy, x, w, rstd device.Buf, m, n int) {
	dxs, dys, xs, ws, rs := d.floats(dx, m*n), d.floats(dy, m*n), d.floats(x, m*n), d.floats(w, n), d.floats(rstd, m)
	var dws []float32
	if !dw.None() {
		dws = d.floats(dw, n)
	}
	parts := d.normParts[:min(len(d.normParts), ceil(m, sumRows)*n)]
	if d.jobs.waiting.uses(parts) || d.jobs.waiting.uses(dws) {
		d.flush()
	}
	parts = grow(&d.normParts, ceil(m, sumRows)*n)
	clear(parts)
	j := eachJob{f: normGradRows, count: m, size: sumRows, n: n, x: dxs, y: parts, z: dys, u: xs, v: ws, rstd: rs}
	d.awaitSums(j, n, dws, writes(dxs), reads(dys), reads(xs), whole(ws), reads(rs), operand{parts, false, true}, operand{dws, false, true})
}

func normGradRows(j *eachJob, _ *worker, from, to int) {
	at := from * j.n
	j.d.normGrad(to-from, j.n, &j.x[at], &j.y[from/sumRows*j.n], &j.z[at], &j.u[at], &j.v[0], &j.rstd[from])
}

// Rope turns x[T, heads, D] in place by the angles of its positions (Su et al.
// 2021, in the half-split layout); inverse turns back.
func (d *Device) Rope(x, cos, sin, positions device.Buf, t, heads, dim int, inverse bool) {
	half := dim / 2
	xs, cs, ss := d.floats(x, t*heads*dim), d.floats(cos, -1), d.floats(sin, cos.N)
	j := eachJob{f: ropeTokens, count: t, n: half, m: heads, x: xs, y: cs, z: ss, ids: d.ints(positions, t)}
	inside("position", j.ids, len(j.y)/half)
	j.s[0] = 1
	if inverse {
		j.s[0] = -1
	}
	d.awaitEach(j, heads*dim, writes(xs), whole(cs), whole(ss))
}

func ropeTokens(j *eachJob, _ *worker, from, to int) {
	j.d.rope(to-from, j.m, j.n, &j.x[from*j.m*2*j.n], &j.y[0], &j.z[0], &j.ids[from], j.s[0])
}
