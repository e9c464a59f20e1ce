package subgoalcompute

import (
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// verify holds the hops to the tree of the step's expression: each is one of its
// operations, taken once and after those that it rests on, and all of them are
// there, short of the last one or with it as the parameters say.
func verify(p *augment.Pass, s augment.Site, edit augment.Edit) error {
	if s.After || s.Step >= len(p.Steps()) {
		return augment.Refuse("shape", "the hops do not stand before a step")
	}
	if param.Known(p) {
		return verifyLine(p, s, edit)
	}
	n := subject(p, &p.Steps()[s.Step])
	if n == nil {
		return augment.Refuse("shape", "the step at hand takes no such hops")
	}
	e := tree(p, n)
	if e == nil {
		return augment.Refuse("shape", "the step at hand is not plain arithmetic")
	}
	want := e.Own()
	if !p.Params.(*Params).Through {
		want = want[:len(want)-1]
	}
	if len(edit.Steps) != len(want) {
		return augment.Refuse("shape", "%d hops, %d operations", len(edit.Steps), len(want))
	}
	done := map[*arith.Expr]bool{}
	for i := range edit.Steps {
		h := &edit.Steps[i]
		if h.Kind != format.Compute || h.Node != n.ID {
			return augment.Refuse("shape", "step %d is no hop to node %d", i, n.ID)
		}
		q, err := operation(h.Text)
		if err != nil {
			return err
		}
		if !take(e, done, q) {
			return augment.Refuse("hop-order", "%s is no operation of the step whose turn it is", h.Text)
		}
	}
	if done[e] != p.Params.(*Params).Through {
		return augment.Refuse("restatement", "the hops say the whole of the step")
	}
	return nil
}

// operation reads the one equation of a hop; no other number may stand by it.
func operation(text string) (q arith.Eq, err error) {
	claims := answer.Claims(text)
	if len(claims) != 1 {
		return q, augment.Refuse("hop-shape", "the hop makes %d claims, must make one", len(claims))
	}
	x := arith.Parse(claims[0].Expr)
	if x == nil || !x.Binary() {
		return q, augment.Refuse("hop-shape", "%s is not one operation", claims[0].Expr)
	}
	known := []format.Num{x.L.Value, x.R.Value, x.Value}
	for _, n := range prose.AppendNumbers(nil, text) {
		if !slices.ContainsFunc(known, n.Value.Equal) {
			return q, augment.Refuse("hop-shape", "the hop mentions %s, which it does not compute", n.Value)
		}
	}
	return arith.Eq{A: x.L.Value, Op: x.Op, B: x.R.Value, V: x.Value}, nil
}

// take marks the first operation of e that is q, as written, and may be done now.
func take(e *arith.Expr, done map[*arith.Expr]bool, q arith.Eq) (ok bool) {
	e.Walk(func(x *arith.Expr) {
		if !ok && x.Op == q.Op && !done[x] && x.L.Value.Equal(q.A) && x.R.Value.Equal(q.B) &&
			(x.L.Op == 0 || done[x.L]) && (x.R.Op == 0 || done[x.R]) {
			done[x], ok = true, true
		}
	})
	return ok
}
