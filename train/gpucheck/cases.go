package gpucheck

import (
	"fmt"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Tolerances, as parts of an element and of what is usual in its output.
//
// An output in bf16 is rounded once, to 2⁻⁹ of itself at most; what went through
// another rounding on the way, or is added to a bf16 sum, twice or more. Sums in
// float32 differ in their order alone.
const (
	exact = 0.0
	f32   = 2e-5       // float32 sums of a few thousand terms, in another order
	once  = 1.0 / 256  // one rounding to bf16, and a tie that fell the other way
	twice = 1.0 / 128  // two roundings
	inner = 1.0 / 64   // probabilities of attention, rounded before their product
	grads = 1.0 / 32   // gradients of attention: two products of rounded numbers
	probs = 1.0 / 2048 // float32 of logits whose products are bf16's, exact, and exp
)

// Cases lists every operation of device.Device with shapes that are easy to get
// wrong: one, odd, just below and above a tile, and one as in a model.
func Cases() []Case {
	return slices.Concat(moving(), products(), elementwise(), norms(), ropes(), attention(), scoring(), decoding(), sampling(), updates(), laws())
}

func moving() []Case {
	var list []Case
	for _, n := range []int{1, 2, 7, 8, 255, 4097, 100_003} {
		list = append(list, Case{fmt.Sprintf("Upload, Copy, Download, Zero %d", n), func(b *bench) {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(b.rand.NormFloat64()) // rounded by the device
			}
			full := b.floats(device.F32, x)
			low, back, same := b.floats(device.BF16, x), b.outF32(n), b.outF32(n)
			b.dev.Copy(back, low)
			b.dev.Copy(same, full)
			copied := b.room(device.BF16, n)
			b.dev.Copy(copied, full)
			zero := b.outF32(n)
			b.dev.Zero(zero)
			part := b.outF32(n)
			b.dev.Zero(part.Slice(n/2, n-n/2))
			b.dev.Copy(part.Slice(0, n/2), full.Slice(n-n/2, n/2))
			for name, buf := range map[string]device.Buf{"float32": full, "bf16": low, "bf16 to float32": back, "float32 to float32": same, "float32 to bf16": copied, "zero": zero, "slices": part} {
				b.check(name, buf, exact)
			}
			slices.SortFunc(b.outs, func(x, y output) int { return x.buf.Off - y.buf.Off })
		}})
	}
	return list
}

func products() []Case {
	var list []Case
	sizes := [][3]int{{1, 1, 1}, {3, 5, 7}, {64, 64, 64}, {127, 65, 129}, {1, 896, 896}, {129, 4864, 896}, {200, 896, 4864}}
	for p, name := range map[device.Product]string{device.NT: "NT", device.NN: "NN", device.TN: "TN"} {
		for _, s := range sizes {
			for _, add := range []bool{false, true} {
				m, n, k := s[0], s[1], s[2]
				list = append(list, Case{fmt.Sprintf("MatMul %s %dx%dx%d add=%v", name, m, n, k, add), func(b *bench) {
					x, y := b.act(m*k, 1), b.act(k*n, 1)
					act, full := b.outAct(m*n), b.outF32(m*n)
					if add {
						act, full = b.act(m*n, 1), b.f32(m*n, 1)
					}
					b.dev.MatMul(act, x, y, p, m, n, k, add)
					b.dev.MatMul(full, x, y, p, m, n, k, add)
					b.check("activations", act, once)
					b.check("float32", full, f32)
				}})
			}
		}
	}
	slices.SortFunc(list, byName)
	return list
}

