package model

import (
	"math"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// An adapter is what LoRA puts beside a linear layer; the zero adapter is none.
type adapter struct {
	a Param // [rank, in]
	b Param // [out, rank]
}

// placeAdapter gives the linear layer of a path its adapter, if it is to have one.
func (m *Model) placeAdapter(path string, out, in int, act device.Type, arena *device.Arena) (ad adapter) {
	if m.twinOf != nil || !m.plan.LoRA.adapts(path) {
		return adapter{}
	}
	rank := m.plan.LoRA.Rank
	ad.a = m.room(Param{Name: path + ".lora_A.weight", Shape: []int{rank, in}, Decay: true}, act, arena)
	ad.b = m.room(Param{Name: path + ".lora_B.weight", Shape: []int{out, rank}, Decay: true}, act, arena)
	m.adapters = append(m.adapters, ad.a, ad.b)
	return ad
}

// InitAdapters makes fresh adapters: A from a uniform distribution between
// ±1/sqrt(in), as PEFT draws it (Kaiming with a = sqrt 5), and B of zeros, so that
// the model is its base. Each tensor has its own stream, keyed by seed and name.
func (m *Model) InitAdapters(seed uint64) {
	if len(m.adapters) == 0 {
		return
	}
	for i, p := range m.adapters {
		r, bound := stream(seed, p.Name), 1/math.Sqrt(float64(p.Shape[1]))
		m.pour(p.W, func(dst []float32, _ int) error {
			clear(dst)
			for k := range dst {
				if i%2 == 0 { // A, and then its B
					dst[k] = float32((2*r.Float64() - 1) * bound)
				}
			}
			return nil
		})
	}
	m.SyncAct()
}

// low is u[T,rank] = (Alpha/Rank)·x·Aᵀ. Backward computes it anew: that is
// rank/out of the layer's work, and no memory.
func (m *Model) low(l linear, x device.Buf, t int) device.Buf {
	rank := m.plan.LoRA.Rank
	u := cut(m.work.low, t, rank)
	m.dev.MatMul(u, x, l.adapter.a.Act, device.NT, t, rank, l.in, false)
	m.dev.Scale(u, float32(m.plan.LoRA.Scale()))
	return u
}

// adapt adds (Alpha/Rank)·(x·Aᵀ)·Bᵀ to y[t,out].
func (m *Model) adapt(l linear, y, x device.Buf, t int) {
	if l.adapter.a.W.None() {
		return
	}
	m.dev.MatMul(y, m.low(l, x, t), l.adapter.b.Act, device.NT, t, l.out, m.plan.LoRA.Rank, true)
}

// adaptGrad adds to the gradients of A and B, and the adapter's part to dx[t,in].
func (m *Model) adaptGrad(l linear, dx, dy, x device.Buf, t int) {
	if l.adapter.a.W.None() {
		return
	}
	a, b, rank := l.adapter.a, l.adapter.b, m.plan.LoRA.Rank
	m.dev.MatMul(b.G, dy, m.low(l, x, t), device.TN, l.out, rank, t, true)
	du := cut(m.work.low, t, rank) // u has done its work
	m.dev.MatMul(du, dy, b.Act, device.NN, t, rank, l.out, false)
	m.dev.Scale(du, float32(m.plan.LoRA.Scale()))
	m.dev.MatMul(a.G, du, x, device.TN, rank, l.in, t, true)
	m.dev.MatMul(dx, du, a.Act, device.NN, t, l.in, rank, true)
}

// merged are the tensors of the checkpoint with the adapters in them:
// W + (Alpha/Rank)·B·A, summed in float64 and rounded once to float32.
func (m *Model) merged() []weights.Tensor {
	tensors := m.tensors(m.params, Param.master)
	for _, l := range m.layers {
		for _, lin := range []linear{l.q, l.k, l.v, l.o, l.gate, l.up, l.down} {
			if lin.adapter.a.W.None() {
				continue
			}
			at := slices.IndexFunc(tensors, func(t weights.Tensor) bool { return t.Name == lin.w.Name })
			tensors[at].Read = m.merge(lin, tensors[at].Read)
		}
	}
	return tensors
}

// merge reads W and adds the adapter's part. A product of two float32 is exact in
// float64, so that a machine that fuses it into the sum gives the same bits.
func (m *Model) merge(l linear, read func([]float32, int) error) func([]float32, int) error {
	rank, scale := m.plan.LoRA.Rank, m.plan.LoRA.Scale()
	var a, b []float32
	sum := make([]float64, l.in)
	return func(dst []float32, from int) error {
		if a == nil {
			a, b = make([]float32, rank*l.in), make([]float32, l.out*rank)
			m.dev.Download(a, l.adapter.a.W)
			m.dev.Download(b, l.adapter.b.W)
		}
		if err := read(dst, from); err != nil { // which waits for the device
			return err
		}
		for len(dst) > 0 {
			row, column := from/l.in, from%l.in
			n := min(l.in-column, len(dst))
			clear(sum[:n])
			for r, x := range b[row*rank : (row+1)*rank] {
				for i, y := range a[r*l.in+column:][:n] {
					sum[i] += float64(x) * float64(y)
				}
			}
			for i := range n {
				delta := float64(scale * sum[i]) // rounded here, whatever the machine could fuse
				dst[i] = float32(float64(dst[i]) + delta)
			}
			dst, from = dst[n:], from+n
		}
		return nil
	}
}
