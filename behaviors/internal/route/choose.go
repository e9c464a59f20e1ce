package route

import (
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// Checkable is a quick look before the expression is taken apart: two operands
// or more, none of which makes the step trivial.
func Checkable(c *format.Claim) bool {
	one := format.Int(1)
	for i := range c.Args {
		if v := &c.Args[i].Value; v.Sign() <= 0 || v.Equal(one) {
			return false
		}
	}
	return len(c.Args) > 1
}

// Stated returns the last node that step i states and that can be checked by a
// route of the family, or nil.
func Stated(p *augment.Pass, i int, family string) *format.Node {
	claims := p.Steps()[i].Claims
	for j := len(claims) - 1; j >= 0; j-- {
		n := p.Graph.Node(claims[j].Node)
		if n != nil && n.Bound && n.Kind == format.ResultNode && n.Step == p.Steps()[i].ID && n.Claim == j &&
			n.Unit != "%" && Checkable(&claims[j]) && (family != "regroup" || len(claims[j].Args) > 2) {
			return n
		}
	}
	return nil
}

// Choose draws a family of routes first, so that a step with many inverses is
// not always undone.
func Choose(p *augment.Pass, routes []Route) Route {
	var families []string
	for i := range routes {
		if !slices.Contains(families, routes[i].Section) {
			families = append(families, routes[i].Section)
		}
	}
	family := families[p.Rand.IntN(len(families))]
	n, chosen := 0, 0
	for i := range routes {
		if routes[i].Section != family {
			continue
		}
		if n++; p.Rand.IntN(n) == 0 {
			chosen = i
		}
	}
	return routes[chosen]
}

// Say tells the route in the words of the section, with the signs of the text
// that it checks.
func (r Route) Say(p *augment.Pass, n *format.Node, like string) string {
	return p.Phrases.Say(r.Section, r.Vars(n, like)...)
}

// Vars are the vars of a phrase bank: the equations, the value, where undoing
// arrives and how, and what an operand was made of.
func (r Route) Vars(n *format.Node, like string) []string {
	st := StyleOf(like)
	return []string{
		"eqs", st.List(r.Eqs, r.Parallel),
		"value", prose.Amount(n, n.Value, "1"),
		"back", r.Back,
		"way", ways[r.Eqs[len(r.Eqs)-1].Op],
		"made", st.Sum(r.Made),
		"part", r.Part,
	}
}

// ways are the words for undoing: by what the last equation does.
var ways = map[byte]string{'+': "adding", '-': "subtracting", '*': "multiplying", '/': "dividing"}
