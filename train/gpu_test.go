//go:build linux && (amd64 || arm64) && !nocuda

package train

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/cudatest"
	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// TestRFTOnAnEmulatedGPU: steps of RFT as they are on a GPU. What is held is told
// before the first and does not grow; graphs are captured in the first step that
// has their rows and serve after every update; drawing and scoring are apart by the
// rounding of bf16, which is measured, and no more.
func TestRFTOnAnEmulatedGPU(t *testing.T) {
	cudatest.Emulate(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	cfg, err := model.Fresh{Family: "llama", Vocab: 12, Width: 64, Layers: 2, Heads: 1, KVHeads: 1, HeadDim: 64, FFN: 64, Positions: 64, InitStd: .1}.Config()
	must(t, err)
	fresh, err := openDevice("cpu", 1, cfg)
	must(t, err)
	m, err := model.New(cfg, fresh, model.Plan{Tokens: 8})
	must(t, err)
	m.Init(3)
	path := filepath.Join(t.TempDir(), "model")
	must(t, m.Save(path, model.Export{Type: weights.F32, Files: map[string][]byte{tokenizerName: digitFile(t)}}))
	must(t, fresh.Close())

	t.Run("all weights", func(t *testing.T) { rftOnGPU(t, path, nil) })
	t.Run("adapters", func(t *testing.T) {
		rftOnGPU(t, path, &LoRARun{Rank: 4, Alpha: exact("8"), Targets: []string{"q_proj", "down_proj"}})
	})
}

func rftOnGPU(t *testing.T, path string, lora *LoRARun) {
	run := toyRFT(t, toyPrompts(t), path)
	run.LoRA = lora
	run.Device, run.Batch.Tokens, run.Rollout.MaxTokens, run.Rollout.AtOnce, run.Evaluate.Prompts = "cuda", 64, 6, 8, ""
	var notes []string
	r, closer, err := run.start(Options{Note: func(s string) { notes = append(notes, s) }, Progress: func(p Progress) {
		got := map[string]float64{}
		for _, m := range p.Metrics {
			got[m.Name] = m.Value
		}
		if d := (drift{got["drift"], got["drift_k3"]}); d.mean == 0 || d.k3 == 0 || d.far() > 1 {
			t.Errorf("step %d: drift %+v", p.Step, d)
		}
	}})
	must(t, err)
	gpu := r.policy.model.Device().(cuda.GPU)
	before := gpu.Memory()
	if said, held := strings.Join(notes, "\n"), mebibytes(before.Arena+before.Scratch+before.Workspace); !strings.Contains(said, "memory: "+held+" MiB predicted = ") || !strings.Contains(said, " + scratch ") {
		t.Errorf("noted %q of %s MiB", said, held)
	}
	var captures []int
	for range 3 {
		must(t, r.step(context.Background()))
		captures = append(captures, gpu.Memory().Captures)
	}
	after := gpu.Memory()
	if after.Allocations != before.Allocations || after.Scratch != before.Scratch {
		t.Errorf("%d allocations in the steps; scratch of %d bytes, then %d", after.Allocations-before.Allocations, before.Scratch, after.Scratch)
	}
	if captures[0] == 0 || captures[2] > 4 { // of 8, 4, 2 rows and 1
		t.Errorf("graphs captured by the end of each step: %v", captures)
	}
	if r.extra.Updates == 0 {
		t.Error("no update: the test shows nothing of weights that change")
	}
	must(t, closer())
}
