package cuda

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// decodePart is the number of tokens that a block of decoding attends to. How many
// parts a sequence has follows from its length alone.
const decodePart = 512

// CheckPages is nil where the kernels fit p, and otherwise says what would.
func CheckPages(p device.Pages) error {
	if p.Block < 1 || p.Block&(p.Block-1) != 0 {
		return fmt.Errorf("blocks of %d tokens; a cache on a GPU has a power of two", p.Block)
	}
	return nil
}

// wantPages panics unless the kernels fit p, and is the logarithm of its block.
func wantPages(p device.Pages, b int, h device.Heads) (shift int) {
	if err := CheckPages(p); err != nil {
		panic("cuda: " + err.Error())
	}
	wantHeads(h, p.K, p.V)
	want("the keys of a cache", p.K, device.BF16, p.Capacity*p.Block*h.G*h.D)
	want("the values of a cache", p.V, device.BF16, p.Capacity*p.Block*h.G*h.D)
	if b > 0 {
		want("a table of blocks", p.Table, device.I32, b*p.PerSeq)
		want("lengths", p.Lengths, device.I32, b)
	}
	return bits.TrailingZeros(uint(p.Block))
}

// StoreKV puts k and v [n,G,D] (BF16) into pages; see device.Device. A slot below 0
// stores nothing.
func (w *Work) StoreKV(p device.Pages, k, v, slots device.Buf, n int, h device.Heads) {
	wantPages(p, 0, h)
	wantHeads(h, k, v)
	want("k", k, device.BF16, n*h.G*h.D)
	want("v", v, device.BF16, n*h.G*h.D)
	want("slots", slots, device.I32, n)
	chunks := h.G * h.D / 8
	w.Launch(Launch{
		Kernel: Kernel{File: "decode_store.cu", Name: "decode_store"}, Grid: [3]int{ceil(n*chunks, 256)}, Block: [3]int{256},
		Args: []Arg{Buf(p.K), Buf(p.V), Buf(k), Buf(v), Buf(slots), I(n), I(chunks)}, Moves: 2*moves(k, v) + moves(slots),
	})
}

// Decode writes o[B,H,D] of one new query a sequence over its pages; see
// device.Device. A sequence of length 0 is a free row, of which o is zeros.
//
// A result depends on the sequence alone, not on the batch. It is within rounding
// what Attention writes for that token, not bit for bit: products are summed by
// other tiles, which is what makes decoding as fast as memory is.
func (w *Work) Decode(o, q device.Buf, p device.Pages, b int, h device.Heads) {
	shift := wantPages(p, b, h)
	wantHeads(h, o, q)
	want("o", o, device.BF16, b*h.H*h.D)
	want("q", q, device.BF16, b*h.H*h.D)
	if b == 0 {
		return
	}
	parts := ceil(p.PerSeq*p.Block, decodePart)
	sums, tops := w.Temp(device.F32, b*h.H*parts*h.D), w.Temp(device.F32, b*h.H*parts*2)
	w.Launch(Launch{
		Kernel: ofWidth("decode_attention.cu", "decode_part", h.D), Grid: [3]int{b * h.G * ceil(h.H/h.G, 16), parts}, Block: [3]int{128},
		Args: []Arg{Ptr(sums), Ptr(tops), Buf(q), Buf(p.K), Buf(p.V), Buf(p.Table), Buf(p.Lengths), I(p.PerSeq), I(shift), I(h.H), I(h.G), F(h.Scale)},
	})
	w.Launch(Launch{
		Kernel: ofWidth("decode_attention.cu", "decode_combine", h.D), Grid: [3]int{ceil(b*h.H, 8)}, Block: [3]int{256},
		Args: []Arg{Buf(o), Ptr(sums), Ptr(tops), Buf(p.Lengths), I(b * h.H), I(h.H), I(parts)},
	})
}

// Sample draws a token for every row of d and writes Token and LogP, the
// log-probability at the temperature (1 for greedy) among all words. The same seed,
// count and logits give the token that package decode picks.
func (w *Work) Sample(d device.Drawn, s device.Sampling) {
	want("logits", d.Logits, device.F32, d.B*d.Words)
	want("seeds", d.Seeds, device.I32, 2*d.B)
	want("lengths", d.Lengths, device.I32, d.B)
	for _, b := range []device.Buf{d.Count, d.Token} {
		want("state of a batch", b, device.I32, d.B)
	}
	want("log-probabilities", d.LogP, device.F32, d.B)
	if d.Seeds.Off%8 != 0 {
		panic("cuda: seeds do not begin at a multiple of 8 bytes")
	}
	w.Launch(Launch{
		Kernel: Kernel{File: "sample.cu", Name: "sample"}, Grid: [3]int{d.B}, Block: [3]int{512},
		Args: []Arg{Buf(d.Token), Buf(d.LogP), Buf(d.Logits), Buf(d.Seeds), Buf(d.Count), Buf(d.Lengths), I(d.Words),
			L(int(math.Float64bits(s.Temperature))), L(int(math.Float64bits(s.TopP))), I(s.TopK)},
		Moves: 3 * moves(d.Logits),
	})
}

// Advance writes down what Sample drew and makes every row ready to be fed it, or
// frees it where its response has ended: with a stop token, at its limit, or with
// token -1.
func (w *Work) Advance(d device.Drawn, p device.Pages, room int) {
	if err := CheckPages(p); err != nil {
		panic("cuda: " + err.Error())
	}
	for _, b := range []device.Buf{d.Count, d.Limit, d.Token, d.IDs, d.At, d.Slots, p.Lengths} {
		want("state of a batch", b, device.I32, d.B)
	}
	want("responses", d.Record, device.I32, d.B*room)
	want("log-probabilities of responses", d.RecordLogP, device.F32, d.B*room)
	want("a table of blocks", p.Table, device.I32, d.B*p.PerSeq)
	w.Launch(Launch{
		Kernel: Kernel{File: "decode_advance.cu", Name: "decode_advance"}, Grid: [3]int{ceil(d.B, 256)}, Block: [3]int{256},
		Args: []Arg{Buf(d.IDs), Buf(d.At), Buf(d.Slots), Buf(p.Lengths), Buf(d.Count), Buf(d.Record), Buf(d.RecordLogP), Buf(d.Token), Buf(d.LogP),
			Buf(d.Limit), Buf(p.Table), Buf(d.Stops), I(d.Stops.N), I(d.B), I(room), I(p.PerSeq), I(bits.TrailingZeros(uint(p.Block)))},
	})
}
