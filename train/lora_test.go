package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// toyLoRA is a run of adapters beside a toy model that was saved.
func toyLoRA(t *testing.T, build, path, more string) *SFT {
	t.Helper()
	run := fromPath(toyRun(t, build, more), path)
	run.LoRA = &LoRARun{Rank: 3, Alpha: exact("4"), Targets: model.Targets()}
	return run
}

// A run with adapters learns, leaves its base as it was, keeps no weight of it in
// its checkpoints, and exports a model that others can read, with the adapters in it.
func TestLoRARun(t *testing.T) {
	build := toyBuild(t, toySplits())
	path := savedModel(t, build, "{}", func(m *model.Model) { // of a frozen output layer that can tell words apart
		for _, p := range m.Params() {
			edit(m, p, func(w []float32) {
				for i := range w {
					if len(p.Shape) == 2 {
						w[i] *= 15
					}
				}
			})
		}
	})
	before := bytesOf(t, path)
	run := toyLoRA(t, build, path, "steps: 60\nevery: {validate: 10, checkpoint: 10}")
	run.Batch.Accumulate, run.Optimizer.LR = 1, exact("0.05")
	var losses []float64
	report, err := run.Train(context.Background(), Options{Progress: func(p Progress) { losses = append(losses, p.Metrics[0].Value) }})
	must(t, err)
	if first, last := losses[0], losses[len(losses)-1]; last > first-0.3 {
		t.Errorf("the loss went from %.3f to %.3f", first, last)
	}
	for name, text := range bytesOf(t, path) {
		if before[name] != text {
			t.Errorf("%s of the base has changed", name)
		}
	}
	files, err := filepath.Glob(filepath.Join(run.Out, checkpoints, "step-0000000060", modelName, "*.safetensors"))
	must(t, err)
	kept := 0
	for _, f := range files {
		c, err := weights.OpenFile(f)
		must(t, err)
		for _, name := range c.Names() {
			e, _ := c.Entry(name)
			kept += e.Elements()
			if !strings.Contains(name, "lora_") {
				t.Errorf("the checkpoint holds %s", name)
			}
		}
		must(t, c.Close())
	}
	if kept != 3*report.Trained || report.Trained == 0 || report.Trained >= report.Parameters {
		t.Errorf("the checkpoint holds %d numbers, want weights and two moments of %d, of %d", kept, report.Trained, report.Parameters)
	}
	if report.Adapter != filepath.Join(run.Out, adapterName) || !exists(filepath.Join(report.Adapter, "adapter_config.json")) {
		t.Errorf("no adapter in %q", report.Adapter)
	}

	// The exported model is a base for the next run, and validates as the adapted one did.
	next := opened(t, fromPath(toyRun(t, build, "steps: 1"), report.Model))
	v, err := validate(next.model, next.validation)
	must(t, err)
	if d := v.Loss - report.Validation.Loss; d > 0.02 || d < -0.02 { // weights in bf16
		t.Errorf("the exported model has a validation loss of %g, the adapted one had %g", v.Loss, report.Validation.Loss)
	}
	base := opened(t, fromPath(toyRun(t, build, "steps: 1"), path))
	if w, err := validate(base.model, base.validation); err != nil || w.Loss < v.Loss+0.3 {
		t.Errorf("the base has a loss of %g, %v, the trained model %g: this shows nothing", w.Loss, err, v.Loss)
	}
}

