package cuda

import (
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// The sizes of tensors.cu.
const (
	tableSize = 32   // tensors of one launch
	chunk     = 4096 // elements of one block
)

// An Update is one tensor of AdamW: W, M, V and G are F32, and Act is BF16, or
// none, or W itself.
type Update = device.Update

// AdamW updates many tensors by the same rule, as device.Device does one.
func (w *Work) AdamW(a device.Adam, us ...Update) {
	correct1 := 1 - math.Pow(float64(a.Beta1), float64(a.Step))
	correct2 := 1 - math.Pow(float64(a.Beta2), float64(a.Step))
	for len(us) > 0 {
		now := us[:min(len(us), tableSize)]
		us = us[len(now):]
		columns := make([][]Arg, 5)
		var sizes []int
		moved := 0
		for _, u := range now {
			for _, b := range []device.Buf{u.W, u.M, u.V, u.G} {
				want("a tensor of AdamW", b, device.F32, u.W.N)
			}
			if u.Act == u.W {
				u.Act = device.Buf{}
			}
			if !u.Act.None() {
				want("the weights that products read", u.Act, device.BF16, u.W.N)
			}
			for i, b := range []device.Buf{u.W, u.M, u.V, u.G, u.Act} {
				columns[i] = append(columns[i], aligned(b))
			}
			sizes = append(sizes, u.W.N)
			moved += 2*moves(u.W, u.M, u.V) + moves(u.G, u.Act)
		}
		table, blocks := table(columns, sizes)
		w.on(Kernel{File: "tensors.cu", Name: "adamw"}, moved, blocks, threads, table,
			F(a.Scale), F(a.Beta1), F(float32(1-float64(a.Beta1))), F(a.Beta2), F(float32(1-float64(a.Beta2))),
			F(float32(float64(a.LR)/correct1)), F(float32(1/math.Sqrt(correct2))), F(a.Eps), F(float32(1-float64(a.LR)*float64(a.Decay))))
	}
}

// SumSquares writes the sum of squares of all of bs (F32) to out as a float64,
// which takes two elements: float32 in blocks of 4,096, float64 over them.
func (w *Work) SumSquares(out Place, bs ...device.Buf) {
	want("the place of a float64", out.Buf, device.I32, 2)
	var count int
	for _, b := range bs {
		want("a tensor to be squared", b, device.F32, b.N)
		count += ceil(b.N, chunk)
	}
	parts := w.Temp(device.F32, count)
	for at := 0; len(bs) > 0; {
		now := bs[:min(len(bs), tableSize)]
		bs = bs[len(now):]
		var xs []Arg
		var sizes []int
		for _, b := range now {
			xs, sizes = append(xs, aligned(b)), append(sizes, b.N)
		}
		table, blocks := table([][]Arg{xs}, sizes)
		w.on(Kernel{File: "tensors.cu", Name: "squares"}, moves(now...), blocks, threads, Ptr(parts.Slice(at, blocks)), table)
		at += blocks
	}
	w.on(Kernel{File: "tensors.cu", Name: "squares_sum"}, moves(parts.Buf), 1, 1024, Ptr(out), Ptr(parts), I(count))
}

// aligned is the address of b, which a thread reads by 16 bytes.
func aligned(b device.Buf) Arg {
	if b.Off%16 != 0 {
		panic("cuda: a tensor that begins at no multiple of 16 bytes")
	}
	return Buf(b)
}

// table is the struct that tells where tensors of so many elements lie: columns of
// tableSize pointers, sizes, the first block of each tensor, and their number;
// and the number of blocks.
func table(columns [][]Arg, sizes []int) (Arg, int) {
	var fields []Arg
	for _, c := range columns {
		for i := range tableSize {
			if i < len(c) {
				fields = append(fields, c[i])
			} else {
				fields = append(fields, Buf(device.Buf{}))
			}
		}
	}
	first, blocks := make([]Arg, tableSize), 0
	for i := range tableSize {
		first[i] = I(blocks)
		if i < len(sizes) {
			fields = append(fields, I(sizes[i]))
			blocks += ceil(sizes[i], chunk)
		} else {
			fields = append(fields, I(0))
		}
	}
	fields = append(append(fields, first...), I(len(sizes)))
	return S(fields...), blocks
}
