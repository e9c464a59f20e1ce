package slip

import (
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Verify checks wrong steps against the source steps that they stand for, the
// reason that doubt gives against the first of them, and that the retraction names
// every wrong value. Doubt and retraction may be one step.
func Verify(p *augment.Pass, s augment.Site, grade string, wrong []format.Step, doubt, retract *format.Step) error {
	values := make([]format.Num, len(wrong))
	found := grade != augment.Computed
	for i := range wrong {
		v, err := format.Num{}, error(nil)
		if found && i == 0 {
			v, err = convictsFound(p, s.Step, &wrong[0], doubt, grade)
		} else {
			v, err = wrongly(p, s.Step+i, &wrong[i], doubt)
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(values[:i], v.Equal) {
			return augment.Refuse("implausible", "two wrong steps state %s", v)
		}
		values[i] = v
	}
	if !found {
		if err := convicts(p, s.Step, &wrong[0], doubt, values[0]); err != nil {
			return err
		}
	}
	if retract.Refs[0] != wrong[0].Node {
		return augment.Refuse("not-withdrawn", "the retraction does not begin with the root")
	}
	for i := range values {
		if prose.Count(retract.Text, values[i]) == 0 {
			return augment.Refuse("not-withdrawn", "the retraction does not name %s", values[i])
		}
	}
	return nil
}

// wrongly checks one wrong step against the source step that it stands for.
func wrongly(p *augment.Pass, at int, s, doubt *format.Step) (v format.Num, err error) {
	if s.Kind != format.Wrong || at >= len(p.Steps()) {
		return v, augment.Refuse("shape", "a step of kind %s where a wrong step must stand", s.Kind)
	}
	src := &p.Steps()[at]
	n := Subject(p, src)
	if n == nil || n.ID != s.Node {
		return v, augment.Refuse("shape", "the wrong step is about node %d, which step %d does not compute", s.Node, src.ID)
	}
	claims := answer.Claims(s.Text)
	if len(claims) != 1 {
		return v, augment.Refuse("wrong-shape", "the wrong step makes %d claims, must make one", len(claims))
	}
	v, ok := stated(&claims[0])
	if !ok || !passes(p, src, n, v, converted(p, src, claims[0].Expr, doubt.Text)) {
		return v, augment.Refuse("implausible", "%s cannot pass for %s", claims[0].Value, n.Value)
	}
	if prose.Count(s.Text, n.Value) > 0 {
		return v, augment.Refuse("implausible", "the wrong step states the right value %s, too", n.Value)
	}
	return v, nil
}

// convicts checks the reason that the doubt gives against the root.
func convicts(p *augment.Pass, at int, wrong, doubt *format.Step, w format.Num) error {
	src := &p.Steps()[at].Claims[0]
	e := arith.Parse(src.Expr)
	if e == nil {
		return augment.Refuse("shape", "%s is not plain arithmetic", src.Expr)
	}
	claim := answer.Claims(wrong.Text)[0]
	if answer.CheckClaim(claim) == format.False {
		return failsEquation(e, w, doubt.Text)
	}
	args := answer.Operands(claim.Expr)
	if len(args) != len(src.Args) {
		return augment.Refuse("shape", "%s is not the step's computation with one slip", claim.Expr)
	}
	slips := 0
	swapped := len(args) == 2 && args[0].Value.Equal(src.Args[1].Value) && args[1].Value.Equal(src.Args[0].Value)
	for i := range args {
		if swapped || args[i].Value.Equal(src.Args[i].Value) {
			continue
		}
		slips++
		if prose.Count(doubt.Text, args[i].Value) == 0 || prose.Count(doubt.Text, src.Args[i].Value) == 0 {
			return augment.Refuse("no-reason", "the doubt does not say that %s stands for %s", args[i].Value, src.Args[i].Value)
		}
	}
	switch {
	case slips > 1:
		return augment.Refuse("shape", "%s has %d slips, must have one", claim.Expr, slips)
	case slips == 0 && !(prose.Count(doubt.Text, args[0].Value) > 0 && prose.Count(doubt.Text, args[len(args)-1].Value) > 0):
		return augment.Refuse("no-reason", "the doubt does not say what is wrong with %s", claim.Expr)
	}
	return nil
}

// failsEquation reports whether the equations of the doubt are a reason that
// convicts the outcome w.
func failsEquation(e *arith.Expr, w format.Num, text string) error {
	return among(reasons(e, e.Value, w), w, text)
}

// among reports whether the equations of a text are one of the reasons.
func among(list []reason, w format.Num, text string) error {
	var eqs []arith.Eq
	for _, c := range answer.Claims(text) {
		q := arith.Parse(c.Expr)
		if q == nil || !q.Binary() {
			return augment.Refuse("no-reason", "%s is not one operation", c.Expr)
		}
		eqs = append(eqs, arith.Eq{A: q.L.Value, Op: q.Op, B: q.R.Value, V: q.Value})
	}
	for _, r := range list {
		if slices.EqualFunc(r.eqs, eqs, arith.Eq.Same) {
			return nil
		}
	}
	return augment.Refuse("no-reason", "the doubt shows nothing that %s fails", w)
}

// Wrong checks a wrong step that nothing convicts: its text makes one claim, about
// what source step at computes, with a value that is not the right one and can pass
// for it.
func Wrong(p *augment.Pass, at int, text string) error {
	src := &p.Steps()[at]
	n := Subject(p, src)
	if n == nil {
		return augment.Refuse("no-subject", "step %d states no bound value", src.ID)
	}
	claims := answer.Claims(text)
	if len(claims) != 1 {
		return augment.Refuse("wrong-shape", "the wrong step makes %d claims, must make one", len(claims))
	}
	v, ok := stated(&claims[0])
	switch {
	case !ok:
		return augment.Refuse("wrong-shape", "the wrong value %q is no number", claims[0].Value)
	case v.Equal(n.Value):
		return augment.Refuse("wrong-is-right", "%s is what the source says", claims[0].Value)
	case !passes(p, src, n, v, false):
		return augment.Refuse("implausible", "%s cannot pass for %s", claims[0].Value, n.Value)
	case prose.Count(text, n.Value) > 0:
		return augment.Refuse("implausible", "the wrong step states the right value %s, too", n.Value)
	}
	return nil
}

// Made lists the classes of error that Wrong can judge, in the order in which to
// try them: all but unit, where the reason given decides what may pass.
func Made(p *augment.Pass, class string) []string {
	return Classes(p, class, []Weight{{"arithmetic", 6}, {"operand", 4}, {"copied", 4}, {"operator", 3}, {"off_by_one", 3}})
}
