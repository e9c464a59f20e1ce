package cuda

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Tiles of attention, as the kernels have them.
const (
	queryTile = 128 // queries of a block of the forward pass
	gradTile  = 64  // keys, and queries, of a block of the gradients
	keyTile   = 64  // keys that a block holds at a time
	tileInts  = 3   // start and end of the document, first token of the tile
)

// CheckHeads is nil where the kernels of attention fit h, and otherwise says what
// would.
func CheckHeads(h device.Heads) error {
	switch {
	case h.D != 64 && h.D != 128:
		return fmt.Errorf("heads are %d wide; attention on a GPU has 64 and 128", h.D)
	case h.G < 1 || h.H < h.G || h.H%h.G != 0:
		return fmt.Errorf("%d query heads to %d of keys; it must be a multiple", h.H, h.G)
	}
	return nil
}

// attentionKernels lists the kernels of attention, of decoding and of sampling.
func attentionKernels() []Kernel {
	all := []Kernel{
		{File: "attention_plan.cu", Name: "attention_plan"},
		{File: "decode_store.cu", Name: "decode_store"},
		{File: "decode_advance.cu", Name: "decode_advance"},
		{File: "sample.cu", Name: "sample"},
	}
	for _, d := range []int{64, 128} {
		for _, k := range []Kernel{
			{File: "attention.cu", Name: "attention"},
			{File: "attention_grad.cu", Name: "attention_delta"},
			{File: "attention_grad.cu", Name: "attention_dkv"},
			{File: "attention_grad.cu", Name: "attention_dq"},
			{File: "decode_attention.cu", Name: "decode_part"},
			{File: "decode_attention.cu", Name: "decode_combine"},
		} {
			all = append(all, ofWidth(k.File, k.Name, d))
		}
	}
	return all
}

// ofWidth is a kernel for heads of width d.
func ofWidth(file, name string, d int) Kernel {
	return Kernel{File: file, Name: name, Defines: fmt.Sprintf("-DD=%d", d)}
}

// wantHeads panics unless the kernels fit h and bs lie where 16 bytes can be read.
func wantHeads(h device.Heads, bs ...device.Buf) {
	if err := CheckHeads(h); err != nil {
		panic("cuda: " + err.Error())
	}
	for _, b := range bs {
		if b.Off%16 != 0 {
			panic(fmt.Sprintf("cuda: a buffer of heads at byte %d, which is no multiple of 16", b.Off))
		}
	}
}

// tiles lists the tiles of a packed batch on the device, where its borders are: at
// most one for every size tokens, and one a document.
func (w *Work) tiles(starts device.Buf, docs, t, size int, down bool) (list Place, count int) {
	count = t/size + docs
	list = w.Temp(device.I32, tileInts*count)
	from := 0
	if down {
		from = 1
	}
	w.Launch(Launch{
		Kernel: Kernel{File: "attention_plan.cu", Name: "attention_plan"}, Grid: [3]int{1}, Block: [3]int{256},
		Args:  []Arg{Ptr(list), Buf(starts), I(docs), I(size), I(from), I(count)},
		Moves: moves(starts, list.Buf),
	})
	return list, count
}

// Attention writes o[T,H,D] (BF16) and lse[T,H] (F32); see device.Device. Memory
// beside the results is the list of tiles.
func (w *Work) Attention(o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	wantAttention(o, lse, q, k, v, starts, docs, t, h)
	if t == 0 {
		return
	}
	list, count := w.tiles(starts, docs, t, queryTile, true)
	threads := 128
	if h.D == 128 {
		threads = 256
	}
	w.Launch(Launch{
		Kernel: ofWidth("attention.cu", "attention", h.D), Grid: [3]int{count * h.H}, Block: [3]int{threads},
		Shared: 2 * h.D * (queryTile + 4*keyTile),
		Args:   []Arg{Buf(o), Buf(lse), Buf(q), Buf(k), Buf(v), Ptr(list), I(h.H), I(h.G), F(h.Scale)},
		Moves:  moves(o, lse, q, k, v, list.Buf),
	})
}

func wantAttention(o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	wantHeads(h, o, q, k, v)
	want("o", o, device.BF16, t*h.H*h.D)
	want("lse", lse, device.F32, t*h.H)
	want("q", q, device.BF16, t*h.H*h.D)
	want("k", k, device.BF16, t*h.G*h.D)
	want("v", v, device.BF16, t*h.G*h.D)
	want("starts", starts, device.I32, docs+1)
}

// AttentionGrad writes dq[T,H,D], dk[T,G,D] and dv[T,G,D] (BF16); see
// device.Device. Memory beside the results is a number a query and head, and two
// lists of tiles.
func (w *Work) AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	wantAttention(o, lse, q, k, v, starts, docs, t, h)
	wantAttention(do, lse, dq, dk, dv, starts, docs, t, h)
	if t == 0 {
		return
	}
	delta := w.Temp(device.F32, t*h.H)
	w.Launch(Launch{
		Kernel: ofWidth("attention_grad.cu", "attention_delta", h.D), Grid: [3]int{ceil(t*h.H*h.D/8, 256)}, Block: [3]int{256},
		Args: []Arg{Ptr(delta), Buf(do), Buf(o), I(t * h.H)}, Moves: moves(do, o, delta.Buf),
	})
	keys, count := w.tiles(starts, docs, t, gradTile, false)
	queries := gradTile // of a stage
	if h.D == 128 {
		queries = 32
	}
	reads := []Arg{Buf(do), Buf(lse), Ptr(delta), Buf(q), Buf(k), Buf(v)}
	shape := []Arg{I(h.H), I(h.G), F(h.Scale)}
	w.Launch(Launch{
		Kernel: ofWidth("attention_grad.cu", "attention_dkv", h.D), Grid: [3]int{count * h.G}, Block: [3]int{128},
		Shared: 4*h.D*gradTile + 2*(4*h.D*queries+8*queries),
		Args:   args([]Arg{Buf(dk), Buf(dv)}, reads, []Arg{Ptr(keys)}, shape),
		Moves:  moves(dk, dv, do, lse, delta.Buf, q, k, v),
	})
	list, count := w.tiles(starts, docs, t, gradTile, true)
	w.Launch(Launch{
		Kernel: ofWidth("attention_grad.cu", "attention_dq", h.D), Grid: [3]int{count * h.H}, Block: [3]int{128},
		Shared: 2 * h.D * (2*gradTile + 4*keyTile),
		Args:   args([]Arg{Buf(dq)}, reads, []Arg{Ptr(list)}, shape),
		Moves:  moves(dq, do, lse, delta.Buf, q, k, v),
	})
}

// args is parts, one after the other.
func args(parts ...[]Arg) (all []Arg) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
