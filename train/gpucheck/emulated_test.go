//go:build linux && (amd64 || arm64) && !nocuda

package gpucheck

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/cudatest"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// emulated is a GPU of C; see package cudatest.
func emulated(t *testing.T) Device {
	t.Helper()
	cudatest.Emulate(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	d, err := Open("cuda", 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// emulatedCases are what the emulation has time for: a GPU's thread is a coroutine.
var emulatedCases = []string{"Upload, Copy, Download, Zero 7", "Upload, Copy, Download, Zero 4097", "MatMul NT 3x5x7", "MatMul TN 127", "MatMul NN 64", "Add 3x5", "Scale 3x5", "AddBias, BiasGrad 3x5", "AddBias, BiasGrad 129",
	"SwiGLU, SwiGLUGrad 3x5", "Embed, EmbedGrad 3x5", "Embed, EmbedGrad 129", "RMSNorm, RMSNormGrad 5x7", "RMSNorm, RMSNormGrad 129", "Rope 1 tokens",
	"Attention, AttentionGrad one of 1, 2/1", "Attention, AttentionGrad 300,1,7, 2/1", "Score, ScoreGrad 1 tokens", "Score, ScoreGrad 7", "Logits 3", "StoreKV, Decode blocks of 64, 4/4", "AdamW 7", "AdamW 4096", "SumSquares 4096", "SumSquares 7", "Sample, Advance 61 ", "Sample, Advance 1031 "}

// TestParityOnAnEmulatedGPU runs the stages that wait for a GPU, on one that is not
// real: every operation of the backend against the CPU's.
func TestParityOnAnEmulatedGPU(t *testing.T) {
	d := emulated(t)
	about, err := d.About()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(about)
	var lines bytes.Buffer
	log := &Log{JSON: &lines}
	if err := Smoke(d, log); err != nil {
		t.Error(err)
	}
	if err := parity(d, onCPU(), small(Cases(), emulatedCases...), 48<<20, log); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(lines.String()) {
		var r Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		t.Logf("%-60s %.2f s, %.2f of the tolerance", r.Name, r.Seconds, r.Error)
		if !r.OK {
			t.Errorf("%s: %s", r.Name, r.Detail)
		}
	}
}

// TestAStepOnAnEmulatedGPU trains a small model on it and on the CPU.
func TestAStepOnAnEmulatedGPU(t *testing.T) {
	d := emulated(t)
	f := model.Fresh{Family: "qwen3", Vocab: 67, Width: 96, Layers: 2, Heads: 2, KVHeads: 1, HeadDim: 64, FFN: 100, Positions: 128}
	for name, lora := range map[string]*model.LoRA{"whole": nil, "adapters": toyAdapters} {
		r := timed(Result{Name: "three steps"}, func(r *Result) error { return threeSteps(r, d, f, lora, [2][]int{{1, 40, 3}, {66}}) })
		t.Logf("%s: %.1f s, %.2f of the tolerance: %s", name, r.Seconds, r.Error, r.Detail)
		if !r.OK {
			t.Errorf("%s: %s", name, r.Detail)
		}
	}
}

// TestJobsOnAnEmulatedGPU does every measurement of speed, and the drift of decoding,
// with numbers that are small enough.
func TestJobsOnAnEmulatedGPU(t *testing.T) {
	d := emulated(t)
	log := &Log{Table: testWriter{t}}
	l := Load{Model: "tiny", Row: 32, Rows: 2, Micro: []int{1, 2}, Tune: 1, Warm: 1, Steps: 2, Seqs: 3, Prompt: 5, New: 6, Ends: 4, Batches: 2, Prompts: 2, Samples: 2, Response: 6, Update: 2, Block: 64}
	c := Check{Device: d, Load: l, Folder: Folder(t.TempDir()), Log: log}
	jobs := Jobs([]string{"kernels", "sft", "decode", "grpo"}, []string{"tiny"})
	jobs = slices.DeleteFunc(jobs, func(j Job) bool { return j.Stage == "kernels" }) // shapes of 65,536 tokens
	left, err := c.Do(t.Context(), jobs, map[string]Load{"tiny": l})
	if err != nil || len(left) > 0 || log.Bad() != 0 {
		t.Errorf("got %v, %d left, %d bad", err, len(left), log.Bad())
	}
	held := log.Find("grpo", "GRPO step tiny", &l)
	if held == nil || held.Numbers["held MiB"] < held.Numbers["predicted MiB"] || held.Numbers["predicted MiB"] == 0 {
		t.Errorf("memory, predicted and held: %+v", held)
	}
	f := traffic{model: model.Fresh{Family: "qwen2", Vocab: 67, Width: 96, Layers: 2, Heads: 2, KVHeads: 1, HeadDim: 64, FFN: 100, Positions: 128, InitStd: .05}, seqs: 2, refills: 4, longest: 5, ends: 3}
	r := timed(Result{Stage: "parity", Name: "drift"}, func(r *Result) error { return drift(t.Context(), r, d, f) })
	log.Add(r)
	if _, counted := r.Numbers["graphs captured in refills"]; !r.OK || !counted {
		t.Errorf("drift: %+v", r)
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}
