package plain

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/reach"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/behaviors/internal/slip"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A check is a proof that a file can name. It decides from the texts, kinds,
// nodes and refs of the steps alone, so that graft check asks it again.
type check struct {
	name, doc string
	proves    []format.Kind // kinds of step whose claims it proves
	holds     func(*augment.Pass, augment.Site, *augment.Edit) error
}

var (
	talk   = []format.Kind{format.Doubt, format.Return, format.Analysis, format.Derive}
	claims = []format.Kind{format.Wrong, format.Retract, format.Fix, format.Probe, format.Check} // kinds that claim something in any words
)

var checks = []*check{
	{"claim-holds", "every equation outside wrong steps is exact", append([]format.Kind{format.Fix}, talk...), claimHolds},
	{"claim-is-wrong", "every wrong step states one value, which is not that of its node", []format.Kind{format.Wrong}, claimIsWrong},
	{"restates", "the wrong steps say the steps that follow with one slip, the doubt shows it, and the retraction names every wrong value", []format.Kind{format.Wrong, format.Doubt, format.Retract}, restates},
	{"withdraws", "the retraction names every wrong value in its text", []format.Kind{format.Retract}, withdraws},
	{"verdict-is-computed", "a check ends in the value it is about, or starts from it", []format.Kind{format.Check}, verdict},
	{"independent", "a check goes another way than the source, on its numbers alone, and arrives", []format.Kind{format.Check}, independent},
	{"missing-set-exact", "a probe names a locked result of a later step and exactly what it lacks, and no other", []format.Kind{format.Probe}, missingSet},
	{"no-claims", "no step states an equation", nil, noClaims},
	{"answer-untouched", "no step reads like a final answer", nil, answerUntouched},
}

func findCheck(name string) *check {
	if i := slices.IndexFunc(checks, func(c *check) bool { return c.name == name }); i >= 0 {
		return checks[i]
	}
	return nil
}

// verify holds an edit to its checks, and refuses it where a step claims what
// none of them proves.
func (f *form) verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if s.After != f.after() {
		return augment.Refuse("shape", "the edit stands on the other side of its step")
	}
	if err := f.shape(e.Steps); err != nil {
		return err
	}
	for _, c := range f.checks {
		if err := c.holds(p, s, &e); err != nil {
			return err
		}
	}
	for i := range e.Steps {
		st := &e.Steps[i]
		if !slices.Contains(claims, st.Kind) && len(answer.Claims(st.Text)) == 0 {
			continue
		}
		if !proved(f.checks, st.Kind) {
			return augment.Refuse("unproved", "no check of %s proves what its %s step claims", f.Name, st.Kind)
		}
	}
	return nil
}

func proved(list []*check, k format.Kind) bool {
	return slices.ContainsFunc(list, func(c *check) bool { return slices.Contains(c.proves, k) })
}

// shape holds the kinds of an edit's steps to those that the file lists. A wrong
// step stands for all that the error is carried through.
func (f *form) shape(steps []format.Step) error {
	if f.Command != nil {
		return nil
	}
	at := 0
	for _, r := range f.Steps {
		n := 0
		for at < len(steps) && steps[at].Kind.String() == r.Kind && (n == 0 || r.Kind == "wrong") {
			at, n = at+1, n+1
		}
		if n == 0 {
			return augment.Refuse("shape", "a %s step is missing", r.Kind)
		}
	}
	if at < len(steps) {
		return augment.Refuse("shape", "%d steps more than the file has", len(steps)-at)
	}
	return nil
}

func claimHolds(_ *augment.Pass, _ augment.Site, e *augment.Edit) error {
	for i := range e.Steps {
		if e.Steps[i].Kind == format.Wrong {
			continue
		}
		for _, c := range answer.Claims(e.Steps[i].Text) {
			if v := answer.CheckClaim(c); v != format.Exact {
				return augment.Refuse("false-claim", "%s = %s is %s", c.Expr, c.Value, v)
			}
		}
	}
	return nil
}

func claimIsWrong(p *augment.Pass, _ augment.Site, e *augment.Edit) error {
	for i := range e.Steps {
		st := &e.Steps[i]
		if st.Kind != format.Wrong {
			continue
		}
		n := p.Graph.Node(st.Node)
		if n == nil || len(answer.Claims(st.Text)) != 1 {
			return augment.Refuse("wrong-shape", "a wrong step states one value of one node")
		}
		if prose.Count(st.Text, n.Value) > 0 {
			return augment.Refuse("wrong-is-right", "the wrong step states %s, which is right", n.Value)
		}
	}
	return nil
}

