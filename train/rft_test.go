package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// toyPrompts is a build of prompts alone, with the tokenizer of toy policies.
func toyPrompts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w, err := shard.Prompts.Create(filepath.Join(dir, "prompts", "part-00000.parquet"))
	must(t, err)
	for i := range int32(9) {
		must(t, w.Write(&shard.Prompt{PromptID: string(rune('a' + i)), ProblemID: string(rune('A' + i)), PromptIDs: []int32{i, 9 - i, 1}, Checker: "number",
			GroundTruth: string(rune('0' + i)), Messages: []shard.Turn{{Role: "user", Content: "?"}}}))
	}
	f, err := w.Close()
	must(t, err)
	tok, err := shard.WriteFile(filepath.Join(dir, tokenizerName), shard.RoleData, strings.NewReader(string(digitFile(t))))
	must(t, err)
	m := &shard.Manifest{Graft: "test", Recipe: []byte("{}"), Capacity: 64, SpanNames: toyNames, Weights: shard.DefaultWeights(),
		Files: []shard.File{f, tok}, Tokenizer: shard.Tokenizer{SHA256: tok.SHA256, Vocab: 12}}
	must(t, m.Write(dir))
	return dir
}

func toyRFT(t *testing.T, prompts, path string) *RFT {
	t.Helper()
	run, ds, err := ParseRFT(filepath.Join(t.TempDir(), "run.yaml"), []byte(`version: 1
model: {path: `+path+`}
prompts: `+prompts+`
rollout: {prompts: 4, samples: 12, max_tokens: 2, stop: [<end>]}
objective: {updates: 2, kl: 0.01}
steps: 6
optimizer: {lr: 0.01, schedule: cosine}
evaluate: {prompts: `+prompts+`, samples: 2}
every: {evaluate: 2, checkpoint: 4}
out: run
`))
	must(t, err)
	if run == nil {
		t.Fatal(ds)
	}
	return run
}

// toyModel saves the weights of a toy policy.
func toyModel(t *testing.T, change func(*model.Model)) string {
	t.Helper()
	p, _, _ := toyPolicy(t)
	if change != nil {
		change(p.model)
	}
	dir := filepath.Join(t.TempDir(), "model")
	must(t, p.model.Save(dir, model.Export{Type: weights.F32, Files: map[string][]byte{tokenizerName: digitFile(t)}}))
	return dir
}

// TestRFTInterrupted: a run that is interrupted after any step, or in the middle
// of one, ends with the bytes of a run that was not.
func TestRFTInterrupted(t *testing.T) {
	prompts, path := toyPrompts(t), toyModel(t, nil)
	whole := toyRFT(t, prompts, path)
	report, err := whole.Train(context.Background(), Options{})
	must(t, err)
	if report.Done != 6 || report.Before == nil || report.After == report.Before {
		t.Errorf("report %+v", report)
	}
	asked := map[string]bool{}
	for step := range 2 {
		rows, err := parquet.ReadFile[Rollout](filepath.Join(whole.Out, "rollouts", fmt.Sprintf("step-%08d.parquet", step+1)))
		must(t, err)
		for _, r := range rows {
			asked[r.PromptID] = true
		}
	}
	if len(asked) != 8 {
		t.Errorf("two batches of 4 asked %d of 9 prompts, want 8", len(asked))
	}
	parts := toyRFT(t, prompts, path)
	for n := 0; ; n++ {
		ctx, cancel := context.WithCancel(context.Background())
		report, err := parts.Train(ctx, Options{Progress: func(Progress) { cancel() }, Note: func(note string) {
			if strings.Contains(note, "greedily") { // and again after each evaluation
				cancel()
			}
		}})
		cancel()
		if err == nil {
			if n < 5 {
				t.Errorf("only %d interruptions", n)
			}
			break
		}
		if !errors.Is(err, context.Canceled) || report.Model != "" {
			t.Fatal(report, err)
		}
	}
	must(t, remove(parts.Out, checkpoints))
	must(t, remove(whole.Out, checkpoints))
	sameRun(t, "interrupted", whole.Out, parts.Out)
}

// TestRFTRefuses: a batch that the prompts cannot fill, a model that nothing
// ends, and weights that are no numbers, stop the run by name.
func TestRFTRefuses(t *testing.T) {
	prompts, path := toyPrompts(t), toyModel(t, nil)
	for _, c := range []struct {
		change func(*RFT)
		want   string
	}{
		{func(r *RFT) { r.Rollout.Prompts = 10 }, "holds 9 prompts; a batch has 10 different ones"},
		{func(r *RFT) { r.Rollout.Stop = nil }, "nothing ends a response"},
		{func(r *RFT) { r.Rollout.Stop = []string{"<fin>"} }, `stop token "<fin>" is no token`},
		{func(r *RFT) {
			r.Model.Path = toyModel(t, func(m *model.Model) {
				p := m.Params()[0]
				m.Device().Upload(p.W, append(make([]float32, p.W.N-1), float32(math.NaN())))
			})
		}, "the logits are not numbers"},
	} {
		run := toyRFT(t, prompts, path)
		c.change(run)
		if _, err := run.Train(context.Background(), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
