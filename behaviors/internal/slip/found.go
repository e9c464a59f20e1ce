package slip

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// found takes a wrong step that the recipe's error sources know: one drawn by how
// often it was made among those of the best source. nil where there is none of the
// classes asked for.
func found(p *augment.Pass, at int, classes []string) (*root, error) {
	var list []augment.Misstep
	for _, m := range p.MisstepsAt(at) {
		if len(classes) > 1 || m.Class == classes[0] {
			list = append(list, m)
		}
	}
	var err error
	for len(list) > 0 {
		best, sum := 0, 0
		for best < len(list) && list[best].Grade == list[0].Grade {
			sum += list[best].Count
			best++
		}
		r, pick := p.Rand.IntN(sum), 0
		for r >= list[pick].Count {
			r -= list[pick].Count
			pick++
		}
		var w *root
		if w, err = adopt(p, at, list[pick]); err == nil {
			return w, nil
		}
		list = append(list[:pick:pick], list[pick+1:]...)
	}
	return nil, err
}

// adopt makes a root of a step that was found, and looks for the reason by which
// it will be found out.
func adopt(p *augment.Pass, at int, m augment.Misstep) (*root, error) {
	s := &p.Steps()[at]
	n := Subject(p, s)
	if n == nil {
		return nil, augment.Refuse("no-subject", "the step does not state one bound value")
	}
	t, err := take(p, at, m.Text, m.Grade)
	if err != nil {
		return nil, err
	}
	r, ok := against(p, s, n, t)
	if !ok {
		return nil, augment.Refuse("no-reason", "no reason convicts %s = %s", t.Claim.Expr, t.Claim.Value)
	}
	return &root{misstep: misstep{n, t.Value, m.Text}, slip: m.Class, reason: r, grade: m.Grade, source: m.Source}, nil
}

// take judges a step that was found, and refuses what its grade does not cover or
// what a retraction could not withdraw by its value.
func take(p *augment.Pass, at int, text, grade string) (answer.Take, error) {
	s := &p.Steps()[at]
	n := p.Graph.Node(s.Claims[0].Node)
	t := answer.JudgeTake(p.Graph, p.Steps(), at, text)
	switch {
	case t.Verdict == answer.TakeUnread:
		return t, augment.Refuse("wrong-shape", "the wrong step makes no claim, or several, or one that cannot be computed")
	case t.Verdict == answer.TakeRight || t.Value.Equal(n.Value):
		return t, augment.Refuse("wrong-is-right", "%s = %s is what the source says", t.Claim.Expr, t.Claim.Value)
	case t.Verdict == answer.TakeOther && !augment.Labelled(grade):
		return t, augment.Refuse("not-proved", "%s = %s may be another way to the answer", t.Claim.Expr, t.Claim.Value)
	case t.Value.Sign() <= 0 || !arith.Short(t.Value):
		return t, augment.Refuse("implausible", "%s cannot be said again", t.Claim.Value)
	case prose.Count(text, n.Value) > 0:
		return t, augment.Refuse("implausible", "the wrong step states the right value %s, too", n.Value)
	}
	for i := range p.Graph.Nodes {
		if p.Graph.Nodes[i].Value.Equal(t.Value) {
			return t, augment.Refuse("ambiguous-value", "%s is the value of another quantity, too", t.Value)
		}
	}
	return t, nil
}

// against finds a reason against a step that was found: an equation that its value
// fails, what was meant, or, where only a label says that it is wrong, none.
func against(p *augment.Pass, s *format.Step, n *format.Node, t answer.Take) (r reason, ok bool) {
	e := arith.Parse(s.Claims[0].Expr)
	switch w := arith.Parse(t.Claim.Expr); {
	case t.Verdict == answer.TakeOther:
		return reason{section: "unfounded"}, true
	case e == nil || w == nil:
		return r, false
	case answer.CheckClaim(t.Claim) == format.False:
		list := foundReasons(w, t.Value)
		if len(list) == 0 {
			return r, false
		}
		return list[p.Rand.IntN(len(list))], true
	case t.Arg >= 0:
		sl := slip{arg: t.Arg, meant: s.Claims[0].Args[t.Arg].Value, taken: answer.Operands(t.Claim.Expr)[t.Arg].Value}
		return sl.doubt(p, n, e)
	case e.Binary() && w.Binary():
		sl := slip{op: w.Op, arg: -1}
		return sl.doubt(p, n, e)
	}
	return r, false
}

// foundReasons lists the equations by which the outcome v of w shows itself wrong,
// or, where no test does, the operation worked out again: an error that was made up
// may be passed over, a model's own should not be.
func foundReasons(w *arith.Expr, v format.Num) []reason {
	list := reasons(w, w.Value, v)
	if len(list) > 0 || !w.Binary() || !arith.Short(w.Value) || w.Value.Sign() <= 0 {
		return list
	}
	eqs := []arith.Eq{{A: w.L.Value, Op: w.Op, B: w.R.Value, V: w.Value}}
	return []reason{{section: "redo", eqs: eqs, vars: []string{"eqs", said(eqs)}}}
}

// convictsFound checks a root that was found, and the reason that the doubt gives
// against it. What only a label says needs no reason.
func convictsFound(p *augment.Pass, at int, wrong, doubt *format.Step, grade string) (format.Num, error) {
	src := &p.Steps()[at]
	n := Subject(p, src)
	if wrong.Kind != format.Wrong || n == nil || n.ID != wrong.Node {
		return format.Num{}, augment.Refuse("shape", "the wrong step is about node %d, which step %d does not compute", wrong.Node, src.ID)
	}
	t, err := take(p, at, wrong.Text, grade)
	switch {
	case err != nil:
		return t.Value, err
	case t.Verdict == answer.TakeOther:
		return t.Value, nil
	case answer.CheckClaim(t.Claim) == format.False:
		e := arith.Parse(t.Claim.Expr)
		if e == nil {
			return t.Value, augment.Refuse("shape", "%s is not plain arithmetic", t.Claim.Expr)
		}
		return t.Value, among(foundReasons(e, t.Value), t.Value, doubt.Text)
	}
	return t.Value, convicts(p, at, wrong, doubt, t.Value)
}
