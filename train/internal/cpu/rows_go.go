package cpu

import (
	"math"
	"unsafe"
)

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

func goNormRows(rows, n int, y, x, w, rstd *float32, eps float32) {
	d, a, b, r := at(y, rows*n), at(x, rows*n), at(w, n), at(rstd, rows)
	for i := range r {
		var l lanes
		goDot(n, &a[i*n], &a[i*n], &l[0])
		r[i] = float32(1 / math.Sqrt(float64(l.sum8(0))/float64(n)+float64(eps)))
		for k, v := range b {
			d[i*n+k] = a[i*n+k] * r[i] * v
		}
	}
}

func goNormGradRows(rows, n int, dx, dw, dy, x, w, rstd *float32) {
	d, e, b, r := at(dx, rows*n), at(dw, n), at(w, n), at(rstd, rows)
	for i := range r {
		g, a := at(dy, rows*n)[i*n:(i+1)*n], at(x, rows*n)[i*n:(i+1)*n]
		var sum float32
		for k := range g {
			sum += float32(float32(g[k]*b[k]) * a[k])
		}
		t := r[i] * r[i] * r[i] * sum / float32(n)
		for k := range g {
			d[i*n+k] = d[i*n+k] + float32(g[k]*float32(b[k]*r[i])) - float32(a[k]*t)
			e[k] += float32(g[k] * float32(a[k]*r[i]))
		}
	}
}

func goRopeRows(rows, heads, half int, x, cos, sin *float32, positions *int32, sign float32) {
	for i, p := range unsafe.Slice(positions, rows) {
		c, s := at(cos, (int(p)+1)*half)[int(p)*half:], at(sin, (int(p)+1)*half)[int(p)*half:]
		for h := range heads {
			z := at(x, (i*heads+h+1)*2*half)[(i*heads+h)*2*half:]
			for k := range half {
				u, v, t := z[k], z[half+k], s[k]*sign
				z[k] = float32(u*c[k]) - float32(v*t)
				z[half+k] = float32(v*c[k]) + float32(u*t)
			}
		}
	}
}
