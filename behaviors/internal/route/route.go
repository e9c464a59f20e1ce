// Package route finds independent routes to a value that a step states, says
// them, and checks what somebody said.
package route

import (
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A Route is one independent way to a value, and the section of the phrase bank
// that tells it.
type Route struct {
	Section  string
	Eqs      []arith.Eq
	Back     string      // inverse, question: the number that it arrives at, in words
	Part     string      // parts: the operand that was taken apart
	Made     *arith.Expr // parts: what it was made of
	Parallel bool        // the equations but the last stand side by side
	far      bool        // question: it passes other results
}

const maxEquations = 4

// Of lists the routes to the value of n, of one family or all.
func Of(p *augment.Pass, n *format.Node, family string) (list []Route) {
	c := Claim(p, n)
	if c == nil {
		return nil
	}
	e := arith.Parse(c.Expr)
	if e == nil || !e.Value.Equal(n.Value) || len(c.Args) != len(e.Leaves()) {
		return nil
	}
	if family == "any" || family == "inverse" {
		for i := range c.Args {
			if eqs, ok := e.Inverse(n.Value, i); ok && sound(eqs) {
				list = append(list, Route{Section: "inverse", Eqs: eqs, Back: whence(p.Graph, &c.Args[i])})
			}
		}
	}
	if family == "any" || family == "regroup" {
		for _, eqs := range e.Regroup(nil) {
			if sound(eqs) {
				list = append(list, Route{Section: "regroup", Eqs: eqs})
			}
		}
	}
	if family == "any" || family == "parts" {
		list = append(list, parts(p, e, c)...)
	}
	own, _ := Sources(p, c)
	return slices.DeleteFunc(list, func(r Route) bool {
		return slices.ContainsFunc(r.Eqs, func(q arith.Eq) bool { return slices.ContainsFunc(own, q.Same) })
	})
}

// parts puts the computation of an earlier result in the place of an operand.
func parts(p *augment.Pass, e *arith.Expr, c *format.Claim) (list []Route) {
	for i := range c.Args {
		a := &c.Args[i]
		m := p.Graph.Node(a.Node)
		if m == nil || m.Kind != format.ResultNode || !m.Bound || !m.Value.Equal(a.Value) {
			continue
		}
		mc := Claim(p, m)
		if mc == nil {
			continue
		}
		sub := arith.Parse(mc.Expr)
		if sub == nil || !sub.Binary() || !sub.Value.Equal(m.Value) {
			continue
		}
		full := e.Replace(i, sub)
		if full == nil {
			continue
		}
		r := Route{Section: "parts", Part: a.Value.String(), Made: sub}
		if eqs := full.Distribute(); eqs != nil && sound(eqs) {
			r.Eqs, r.Parallel = eqs, true
			list = append(list, r)
		}
		for _, eqs := range full.Regroup(append(e.Own(), sub.Own()...)) {
			if sound(eqs) {
				r.Eqs, r.Parallel = eqs, false
				list = append(list, r)
			}
		}
	}
	return list
}

// sound keeps routes short and among numbers that a student would write.
func sound(eqs []arith.Eq) bool { return positive(eqs) && len(eqs) <= maxEquations }

func positive(eqs []arith.Eq) bool {
	for _, q := range eqs {
		if q.A.Sign() <= 0 || q.B.Sign() <= 0 || q.V.Sign() <= 0 {
			return false
		}
	}
	return true
}

// Claim is the claim of the source that states the value of n, or nil.
func Claim(p *augment.Pass, n *format.Node) *format.Claim {
	for i := range p.Steps() {
		if s := &p.Steps()[i]; s.ID == n.Step {
			if n.Claim < len(s.Claims) {
				return &s.Claims[n.Claim]
			}
			return nil
		}
	}
	return nil
}

// whence names an operand by where it comes from.
func whence(g *format.Graph, a *format.Arg) string {
	s := "the " + a.Value.String()
	n := g.Node(a.Node)
	switch {
	case n == nil || !n.Value.Equal(a.Value):
		return s + " I used"
	case n.Kind == format.ResultNode:
		return s + " from before"
	}
	return s + " from the question"
}

// AnswerAt returns the index of the step that states the answer: the last step,
// or the one before it. It decides from the text, as it must hold when a trace is
// read back from files; it is -1 where neither does.
func AnswerAt(p *augment.Pass) int {
	steps := p.Steps()
	for i := len(steps) - 1; i > 0 && i >= len(steps)-2; i-- {
		if _, _, _, ok := answer.Final(steps[i].Text); ok {
			return i
		}
	}
	return -1
}

// Final returns the last result computed before the answer at step i, or nil
// where the answer does not state its value.
func Final(p *augment.Pass, i int) *format.Node {
	if p.Graph == nil || i < 1 {
		return nil
	}
	at := p.Steps()[i].ID
	for k := len(p.Graph.Nodes) - 1; k >= 0; k-- {
		n := &p.Graph.Nodes[k]
		if n.Kind != format.ResultNode || n.Step >= at {
			continue
		}
		if n.Unit == "%" || prose.Count(p.Steps()[i].Text, n.Value) == 0 {
			return nil
		}
		return n
	}
	return nil
}