func elementwise() []Case {
	var list []Case
	for _, s := range [][2]int{{1, 1}, {3, 5}, {129, 1152}, {4096, 128}} {
		m, n := s[0], s[1]
		list = append(list,
			Case{fmt.Sprintf("Add %dx%d", m, n), func(b *bench) {
				x, y, z := b.act(m*n, 1), b.act(m*n, 1), b.outAct(m*n)
				b.dev.Add(z, x, y)
				b.dev.Add(x, x, y)
				b.check("sum", z, once)
				b.check("in place", x, once)
			}},
			Case{fmt.Sprintf("Scale %dx%d", m, n), func(b *bench) {
				x := b.act(m*n, 1)
				b.dev.Scale(x, 4./3)
				b.check("product", x, once)
			}},
			Case{fmt.Sprintf("AddBias, BiasGrad %dx%d", m, n), func(b *bench) {
				x, bias, grad := b.act(m*n, 1), b.act(n, 1), b.f32(n, 1)
				b.dev.BiasGrad(grad, x, m, n)
				b.dev.AddBias(x, bias, m, n)
				b.check("x", x, once)
				b.check("dbias", grad, f32)
			}},
			Case{fmt.Sprintf("SwiGLU, SwiGLUGrad %dx%d", m, n), func(b *bench) {
				gate, up, dy := b.act(m*n, 2), b.act(m*n, 1), b.act(m*n, 1)
				y, dgate, dup := b.outAct(m*n), b.outAct(m*n), b.outAct(m*n)
				b.dev.SwiGLU(y, gate, up)
				b.dev.SwiGLUGrad(dgate, dup, dy, gate, up)
				b.dev.SwiGLUGrad(gate, up, dy, gate, up)
				b.check("y", y, once)
				b.check("dgate", dgate, once)
				b.check("dup", dup, once)
				b.check("dgate in place", gate, once)
				b.check("dup in place", up, once)
			}},
			Case{fmt.Sprintf("Embed, EmbedGrad %dx%d", m, n), func(b *bench) {
				words := 37
				ids, table, dtable, x := b.ints(b.below(m, words)), b.act(words*n, 1), b.f32(words*n, 1), b.outAct(m*n)
				dx := b.act(m*n, 1)
				b.dev.Embed(x, table, ids, m, n)
				b.dev.EmbedGrad(dtable, dx, ids, m, n)
				b.check("x", x, exact)
				b.check("dtable", dtable, f32)
			}},
		)
	}
	return append(list, Case{"EmbedGrad, one word 4096 times among 151936", func(b *bench) {
		const m, n, words = 4096, 64, 151936
		ids := slices.Repeat([]int32{words - 1}, m)
		ids[7] = 0
		dtable, dx := b.f32(words*n, .1), b.act(m*n, 1)
		b.dev.EmbedGrad(dtable, dx, b.ints(ids), m, n)
		b.check("dtable", dtable, f32)
	}})
}

func norms() []Case {
	var list []Case
	for _, s := range [][2]int{{1, 1}, {5, 7}, {129, 64}, {4096, 128}, {130, 896}, {67, 1536}, {2, 8192}} {
		m, n := s[0], s[1]
		list = append(list, Case{fmt.Sprintf("RMSNorm, RMSNormGrad %dx%d", m, n), func(b *bench) {
			x, w, dy, dx, dw := b.act(m*n, 3), b.act(n, 1), b.act(m*n, 1), b.act(m*n, 1), b.f32(n, 1)
			y, rstd := b.outAct(m*n), b.outF32(m)
			b.dev.RMSNorm(y, rstd, x, w, m, n, 1e-6)
			b.dev.RMSNormGrad(dx, dw, dy, x, w, rstd, m, n)
			b.check("y", y, once)
			b.check("rstd", rstd, f32)
			b.check("dx", dx, once)
			b.check("dw", dw, f32*4) // up to 4096 rows
		}})
	}
	return list
}

func ropes() []Case {
	var list []Case
	for _, s := range [][3]int{{1, 1, 64}, {129, 14, 64}, {67, 3, 128}, {4096, 2, 64}} {
		t, heads, dim := s[0], s[1], s[2]
		list = append(list, Case{fmt.Sprintf("Rope %d tokens, %d heads of %d", t, heads, dim), func(b *bench) {
			x, y := b.act(t*heads*dim, 1), b.act(t*heads*dim, 1)
			cos, sin, at := b.f32(500*dim/2, 1), b.f32(500*dim/2, 1), b.ints(b.below(t, 500))
			b.dev.Rope(x, cos, sin, at, t, heads, dim, false)
			b.dev.Rope(y, cos, sin, at, t, heads, dim, true)
			b.check("turned", x, once)
			b.check("turned back", y, once)
		}})
	}
	return list
}

func byName(a, b Case) int {
	if a.Name < b.Name {
		return -1
	}
	return 1
}
