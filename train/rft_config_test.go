package train

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/rl"
)

const rftHead = "version: 1\nmodel: {path: sft/model}\nprompts: corpus\nsteps: 200\nout: run\noptimizer: {lr: 0.001, schedule: constant}\n"

// TestRFTRunFile: what a run file leaves out is the algorithm's, and what it
// says replaces that.
func TestRFTRunFile(t *testing.T) {
	run, found, err := ParseRFT("dir/run.yaml", []byte(rftHead+"algorithm: dapo\nobjective: {kl: 0.001, clip_low: 0, spread: none}\n"))
	if err != nil || run == nil {
		t.Fatal(found, err)
	}
	a := run.algorithm()
	want := rl.Objective{Reduce: rl.TokenMean, ClipLow: 0, ClipHigh: .28, KL: .001}
	if a.Objective != want || !a.Dynamic || a.Advantage.Spread != rl.None {
		t.Errorf("algorithm: got %+v", a)
	}
	if run.Prompts != "dir/corpus" || run.Model.Path != "dir/sft/model" || run.Rollout.Samples != 16 || run.Objective.Updates != 1 {
		t.Errorf("run: got %+v", run)
	}
	run, _, _ = ParseRFT("run.yaml", []byte(rftHead+"algorithm: dr_grpo\nrollout: {max_tokens: 77}\n"))
	if got := run.algorithm().Objective.Length; got != 77 {
		t.Errorf("dr_grpo divides by %d, want the longest response, 77", got)
	}
	if rl.Find("dr_grpo").Objective.Length != 0 {
		t.Error("a run changed the table of algorithms")
	}
}

// TestRFTRunFileFaults: every fault is named with its place.
func TestRFTRunFileFaults(t *testing.T) {
	for _, c := range []struct{ more, want string }{
		{"algoritm: grpo\n", `run.yaml:7:1: unknown key "algoritm"; did you mean "algorithm"?`},
		{"algorithm: ppo\n", "run.yaml:7:12: algorithm: "},
		{"rollout: {temperature: 0}\n", "run.yaml:7:24: rollout.temperature: 0 draws the same response every time"},
		{"rollout: {samples: 1}\n", "run.yaml:7:20: rollout.samples: "},
		{"rollout: {prompts: 4}\nobjective: {updates: 5}\n", "run.yaml:8:22: objective.updates: 5 updates of a batch of 4 groups"},
		{"evaluate: {prompts: h, samples: 4, k: [1, 8]}\n", "run.yaml:7:39: evaluate.k: pass@8 of 4 samples"},
		{"batch: {accumulate: 2}\n", "run.yaml:7:21: batch.accumulate: "},
	} {
		run, found, err := ParseRFT("run.yaml", []byte(rftHead+c.more))
		if err != nil || run != nil || len(found) == 0 || !strings.HasPrefix(found[0].String(), c.want) {
			t.Errorf("%q: got %v, %v, want %s", c.more, found, err, c.want)
		}
	}
}
