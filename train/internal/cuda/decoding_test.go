//go:build linux

package cuda

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A cacheRun is sequences of so many tokens in a scattered cache, and a query of
// each. A length of 0 is a free row.
type cacheRun struct {
	h       device.Heads
	block   int
	lengths []int32
	q, k, v []float32 // a query a sequence; keys and values of all tokens
}

func newCacheRun(h device.Heads, block int, lengths ...int32) *cacheRun {
	c := &cacheRun{h: h, block: block, lengths: lengths}
	t := 0
	for _, n := range lengths {
		t += int(n)
	}
	c.q, c.k, c.v = normal(1, len(lengths)*h.H*h.D), normal(2, t*h.G*h.D), normal(3, t*h.G*h.D)
	return c
}

// layout is a table of blocks that jumps about, and the slot of each token.
func (c *cacheRun) layout() (p device.Pages, table, slots []int32) {
	p.Block, p.PerSeq = c.block, ceil(int(slices.Max(c.lengths))+70, c.block)
	p.Capacity = p.PerSeq*len(c.lengths) + 5
	for p.Capacity%7 == 0 {
		p.Capacity++
	}
	table = make([]int32, p.PerSeq*len(c.lengths))
	for i := range table {
		table[i] = int32((i*7 + 2) % p.Capacity)
	}
	for s, n := range c.lengths {
		for i := range int(n) {
			slots = append(slots, table[s*p.PerSeq+i/c.block]*int32(c.block)+int32(i%c.block))
		}
		for i := ceil(int(n), c.block); i < p.PerSeq; i++ {
			table[s*p.PerSeq+i] = -1 << 20 // must not be followed
		}
	}
	return p, table, slots
}

// kernels stores the tokens in a cache full of NaNs and decodes.
func (c *cacheRun) kernels(s *shim) ([]float32, error) {
	var first []float32
	for _, s.descending = range []bool{false, true} {
		s.off = 0
		s.room(device.F32, 1024) // where slot -1 would be
		p, table, slots := c.layout()
		h, n := c.h, len(slots)
		nans := make([]float32, p.Capacity*p.Block*h.G*h.D)
		for i := range nans {
			nans[i] = float32(math.NaN())
		}
		slots = append(slots, -1) // of a free row
		bf := func(x []float32) device.Buf { return s.put(device.BF16, x) }
		p.K, p.V, p.Table, p.Lengths = bf(nans), bf(nans), s.ints(table), s.ints(c.lengths)
		pad := normal(5, h.G*h.D)
		k, v, at := bf(append(slices.Clone(c.k), pad...)), bf(append(slices.Clone(c.v), pad...)), s.ints(slots)
		q, o := bf(c.q), bf(nans[:len(c.q)])
		before := slices.Clone(s.mem[:s.off])
		for _, build := range []func(w *Work){
			func(w *Work) { w.StoreKV(p, k, v, at, n+1, h) },
			func(w *Work) { w.Decode(o, q, p, len(c.lengths), h) },
		} {
			var w Work
			build(&w)
			if err := s.run(&w); err != nil {
				return nil, err
			}
		}
		for _, b := range []device.Buf{p.K, p.V, o} {
			copy(before[b.Off:], s.mem[b.Off:b.Off+b.N*b.Type.Size()])
		}
		if !slices.Equal(before, s.mem[:s.off]) {
			return nil, fmt.Errorf("something was written beside the results")
		}
		out := s.read(Arena(o))
		if first == nil {
			first = out
		} else if !slices.Equal(first, out) {
			return nil, fmt.Errorf("another order of threads gives other bits")
		}
	}
	return first, nil
}

