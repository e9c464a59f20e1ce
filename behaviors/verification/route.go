package verification

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// A route is one independent way to a value, and the section of the phrase bank
// that tells it.
type route struct {
	section  string
	eqs      []arith.Eq
	back     string      // inverse: the operand that it arrives at, in words
	part     string      // parts: the operand that was taken apart
	made     *arith.Expr // parts: what it was made of
	parallel bool        // the equations but the last stand side by side
}

const maxEquations = 4

// routesOf lists the routes to the value of n, of one family or all.
func routesOf(p *augment.Pass, n *format.Node, family string) (list []route) {
	c := claimOf(p, n)
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
				list = append(list, route{section: "inverse", eqs: eqs, back: whence(p.Graph, &c.Args[i])})
			}
		}
	}
	if family == "any" || family == "regroup" {
		for _, eqs := range e.Regroup(nil) {
			if sound(eqs) {
				list = append(list, route{section: "regroup", eqs: eqs})
			}
		}
	}
	if family == "any" || family == "parts" {
		list = append(list, parts(p, e, c)...)
	}
	own, _ := sources(p, c)
	return slices.DeleteFunc(list, func(r route) bool {
		return slices.ContainsFunc(r.eqs, func(q arith.Eq) bool { return slices.ContainsFunc(own, q.Same) })
	})
}

// parts puts the computation of an earlier result in the place of an operand.
func parts(p *augment.Pass, e *arith.Expr, c *format.Claim) (list []route) {
	for i := range c.Args {
		a := &c.Args[i]
		m := p.Graph.Node(a.Node)
		if m == nil || m.Kind != format.ResultNode || !m.Bound || !m.Value.Equal(a.Value) {
			continue
		}
		mc := claimOf(p, m)
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
		r := route{section: "parts", part: a.Value.String(), made: sub}
		if eqs := full.Distribute(); eqs != nil && sound(eqs) {
			r.eqs, r.parallel = eqs, true
			list = append(list, r)
		}
		for _, eqs := range full.Regroup(append(e.Own(), sub.Own()...)) {
			if sound(eqs) {
				r.eqs, r.parallel = eqs, false
				list = append(list, r)
			}
		}
	}
	return list
}

// sound keeps routes short and among numbers that a student would write.
func sound(eqs []arith.Eq) bool {
	for _, q := range eqs {
		if q.A.Sign() <= 0 || q.B.Sign() <= 0 || q.V.Sign() <= 0 {
			return false
		}
	}
	return len(eqs) <= maxEquations
}

func claimOf(p *augment.Pass, n *format.Node) *format.Claim {
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

// A style writes equations with the signs that the source uses.
type style struct{ times, divide string }

func styleOf(text string) style {
	st := style{"*", "/"}
	switch {
	case strings.Contains(text, "×"):
		st.times = "×"
	case strings.Contains(text, " x ") && len(prose.AppendNumbers(nil, text)) > 1:
		st.times = "x"
	}
	if strings.Contains(text, "÷") {
		st.divide = "÷"
	}
	return st
}

func (st style) op(op byte) string {
	switch op {
	case '*':
		return st.times
	case '/':
		return st.divide
	}
	return string(op)
}

func (st style) eq(q arith.Eq) string {
	return q.A.String() + " " + st.op(q.Op) + " " + q.B.String() + " = " + q.V.String()
}

func (st style) made(e *arith.Expr) string {
	if e == nil {
		return ""
	}
	return e.L.Value.String() + " " + st.op(e.Op) + " " + e.R.Value.String()
}

// list joins equations: a, b and c where the first ones stand side by side, one
// then the other where each rests on the one before.
func (st style) list(eqs []arith.Eq, parallel bool) string {
	s := st.eq(eqs[0])
	for i, q := range eqs[1:] {
		switch {
		case i == len(eqs)-2 && parallel:
			s += ", so "
		case parallel:
			s += " and "
		case i == len(eqs)-2:
			s += " and then "
		default:
			s += ", "
		}
		s += st.eq(q)
	}
	return s
}
