package behaviors

import (
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var answerFaults = []fault{
	{name: "an equation that is false", codes: "false-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		c, _ := claimed(&e.Steps[0])
		e.Steps[0].Text = e.Steps[0].Text[:c.End] + "1" + e.Steps[0].Text[c.End:]
		return true
	}},
	{name: "a rounded equation", codes: "false-claim", spoil: addText(format.Check, " And 10 / 3 = 3.33. ")},
	{name: "the last computation again", codes: "restatement", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		c := sourceClaim(p, s.Node)
		e.Steps[0].Text = "Check: " + c.Expr + " = " + c.Value + ". "
		return true
	}},
	{name: "an earlier computation again", codes: "restatement not-independent circular", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for _, a := range sourceClaim(p, s.Node).Args {
			if a.Binding == format.Result && p.Graph.Node(a.Node).Bound {
				c := sourceClaim(p, a.Node)
				e.Steps[0].Text = "First " + c.Expr + " = " + c.Value + ". " + e.Steps[0].Text
				return len(c.Args) == 2
			}
		}
		return false
	}},
	{name: "no equation", codes: "no-claim", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		e.Steps[0].Text = "That fits the question, " + p.Graph.Node(s.Node).Value.String() + " it is. "
		return true
	}},
	{name: "an equation about other numbers", codes: "foreign-operand", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		v := p.Graph.Node(s.Node).Value
		e.Steps[0].Text = "Check: " + v.String() + " + 7919 = " + v.Add(format.Int(7919)).String() + ", fine. "
		return true
	}},
	{name: "an equation without the value", codes: "no-claim", spoil: say(format.Check, "Check: 7919 + 1 = 7920, fine. ")},
	{name: "a verdict about another number", codes: "verdict", spoil: addText(format.Check, " That agrees with 7919. ")},
	{name: "it stops on the way", codes: "verdict", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		v := p.Graph.Node(s.Node).Value
		for _, a := range sourceClaim(p, s.Node).Args {
			w := v.Mul(a.Value)
			given := false
			for i := range p.Graph.Nodes {
				given = given || p.Graph.Nodes[i].Value.Equal(w)
			}
			if w.IsInt() && v.IsInt() && a.Value.IsInt() && !given && !strings.ContainsAny(sourceClaim(p, s.Node).Expr, "*/") {
				e.Steps[0].Text = "Check: " + v.String() + " * " + a.Value.String() + " = " + w.String() + ", fine. "
				return true
			}
		}
		return false
	}},
	{name: "it goes in a circle", codes: "circular", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		v := p.Graph.Node(s.Node).Value
		for i := range p.Graph.Nodes {
			g := p.Graph.Nodes[i].Value
			if p.Graph.Nodes[i].Kind == format.GivenNode && g.IsInt() && v.IsInt() && g.Cmp(format.Int(1)) > 0 && g.Cmp(v) < 0 {
				e.Steps[0].Text = "Check: " + v.String() + " - " + g.String() + " = " + v.Sub(g).String() + " and then " +
					v.String() + " - " + v.Sub(g).String() + " = " + g.String() + ". "
				return true
			}
		}
		return false
	}},
	{name: "about another node", codes: "no-claim check-shape", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for i := range p.Graph.Nodes {
			if n := &p.Graph.Nodes[i]; n.Kind == format.ResultNode && n.ID != s.Node {
				e.Steps[0].Node = n.ID
				return true
			}
		}
		return false
	}},
	{name: "about no node", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Node = 0; return true }},
	{name: "no check", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Kind = format.Doubt
		return true
	}},
	{name: "a second step", codes: "check-shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = append(e.Steps, format.Step{Kind: format.Analysis, Text: "Good. "})
		return true
	}},
	{name: "before another step", codes: "check-shape no-claim", shift: -1, spoil: func(*augment.Pass, augment.Site, *augment.Edit) bool { return true }},
}
