package augment

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/strict"
)

// A Rollout is what one policy said when it was asked to go on after some of the
// steps of a trace: a line of the files that graft sample --prefix-steps writes,
// or a row of a Parquet file with the same columns. Of problem_id and question one
// is enough; of prefix and steps, where the problem has one attempt.
type Rollout struct {
	ProblemID   string   `json:"problem_id,omitempty" jsonschema:"identity of the problem, as records have it"`
	System      string   `json:"system,omitempty" jsonschema:"system text of the problem, where problem_id is missing"`
	Question    string   `json:"question,omitempty"`
	Prefix      string   `json:"prefix,omitempty" jsonschema:"text of the source's steps that the policy was given, byte for byte"`
	Steps       *int     `json:"steps,omitempty" jsonschema:"number of those steps"`
	Of          int      `json:"of,omitempty" jsonschema:"number of steps of the whole trace"`
	Next        string   `json:"next,omitempty" jsonschema:"the source's own next step"`
	Samples     []string `json:"samples" jsonschema:"what the policy said, k times"`
	Policy      string   `json:"policy" jsonschema:"digest of the policy's weights, or its name where they are not at hand"`
	Model       string   `json:"model,omitempty" jsonschema:"name of the policy"`
	Temperature string   `json:"temperature,omitempty" jsonschema:"sampling temperature, as a decimal"`
	Seed        string   `json:"seed,omitempty"`
}

// ReadRollouts reads a file of rollouts, JSON lines or Parquet, in its order. An
// error names the file and the line of what is wrong.
func ReadRollouts(ctx context.Context, path string, yield func(*Rollout) error) error {
	var o ingest.Options
	return ingest.Frames(ctx, path, o, func(f ingest.Frame) error {
		it, err := o.Parse(path, f)
		if err != nil {
			return err
		}
		v, err := ingest.ParseValue(it.Canonical)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, f.Line, err)
		}
		r, err := rolloutOf(v)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, f.Line, err)
		}
		return yield(r)
	})
}

var rolloutKeys = []string{"problem_id", "system", "question", "prefix", "steps", "of", "next", "samples", "policy", "model", "temperature", "seed"}

func rolloutOf(v *ingest.Value) (*Rollout, error) {
	for i := range v.Members {
		if k := v.Members[i].Key; !slices.Contains(rolloutKeys, k) {
			return nil, fmt.Errorf("no rollout: unknown key %q%s", strict.Short(k), strict.Suggest("keys", k, rolloutKeys))
		}
	}
	text := func(key string) string { return v.Key(key).Text() }
	r := &Rollout{
		ProblemID: text("problem_id"), System: text("system"), Question: text("question"), Prefix: text("prefix"), Next: text("next"),
		Policy: text("policy"), Model: text("model"), Temperature: text("temperature"), Seed: text("seed"),
	}
	if s := v.Key("steps"); s != nil && s.Type != ingest.Null {
		n, ok := s.Int()
		if !ok || n < 0 {
			return nil, fmt.Errorf("no rollout: steps is %s; it must be a whole number from 0", strict.Short(s.Text()))
		}
		r.Steps = &n
	}
	if of, ok := v.Key("of").Int(); ok {
		r.Of = of
	}
	samples := v.Key("samples")
	switch {
	case r.ProblemID == "" && r.Question == "":
		return nil, fmt.Errorf("no rollout: it names no problem; problem_id or question must be there")
	case r.Policy == "":
		return nil, fmt.Errorf("no rollout: policy must say whose words these are")
	case !samples.Is(ingest.Array) || len(samples.Items) == 0:
		return nil, fmt.Errorf("no rollout: samples must be a list of texts, one at least")
	}
	if r.Prefix == "" && r.Steps == nil {
		r.Steps = new(int)
	}
	for i := range samples.Items {
		if !samples.Items[i].Is(ingest.String) {
			return nil, fmt.Errorf("no rollout: samples[%d] is %s; it must be text", i, samples.Items[i].Type)
		}
		r.Samples = append(r.Samples, samples.Items[i].Str())
	}
	if r.ProblemID == "" {
		r.ProblemID = ingest.ProblemID(r.System, r.Question)
	}
	return r, nil
}

// at is the index of the step that the samples stand for, or -1 where the trace
// does not begin with the rollout's prefix.
func (r *Rollout) at(steps []format.Step, only bool) int {
	if r.Prefix == "" {
		if *r.Steps < len(steps) && (only || *r.Steps == 0) {
			return *r.Steps
		}
		return -1
	}
	n := 0
	for i := range steps {
		if n >= len(r.Prefix) {
			break
		}
		rest := r.Prefix[n:]
		if !strings.HasPrefix(rest, steps[i].Text) && strings.TrimRight(rest, " \t\r\n") != strings.TrimRight(steps[i].Text, " \t\r\n") {
			return -1
		}
		if n += len(steps[i].Text); n >= len(r.Prefix) && (r.Steps == nil || *r.Steps == i+1) && i+1 < len(steps) {
			return i + 1
		}
	}
	return -1
}

// whose names the policy for a proof.
func (r *Rollout) whose() string {
	s := "policy " + oneWord(r.Policy)
	if r.Temperature != "" {
		s += " at temperature " + oneWord(r.Temperature)
	}
	return s
}

func oneWord(s string) string { return strict.Short(strings.Join(strings.Fields(s), " ")) }

// FirstStep is the first step of a sample that states something: what the policy
// wrote up to it, it included. It is empty where the sample states nothing before
// its final answer.
func FirstStep(sample string) string {
	var b strings.Builder
	for _, s := range ingest.Segment(sample) {
		if s.Kind == format.Answer {
			return ""
		}
		b.WriteString(s.Text)
		if claims(s.Text) {
			return strings.TrimSpace(b.String())
		}
	}
	return ""
}
