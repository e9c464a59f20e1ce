package route

import (
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Sources lists the equations that the source used for a claim and for the
// operands it takes from earlier results, and the numbers that they rest on.
// Only the claim's own operands count as places to arrive at: they come first.
func Sources(p *augment.Pass, c *format.Claim) (own []arith.Eq, known []format.Num) {
	if e := arith.Parse(c.Expr); e != nil {
		own = e.Own()
	}
	for i := range c.Args {
		known = append(known, c.Args[i].Value)
	}
	for i := range c.Args {
		m := p.Graph.Node(c.Args[i].Node)
		if m == nil || m.Kind != format.ResultNode {
			continue
		}
		if mc := Claim(p, m); mc != nil {
			if e := arith.Parse(mc.Expr); e != nil {
				own = append(own, e.Own()...)
			}
			for j := range mc.Args {
				known = append(known, mc.Args[j].Value)
			}
		}
	}
	return own, known
}

// Verify holds the text of a check to the value of n: see Walk.
func Verify(p *augment.Pass, n *format.Node, text string) error {
	src := Claim(p, n)
	if src == nil {
		return augment.Refuse("check-shape", "the value has no claim")
	}
	own, known := Sources(p, src)
	return Walk(text, n.Value, own, known, known)
}

// Walk follows the equations of a check: each is one operation, new, on numbers
// that are known, the value at hand or results of the check, and made use of; the
// last one arrives at the value, or from the value at one of the ends.
func Walk(text string, value format.Num, own []arith.Eq, known, ends []format.Num) error {
	claims := answer.Claims(text)
	if len(claims) == 0 {
		return augment.Refuse("no-claim", "the check states no equation")
	}
	var results []format.Num
	used := make([]bool, len(claims))
	inverse := false
	for i := range claims {
		q, ok := equation(&claims[i])
		if !ok {
			return augment.Refuse("not-independent", "%s is not one operation", claims[i].Expr)
		}
		if slices.ContainsFunc(own, q.Same) {
			return augment.Refuse("restatement", "the source says %s already", claims[i].Expr)
		}
		for _, x := range [2]format.Num{q.A, q.B} {
			at := slices.IndexFunc(results, x.Equal)
			switch {
			case at >= 0:
				used[at] = true
			case x.Equal(value):
				inverse = true
			case !slices.ContainsFunc(known, x.Equal):
				return augment.Refuse("foreign-operand", "%s uses %s, which the value does not rest on", claims[i].Expr, x)
			}
		}
		results = append(results, q.V)
	}
	last := results[len(results)-1]
	if i := slices.Index(used[:len(used)-1], false); i >= 0 {
		return augment.Refuse("not-connected", "nothing is made of %s", claims[i].Expr)
	}
	switch {
	case inverse && !slices.ContainsFunc(ends, last.Equal):
		return augment.Refuse("verdict", "the check arrives at %s, where no check may end", last)
	case !inverse && !last.Equal(value):
		return augment.Refuse("verdict", "the check arrives at %s, not at %s", last, value)
	}
	return strangers(text, append(append(results, known...), value))
}

// strangers refuses prose that mentions a number from nowhere.
func strangers(text string, known []format.Num) error {
	for _, n := range prose.AppendNumbers(nil, text) {
		if !slices.ContainsFunc(known, n.Value.Equal) {
			return augment.Refuse("verdict", "the check mentions %s, which it does not compute", n.Value)
		}
	}
	return nil
}

// equation reads a claim that is one operation.
func equation(c *format.Claim) (q arith.Eq, ok bool) {
	e := arith.Parse(c.Expr)
	if e == nil || !e.Binary() {
		return q, false
	}
	return arith.Eq{A: e.L.Value, Op: e.Op, B: e.R.Value, V: e.Value}, true
}
