package augment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/shard"
)

// An ErrorSeen is one wrong step: injected, sampled or labelled.
type ErrorSeen struct {
	Class  string      // one of answer.Classes
	Step   int         // index of the step in its trace
	Of     int         // steps of the trace
	Stated format.Num  // the wrong value
	True   *format.Num // what it should be; nil where only a label says that it is wrong
	Site   string      // problem and prefix; two errors at one site answer the same question
	Grade  string      // of proof
}

// ErrorsSeen are the wrong steps of one build, file of rollouts, or labelled set.
type ErrorsSeen struct {
	Path   string
	Kind   string // build, rollouts or set
	Errors []ErrorSeen
	Right  int64          // rollouts: samples that were right
	Other  int64          // samples or labels that could not be judged
	Tries  map[string]int // rollouts: samples by site
}

// ReadErrors gathers the wrong steps of a build's folder, a file of rollouts, or a
// file of traces with labelled or computably wrong steps.
func ReadErrors(ctx context.Context, path string) (*ErrorsSeen, error) {
	e := &ErrorsSeen{Path: path, Tries: map[string]int{}}
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.IsDir() {
		e.Kind = "build"
		return e, e.build(path)
	}
	if isRollouts(ctx, path) {
		e.Kind = "rollouts"
		return e, ReadRollouts(ctx, path, e.rollout)
	}
	e.Kind = "set"
	return e, EachRecord(ctx, path, e.record)
}

var errSeen = errors.New("seen")

func isRollouts(ctx context.Context, path string) (yes bool) {
	var o ingest.Options
	ingest.Frames(ctx, path, o, func(f ingest.Frame) error {
		if it, err := o.Parse(path, f); err == nil {
			v, err := ingest.ParseValue(it.Canonical)
			yes = err == nil && v.Has("samples", "policy")
		}
		return errSeen
	})
	return yes
}

func (e *ErrorsSeen) build(dir string) error {
	m, err := shard.ReadManifest(dir)
	if err != nil {
		return err
	}
	for row, err := range shard.Records.Rows(dir, m) {
		if err != nil {
			return err
		}
		if len(row.Edits) == 0 {
			continue
		}
		s, err := row.Sample()
		if err != nil {
			return err
		}
		question, trace, source, err := readBack(&s)
		if err != nil {
			return fmt.Errorf("%s: record %s: %w", dir, row.RecordID, err)
		}
		g := answer.Derive(question, source.Steps)
		for i := range trace.Edits {
			e.edit(s.ProblemID, g, &source, &trace, i+1)
		}
	}
	return nil
}

// edit adds the first wrong step of one edit: the others follow from it.
func (e *ErrorsSeen) edit(problem string, g *format.Graph, source, trace *format.Trace, edit int) {
	stamp := &trace.Edits[edit-1]
	for _, s := range editOf(trace, edit).Steps {
		if s.Kind != format.Wrong {
			continue
		}
		at, got := stepIndex(source.Steps, stamp.Step), answer.Claims(s.Text)
		if at < 0 || len(got) != 1 || len(source.Steps[at].Claims) != 1 {
			e.Other++
			return
		}
		src := &source.Steps[at].Claims[0]
		n := g.Node(src.Node)
		v, ok := statedValue(got[0].Value)
		if n == nil || !ok {
			e.Other++
			return
		}
		e.Errors = append(e.Errors, ErrorSeen{
			Class: answer.ClassOf(src, &got[0]), Step: at, Of: len(source.Steps), Stated: v, True: &n.Value,
			Site: siteOf(problem, format.Trace{Steps: source.Steps[:at]}.Text()), Grade: stamp.Proof.Grade,
		})
		return
	}
}

func siteOf(problem, prefix string) string { return problem + "\x00" + strings.TrimSpace(prefix) }

func (e *ErrorsSeen) rollout(r *Rollout) error {
	if r.Next == "" || r.Question == "" {
		return fmt.Errorf("%s: a rollout without question and next: what should have followed is not known; graft sample writes both", e.Path)
	}
	steps := ingest.Segment(r.Prefix)
	at := len(steps)
	steps = append(steps, format.Step{ID: at + 1, Kind: format.Compute, Text: r.Next})
	g := answer.Derive(r.Question, steps)
	site := siteOf(r.ProblemID, r.Prefix)
	step, of := at, max(r.Of, at+1)
	if r.Steps != nil {
		step = *r.Steps
	}
	for _, sample := range r.Samples {
		e.Tries[site]++
		switch t := answer.JudgeTake(g, steps, at, FirstStep(sample)); t.Verdict {
		case answer.TakeRight:
			e.Right++
		case answer.TakeWrong:
			n := g.Node(steps[at].Claims[0].Node)
			e.Errors = append(e.Errors, ErrorSeen{Class: t.Class, Step: step, Of: max(of, step+1), Stated: t.Value, True: &n.Value, Site: site, Grade: OnPolicy})
		default:
			e.Other++
		}
	}
	return nil
}

// record adds the first wrong step of each attempt: the one that is labelled, or
// the first whose arithmetic is false.
func (e *ErrorsSeen) record(rec *format.Record) error {
	for i := range rec.Attempts {
		a := &rec.Attempts[i]
		label := -1
		if len(a.Errors) > 0 {
			label = a.Errors[0].Step
		}
		for j := range a.Trace.Steps {
			got := answer.Claims(a.Trace.Steps[j].Text)
			wrong := len(got) == 1 && answer.CheckClaim(got[0]) == format.False
			if j != label && !(wrong && label < 0) {
				continue
			}
			v, ok := format.Num{}, len(got) == 1
			if ok {
				v, ok = statedValue(got[0].Value)
			}
			if !ok {
				e.Other++
				break
			}
			seen := ErrorSeen{Class: answer.ClassOf(nil, &got[0]), Step: j, Of: len(a.Trace.Steps), Stated: v,
				Site: siteOf(rec.Problem.ID, format.Trace{Steps: a.Trace.Steps[:j]}.Text()), Grade: labelledBy + rec.Set}
			if want, known := answer.Eval(got[0].Expr); known && wrong {
				seen.True = &want
			}
			e.Errors = append(e.Errors, seen)
			break
		}
	}
	return nil
}
