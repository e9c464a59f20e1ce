package gpucheck

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// documents are the lengths that a batch is made of.
type documents struct {
	name    string
	lengths []int
}

func batches() []documents {
	return []documents{
		{"1,2,63,64,65,127,129,4096 mixed", []int{65, 1, 129, 4096, 63, 2, 127, 64}},
		{"one of 4096", []int{4096}},
		{"4096 of 1", slices.Repeat([]int{1}, 4096)},
		{"one of 1", []int{1}},
		{"300,1,7", []int{300, 1, 7}},
	}
}

// starts is the first token of each document, and their number of tokens.
func (d documents) starts() (starts []int32, t int) {
	for _, n := range d.lengths {
		starts = append(starts, int32(t))
		t += n
	}
	return append(starts, int32(t)), t
}

func heads(h, g, d int) device.Heads {
	return device.Heads{H: h, G: g, D: d, Scale: float32(1 / math.Sqrt(float64(d)))}
}

func attention() []Case {
	var list []Case
	for _, docs := range batches() {
		for _, h := range []device.Heads{heads(2, 1, 64), heads(3, 3, 64), heads(6, 1, 128), heads(14, 2, 64)} {
			starts, t := docs.starts()
			if t > 1000 && h.H > 3 && docs.name != "one of 4096" {
				continue // the CPU would take minutes
			}
			list = append(list, Case{fmt.Sprintf("Attention, AttentionGrad %s, %d/%d heads of %d", docs.name, h.H, h.G, h.D), func(b *bench) {
				nq, nk := t*h.H*h.D, t*h.G*h.D
				q, k, v, do, at := b.act(nq, 1), b.act(nk, 1), b.act(nk, 1), b.act(nq, 1), b.ints(starts)
				o, lse := b.outAct(nq), b.outF32(t*h.H)
				dq, dk, dv := b.outAct(nq), b.outAct(nk), b.outAct(nk)
				b.dev.Attention(o, lse, q, k, v, at, len(docs.lengths), t, h)
				b.dev.AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, at, len(docs.lengths), t, h)
				b.check("o", o, inner)
				b.check("lse", lse, f32*10)
				b.check("dq", dq, grads)
				b.check("dk", dk, grads)
				b.check("dv", dv, grads)
			}})
		}
	}
	return list
}

// decoding stores keys and values through block tables in no order, and asks for
// one query of each sequence.
func decoding() []Case {
	var list []Case
	for _, h := range []device.Heads{heads(14, 2, 64), heads(4, 4, 64), heads(12, 2, 128)} {
		for _, block := range []int{16, 64} {
			list = append(list, Case{fmt.Sprintf("StoreKV, Decode blocks of %d, %d/%d heads of %d", block, h.H, h.G, h.D), func(b *bench) {
				lengths := []int32{1, 2, 63, 64, 65, 127, 129, 1, 4096, 700}
				per, width := 4096/block, h.G*h.D
				blocks := per * 3
				order := b.rand.Perm(blocks)
				table, slots := make([]int32, len(lengths)*per), []int32{}
				used := 0
				for i, n := range lengths {
					for j := range int(n) {
						if j%block == 0 {
							table[i*per+j/block] = int32(order[used])
							used++
						}
						slots = append(slots, table[i*per+j/block]*int32(block)+int32(j%block))
					}
				}
				size := blocks * block * width
				p := device.Pages{K: b.outAct(size), V: b.outAct(size), Block: block, PerSeq: per, Table: b.ints(table), Lengths: b.ints(lengths), Capacity: blocks}
				n := len(slots)
				b.dev.StoreKV(p, b.act(n*width, 1), b.act(n*width, 1), b.ints(slots), n, h)
				q, o := b.act(len(lengths)*h.H*h.D, 1), b.outAct(len(lengths)*h.H*h.D)
				b.dev.Decode(o, q, p, len(lengths), h)
				b.check("o", o, inner)
			}})
		}
	}
	return list
}
