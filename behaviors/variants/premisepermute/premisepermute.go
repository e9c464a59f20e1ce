package premisepermute

import (
	"errors"
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/order"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Params are the parameters of premise_permute.
type Params struct {
	Copies int `json:"copies" jsonschema:"how many orders of each question" range:"1,8"`
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "premise_permute",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Copies: 4},
	Derive:  derive,
	Verify:  verify,
}

func derive(p *augment.Pass) (list []augment.Derived, err error) {
	lines := order.Lines(p)
	if len(lines) < 3 || order.Read(p) == nil {
		return nil, nil
	}
	for range p.Params.(*Params).Copies {
		q := slices.Clone(lines)
		p.Rand.Shuffle(len(q)-1, func(i, j int) { q[i], q[j] = q[j], q[i] })
		same := slices.Equal(q, lines) || slices.ContainsFunc(list, func(d augment.Derived) bool { return slices.Equal(d.Question, q) })
		if same {
			continue
		}
		list = append(list, augment.Derived{Parents: []string{p.Attempt.Trace.ID}, Question: q, Answer: []augment.Segment{augment.Whole(p.Attempt)},
			Proof: format.Proof{Grade: "computed", Detail: "replayed: against the premises in their new order"}})
	}
	return list, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	lines := order.Lines(p)
	byStart := func(a, b augment.Segment) int { return a.Start - b.Start }
	switch q := slices.Clone(d.Question); {
	case len(d.Answer) != 1 || d.Answer[0] != augment.Whole(p.Attempt) || d.Truncated || d.Truth != "":
		return errors.New("its answer is not its parent's")
	case len(q) != len(lines) || len(q) < 3 || q[len(q)-1] != lines[len(q)-1]:
		return errors.New("its question does not end in what is asked")
	case slices.Equal(q, lines):
		return errors.New("its question is its parent's")
	default:
		if slices.SortFunc(q, byStart); !slices.Equal(q, lines) {
			return errors.New("its question is not the lines of its parent's, each once")
		}
	}
	text, ok := p.Join(d.Question)
	problem := *p.Problem
	problem.Question = text
	if !ok || answer.Replay(&problem, p.Attempt.Trace.Text()) != nil {
		return errors.New("the answer does not replay against its question")
	}
	return nil
}