// specification is package cpu's Decode; free rows are zeros.
func (c *cacheRun) specification(t *testing.T) []float32 {
	d := cpu.New(1)
	defer d.Close()
	if err := d.Reserve(128 << 20); err != nil {
		t.Fatal(err)
	}
	off := 0
	room := func(typ device.Type, n int) device.Buf {
		b := device.Buf{Off: off, N: n, Type: typ}
		off += (4*n + 63) / 64 * 64
		return b
	}
	put := func(x []float32) device.Buf {
		b := room(device.F32, len(x))
		d.Upload(b, x)
		return b
	}
	ints := func(x []int32) device.Buf {
		b := room(device.I32, len(x))
		d.UploadInts(b, x)
		return b
	}
	p, table, slots := c.layout()
	h, width := c.h, c.h.H*c.h.D
	lengths := slices.Clone(c.lengths)
	for s, n := range lengths {
		if n == 0 {
			lengths[s], table[s*p.PerSeq] = 1, 0
		}
	}
	size := p.Capacity * p.Block * h.G * h.D
	p.K, p.V, p.Table, p.Lengths = room(device.F32, size), room(device.F32, size), ints(table), ints(lengths)
	d.StoreKV(p, put(c.k), put(c.v), ints(slots), len(slots), h)
	o := room(device.F32, len(c.q))
	d.Decode(o, put(c.q), p, len(lengths), h)
	out := make([]float32, len(c.q))
	d.Download(out, o)
	for s, n := range c.lengths {
		if n == 0 {
			clear(out[s*width : (s+1)*width])
		}
	}
	return out
}

// check is nil where kernels and specification agree but for rounding.
func (c *cacheRun) check(t *testing.T, s *shim) error {
	got, err := c.kernels(s)
	if err != nil {
		return err
	}
	for i, want := range c.specification(t) {
		if d := math.Abs(float64(got[i] - want)); !(d <= kernelTol) {
			return fmt.Errorf("sequence %d of %d tokens, element %d is %v, want %v", i/(c.h.H*c.h.D), c.lengths[i/(c.h.H*c.h.D)], i%(c.h.H*c.h.D), got[i], want)
		}
	}
	return nil
}

// Lengths around the tiles of 64 keys and the parts of 512.
var cacheLengths = []int32{1, 63, 64, 0, 65, 127, 129, 512, 513, 1100, 2}

func TestDecodeKernels(t *testing.T) {
	s := newShim(t, 64<<20, attentionKernels())
	for _, c := range []*cacheRun{
		newCacheRun(device.Heads{H: 14, G: 2, D: 64, Scale: .125}, 64, cacheLengths...),
		newCacheRun(device.Heads{H: 20, G: 1, D: 64, Scale: .125}, 16, cacheLengths...), // more query heads than a tile holds
		newCacheRun(device.Heads{H: 6, G: 2, D: 128, Scale: .09}, 64, cacheLengths...),
		newCacheRun(device.Heads{H: 3, G: 3, D: 128, Scale: .09}, 1, 3, 64, 70),
	} {
		if err := c.check(t, s); err != nil {
			t.Errorf("%+v, blocks of %d: %v", c.h, c.block, err)
		}
	}
}

// TestDecodeKnowsItsSequenceOnly: the bits of a sequence do not depend on the batch,
// nor on the blocks that its tokens lie in.
func TestDecodeKnowsItsSequenceOnly(t *testing.T) {
	s := newShim(t, 64<<20, attentionKernels())
	h := device.Heads{H: 4, G: 2, D: 64, Scale: .125}
	all := newCacheRun(h, 64, 65, 700, 1, 1100)
	want, err := all.kernels(s)
	if err != nil {
		t.Fatal(err)
	}
	alone := newCacheRun(h, 16, 700)
	kv, q := h.G*h.D, h.H*h.D
	copy(alone.k, all.k[65*kv:])
	copy(alone.v, all.v[65*kv:])
	copy(alone.q, all.q[q:])
	got, err := alone.kernels(s)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want[q:2*q]) {
		t.Error("a sequence of 700 tokens has other bits alone, in blocks of 16, than with others in blocks of 64")
	}
}
