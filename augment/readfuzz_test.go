package augment

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// FuzzRollout reads what a file of rollouts may hold: a rollout that is accepted
// names its problem and its policy, has samples, and stands at a step of the trace,
// if at any, that comes after its prefix.
func FuzzRollout(f *testing.F) {
	f.Add(`{"question":"q","prefix":"One has 1 + 1 = 2.\n","steps":1,"samples":["2 + 2 = 5","It is 2 + 2 = 4."],"policy":"p"}`)
	f.Add(`{"problem_id":"x","steps":9007199254740993,"samples":[""],"policy":"p","temperature":"1e9","of":-1}`)
	f.Add(`{"question":"q","prefix":"One has 1 + 1 = 2.\nTwo has","samples":["#### 4"],"policy":" "}`)
	steps := ingest.Segment("One has 1 + 1 = 2.\nTwo has 2 + 2 = 4.\n#### 4")
	g := answer.Derive("q", steps)
	f.Fuzz(func(t *testing.T, line string) {
		v, err := ingest.ParseValue([]byte(line))
		if err != nil {
			return
		}
		r, err := rolloutOf(v)
		if err != nil {
			return
		}
		if r.ProblemID == "" || r.Policy == "" || len(r.Samples) == 0 {
			t.Fatalf("accepted %+v", r)
		}
		for _, only := range []bool{true, false} {
			at := r.at(steps, only)
			if at < -1 || at >= len(steps) {
				t.Fatalf("stands at step %d of %d", at, len(steps))
			}
			if at < 0 {
				continue
			}
			before := format.Trace{Steps: steps[:at]}.Text()
			if r.Prefix != "" && strings.TrimSpace(before) != strings.TrimSpace(r.Prefix) {
				t.Fatalf("stands after %q, its prefix is %q", before, r.Prefix)
			}
			j := newJudged()
			wrong := j.wrong(&format.Attempt{Trace: format.Trace{ID: "t", Steps: steps}, Graph: g}, at, r)
			var n, bad int64
			for _, k := range j.rollouts[r].verdicts {
				n += k
			}
			for _, m := range wrong {
				bad += int64(m.Count)
			}
			if n != int64(len(r.Samples)) || bad != j.rollouts[r].verdicts[answer.TakeWrong] {
				t.Fatalf("%d of %d samples are accounted for, %d wrong of %v", n, len(r.Samples), bad, j.rollouts[r].verdicts)
			}
		}
	})
}

// FuzzGraphReply reads what a model may reply when it is asked for a graph: a graph
// that holds when it is read again, or a reason.
func FuzzGraphReply(f *testing.F) {
	const reply = `{"quantities":[{"id":"a","name":"pens","step":0,"value":6},{"id":"b","name":"pens in all","step":1,"value":"24","equation":"a * 4","from":["a"]}]}`
	f.Add(reply, "stop")
	f.Add("```json\n"+reply+"\n```", "stop")
	f.Add(reply[:90], "length")
	f.Add(`{"quantities":[{"id":"a","value":null}]}`, "")
	rec := format.Record{ID: "r", Problem: format.Problem{Question: "A box has 6 pens. How many pens do 4 boxes hold?"}}
	at := format.Attempt{Trace: format.Trace{ID: "r", Steps: ingest.Segment("In all that is 24 pens.\n#### 24")}}
	if g, err := ReadGraph(&rec.Problem, &at, reply, "stop"); err != nil || g == nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, finish string) {
		g, err := ReadGraph(&rec.Problem, &at, text, finish)
		var why *answer.Misfit
		if err != nil {
			if !errors.As(err, &why) || why.Reason == "" || why.Detail == "" {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		if _, m := answer.NewDeriver().Bind(rec.Problem.Question, slices.Clone(at.Trace.Steps), g.Quantities); m != nil {
			t.Fatalf("%+v was accepted, and does not hold: %v", g, m)
		}
	})
}
