package model

import (
	"fmt"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// reference is the operations as their definitions say them: plain loops in
// float64, every element of the arena a float64 of its own. It is what the model
// is tested on, so that a fault of the model is not mistaken for rounding.
type reference struct {
	act     device.Type // what Act says; nothing is rounded
	mem     []float64   // element i of a Buf is mem[Off/2+i], so that a BF16 has its place too
	touched []bool      // by any operation since the last clear; nil: not recorded
}

var _ device.Device = (*reference)(nil)

func (r *reference) Name() string     { return "reference" }
func (r *reference) Act() device.Type { return r.act }
func (r *reference) Sync() error      { return nil }
func (r *reference) Close() error     { return nil }
func (r *reference) Reserve(n int) error {
	if r.mem != nil {
		return fmt.Errorf("reserved twice")
	}
	r.mem = make([]float64, n/2)
	return nil
}

func (r *reference) at(b device.Buf) []float64 {
	i := b.Off / 2
	if r.touched != nil {
		for j := range b.N * b.Type.Size() / 2 {
			r.touched[i+j] = true
		}
	}
	return r.mem[i : i+b.N : i+b.N]
}

func (r *reference) Upload(dst device.Buf, src []float32) {
	same(dst.N, len(src))
	for i, d := 0, r.at(dst); i < len(d); i++ {
		d[i] = float64(src[i])
	}
}

func (r *reference) UploadInts(dst device.Buf, src []int32) {
	same(dst.N, len(src))
	for i, d := 0, r.at(dst); i < len(d); i++ {
		d[i] = float64(src[i])
	}
}

func (r *reference) Download(dst []float32, src device.Buf) {
	same(src.N, len(dst))
	for i, x := range r.at(src) {
		dst[i] = float32(x)
	}
}

func (r *reference) Zero(b device.Buf)        { clear(r.at(b)) }
func (r *reference) Copy(dst, src device.Buf) { same(dst.N, src.N); copy(r.at(dst), r.at(src)) }
func (r *reference) Add(dst, a, b device.Buf) {
	d, x, y := r.at(dst), r.at(a), r.at(b)
	for i := range d {
		d[i] = x[i] + y[i]
	}
}

func (r *reference) Scale(x device.Buf, by float32) {
	for i, v := 0, r.at(x); i < len(v); i++ {
		v[i] *= float64(by)
	}
}

func (r *reference) MatMul(c, a, b device.Buf, p device.Product, m, n, k int, accumulate bool) {
	same(c.N, m*n)
	same(a.N, m*k)
	same(b.N, n*k)
	z, x, y := r.at(c), r.at(a), r.at(b)
	for i := range m {
		for j := range n {
			sum := 0.0
			for l := range k {
				switch p {
				case device.NT:
					sum += x[i*k+l] * y[j*k+l]
				case device.NN:
					sum += x[i*k+l] * y[l*n+j]
				case device.TN:
					sum += x[l*m+i] * y[l*n+j]
				}
			}
			if accumulate {
				sum += z[i*n+j]
			}
			z[i*n+j] = sum
		}
	}
}

func (r *reference) AddBias(x, bias device.Buf, m, n int) {
	same(x.N, m*n)
	v, b := r.at(x), r.at(bias)
	for i := range v {
		v[i] += b[i%n]
	}
}

func (r *reference) BiasGrad(dbias, dy device.Buf, m, n int) {
	same(dy.N, m*n)
	d := r.at(dbias)
	for i, g := range r.at(dy) {
		d[i%n] += g
	}
}

func (r *reference) Embed(x, table, ids device.Buf, t, c int) {
	same(x.N, t*c)
	d, w := r.at(x), r.at(table)
	for i, id := range r.at(ids) {
		copy(d[i*c:(i+1)*c], w[int(id)*c:])
	}
}

func (r *reference) EmbedGrad(dtable, dx, ids device.Buf, t, c int) {
	same(dx.N, t*c)
	d, g := r.at(dtable), r.at(dx)
	for i, id := range r.at(ids) {
		for j := range c {
			d[int(id)*c+j] += g[i*c+j]
		}
	}
}

func (r *reference) RMSNorm(y, rstd, x, w device.Buf, m, n int, eps float32) {
	same(x.N, m*n)
	same(rstd.N, m)
	out, s, in, g := r.at(y), r.at(rstd), r.at(x), r.at(w)
	for i := range m {
		sum := 0.0
		for _, v := range in[i*n : (i+1)*n] {
			sum += v * v
		}
		s[i] = 1 / math.Sqrt(sum/float64(n)+float64(eps))
		for j := range n {
			out[i*n+j] = in[i*n+j] * s[i] * g[j]
		}
	}
}

func (r *reference) RMSNormGrad(dx, dw, dy, x, w, rstd device.Buf, m, n int) {
	same(dx.N, m*n)
	same(dy.N, m*n)
	out, gw, g, in, k, s := r.at(dx), r.at(dw), r.at(dy), r.at(x), r.at(w), r.at(rstd)
	for i := range m {
		dot := 0.0
		for j := range n {
			dot += g[i*n+j] * k[j] * in[i*n+j]
		}
		for j := range n {
			v := in[i*n+j]
			if len(gw) > 0 {
				gw[j] += g[i*n+j] * v * s[i]
			}
			out[i*n+j] += s[i]*g[i*n+j]*k[j] - s[i]*s[i]*s[i]*v*dot/float64(n)
		}
	}
}

func (r *reference) Rope(x, cos, sin, positions device.Buf, t, heads, d int, inverse bool) {
	same(x.N, t*heads*d)
	v, c, s, p := r.at(x), r.at(cos), r.at(sin), r.at(positions)
	for i := range t * heads {
		for j := range d / 2 {
			a := int(p[i/heads])*d/2 + j
			co, si := c[a], s[a]
			if inverse {
				si = -si
			}
			lo, hi := v[i*d+j], v[i*d+j+d/2]
			v[i*d+j], v[i*d+j+d/2] = lo*co-hi*si, hi*co+lo*si
		}
	}
}

func (r *reference) SwiGLU(y, gate, up device.Buf) {
	out, g, u := r.at(y), r.at(gate), r.at(up)
	for i := range out {
		out[i] = g[i] / (1 + math.Exp(-g[i])) * u[i]
	}
}

func (r *reference) SwiGLUGrad(dgate, dup, dy, gate, up device.Buf) {
	dg, du, d, g, u := r.at(dgate), r.at(dup), r.at(dy), r.at(gate), r.at(up)
	for i := range d {
		s, gi, ui := 1/(1+math.Exp(-g[i])), g[i], u[i]
		dg[i], du[i] = d[i]*ui*s*(1+gi*(1-s)), d[i]*gi*s
	}
}

// attend calls f for every query, its document's first token, and its weights.
func (r *reference) attend(q, k, starts []float64, docs int, h device.Heads, f func(t, head, first int, p []float64, lse float64)) {
	for doc := range docs {
		first, end := int(starts[doc]), int(starts[doc+1])
		for t := first; t < end; t++ {
			for head := range h.H {
				p, lse := softmaxOf(q[(t*h.H+head)*h.D:][:h.D], t-first+1, float64(h.Scale), func(i int) []float64 {
					return k[((first+i)*h.G+head/(h.H/h.G))*h.D:]
				})
				f(t, head, first, p, lse)
			}
		}
	}
}

// softmaxOf is the weights of n keys for a query, and the log of their sum.
func softmaxOf(q []float64, n int, scale float64, key func(int) []float64) ([]float64, float64) {
	p, top := make([]float64, n), math.Inf(-1)
	for i := range p {
		for j, x := range q {
			p[i] += x * key(i)[j] * scale
		}
		top = max(top, p[i])
	}
	sum := 0.0
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p, top + math.Log(sum)
}

func (r *reference) Attention(o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	same(q.N, t*h.H*h.D)
	same(k.N, t*h.G*h.D)
	out, sums, val := r.at(o), r.at(lse), r.at(v)
	clear(out)
	r.attend(r.at(q), r.at(k), r.at(starts), docs, h, func(t, head, first int, p []float64, lse float64) {
		sums[t*h.H+head] = lse
		for i, w := range p {
			for j := range h.D {
				out[(t*h.H+head)*h.D+j] += w * val[((first+i)*h.G+head/(h.H/h.G))*h.D+j]
			}
		}
	})
}

func (r *reference) AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	gq, gk, gv, g, qs, ks, vs := r.at(dq), r.at(dk), r.at(dv), r.at(do), r.at(q), r.at(k), r.at(v)
	clear(gq)
	clear(gk)
	clear(gv)
	r.at(lse)
	r.attend(qs, ks, r.at(starts), docs, h, func(t, head, first int, p []float64, _ float64) {
		at := (t*h.H + head) * h.D
		dp, mean := make([]float64, len(p)), 0.0
		for i := range p {
			kv := ((first+i)*h.G + head/(h.H/h.G)) * h.D
			for j := range h.D {
				dp[i] += g[at+j] * vs[kv+j]
				gv[kv+j] += p[i] * g[at+j]
			}
			mean += p[i] * dp[i]
		}
		for i := range p {
			kv, ds := ((first+i)*h.G+head/(h.H/h.G))*h.D, p[i]*(dp[i]-mean)*float64(h.Scale)
			for j := range h.D {
				gq[at+j] += ds * ks[kv+j]
				gk[kv+j] += ds * qs[at+j]
			}
		}
	})
}

