package cuda

import (
	"math/bits"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Embed writes x[T,C] (BF16), the rows of table[V,C] named by ids. An id outside
// the table stops the device with an error.
func (w *Work) Embed(x, table, ids device.Buf, t, c int) {
	want("x", x, device.BF16, t*c)
	want("the table", table, device.BF16, table.N)
	want("ids", ids, device.I32, t)
	w.on(vectorized("embed.cu", "embed", vec(c, x, table)), 2*moves(x)+moves(ids), ceil(t, threads/32), threads,
		Buf(x), Buf(table), Buf(ids), I(t), I(c), I(table.N/c))
}

// digitBits is how much of an id one pass of the sort looks at.
const digitBits = 4

// EmbedGrad adds dx[T,C] (BF16) to the rows of dtable (F32), in the order of the
// tokens: tokens are sorted by id, and one block adds up all of one id.
func (w *Work) EmbedGrad(dtable, dx, ids device.Buf, t, c int) {
	want("dtable", dtable, device.F32, dtable.N)
	want("dx", dx, device.BF16, t*c)
	want("ids", ids, device.I32, t)
	if t == 0 {
		return
	}
	words := dtable.N / c
	passes := max(1, ceil(bits.Len(uint(words-1)), digitBits))
	var temp [4]Place
	for i := range temp {
		temp[i] = w.Temp(device.I32, t)
	}
	w.on(Kernel{File: "sort.cu", Name: "sort_ids"}, passes*6*moves(ids), 1, 512,
		Ptr(temp[0]), Ptr(temp[1]), Ptr(temp[2]), Ptr(temp[3]), Buf(ids), I(t), I(passes))
	sorted, order := temp[0], temp[1]
	if passes%2 == 0 {
		sorted, order = temp[2], temp[3]
	}
	v, width := vec(c, dtable, dx), 128
	w.Launch(Launch{
		Kernel: vectorized("embed.cu", "embed_grad", v),
		Grid:   [3]int{t, ceil(c, v*width)}, Block: [3]int{width},
		Args:  []Arg{Buf(dtable), Buf(dx), Ptr(sorted), Ptr(order), I(t), I(c), I(words)},
		Moves: moves(dx) + 2*4*c*min(t, words) + 2*moves(ids),
	})
}
