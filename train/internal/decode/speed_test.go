package decode_test

import (
	"context"
	"os"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// BenchmarkGenerate decodes 64 sequences, 256 tokens after a prompt of 32, with
// nothing that ends one, at GOMAXPROCS threads: the likeliest tokens, and drawn
// ones at temperature 1. testdata/generate.py runs it beside transformers, on the
// weights that it leaves in the folder that GRAFT_WEIGHTS names.
func BenchmarkGenerate(b *testing.B) {
	for _, s := range []struct {
		name  string
		shape model.Fresh
	}{
		{"d256", model.Fresh{Vocab: 4096, Width: 256, FFN: 1024, Layers: 4, Heads: 4, KVHeads: 4, HeadDim: 64}},
		{"d64", model.Fresh{Vocab: 64, Width: 64, FFN: 192, Layers: 2, Heads: 4, KVHeads: 4, HeadDim: 16}},
	} {
		b.Run(s.name, func(b *testing.B) {
			const seqs, prompt, answer = 64, 32, 256
			s.shape.Family, s.shape.Positions, s.shape.InitStd, s.shape.Untied = "llama", prompt+answer, .02, true
			cfg, err := s.shape.Config()
			if err != nil {
				b.Fatal(err)
			}
			dev := cpu.New(0)
			defer dev.Close()
			var a device.Arena
			m, err := model.Place(cfg, dev, model.Plan{Tokens: seqs * prompt, Docs: seqs, Positions: prompt + answer}, &a)
			if err != nil {
				b.Fatal(err)
			}
			e, err := decode.Place(m, decode.Shape{Seqs: seqs, Longest: prompt + answer}, &a)
			if err != nil {
				b.Fatal(err)
			}
			if err := dev.Reserve(a.Bytes()); err != nil {
				b.Fatal(err)
			}
			m.Init(1)
			if dir := os.Getenv("GRAFT_WEIGHTS"); dir != "" {
				if err := m.Save(dir, model.Export{Type: weights.F32}); err != nil {
					b.Fatal(err)
				}
			}
			reqs := make([]decode.Request, seqs)
			for i := range reqs {
				for j := range prompt {
					reqs[i].Prompt = append(reqs[i].Prompt, int32((i*31+j*j*7)%cfg.Vocab))
				}
				reqs[i].Seed = decode.Seed(1, 0, s.name, i)
			}
			for _, how := range []struct {
				name string
				set  decode.Settings
			}{{"greedy", decode.Settings{}}, {"sampled", decode.Settings{Temperature: 1}}} {
				b.Run(how.name, func(b *testing.B) {
					var first []int32
					for b.Loop() {
						_, err := e.Run(context.Background(), reqs, how.set, decode.Limits{MaxNew: answer}, func(i int, r decode.Response) error {
							if i == 0 {
								first = r.IDs
							}
							if len(r.IDs) != answer {
								b.Errorf("response %d has %d tokens, want %d", i, len(r.IDs), answer)
							}
							return nil
						})
						if err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(seqs*answer*b.N)/b.Elapsed().Seconds(), "tokens/s")
					b.Logf("first response: %v", first)
				})
			}
		})
	}
}
