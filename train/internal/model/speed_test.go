package model

import (
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// BenchmarkStep is a whole step of training (forward, loss, backward, AdamW) of
// the shapes that testdata/speed.py runs in PyTorch, at GOMAXPROCS threads.
func BenchmarkStep(b *testing.B) {
	for _, s := range []struct {
		name       string
		c          Config
		docs, each int
	}{
		{"d256", Config{Vocab: 4096, Width: 256, FFN: 1024, Layers: 4, Heads: 4, KVHeads: 4, HeadDim: 64}, 8, 256},
		{"d64", Config{Vocab: 64, Width: 64, FFN: 192, Layers: 2, Heads: 4, KVHeads: 4, HeadDim: 16}, 64, 16},
	} {
		b.Run(s.name, func(b *testing.B) {
			s.c.Eps, s.c.Theta, s.c.Family, s.c.MaxPositions, s.c.InitStd = 1e-6, 10000, "llama", s.each, .02
			m, err := New(s.c, cpu.New(0), Plan{Tokens: s.docs * s.each, Train: true})
			if err != nil {
				b.Fatal(err)
			}
			defer m.Device().Close()
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
			step := 0
			for b.Loop() {
				step++
				m.ZeroGrad()
				if err := m.Forward(batch); err != nil {
					b.Fatal(err)
				}
				m.Score(1)
				m.Backward(dlogp, nil)
				for _, p := range m.Params() {
					m.Device().AdamW(p.W, p.M, p.V, p.G, p.Act, device.Adam{LR: 1e-3, Beta1: .9, Beta2: .999, Eps: 1e-8, Decay: .01, Step: step, Scale: 1})
				}
			}
			b.ReportMetric(float64(len(batch.IDs))*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
