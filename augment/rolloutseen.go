package augment

import (
	"bytes"
	"fmt"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Why the samples of a rollout were judged beside no step.
const (
	rolloutNoTrace = "no-trace" // no attempt at its problem was compiled
	rolloutStale   = "stale"    // attempts were, but none of them begins with its prefix
)

// A RolloutReport accounts for the rollouts of a recipe: Rollouts = Placed + the
// sum of Unplaced, and Samples = the sum of Verdicts, where those of rollouts
// without a place are counted by the reason.
type RolloutReport struct {
	Rollouts int64            `json:"rollouts"`
	Placed   int64            `json:"placed" jsonschema:"rollouts whose prefix a compiled trace begins with"`
	Unplaced map[string]int64 `json:"unplaced" jsonschema:"the others: no-trace, where no attempt at the problem was compiled, or stale, where none begins with the prefix"`
	Samples  int64            `json:"samples"`
	Verdicts map[string]int64 `json:"verdicts" jsonschema:"samples that are proved wrong, right, something else (other) or make no claim that can be judged (unread)"`
}

// A judgement is what was made of the samples of one rollout beside one trace.
type judgement struct {
	trace    string
	verdicts map[string]int64
}

// judged is what one compiler saw of the rollouts. It does not depend on who saw
// what: of several traces that begin with a prefix, the first by name counts.
type judged struct {
	problems map[string]bool
	rollouts map[*Rollout]judgement
}

func newJudged() *judged {
	return &judged{problems: map[string]bool{}, rollouts: map[*Rollout]judgement{}}
}

// wrong lists the samples of a rollout that are proved wrong beside a step, equal
// ones once, and notes what all of them are.
func (j *judged) wrong(a *format.Attempt, at int, r *Rollout) (list []Misstep) {
	verdicts := map[string]int64{}
	defer func() { j.add(r, judgement{a.Trace.ID, verdicts}) }()
	seen := map[string]int{} // place in list, or -1
	kept := map[string]string{}
	for _, sample := range r.Samples {
		text := FirstStep(sample)
		if i, again := seen[text]; again {
			verdicts[kept[text]]++
			if i >= 0 {
				list[i].Count++
			}
			continue
		}
		t := answer.JudgeTake(a.Graph, a.Trace.Steps, at, text)
		verdicts[t.Verdict]++
		seen[text], kept[text] = -1, t.Verdict
		if t.Verdict == answer.TakeWrong {
			seen[text] = len(list)
			list = append(list, Misstep{Step: at, Text: text, Grade: OnPolicy, Class: t.Class, Count: 1})
		}
	}
	for i := range list {
		list[i].Source = fmt.Sprintf("%d of %d samples of %s", list[i].Count, len(r.Samples), r.whose())
	}
	return list
}

func (j *judged) add(r *Rollout, v judgement) {
	if was, ok := j.rollouts[r]; !ok || v.trace < was.trace {
		j.rollouts[r] = v
	}
}

// rolloutReport sums up what all compilers saw.
func (b *builder) rolloutReport() *RolloutReport {
	if b.errors == nil || len(b.errors.rollouts) == 0 {
		return nil
	}
	all := newJudged()
	for _, r := range b.refiners {
		for p := range r.compiler.judged.problems {
			all.problems[p] = true
		}
		for ro, v := range r.compiler.judged.rollouts {
			all.add(ro, v)
		}
	}
	rep := &RolloutReport{Unplaced: map[string]int64{}, Verdicts: map[string]int64{}}
	for problem, list := range b.errors.rollouts {
		for _, ro := range list {
			rep.Rollouts++
			rep.Samples += int64(len(ro.Samples))
			if v, ok := all.rollouts[ro]; ok {
				rep.Placed++
				for verdict, n := range v.verdicts {
					rep.Verdicts[verdict] += n
				}
				continue
			}
			why := rolloutNoTrace
			if all.problems[problem] {
				why = rolloutStale
			}
			rep.Unplaced[why]++
			rep.Verdicts[why] += int64(len(ro.Samples))
		}
	}
	return rep
}

// rolloutLines say what a policy's samples were, in the data card.
func rolloutLines(b *bytes.Buffer, r *Report) {
	o := r.Rollouts
	if o == nil {
		return
	}
	fmt.Fprintf(b, "\nRollouts: %d = %d after a prefix of a compiled trace", o.Rollouts, o.Placed)
	for _, why := range ByCount(o.Unplaced) {
		fmt.Fprintf(b, " + %d %s", o.Unplaced[why], why)
	}
	fmt.Fprintf(b, ". Samples: %d", o.Samples)
	for i, v := range ByCount(o.Verdicts) {
		sign := " +"
		if i == 0 {
			sign = " ="
		}
		fmt.Fprintf(b, "%s %d %s", sign, o.Verdicts[v], v)
	}
	fmt.Fprintf(b, ".\n")
}
