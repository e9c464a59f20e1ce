package model

import (
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A speed is a shape of model and batch that testdata/speed.py runs in PyTorch.
type speed struct {
	name       string
	c          Config
	docs, each int
}

var speeds = []speed{
	{"d256", Config{Vocab: 4096, Width: 256, FFN: 1024, Layers: 4, Heads: 4, KVHeads: 4, HeadDim: 64}, 8, 256},
	{"d64", Config{Vocab: 64, Width: 64, FFN: 192, Layers: 2, Heads: 4, KVHeads: 4, HeadDim: 16}, 64, 16},
}

// prepare makes the model on dev, and gives a whole step of training.
func (s speed) prepare(b *testing.B, dev device.Device) (step func()) {
	s.c.Eps, s.c.Theta, s.c.Family, s.c.MaxPositions, s.c.InitStd = 1e-6, 10000, "llama", s.each, .02
	m, err := New(s.c, dev, Plan{Tokens: s.docs * s.each, Train: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { m.Device().Close() })
	m.Init(1)
	var batch Batch
	for i := range s.docs {
		doc := make([]int32, s.each)
		for j := range doc {
			doc[j] = int32((i*31 + j*j*7) % s.c.Vocab)
		}
		batch.Add(doc)
	}
	dlogp := make([]float32, len(batch.IDs))
	for i, t := range batch.Targets {
		if t >= 0 {
			dlogp[i] = -1 / float32(len(dlogp)-s.docs)
		}
	}
	var all []device.Update
	for _, p := range m.Params() {
		all = append(all, device.Update{W: p.W, M: p.M, V: p.V, G: p.G, Act: p.Act})
	}
	n := 0
	return func() {
		n++
		m.ZeroGrad()
		if err := m.Forward(batch); err != nil {
			b.Fatal(err)
		}
		m.ScoreBackward(dlogp)
		device.AdamWAll(m.Device(), all, device.Adam{LR: 1e-3, Beta1: .9, Beta2: .999, Eps: 1e-8, Decay: .01, Step: n, Scale: 1})
	}
}

// BenchmarkStep is a whole step of training (forward, loss, backward, AdamW) as
// train's SFT takes it, at GOMAXPROCS threads.
func BenchmarkStep(b *testing.B) {
	for _, s := range speeds {
		b.Run(s.name, func(b *testing.B) {
			step := s.prepare(b, cpu.New(0))
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
			b.ReportMetric(float64(s.docs*s.each)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
