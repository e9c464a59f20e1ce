package behaviors

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var hopFaults = []fault{
	{name: "a hop that is false", codes: "false-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		c, _ := claimed(&e.Steps[0])
		e.Steps[0].Text = e.Steps[0].Text[:c.End] + "1" + e.Steps[0].Text[c.End:]
		return true
	}},
	{name: "a hop on other numbers", codes: "foreign-operand", spoil: say(format.Compute, "First 7919 + 1 = 7920.\n")},
	{name: "a hop twice", codes: "foreign-operand hop-shape shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = append(e.Steps, e.Steps[0])
		return true
	}},
	{name: "the whole step", codes: "hop-shape", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		c := sourceClaim(p, s.Node)
		e.Steps[0].Text = "First " + c.Expr + " = " + c.Value + ".\n"
		return true
	}},
	{name: "the whole step at the end", codes: "shape restatement foreign-operand hop-shape", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		c := sourceClaim(p, s.Node)
		e.Steps = append(e.Steps, format.Step{Kind: format.Compute, Node: s.Node, Text: "So " + c.Expr + " = " + c.Value + ".\n"})
		return true
	}},
	{name: "another operation", codes: "hop-shape hop-order", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		c, _ := claimed(&e.Steps[0])
		a, b, ok := strings.Cut(c.Expr, " * ")
		x, okA := format.ParseNum(a)
		y, okB := format.ParseNum(b)
		if !ok || !okA || !okB {
			return false
		}
		e.Steps[0].Text = "First " + a + " + " + b + " = " + x.Add(y).String() + ".\n"
		return len(e.Steps) == 1
	}},
	{name: "operands swapped where it matters", codes: "hop-order hop-shape", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		c, _ := claimed(&e.Steps[0])
		a, b, ok := strings.Cut(c.Expr, " - ")
		x, okA := format.ParseNum(a)
		y, okB := format.ParseNum(b)
		if !ok || !okA || !okB {
			return false
		}
		e.Steps[0].Text = "First " + b + " - " + a + " = " + y.Sub(x).String() + ".\n"
		return len(e.Steps) == 1 && x.Cmp(y) != 0
	}},
	{name: "a hop left out", codes: "shape foreign-operand", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = e.Steps[1:]
		return len(e.Steps) > 0
	}},
	{name: "hops in an order that cannot be", codes: "foreign-operand", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		if len(e.Steps) < 2 {
			return false
		}
		first, _ := claimed(&e.Steps[0])
		second, _ := claimed(&e.Steps[1])
		for i := range e.Steps[2:] {
			if again, _ := claimed(&e.Steps[i+2]); again.Value == first.Value {
				return false // the value is had from there as well
			}
		}
		slices.Reverse(e.Steps)
		for _, a := range sourceClaim(p, s.Node).Args {
			if a.Value.String() == first.Value {
				return false
			}
		}
		return strings.HasPrefix(second.Expr, first.Value+" ")
	}},
	{name: "two equations in a hop", codes: "hop-shape", spoil: addText(format.Compute, "\nAnd 70003 + 80009 = 150012.\n")},
	{name: "no equation in a hop", codes: "hop-shape", spoil: say(format.Compute, "I take it step by step.\n")},
	{name: "a number from nowhere", codes: "hop-shape", spoil: addText(format.Compute, " That is not 7919.\n")},
	{name: "about no node", codes: "no-claim shape foreign-operand", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Node = 0; return true }},
	{name: "about a number of the question", codes: "not-ahead", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Node = 1
		return p.Graph.Nodes[0].Kind == format.GivenNode
	}},
	{name: "about a step of one operation", codes: "restatement not-ahead", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for i := range p.Graph.Nodes {
			n := &p.Graph.Nodes[i]
			if n.Kind == format.ResultNode && n.Bound && n.Step > p.Steps()[s.Step].ID && len(sourceClaim(p, n.ID).Args) == 2 {
				c := sourceClaim(p, n.ID)
				e.Steps[0].Node, e.Steps[0].Text = n.ID, "First "+c.Expr+" = "+c.Value+".\n"
				return true
			}
		}
		return false
	}},
	{name: "a second kind of step", codes: "shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = append(e.Steps, format.Step{Kind: format.Analysis, Text: "Good. "})
		return true
	}},
	{name: "after the step", codes: "shape not-ahead", shift: 1, spoil: func(*augment.Pass, augment.Site, *augment.Edit) bool { return true }},
}