// words is softmax(x·Wᵀ / temperature) of one token and the log of the sum.
func words(x, w []float64, h device.Head) ([]float64, float64) {
	return softmaxOf(x[:h.C], h.V, 1/float64(h.Temperature), func(i int) []float64 { return w[i*h.C:] })
}

func (r *reference) Score(logp, entropy, lse, x, w, targets device.Buf, h device.Head) {
	same(x.N, h.T*h.C)
	same(w.N, h.V*h.C)
	in, table, lp, ent, sums := r.at(x), r.at(w), r.at(logp), r.at(entropy), r.at(lse)
	for t, target := range r.at(targets) {
		lp[t], ent[t], sums[t] = 0, 0, 0
		if target < 0 {
			continue
		}
		p, sum := words(in[t*h.C:], table, h)
		lp[t], sums[t] = math.Log(p[int(target)]), sum
		for _, q := range p {
			if q > 0 {
				ent[t] -= q * math.Log(q)
			}
		}
	}
}

func (r *reference) ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, w, targets device.Buf, h device.Head) {
	gx, gw, d, in, table, ent := r.at(dx), r.at(dw), r.at(dlogp), r.at(x), r.at(w), r.at(entropy)
	r.at(lse)
	var de []float64
	if !dentropy.None() {
		de = r.at(dentropy)
	}
	for t, target := range r.at(targets) {
		if target < 0 {
			continue
		}
		p, _ := words(in[t*h.C:], table, h)
		for v, q := range p {
			g := -d[t] * q
			if v == int(target) {
				g += d[t]
			}
			if de != nil && q > 0 {
				g -= de[t] * q * (math.Log(q) + ent[t])
			}
			g /= float64(h.Temperature)
			for j := range h.C {
				gx[t*h.C+j] += g * table[v*h.C+j]
				if len(gw) > 0 {
					gw[v*h.C+j] += g * in[t*h.C+j]
				}
			}
		}
	}
}

