package augment

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// GoldPrefixes lists after how many steps of an attempt a policy can be asked for
// the next one, and its answer be judged: where the next step makes one claim, whose
// value is bound. Empty for an attempt that the checker does not grade right.
func GoldPrefixes(p *format.Problem, a *format.Attempt) (list []int) {
	if verdict, _ := gradeAttempt(p, a, a.Trace.Text()); verdict != "right" {
		return nil
	}
	g := a.Graph
	if g == nil {
		g = answer.Derive(p.Question, a.Trace.Steps)
	}
	for i := range a.Trace.Steps {
		s := &a.Trace.Steps[i]
		if s.Kind == format.Answer || len(s.Claims) != 1 {
			continue
		}
		if n := g.Node(s.Claims[0].Node); n != nil && n.Bound && n.Step == s.ID && len(s.Claims[0].Args) > 1 {
			list = append(list, i)
		}
	}
	return list
}

// Sampled is a record of a problem with what a policy said as its attempts, in
// the form that the reader graft reads.
func Sampled(rec *format.Record, policy string, texts []string) *format.Record {
	out := &format.Record{Set: rec.Set, Eval: rec.Eval, Problem: rec.Problem}
	for _, text := range texts {
		if strings.TrimSpace(text) == "" {
			continue // an answer without words is no attempt
		}
		out.Attempts = append(out.Attempts, format.Attempt{Author: policy, Trace: format.Trace{Steps: ingest.Segment(text)}})
	}
	return out
}
