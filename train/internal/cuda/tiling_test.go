//go:build linux

package cuda

import (
	"fmt"
	"math"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// tiled is the algorithm of the kernels in Go: the same tiles of keys from the first
// token of the document, the same running softmax, and bf16 where they round to it.
// Within a product sums are float32 in order, where a tensor core has an order of
// its own.
func (a attentionRun) tiled() *attentionRun {
	h, n := a.h, a.tokens()
	a.o, a.lse, a.dq = make([]float32, n*h.H*h.D), make([]float32, n*h.H), make([]float32, n*h.H*h.D)
	a.dk, a.dv = make([]float32, n*h.G*h.D), make([]float32, n*h.G*h.D)
	for doc := range a.docs() {
		for head := range h.H {
			for i := int(a.starts[doc]); i < int(a.starts[doc+1]); i++ {
				a.forward(int(a.starts[doc]), i, head)
			}
			for i := int(a.starts[doc]); i < int(a.starts[doc+1]); i++ {
				a.backward(int(a.starts[doc]), i, head)
			}
		}
	}
	round := func(x []float32, scale float32) {
		for i := range x {
			x[i] = roundBF16(x[i] * scale)
		}
	}
	round(a.dq, h.Scale)
	round(a.dk, h.Scale)
	round(a.dv, 1)
	return &a
}

const log2e = float32(math.Log2E)

func exp2(x float32) float32 { return float32(math.Exp2(float64(x))) }

// row is the numbers of a token and head in x[T,heads,D].
func row(x []float32, token, heads, head, d int) []float32 {
	return x[(token*heads+head)*d:][:d]
}

func dot(a, b []float32) (sum float32) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func (a *attentionRun) forward(start, i, head int) {
	h, g := a.h, head/(a.h.H/a.h.G)
	q, o := row(a.q, i, h.H, head, h.D), make([]float32, h.D)
	top, sum := float32(math.Inf(-1)), float32(0)
	for k0 := start; k0 <= i; k0 += keyTile {
		var s [keyTile]float32
		last, high := min(keyTile, i+1-k0), top
		for j := range last {
			s[j] = dot(q, row(a.k, k0+j, h.G, g, h.D))
			high = max(high, s[j])
		}
		shrink := exp2((top - high) * (h.Scale * log2e))
		top, sum = high, sum*shrink
		for c := range o {
			o[c] *= shrink
		}
		for j := range last {
			p := exp2((s[j] - top) * (h.Scale * log2e))
			sum += p
			for c, v := range row(a.v, k0+j, h.G, g, h.D) {
				o[c] += roundBF16(p) * v
			}
		}
	}
	for c := range o {
		row(a.o, i, h.H, head, h.D)[c] = roundBF16(o[c] / sum)
	}
	a.lse[i*h.H+head] = top*h.Scale + float32(math.Log(float64(sum)))
}

// backward adds what query i gives; dk and dv are summed over queries and heads in
// ascending order, as a block of the kernels does.
func (a *attentionRun) backward(start, i, head int) {
	h, g := a.h, head/(a.h.H/a.h.G)
	q, do, dq := row(a.q, i, h.H, head, h.D), row(a.do, i, h.H, head, h.D), row(a.dq, i, h.H, head, h.D)
	delta := dot(do, row(a.o, i, h.H, head, h.D))
	for j := start; j <= i; j++ {
		k, v := row(a.k, j, h.G, g, h.D), row(a.v, j, h.G, g, h.D)
		p := exp2(dot(q, k)*(h.Scale*log2e) - a.lse[i*h.H+head]*log2e)
		ds := roundBF16(p * (dot(do, v) - delta))
		p = roundBF16(p)
		dk, dv := row(a.dk, j, h.G, g, h.D), row(a.dv, j, h.G, g, h.D)
		for c := range h.D {
			dv[c] += p * do[c]
			dk[c] += ds * q[c]
			dq[c] += ds * k[c]
		}
	}
}

// apart counts the numbers of a that are more than tol from those of b, relative to
// the number, to 1/16 of the largest of its token, and to 1/16.
func (a *attentionRun) apart(b *attentionRun, tol float64) (count int, first string) {
	for i, r := range a.results() {
		x := b.results()[i].x
		for at := 0; at < len(x); at += r.row {
			top := 1.0
			for _, v := range x[at : at+r.row] {
				top = max(top, math.Abs(float64(v)))
			}
			for j := at; j < at+r.row; j++ {
				if d := math.Abs(float64(r.x[j]) - float64(x[j])); !(d <= tol*max(math.Abs(float64(x[j])), top/16)) {
					if count++; count == 1 {
						first = fmt.Sprintf("%s of token %d is %v, and %v", r.name, at/r.row, r.x[j], x[j])
					}
				}
			}
		}
	}
	return count, first
}

func (a *attentionRun) numbers() (n int) {
	for _, r := range a.results() {
		n += len(r.x)
	}
	return n
}

// TestTilingIsTheSpecification: what bf16 costs is bounded, and not by the length.
func TestTilingIsTheSpecification(t *testing.T) {
	for _, h := range []device.Heads{{H: 2, G: 1, D: 64, Scale: .125}, {H: 1, G: 1, D: 128, Scale: .09}} {
		for _, lengths := range [][]int{lengthsOfAll, {1100}} {
			a := newAttentionRun(h, lengths...)
			if err := a.tiled().near(a.specification(t), kernelTol); err != nil {
				t.Errorf("%+v: %v", h, err)
			}
		}
	}
}
