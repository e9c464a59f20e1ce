package route

import (
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/format"
)

// maxBack bounds the equations of a way back, and maxTries the search for one.
const (
	maxBack  = 5
	maxTries = 64
)

// ToQuestion lists the ways from the value of n back to a number of the
// question: each undoes the computation of n to one of its operands, then that
// operand's, and so on. Where there are ways through other results, the short ones
// that undo only n are left out.
func ToQuestion(p *augment.Pass, n *format.Node) []Route {
	b := backer{p: p, tries: maxTries}
	b.own, _ = Ancestry(p, n)
	b.from(n, nil)
	long := func(r Route) bool { return r.far }
	if slices.ContainsFunc(b.found, long) {
		b.found = slices.DeleteFunc(b.found, func(r Route) bool { return !long(r) })
	}
	return b.found
}

type backer struct {
	p     *augment.Pass
	own   []arith.Eq // what the source computes on the way
	found []Route
	tries int
}

func (b *backer) from(n *format.Node, before []arith.Eq) {
	c := Claim(b.p, n)
	if c == nil {
		return
	}
	e := arith.Parse(c.Expr)
	if e == nil || !e.Value.Equal(n.Value) || len(c.Args) != len(e.Leaves()) {
		return
	}
	for i := range c.Args {
		if b.tries--; b.tries < 0 {
			return
		}
		m := b.p.Graph.Node(c.Args[i].Node)
		if m == nil || !m.Value.Equal(c.Args[i].Value) {
			continue
		}
		eqs, ok := e.Inverse(n.Value, i)
		if !ok || !positive(eqs) || slices.ContainsFunc(eqs, b.said) {
			continue
		}
		way := slices.Concat(before, eqs)
		switch {
		case len(way) > maxBack:
		case m.Kind == format.GivenNode && uses(way, m.Value):
			// It would arrive at a number that it took for granted.
		case m.Kind == format.GivenNode:
			b.found = append(b.found, Route{Section: "question", Eqs: way, Back: m.Value.String(), far: len(before) > 0})
		case m.Kind == format.ResultNode && m.Bound:
			b.from(m, way)
		}
	}
}

func uses(eqs []arith.Eq, x format.Num) bool {
	return slices.ContainsFunc(eqs, func(q arith.Eq) bool { return q.A.Equal(x) || q.B.Equal(x) })
}

func (b *backer) said(q arith.Eq) bool { return slices.ContainsFunc(b.own, q.Same) }

// Ancestry is what Sources is, over everything that n rests on.
func Ancestry(p *augment.Pass, n *format.Node) (own []arith.Eq, known []format.Num) {
	seen := make([]bool, len(p.Graph.Nodes)+1)
	var visit func(*format.Node)
	visit = func(n *format.Node) {
		if n == nil || n.Kind != format.ResultNode || seen[n.ID] {
			return
		}
		seen[n.ID] = true
		c := Claim(p, n)
		if c == nil {
			return
		}
		if e := arith.Parse(c.Expr); e != nil {
			own = append(own, e.Own()...)
		}
		for i := range c.Args {
			known = append(known, c.Args[i].Value)
		}
		for i := range c.Args {
			visit(p.Graph.Node(c.Args[i].Node))
		}
	}
	visit(n)
	return own, known
}
