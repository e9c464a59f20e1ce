package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
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
func toyModel(t *testing.T, change func(*model.Model)) string { return toyModelOf(t, false, change) }

func toyModelOf(t *testing.T, untied bool, change func(*model.Model)) string {
	t.Helper()
	p, _, _ := toyPolicyOf(t, untied)
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

// TestRFTKilledAfterMeasuring: a measurement that is in metrics.jsonl, but in no
// checkpoint, is made again and stands there once: that before the first step, and
// that of a step whose checkpoint was written by an interruption before it.
func TestRFTKilledAfterMeasuring(t *testing.T) {
	prompts, path := toyPrompts(t), toyModel(t, nil)
	whole := toyRFT(t, prompts, path)
	_, err := whole.Train(context.Background(), Options{})
	must(t, err)
	metrics, err := os.ReadFile(filepath.Join(whole.Out, metricsName))
	must(t, err)
	for _, at := range []int64{0, 2} {
		parts := toyRFT(t, prompts, path)
		if at > 0 {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := parts.Train(ctx, Options{Progress: func(p Progress) {
				if p.Step == at {
					cancel()
				}
			}})
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			must(t, os.WriteFile(filepath.Join(parts.Out, metricsName), metrics, 0o666)) // a killed process had come to the end
		} else {
			must(t, os.MkdirAll(parts.Out, 0o777))
			for _, name := range []string{runName, metricsName, timingName, samplesName} {
				b, err := os.ReadFile(filepath.Join(whole.Out, name))
				must(t, err)
				must(t, os.WriteFile(filepath.Join(parts.Out, name), b, 0o666))
			}
		}
		r, err := parts.Train(context.Background(), Options{})
		must(t, err)
		if r.From != at {
			t.Fatalf("went on from %d, want %d", r.From, at)
		}
		if got, err := os.ReadFile(filepath.Join(parts.Out, metricsName)); err != nil || string(got) != string(metrics) {
			t.Errorf("killed after the measurement of step %d:\n%swant\n%s", at, got, metrics)
		}
	}
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
		}, `tensor "model.embed_tokens.weight": element 191 is NaN, which is no weight`},
	} {
		run := toyRFT(t, prompts, path)
		c.change(run)
		if _, err := run.Train(context.Background(), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// TestRFTFolderIsOfOneRun: a run goes on with the weights it began from alone,
// because they are its reference too; where they lie, and how often something is
// written, may change.
func TestRFTFolderIsOfOneRun(t *testing.T) {
	prompts, path := toyPrompts(t), toyModel(t, nil)
	run := toyRFT(t, prompts, path)
	run.Steps = 2
	_, err := run.Train(context.Background(), Options{})
	must(t, err)

	moved := filepath.Join(t.TempDir(), "elsewhere")
	must(t, os.CopyFS(moved, os.DirFS(path)))
	same := *run
	same.Model.Path, same.Every = moved, RFTEvery{Checkpoint: 1, Evaluate: 2}
	r, err := same.Train(context.Background(), Options{})
	if err != nil || r.From != 2 {
		t.Fatalf("the same weights elsewhere: %+v, %v", r, err)
	}
	other := *run
	other.Model.Path = toyModel(t, func(m *model.Model) { edit(m, m.Params()[0], func(w []float32) { w[0]++ }) })
	if _, err := other.Train(context.Background(), Options{}); err == nil || !strings.Contains(err.Error(), "holds another run: model is ") {
		t.Errorf("other weights under the same config.json: %v", err)
	}
}

// savedStop reads the one file that a stopped run left.
func savedStop(t *testing.T, run *RFT) (got stoppedRollouts) {
	t.Helper()
	saved, err := filepath.Glob(filepath.Join(run.Out, "stopped", "*.json"))
	if err != nil || len(saved) != 1 {
		t.Fatal(saved, err)
	}
	b, err := os.ReadFile(saved[0])
	must(t, err)
	must(t, json.Unmarshal(b, &got))
	return got
}

// TestRFTStopsOnNaNLogits: where drawing meets NaN, the prompts of the step are
// named and saved, and the checkpoint before is the last.
func TestRFTStopsOnNaNLogits(t *testing.T) {
	run := toyRFT(t, toyPrompts(t), toyModelOf(t, true, nil))
	run.Evaluate.Prompts, run.Every.Checkpoint = "", 1
	run.Objective, run.Steps = ObjectiveRun{Updates: 1}, 9
	run.Rollout.Prompts, run.Rollout.Samples, run.Rollout.MaxTokens = 1, 2, 1 // few are right: no gradient meets a 9 that was drawn
	r, closer, err := run.start(Options{Note: func(string) {}})
	must(t, err)
	poison(r.policy.model, 9)
	report, err := r.loop(context.Background())
	must(t, closer())
	if err == nil || !strings.Contains(err.Error(), "the logits are not numbers; its batch of 1 prompts begins with") || !strings.Contains(err.Error(), "is saved in "+run.Out) {
		t.Fatalf("error %v", err)
	}
	got := savedStop(t, run)
	st, _, err := shelf{dir: filepath.Join(run.Out, checkpoints)}.newest()
	must(t, err)
	if report.Done < 1 || got.Step != report.Done+1 || st.Step != report.Done || got.Position != st.Position {
		t.Errorf("stopped at step %d, position %d after %d; the last checkpoint is of step %d, position %d", got.Step, got.Position, report.Done, st.Step, st.Position)
	}
	g := got.Groups[0]
	if len(got.Groups) != 1 || !slices.Contains(g.IDs, 9) || g.ProblemID != strings.ToUpper(g.PromptID) || got.Prompts != run.Prompts {
		t.Errorf("saved %+v", got)
	}
}

// poison makes the embedding of a word infinite: whoever reads it gets NaN.
func poison(m *model.Model, word int) { fill(m, word, float32(math.Inf(1))) }

// fill makes all numbers of the embedding of a word x.
func fill(m *model.Model, word int, x float32) {
	edit(m, m.Params()[0], func(w []float32) {
		for i := range 16 {
			w[word*16+i] = x
		}
	})
}

func edit(m *model.Model, p model.Param, change func(w []float32)) {
	w := make([]float32, p.W.N)
	m.Device().Download(w, p.W)
	change(w)
	m.Device().Upload(p.W, w)
}

// TestRFTStopsOnNaN: a loss that is no number stops the run with the responses
// of the update saved, and no weight changed.
func TestRFTStopsOnNaN(t *testing.T) {
	for _, c := range []struct {
		name  string
		plant func(*rft, *drawn)
		why   string
	}{
		{"loss", func(r *rft, _ *drawn) { poison(r.learner.reference, 9) }, "the loss is NaN"},
		// Norms make 0 of a word whose squares overflow, and a loss that is a number; its gradient is ∞ · 0.
		{"gradient", func(r *rft, d *drawn) { fill(r.policy.model, 1, 1e38); d.groups[1].advantage[3] = 1e6 }, "the length of the gradient is NaN"},
		{"long gradient", func(_ *rft, d *drawn) { d.groups[1].advantage[3] = 3e38 }, "the length of the gradient is +Inf"},
		{"advantage", func(_ *rft, d *drawn) { d.groups[1].advantage[3] = float32(math.Inf(1)) }, "the loss is -Inf"},
	} {
		run := toyRFT(t, toyPrompts(t), toyModelOf(t, true, nil))
		run.Rollout.Prompts = 6 // without the one that holds 9
		r, closer, err := run.start(Options{Note: func(string) {}})
		must(t, err)
		batch, err := r.dealer.draw(context.Background(), 1, 0, "")
		must(t, err)
		c.plant(r, &batch)
		before := r.policy.digest()
		_, err = r.update(1, &batch)
		if err == nil || !strings.Contains(err.Error(), "step 1: "+c.why) || !strings.Contains(err.Error(), "update 1 of 2, of rollouts/step-00000001.parquet; its batch of 3 prompts") {
			t.Fatalf("%s: error %v", c.name, err)
		}
		if r.policy.digest() != before || r.state.Step != 0 {
			t.Errorf("%s: the weights have changed, or step %d is done", c.name, r.state.Step)
		}
		got := savedStop(t, run)
		if len(got.Groups) != 3 {
			t.Fatalf("%s: %d groups", c.name, len(got.Groups))
		}
		for i, g := range got.Groups {
			want := batch.groups[i]
			for k, s := range g.Responses {
				row := want.rows[k]
				if g.PromptID != row.PromptID || s.Sample != row.Sample || !slices.Equal(s.IDs, row.ResponseIDs) || float32(s.Advantage) != want.advantage[k] {
					t.Fatalf("%s: group %d, response %d: %+v of %s, want %+v", c.name, i, k, s, g.PromptID, row)
				}
			}
			if len(g.Responses) != 12 || !slices.Equal(g.IDs, want.prompt.ids) {
				t.Errorf("%s: group %d has %d responses to %v", c.name, i, len(g.Responses), g.IDs)
			}
		}
		must(t, closer())
	}
}
