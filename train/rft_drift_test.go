package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// TestDrift: what a GPU rounds otherwise in drawing than in scoring is measured
// before the weights move, in every step, and noted where it is too much; on the CPU
// it is 0, however far the later updates of the step are from the first.
func TestDrift(t *testing.T) {
	d, _ := toyDealer(t, "objective: {updates: 3}\n")
	d.algorithm.Dynamic = false
	d.answerable()
	var notes []string
	r := &rft{Options: Options{Note: func(s string) { notes = append(notes, s) }}, run: d.run, policy: d.policy,
		learner: learner{model: d.policy.model, objective: d.algorithm.Objective, temperature: 1}}
	for _, c := range []struct {
		off   float32
		noted string
	}{
		{0, ""}, {.004, ""}, {-.006, "step 3: drawing and scoring are apart: mean |dlogp| 0.006, of at most 0.005; k3 1.8e-05, of at most 0.001"}, {.007, ""},
		{.06, "mean |dlogp| 0.06, of at most 0.005; k3 0.0018, of at most 0.001"}, // as far as k3 alone would be
	} {
		step := r.state.Step + 1
		r.state.Step = step
		batch, err := d.draw(context.Background(), step, 0, "")
		must(t, err)
		for i := range batch.rows {
			for k := range batch.rows[i].LogProbs {
				batch.rows[i].LogProbs[k] += c.off
			}
		}
		notes = nil
		metrics, err := r.update(step, &batch)
		must(t, err)
		got := map[string]float64{}
		for _, m := range metrics {
			got[m.Name] = m.Value
		}
		off := float64(-c.off) // trainer less rollout
		if k3 := math.Exp(off) - 1 - off; math.Abs(got["drift"]-math.Abs(off)) > 1e-6 || math.Abs(got["drift_k3"]-k3) > 1e-6 || c.off == 0 && (got["drift"] != 0 || got["drift_k3"] != 0) {
			t.Errorf("off by %v: drift %v, k3 %v, want %v, %v", c.off, got["drift"], got["drift_k3"], math.Abs(off), k3)
		}
		if !(got["gap"] > got["drift"]) || got["live"] == 0 {
			t.Errorf("off by %v: gap %v, live %v: the later updates moved nothing", c.off, got["gap"], got["live"])
		}
		if text := strings.Join(notes, "\n"); (text == "") != (c.noted == "") || !strings.Contains(text, c.noted) {
			t.Errorf("off by %v: noted %q, want %q", c.off, text, c.noted)
		}
	}
}

// TestPassesAreSorted: micro-batches hold every response once, with its advantage,
// those that teach first, and the longest of each kind first.
func TestPassesAreSorted(t *testing.T) {
	var all []response
	for i := range 40 {
		n := 1 + i*i%13
		all = append(all, response{prompt: make([]int32, 2+i%5), row: &Rollout{ResponseIDs: slices.Repeat([]int32{int32(i)}, n), LogProbs: slices.Repeat([]float32{-1}, n)}, advantage: float32(i%3 - 1)})
	}
	seen := map[int32]bool{}
	last, living := 1000, true
	list := passes(all, model.Plan{Tokens: 50, Docs: 4})
	for _, p := range list {
		if len(p.batch.IDs) > 50 || p.batch.Docs() > 4 || len(p.tokens.Advantage) != p.batch.Docs() {
			t.Fatalf("a micro-batch of %d tokens, %d documents, %d advantages", len(p.batch.IDs), p.batch.Docs(), len(p.tokens.Advantage))
		}
		for k, a := range p.tokens.Advantage {
			doc := p.batch.IDs[p.batch.Starts[k]:p.batch.Starts[k+1]]
			name := doc[len(doc)-1]
			if seen[name] || a != all[name].advantage || len(doc) != all[name].length() {
				t.Errorf("response %d: seen before: %v; advantage %v of %v, %d tokens of %d", name, seen[name], a, all[name].advantage, len(doc), all[name].length())
			}
			seen[name] = true
			if living && a == 0 {
				living, last = false, 1000
			}
			if len(doc) > last || !living && a != 0 {
				t.Errorf("response %d of %d tokens, advantage %v, comes after one of %d", name, len(doc), a, last)
			}
			last = len(doc)
		}
	}
	if len(seen) != len(all) || len(list) < 5 {
		t.Errorf("%d responses of %d in %d micro-batches", len(seen), len(all), len(list))
	}
}

// TestSizesAreFixedBeforeSplitting: the gradient of a batch is the same, but for
// rounding, in one micro-batch and in many.
func TestSizesAreFixedBeforeSplitting(t *testing.T) {
	for _, algorithm := range []string{"grpo", "dapo"} { // means over sequences, and over tokens
		d, _ := toyDealer(t, "algorithm: "+algorithm+"\n")
		d.algorithm.Dynamic = false
		d.answerable()
		d.policy.limits.MaxNew = 5
		batch, err := d.draw(context.Background(), 1, 0, "")
		must(t, err)
		m := d.policy.model
		l, all := learner{model: m, objective: d.algorithm.Objective, temperature: 1}, responses(batch.groups)
		gradient := func() (g []float32) {
			for _, p := range m.Params() {
				g = append(g, make([]float32, p.G.N)...)
				m.Device().Download(g[len(g)-p.G.N:], p.G)
			}
			m.ZeroGrad()
			return g
		}
		m.ZeroGrad()
		few, err := l.learn(all)
		must(t, err)
		want := gradient()
		var many lesson
		size := rl.Size{Sequences: len(all)}
		for i := range all {
			size.Tokens += len(all[i].row.ResponseIDs)
		}
		for _, p := range passes(all, model.Plan{Tokens: 9, Docs: 2}) {
			rep, err := l.pass(&p, size)
			must(t, err)
			many.Add(rep.Report)
		}
		got := gradient()
		top := float64(0)
		for _, w := range want {
			top = max(top, math.Abs(float64(w)))
		}
		for i := range want {
			if diff := math.Abs(float64(got[i] - want[i])); diff > 1e-5*top {
				t.Fatalf("%s: the gradient of weight %d is %v in many micro-batches, and %v in few", algorithm, i, got[i], want[i])
			}
		}
		if few.Tokens != many.Tokens || math.Abs(few.Loss-many.Loss) > 1e-6 || top == 0 {
			t.Errorf("%s: %+v, then %+v", algorithm, few, many)
		}
	}
}
