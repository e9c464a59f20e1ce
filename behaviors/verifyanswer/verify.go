package verifyanswer

import (
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// verify holds a check to its promise from its text alone: it is about the value
// that the answer states, uses only numbers that this value rests on, says no
// equation that the source computed on the way, and comes either to the value or
// from it to a number of the question.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 1 || e.Steps[0].Kind != format.Check {
		return augment.Refuse("check-shape", "a check of the answer is one check")
	}
	if s.After || s.Step < 1 || s.Step != route.AnswerAt(p) {
		return augment.Refuse("check-shape", "the check does not stand before the answer")
	}
	n := final(p, s.Step)
	if n == nil || n.ID != e.Steps[0].Node {
		return augment.Refuse("check-shape", "the check is not about the value of the answer")
	}
	if err := states(p, s.Step, n); err != nil {
		return err
	}
	if err := circular(e.Steps[0].Text, n.Value); err != nil {
		return err
	}
	own, known := route.Ancestry(p, n)
	return route.Walk(e.Steps[0].Text, n.Value, own, known, givens(p.Graph, known))
}

// circular refuses a way back that takes for granted the number it arrives at.
func circular(text string, value format.Num) error {
	claims := answer.Claims(text)
	if len(claims) == 0 {
		return nil // Walk says so
	}
	end, ok := answer.Eval(claims[len(claims)-1].Expr)
	if !ok || end.Equal(value) {
		return nil
	}
	for i := range claims {
		for _, a := range answer.Operands(claims[i].Expr) {
			if a.Value.Equal(end) {
				return augment.Refuse("circular", "the check arrives at %s, which %s uses", end, claims[i].Expr)
			}
		}
	}
	return nil
}

// givens are the numbers among known that stand in the question.
func givens(g *format.Graph, known []format.Num) (ends []format.Num) {
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if n.Kind == format.GivenNode && slices.ContainsFunc(known, n.Value.Equal) {
			ends = append(ends, n.Value)
		}
	}
	return ends
}
