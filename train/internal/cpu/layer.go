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
	d.each(eachJob{f: normRows, count: m, n: n, x: d.f(y, m*n), y: d.f(rstd, m), z: d.f(x, m*n), u: d.f(w, n), s: [9]float32{eps}}, n)
}

func normRows(j *eachJob, _ *worker, from, to int) {
	j.d.norm(to-from, j.n, &j.x[from*j.n], &j.z[from*j.n], &j.u[0], &j.y[from], j.s[0])
}

// RMSNormGrad adds to dx[m,n] and, where it is not none, to dw[n]. With r = rstd,
//
//	dx = r w dy - x r³/n sum(dy w x),  dw = sum over rows of dy x r.
func (d *Device) RMSNormGrad(dx, dw, dy, x, w, rstd device.Buf, m, n int) {
	parts := d.partials(m, n)
	j := eachJob{f: normGradRows, count: m, size: sumRows, n: n, x: d.f(dx, m*n), y: parts, z: d.f(dy, m*n), u: d.f(x, m*n), v: d.f(w, n)}
	j.rstd = d.f(rstd, m)
	d.each(j, n)
	if !dw.None() {
		d.sumParts(d.f(dw, n), parts)
	}
}

func normGradRows(j *eachJob, _ *worker, from, to int) {
	at := from * j.n
	j.d.normGrad(to-from, j.n, &j.x[at], &j.y[from/sumRows*j.n], &j.z[at], &j.u[at], &j.v[0], &j.rstd[from])
}

// Rope turns x[T, heads, D] in place by the angles of its positions (Su et al.
// 2021, in the half-split layout); inverse turns back.
func (d *Device) Rope(x, cos, sin, positions device.Buf, t, heads, dim int, inverse bool) {
	half := dim / 2
	j := eachJob{f: ropeTokens, count: t, n: half, m: heads, x: d.f(x, t*heads*dim), y: d.f(cos, -1), z: d.f(sin, cos.N), ids: d.i(positions, t)}
	inside("position", j.ids, len(j.y)/half)
	j.s[0] = 1
	if inverse {
		j.s[0] = -1
	}
	d.each(j, heads*dim)
}

func ropeTokens(j *eachJob, _ *worker, from, to int) {
	j.d.rope(to-from, j.m, j.n, &j.x[from*j.m*2*j.n], &j.y[0], &j.z[0], &j.ids[from], j.s[0])
}