func (r *reference) Logits(l, x, w device.Buf, m, c, v int) {
	r.MatMul(l, x, w, device.NT, m, v, c, false)
}

func (r *reference) StoreKV(p device.Pages, k, v, slots device.Buf, n int, h device.Heads) {
	row := h.G * h.D
	for i, s := range r.at(slots) {
		copy(r.at(p.K)[int(s)*row:], r.at(k)[i*row:(i+1)*row])
		copy(r.at(p.V)[int(s)*row:], r.at(v)[i*row:(i+1)*row])
	}
}

func (r *reference) Decode(o, q device.Buf, p device.Pages, b int, h device.Heads) {
	out, qs, ks, vs, table, lengths := r.at(o), r.at(q), r.at(p.K), r.at(p.V), r.at(p.Table), r.at(p.Lengths)
	clear(out)
	for s := range b {
		for head := range h.H {
			kv := func(i int) int {
				block := int(table[s*p.PerSeq+i/p.Block])
				return ((block*p.Block+i%p.Block)*h.G + head/(h.H/h.G)) * h.D
			}
			at := (s*h.H + head) * h.D
			w, _ := softmaxOf(qs[at:at+h.D], int(lengths[s]), float64(h.Scale), func(i int) []float64 { return ks[kv(i):] })
			for i, x := range w {
				for j := range h.D {
					out[at+j] += x * vs[kv(i)+j]
				}
			}
		}
	}
}

func (r *reference) SumSquares(b device.Buf) float64 {
	sum := 0.0
	for _, x := range r.at(b) {
		sum += x * x
	}
	return sum
}

func (r *reference) AdamW(w, m, v, g, act device.Buf, a device.Adam) {
	x, m1, m2, d := r.at(w), r.at(m), r.at(v), r.at(g)
	for i := range x {
		gi := d[i] * float64(a.Scale)
		m1[i] = float64(a.Beta1)*m1[i] + (1-float64(a.Beta1))*gi
		m2[i] = float64(a.Beta2)*m2[i] + (1-float64(a.Beta2))*gi*gi
		mh := m1[i] / (1 - math.Pow(float64(a.Beta1), float64(a.Step)))
		vh := m2[i] / (1 - math.Pow(float64(a.Beta2), float64(a.Step)))
		x[i] -= float64(a.LR) * (mh/(math.Sqrt(vh)+float64(a.Eps)) + float64(a.Decay)*x[i])
	}
	if !act.None() && act != w {
		copy(r.at(act), x)
	}
}

func same(got, want int) {
	if got != want {
		panic(fmt.Sprintf("a buffer of %d elements where the shape says %d", got, want))
	}
}