// A run with adapters that is stopped after any step goes on to the same bytes:
// adapters, moments, layers that are trained whole, metrics, models; and with any
// number of threads.
func TestLoRAResumes(t *testing.T) {
	build := toyBuild(t, toySplits())
	path := savedModel(t, build, "{}", nil)
	const rest = "epochs: 2\nevery: {validate: 2, checkpoint: 3}\nkeep: 100"
	start := func(more string) *SFT {
		run := toyLoRA(t, build, path, rest+more)
		run.LoRA.Whole = []string{"norm"}
		return run
	}
	whole := start("\nthreads: 1")
	steps := trained(t, whole).Steps
	if steps < 5 {
		t.Fatalf("%d steps are too few for this test", steps)
	}
	for stop := int64(1); stop < steps; stop++ {
		run := start("\nthreads: 3")
		ctx, cancel := context.WithCancel(context.Background())
		_, err := run.Train(ctx, Options{Progress: func(p Progress) {
			if p.Step == stop {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if r := trained(t, run); r.From != stop || r.Done != steps {
			t.Errorf("went on from step %d to %d, want %d to %d", r.From, r.Done, stop, steps)
		}
		if stop%3 != 0 {
			must(t, remove(run.Out, checkpoints, fmt.Sprintf(checkpointAs, stop)))
		}
		sameRun(t, fmt.Sprintf("stopped after step %d", stop), whole.Out, run.Out)
	}
}

// Adapters mean nothing beside another base: a run whose base has changed is
// refused, and so is a checkpoint that was moved to a run on another base.
func TestLoRARefusesAnotherBase(t *testing.T) {
	build := toyBuild(t, toySplits())
	path := savedModel(t, build, "{}", nil)
	run := toyLoRA(t, build, path, "steps: 4\nevery: {checkpoint: 2}")
	trained(t, run)
	other := savedModel(t, build, "{}", func(m *model.Model) {
		edit(m, m.Params()[3], func(w []float32) { w[1] += 1e-3 })
	})
	moved := *run
	moved.Model.Path = other
	refused(t, &moved, "holds another run", "model is")
	must(t, os.Remove(filepath.Join(run.Out, runName)))
	must(t, os.RemoveAll(filepath.Join(run.Out, modelName)))
	hidden := run.Out + ".hidden"
	must(t, os.Rename(run.Out, hidden))
	fresh := toyLoRA(t, build, other, "steps: 4\nevery: {checkpoint: 2}")
	fresh.Out = run.Out
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fresh.Train(ctx, Options{}) // which makes the folder
	must(t, os.RemoveAll(filepath.Join(run.Out, checkpoints)))
	must(t, os.Rename(filepath.Join(hidden, checkpoints), filepath.Join(run.Out, checkpoints)))
	refused(t, fresh, "step-0000000004 belongs to the base", "what lies in model.path is")
}

// New control tokens are trained on purpose or not at all: their rows stand in
// embedding and output layer, which adapters leave frozen.
func TestLoRAAndNewTokens(t *testing.T) {
	old := toyBuild(t, toySplits())
	path := savedModel(t, old, "{}", nil)
	grown := toyBuild(t, toySplits())
	m, err := shard.ReadManifest(grown)
	must(t, err)
	m.Tokenizer.Vocab += 2
	for i := range m.Files {
		m.Files[i].Path = filepath.Join(grown, m.Files[i].Path)
	}
	must(t, m.Write(grown))
	const rest = "steps: 4\nevery: {checkpoint: 1}\nkeep: 9"
	refused(t, toyLoRA(t, grown, path, rest), "2 words are new, and embed_tokens is frozen", "name embed_tokens and lm_head in lora.whole")

	start := func() *SFT {
		run := toyLoRA(t, grown, path, rest)
		run.LoRA.Whole = []string{"embed_tokens", "lm_head"}
		return run
	}
	whole, parts := start(), start()
	trained(t, whole)
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := parts.Train(ctx, Options{Progress: func(p Progress) {
		if p.Step == 2 {
			cancel()
		}
	}}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	trained(t, parts)
	sameRun(t, "grown, adapted and interrupted", whole.Out, parts.Out)
	cfg, err := model.ReadConfig(filepath.Join(parts.Out, modelName))
	if err != nil || cfg.Vocab != toyVocab+2 {
		t.Errorf("the trained model has %d words, want %d: %v", cfg.Vocab, toyVocab+2, err)
	}
}

// What a run file says of adapters is checked with its place, and what it leaves
// out is filled in.
func TestLoRARunFile(t *testing.T) {
	const head = "version: 1\nmodel: {path: m}\ndata: {build: b}\nsteps: 1\noptimizer: {lr: 0.1}\nout: o\n"
	run, ds, err := ParseSFT("run.yaml", []byte(head+"lora: {rank: 6}\n"))
	if err != nil || run == nil {
		t.Fatal(ds, err)
	}
	if l := run.LoRA; float(l.Alpha) != 12 || !slices.Equal(l.Targets, model.Targets()) || len(l.Whole) != 0 {
		t.Errorf("defaults: %+v", l)
	}
	if run, _, _ := ParseSFT("run.yaml", []byte(head)); run.LoRA != nil || run.LoRA.plan() != nil {
		t.Error("adapters that nobody asked for")
	}
	for more, want := range map[string]string{
		"lora: {alpha: 4}\n":                           `run.yaml:7:7: lora: `,
		"lora: {rank: 0}\n":                            `run.yaml:7:14: lora.rank: `,
		"lora: {rank: 4, targets: [q_prj]}\n":          `run.yaml:7:27: lora.targets[0]: "q_prj"`,
		"lora: {rank: 4, targets: [v_proj, v_proj]}\n": `run.yaml:7:35: lora.targets[1]: v_proj is named twice`,
		"lora: {rank: 4, whole: [q_proj]}\n":           `run.yaml:7:25: lora.whole[0]: `,
		"lora: {rank: 4, dropout: 0.1}\n":              `run.yaml:7:17: lora: unknown key "dropout"; the keys are rank, alpha, targets, whole`,
		"lora: {rank: 4, alpha: -1}\n":                 `run.yaml:7:24: lora.alpha: `,
	} {
		run, ds, err := ParseSFT("run.yaml", []byte(head+more))
		if err != nil || run != nil || len(ds) == 0 || !strings.HasPrefix(ds[0].String(), want) {
			t.Errorf("%q: %v, %v, want %s", more, ds, err, want)
		}
	}
	_, ds, _ = ParseSFT("run.yaml", []byte(strings.Replace(head, "{path: m}", "{fresh: {width: 4, layers: 1, heads: 1, ffn: 4}}", 1)+"lora: {rank: 4}\n"))
	if len(ds) != 1 || !strings.Contains(ds[0].String(), "lora: a fresh model is random numbers") {
		t.Errorf("a fresh model: %v", ds)
	}
}

// RFT with adapters: what is drawn has the log-probabilities, to the bit, that the
// update scores it with; the reference is the base without the adapters, so that
// the divergence begins as exactly 0 and grows, and it takes no memory.
func TestRFTWithLoRA(t *testing.T) {
	prompts, path := toyPrompts(t), toyModel(t, nil)
	start := func() *RFT {
		run := toyRFT(t, prompts, path)
		run.LoRA = &LoRARun{Rank: 2, Alpha: exact("4"), Targets: model.Targets()}
		run.Objective.Updates = 1
		return run
	}
	whole := start()
	var kl, gap []float64
	report, err := whole.Train(context.Background(), Options{Progress: func(p Progress) {
		for _, m := range p.Metrics {
			switch m.Name {
			case "kl":
				kl = append(kl, m.Value)
			case "gap":
				gap = append(gap, m.Value)
			}
		}
	}})
	must(t, err)
	if len(kl) != 6 || kl[0] != 0 || kl[5] <= 0 {
		t.Errorf("the divergence from the base is %v: want 0 at first, and then more", kl)
	}
	if slices.Max(gap) != 0 || slices.Min(gap) != 0 || len(gap) != 6 {
		t.Errorf("log-probabilities of drawing and of scoring are %v apart", gap)
	}
	names := []string{}
	sum := 0
	for _, r := range report.Memory {
		names, sum = append(names, r.Name), sum+r.Bytes
	}
	if want := []string{"weights", "adapters", "optimizer", "activations", "workspace", "decoding"}; !slices.Equal(names, want) || sum != report.Bytes {
		t.Errorf("memory is %v, %d of %d bytes; want %v", names, sum, report.Bytes, want)
	}

	parts := start()
	for n := 0; ; n++ {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := parts.Train(ctx, Options{Progress: func(Progress) { cancel() }})
		cancel()
		if err == nil {
			if n < 4 {
				t.Errorf("only %d interruptions", n)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	must(t, remove(parts.Out, checkpoints))
	must(t, remove(whole.Out, checkpoints))
	sameRun(t, "interrupted", whole.Out, parts.Out)

	digest := func(run *RFT) string {
		r, closer, err := run.start(Options{Note: func(string) {}})
		must(t, err)
		defer closer()
		before := r.policy.digest()
		edit(r.policy.model, r.policy.model.Trained()[1], func(w []float32) { w[0]++ })
		if r.policy.digest() == before {
			t.Error("the digest of the policy does not see its adapters")
		}
		return before
	}
	another := start()
	another.Model.Path = toyModel(t, func(m *model.Model) { edit(m, m.Params()[3], func(w []float32) { w[0] += 1e-3 }) })
	if digest(start()) == digest(another) {
		t.Error("the digest of the policy does not see its base")
	}
}
