package shortcut

import (
	"errors"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/tries"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of shortcut: none yet.
type Params struct{}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "shortcut",
	Doc:     doc,
	Version: 1,
	Params:  &Params{},
	Derive:  derive,
	Verify:  verify,
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	if p.Verdict(p.Attempt.Trace.ID) != "right" || len(tries.Wrong(p)) == 0 {
		return nil, nil
	}
	return []augment.Derived{{
		Parents: []string{p.Attempt.Trace.ID},
		Answer:  []augment.Segment{augment.Whole(p.Attempt)},
		Proof:   format.Proof{Grade: "attempt", Detail: "right: the checker says so of the attempt alone"},
	}}, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	switch {
	case len(d.Answer) != 1 || d.Answer[0] != augment.Whole(p.Attempt) || d.Question != nil || d.Truncated || d.Truth != "":
		return errors.New("it is not the whole attempt and nothing else")
	case p.Verdict(d.Parents[0]) != "right":
		return errors.New("the attempt is not right")
	case len(tries.Wrong(p)) == 0:
		return errors.New("there is no wrong attempt beside it: it is no twin of a stitched one")
	}
	return nil
}