// parts are the wrong steps of an edit, and its doubt and retraction; one step may
// be both.
func parts(e *augment.Edit) (wrong []format.Step, doubt, retract *format.Step) {
	for i := range e.Steps {
		switch st := &e.Steps[i]; st.Kind {
		case format.Wrong:
			wrong = append(wrong, *st)
		case format.Doubt:
			doubt = st
		case format.Retract:
			retract = st
		}
	}
	if doubt == nil {
		doubt = retract
	}
	return wrong, doubt, retract
}

func restates(p *augment.Pass, s augment.Site, e *augment.Edit) error {
	wrong, doubt, retract := parts(e)
	if len(wrong) == 0 || len(wrong) > 4 || retract == nil || len(retract.Refs) == 0 || s.After {
		return augment.Refuse("shape", "an edit is one to four wrong steps before theirs, and a retraction")
	}
	return slip.Verify(p, s, e.Proof.Grade, wrong, doubt, retract)
}

func withdraws(_ *augment.Pass, _ augment.Site, e *augment.Edit) error {
	wrong, _, retract := parts(e)
	if retract == nil {
		return augment.Refuse("not-withdrawn", "there is no retraction")
	}
	for i := range wrong {
		for _, c := range answer.Claims(wrong[i].Text) {
			v, ok := format.ParseNum(strings.ReplaceAll(strings.TrimLeft(c.Value, "$"), ",", ""))
			if !ok || prose.Count(retract.Text, v) == 0 {
				return augment.Refuse("not-withdrawn", "the retraction does not name %s", c.Value)
			}
		}
	}
	return nil
}

// eachCheck calls f for the check steps of an edit.
func eachCheck(p *augment.Pass, s augment.Site, e *augment.Edit, f func(*format.Node, string) error) error {
	for i := range e.Steps {
		st := &e.Steps[i]
		if st.Kind != format.Check {
			continue
		}
		n := p.Graph.Node(st.Node)
		if n == nil || !n.Bound || !s.After || n.Step != p.Steps()[s.Step].ID {
			return augment.Refuse("check-shape", "the check is not about a bound value of the step before it")
		}
		if err := f(n, st.Text); err != nil {
			return err
		}
	}
	return nil
}

func verdict(p *augment.Pass, s augment.Site, e *augment.Edit) error {
	return eachCheck(p, s, e, func(n *format.Node, text string) error {
		list := answer.Claims(text)
		if len(list) == 0 {
			return augment.Refuse("no-claim", "the check states no equation")
		}
		for _, c := range list {
			if answer.CheckClaim(c) != format.Exact {
				return augment.Refuse("false-claim", "%s = %s is not exact", c.Expr, c.Value)
			}
		}
		last, first := list[len(list)-1], list[0]
		if v, ok := format.ParseNum(strings.ReplaceAll(strings.TrimLeft(last.Value, "$"), ",", "")); ok && v.Equal(n.Value) {
			return nil
		}
		for _, o := range answer.Operands(first.Expr) {
			if o.Value.Equal(n.Value) {
				return nil
			}
		}
		return augment.Refuse("verdict", "the check neither starts from %s nor ends in it", n.Value)
	})
}

func independent(p *augment.Pass, s augment.Site, e *augment.Edit) error {
	return eachCheck(p, s, e, func(n *format.Node, text string) error { return route.Verify(p, n, text) })
}

func missingSet(p *augment.Pass, s augment.Site, e *augment.Edit) error {
	var all strings.Builder
	for i := range e.Steps {
		all.WriteString(e.Steps[i].Text)
	}
	for i := range e.Steps {
		st := &e.Steps[i]
		if st.Kind != format.Probe {
			continue
		}
		if err := reach.Verify(p, s, st, all.String()); err != nil {
			return err
		}
	}
	return nil
}

func noClaims(_ *augment.Pass, _ augment.Site, e *augment.Edit) error {
	for i := range e.Steps {
		if c := answer.Claims(e.Steps[i].Text); len(c) > 0 {
			return augment.Refuse("claim", "%s = %s stands in an edit that promises no claims", c[0].Expr, c[0].Value)
		}
	}
	return nil
}

func answerUntouched(_ *augment.Pass, _ augment.Site, e *augment.Edit) error {
	for i := range e.Steps {
		if a, _, _, ok := answer.Final(e.Steps[i].Text); ok {
			return augment.Refuse("answer", "the edit reads like the final answer %q", a)
		}
	}
	return nil
}
