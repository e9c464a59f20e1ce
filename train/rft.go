package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/rl"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// Reinforcement fine-tuning, a step at a time:
//
//	deal prompts -> sample groups -> grade -> advantages -> write rollouts
//	  -> for each share of the groups: gradient of the objective -> AdamW
//	  -> metrics; every so many steps: evaluation, samples, checkpoint
//
// It is on policy: every batch is drawn with the weights that it then changes.
// Log-probabilities are recorded by the operation that the update scores with,
// so that with one update a batch every ratio is exactly 1, on a GPU within rounding;
// the metrics gap and drift show it. A group that is all right or all wrong has no gradient and costs no
// backward pass.

// An rftExtra is what a checkpoint of RFT holds beside the common state.
type rftExtra struct {
	Updates  int64 `json:"updates"`  // of the weights: a batch may have several or none
	Measured int64 `json:"measured"` // the last step that was evaluated; -1 for none
}

// A rft is a run at work.
type rft struct {
	Options
	run     *RFT
	policy  *policy
	dealer  dealer
	learner learner
	held    []prompt // none where nothing is measured
	shelf   shelf
	journal *journal
	state   state
	extra   rftExtra
	saved   struct{ Step, measured int64 } // of the newest checkpoint
	report  *RFTReport
	warned  float64 // how far the drift was that was noted last
}

// An RFTReport is what a run has to say in the end.
type RFTReport struct {
	Out        string `json:"out"`
	Model      string `json:"model,omitempty"`   // folder of the trained model; empty if the run was stopped
	Adapter    string `json:"adapter,omitempty"` // folder of its adapters alone, with lora
	Device     string `json:"device"`
	Parameters int    `json:"parameters"`
	Trained    int    `json:"trained"`          // parameters that have a gradient
	Steps      int64  `json:"steps"`            // of the run
	Done       int64  `json:"done"`             // of them
	From       int64  `json:"from"`             // where this session went on
	Tokens     int64  `json:"tokens"`           // drawn in this session
	Before     *Score `json:"before,omitempty"` // the first evaluation of this session
	After      *Score `json:"after,omitempty"`  // the last
	Bytes      int    `json:"bytes"`            // of the arena
	Memory     []Room `json:"memory"`           // its parts, and what is held beside it
}

// Train runs a run file from its start, or from the last checkpoint in its out
// folder, to its end, and measures before and after. If ctx is done it leaves
// the step it is in, writes a checkpoint and returns the error of ctx, with a
// report of how far it came. The same call then goes on to the same bits.
func (r *RFT) Train(ctx context.Context, o Options) (report *RFTReport, err error) {
	if o.Note == nil {
		o.Note = func(string) {}
	}
	t, closer, err := r.start(o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closer()) }()
	return t.loop(ctx)
}

// loop measures, steps and writes checkpoints until the run is over.
func (t *rft) loop(ctx context.Context) (*RFTReport, error) {
	for {
		err := ctx.Err()
		if err == nil {
			err = t.measure(ctx)
		}
		last := t.state.Step == t.run.Steps
		if err == nil && (last || t.state.Step > 0 && due(t.state.Step, t.run.Every.Checkpoint)) {
			err = t.checkpoint()
		}
		if err == nil && last {
			return t.report, t.export()
		}
		if err == nil {
			err = t.step(ctx)
		}
		if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) { // what was under way has changed nothing
			return t.report, errors.Join(err, t.checkpoint())
		}
		if err != nil {
			return t.report, err
		}
	}
}

// step does one step. Weights and state change only when it is whole.
func (t *rft) step(ctx context.Context) error {
	step, began := t.state.Step+1, time.Now()
	batch, err := t.dealer.draw(ctx, step, t.state.Position, t.policy.digest())
	if err != nil {
		return t.unanswered(fmt.Sprintf("step %d", step), stoppedRollouts{Step: step, Prompts: t.run.Prompts, Groups: stoppedPrompts(batch.asking)}, err)
	}
	sampled := time.Since(began)
	if _, err := WriteRollouts(t.run.Out, step, batch.rows); err != nil {
		return err
	}
	metrics, err := t.update(step, &batch)
	if err != nil {
		return err
	}
	t.state.Step, t.state.Position = step, batch.next
	all, tokens := time.Since(began).Seconds(), float64(batch.stats.Tokens)
	timing := []Metric{{"tokens_per_second", tokens / all}, {"seconds", all}, {"seconds_sampling", sampled.Seconds()}}
	if err := errors.Join(t.journal.log(step, metrics), t.journal.time(step, timing)); err != nil {
		return err
	}
	if due(step, t.run.Every.Samples) || step == 1 {
		if err := t.journal.sample(step, batch.samples()); err != nil {
			return err
		}
	}
	t.report.Done, t.report.Tokens = step, t.report.Tokens+int64(batch.stats.Tokens)
	if t.Progress != nil {
		t.Progress(Progress{step, t.run.Steps, t.report.Tokens, tokens / all, metrics})
	}
	return nil
}

