package cpu

import "math"

func goAdd(n int, dst, a, b *float32) {
	d, x, y := at(dst, n), at(a, n), at(b, n)
	for i := range d {
		d[i] = x[i] + y[i]
	}
}

func goScale(n int, x *float32, s float32) {
	v := at(x, n)
	for i := range v {
		v[i] *= s
	}
}

func goDot(n int, x, y, lanes *float32) {
	a, b := at(x, n), at(y, n)
	var sum [8]float32
	for i := range a {
		sum[i&7] += float32(a[i] * b[i])
	}
	copy(at(lanes, 8), sum[:])
}

func goMax(n int, x, lanes *float32) {
	top := float32(math.Inf(-1))
	for _, v := range at(x, n) {
		top = max(top, v)
	}
	for i := range at(lanes, 8) {
		at(lanes, 8)[i] = top
	}
}

func goSilu(n int, y, gate, up *float32) {
	d, a, b := at(y, n), at(gate, n), at(up, n)
	for i := range d {
		d[i] = a[i] / (1 + expf(-a[i])) * b[i]
	}
}

func goSiluGrad(n int, dgate, dup, dy, gate, up *float32) {
	dg, du, g, a, b := at(dgate, n), at(dup, n), at(dy, n), at(gate, n), at(up, n)
	for i := range dg {
		s := 1 / (1 + expf(-a[i]))
		silu := float32(a[i] * s)
		x, y := (float32(silu*(1-s))+s)*b[i]*g[i], silu*g[i]
		dg[i], du[i] = x, y
	}
}

func goAdam(n int, w, m, v, g, act *float32, scale, beta1, rest1, beta2, rest2, step, root, eps, keep float32) {
	ws, ms, vs, gs, as := at(w, n), at(m, n), at(v, n), at(g, n), at(act, n)
	for i := range ws {
		d := gs[i] * scale
		ms[i] = float32(ms[i]*beta1) + float32(d*rest1)
		vs[i] = float32(vs[i]*beta2) + float32(float32(d*d)*rest2)
		d = ms[i] / (float32(float32(math.Sqrt(float64(vs[i])))*root) + eps)
		ws[i] = float32(ws[i]*keep) - float32(d*step)
		as[i] = ws[i]
	}
}

func goLog(n int, y, x *float32) {
	d, v := at(y, n), at(x, n)
	for i := range d {
		d[i] = float32(math.Log(float64(v[i])))
	}
}

func goStat(n int, x, lanes *float32, s, m float32) {
	var sum, moment float32
	for _, v := range at(x, n) {
		z := float32(v*s) - m
		e := expf(z)
		sum += e
		moment += float32(e * z)
	}
	put(lanes, 0, sum)
	put(lanes, 8, moment)
}

func goScoreGrad(n int, x *float32, s, lse, a, b float32) {
	v := at(x, n)
	for i := range v {
		z := float32(v[i]*s) - lse
		v[i] = expf(z) * (a + float32(b*z))
	}
}
