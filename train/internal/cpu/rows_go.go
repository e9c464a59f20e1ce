package cpu

func goSoftRows(rows int, x *float32, ld, n, see, step int, top, next, sum *float32, s float32) {
	v, tops, nexts, sums := at(x, (rows-1)*ld+n), at(top, rows), at(next, rows), at(sum, rows)
	for r := range rows {
		row, counted := v[r*ld:r*ld+n], max(0, min(n, see+r*step))
		nexts[r], sums[r] = tops[r], 0
		if counted > 0 {
			largest := row[0]
			for _, z := range row[:counted] {
				largest = max(largest, z)
			}
			nexts[r] = max(tops[r], largest*s)
		}
		for i, z := range row[:counted] {
			row[i] = expf(float32(z*s) - nexts[r])
			sums[r] += row[i]
		}
		clear(row[counted:])
	}
}

func goGradRows(rows int, p, ds *float32, ld, n, see, step int, lse, delta *float32, s float32) {
	a, b, l, d := at(p, (rows-1)*ld+n), at(ds, (rows-1)*ld+n), at(lse, rows), at(delta, rows)
	for r := range rows {
		ps, dps, counted := a[r*ld:r*ld+n], b[r*ld:r*ld+n], max(0, min(n, see+r*step))
		for i, z := range ps[:counted] {
			ps[i] = expf(float32(z*s) - l[r])
			dps[i] = (dps[i] - d[r]) * s * ps[i]
		}
		clear(ps[counted:])
		clear(dps[counted:])
	}
}

func goDotRows(rows, n int, x *float32, ldx int, y *float32, ldy int, out *float32) {
	a, b, o := at(x, (rows-1)*ldx+n), at(y, (rows-1)*ldy+n), at(out, rows)
	for r := range o {
		var l lanes
		goDot(n, &a[r*ldx], &b[r*ldy], &l[0])
		o[r] = l.sum8(0)
	}
}

func goDivideRows(rows, n int, y *float32, ldy int, x *float32, ldx int, by *float32) {
	d, a, b := at(y, (rows-1)*ldy+n), at(x, (rows-1)*ldx+n), at(by, rows)
	for r := range rows {
		one := 1 / b[r]
		for i := range n {
			d[r*ldy+i] = a[r*ldx+i] * one
		}
	}
}