// update changes the weights by what a batch teaches, and tells what it was.
func (t *rft) update(step int64, batch *drawn) ([]Metric, error) {
	var sum rl.Report
	var apart drift
	var length float64
	rate := t.run.Optimizer.Rate(step, t.run.Steps)
	parts := t.run.Objective.Updates
	for i := range parts {
		share := batch.groups[len(batch.groups)*i/parts : len(batch.groups)*(i+1)/parts]
		if len(share) == 0 {
			continue
		}
		t.policy.model.ZeroGrad()
		rep, err := t.learner.learn(responses(share))
		if err == nil && rep.Backward {
			t.extra.Updates++
			length, err = t.run.Optimizer.update(t.policy.model, t.extra.Updates, rate)
		}
		if errors.Is(err, errNotFinite) {
			return nil, t.stopped(fmt.Sprintf("step %d", step), stoppedRollouts{Step: step, Update: i + 1, Updates: parts, Rollouts: rolloutsOf(step),
				Prompts: t.run.Prompts,
				Why:     whyStopped(rep.Report, length), Groups: stoppedGroups(share)})
		}
		if err != nil {
			return nil, err
		}
		if sum.Tokens == 0 { // nothing has moved since the batch was drawn
			apart = driftOf(rep.Report)
		}
		sum.Add(rep.Report)
	}
	t.warn(step, apart)
	return slices.Concat(batch.metrics(), lossMetrics(sum, parts, length, rate), apart.metrics()), nil
}

// lossMetrics are the numbers of a batch's updates.
func lossMetrics(r rl.Report, parts int, length, rate float64) []Metric {
	n := float64(max(r.Tokens, 1))
	return []Metric{
		{"loss", r.Loss / float64(parts)}, {"kl", r.KL / n}, {"entropy", r.Entropy / n}, {"gap", r.Gap / n}, {"ratio_max", r.RatioMax},
		{"clipped", float64(r.Clipped) / n}, {"cut", float64(r.Cut)}, {"gradient", length}, {"rate", rate},
	}
}

// measure evaluates the policy where that is due and has not been done: before
// the first step, every so many, and after the last.
func (t *rft) measure(ctx context.Context) error {
	step := t.state.Step
	if len(t.held) == 0 || t.extra.Measured == step || step != 0 && step != t.run.Steps && !due(step, t.run.Every.Evaluate) {
		return nil
	}
	e := t.run.Evaluate
	s, err := t.policy.score(ctx, t.held, e.Samples, e.K, decode.Settings{Temperature: float(e.Temperature)}, t.run.Seed)
	if err != nil {
		return t.unanswered(fmt.Sprintf("evaluation after step %d", step), stoppedRollouts{Step: step, Prompts: e.Prompts, Groups: stoppedPrompts(t.held)}, err)
	}
	t.extra.Measured = step
	if t.report.After = &s; t.report.Before == nil {
		t.report.Before = &s
	}
	t.Note(fmt.Sprintf("step %d: %s", step, s))
	return t.journal.log(step, s.metrics())
}

// checkpoint writes one. That of this very step, from before its evaluation, makes
// way: a run that goes on from there would measure again.
func (t *rft) checkpoint() error {
	if t.saved.Step == t.state.Step && t.saved.measured != t.extra.Measured {
		if err := t.shelf.forget(t.state.Step); err != nil {
			return err
		}
	}
	extra, err := json.Marshal(t.extra)
	if err != nil {
		return err
	}
	t.state.Extra = extra
	if err := t.journal.sync(); err != nil {
		return err
	}
	t.saved.Step, t.saved.measured = t.state.Step, t.extra.Measured
	return t.shelf.save(t.policy.model, t.state, model.Export{From: t.run.Model.Path})
}

// export writes the trained model as Hugging Face reads it.
func (t *rft) export() (err error) {
	dir := filepath.Join(t.run.Out, modelName)
	if t.report.Model = dir; exists(dir) {
		t.Note("the run is finished; its model is in " + dir)
	}
	t.report.Adapter, err = exportModel(t.policy.model, t.run.Out, t.run.Model.Path, model.Export{Type: weights.BF16, From: t.run.Model.Path})
	return err
}

// forget removes the checkpoint of a step; it loses its name before its files.
func (h shelf) forget(step int64) error {
	name := fmt.Sprintf(checkpointAs, step)
	gone := filepath.Join(h.dir, "."+name+".partial-old")
	if err := os.Rename(filepath.Join(h.dir, name), gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(gone)
}
