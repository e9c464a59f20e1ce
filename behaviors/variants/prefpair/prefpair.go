package prefpair

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/slip"
	"github.com/seed-cdf14512/graft/behaviors/internal/tries"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of pref_pair.
type Params struct {
	From  string `json:"from" jsonschema:"where the wrong way on comes from" enum:"slip,attempts,labels,any"`
	Class string `json:"class" jsonschema:"what kind of error a slip is" enum:"any,arithmetic,operand,operator,copied,off_by_one"`
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "pref_pair",
	Doc:     doc,
	Version: 2,
	Params:  &Params{From: "slip", Class: "any"},
	Derive:  derive,
	Verify:  verify,
}

// A way makes pairs from one source of errors, and proves them.
type way struct {
	derive func(*augment.Pass) (*augment.Derived, error)
	verify func(*augment.Pass, *augment.Derived) error
}

var ways = map[string]way{"slip": {fromSlip, isSlip}, "attempts": {fromAttempts, isAttempts}, "labels": {fromLabels, isLabels}}

// wayOf is the way of a pair that stands: its grade tells, where any was asked for.
func wayOf(p *augment.Pass, d *augment.Derived) way {
	from := p.Params.(*Params).From
	switch {
	case from != "any":
	case augment.Labelled(d.Proof.Grade):
		from = "labels"
	case d.Proof.Grade == augment.AnAttempt:
		from = "attempts"
	default:
		from = "slip"
	}
	return ways[from]
}

// fromAny takes the first of the ways that has something to say: another's error
// before one that is made up.
func fromAny(p *augment.Pass) (d *augment.Derived, err error) {
	for _, from := range [...]string{"labels", "attempts", "slip"} {
		if d, err = ways[from].derive(p); d != nil || err != nil {
			break
		}
	}
	return d, err
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	from := fromAny
	if w, ok := ways[p.Params.(*Params).From]; ok {
		from = w.derive
	}
	d, err := from(p)
	if d == nil || err != nil {
		return nil, err
	}
	d.Form, d.Truncated = augment.PairForm, true
	return []augment.Derived{*d}, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	if d.Form != augment.PairForm || len(d.Answer) > 1 || len(d.Chosen) != 1 || len(d.Rejected) != 1 || d.Question != nil {
		return augment.Refuse("shape", "a pair has one beginning and two ways on")
	}
	return wayOf(p, d).verify(p, d)
}

// begin is how the answer begins: the first steps, or nothing.
func begin(a *format.Attempt, steps int) []augment.Segment {
	if steps == 0 {
		return nil
	}
	return []augment.Segment{augment.Steps(a, 0, steps)}
}

// begins is how many first steps a pair begins with, or -1.
func begins(a *format.Attempt, d *augment.Derived) int {
	if len(d.Answer) == 0 {
		return 0
	}
	for k := 1; k < len(a.Trace.Steps); k++ {
		if d.Answer[0] == augment.Steps(a, 0, k) {
			return k
		}
	}
	return -1
}

func fromSlip(p *augment.Pass) (*augment.Derived, error) {
	if p.Verdict(p.Attempt.Trace.ID) != "right" {
		return nil, nil
	}
	sites := slip.Sites(p)
	var last error
	for _, k := range p.Rand.Perm(len(sites)) {
		at := sites[k].Step
		c, err := slip.Make(p, sites[k], slip.Made(p, p.Params.(*Params).Class), 0, 0)
		if err == nil {
			err = slip.Wrong(p, at, c.Steps[0].Text)
		}
		if err != nil {
			last = err
			continue
		}
		return &augment.Derived{
			Parents: []string{p.Attempt.Trace.ID}, Answer: begin(p.Attempt, at), Proof: c.Proof,
			Chosen:   []augment.Segment{augment.Steps(p.Attempt, at, at+1)},
			Rejected: []augment.Segment{augment.Stamped(format.Wrong, c.Steps[0].Text)},
		}, nil
	}
	return nil, last
}

func isSlip(p *augment.Pass, d *augment.Derived) error {
	at := begins(p.Attempt, d)
	if at < 0 || d.Chosen[0] != augment.Steps(p.Attempt, at, at+1) {
		return augment.Refuse("shape", "the better way on is not the step that follows")
	}
	if r := &d.Rejected[0]; r.Parent != "" || r.Kind != format.Wrong {
		return augment.Refuse("shape", "the worse way on is no wrong step")
	}
	if p.Verdict(d.Parents[0]) != "right" {
		return augment.Refuse("not-right", "the attempt grades %s", p.Verdict(d.Parents[0]))
	}
	return slip.Wrong(p, at, d.Rejected[0].Text)
}

// rest is what of an attempt follows its first steps, as a way on.
func rest(a *format.Attempt, steps int, wrong bool) []augment.Segment {
	s := augment.Steps(a, steps, len(a.Trace.Steps))
	s.Wrong = wrong
	return []augment.Segment{s}
}

// parting is the number of first steps that two attempts have in common.
func parting(a, b *format.Attempt) int {
	k := 0
	for k < len(a.Trace.Steps)-1 && k < len(b.Trace.Steps)-1 && a.Trace.Steps[k].Text == b.Trace.Steps[k].Text {
		k++
	}
	return k
}

func fromAttempts(p *augment.Pass) (*augment.Derived, error) {
	wrong := tries.Wrong(p)
	if p.Verdict(p.Attempt.Trace.ID) != "right" || len(wrong) == 0 {
		return nil, nil
	}
	other := &p.Others[wrong[p.Rand.IntN(len(wrong))]]
	at := parting(p.Attempt, other)
	return &augment.Derived{
		Parents: []string{p.Attempt.Trace.ID, other.Trace.ID}, Answer: begin(p.Attempt, at),
		Chosen: rest(p.Attempt, at, false), Rejected: rest(other, at, true),
		Proof: format.Proof{Grade: augment.AnAttempt, Detail: "attempts: the checker finds the chosen one right and the rejected one wrong"},
	}, nil
}

func isAttempts(p *augment.Pass, d *augment.Derived) error {
	if len(d.Parents) != 2 || p.Other(d.Parents[1]) < 0 {
		return augment.Refuse("shape", "a pair of two attempts has %d parents", len(d.Parents))
	}
	other := &p.Others[p.Other(d.Parents[1])]
	at := begins(p.Attempt, d)
	switch {
	case p.Verdict(d.Parents[0]) != "right":
		return augment.Refuse("not-right", "the chosen attempt grades %s", p.Verdict(d.Parents[0]))
	case p.Verdict(d.Parents[1]) != "wrong":
		return augment.Refuse("not-wrong", "the rejected attempt grades %s", p.Verdict(d.Parents[1]))
	case at < 0 || at != parting(p.Attempt, other):
		return augment.Refuse("shape", "the prompt does not end where the attempts part")
	case d.Chosen[0] != rest(p.Attempt, at, false)[0] || d.Rejected[0] != rest(other, at, true)[0]:
		return augment.Refuse("shape", "the two ways on are not the attempts' own")
	}
	return nil
}
