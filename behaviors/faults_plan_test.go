package behaviors

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var planFaults = []fault{
	{name: "a plan that leads nowhere", codes: "not-ahead", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Node = 0; return true }},
	{name: "a plan for a number of the question", codes: "not-ahead", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Node = 1
		return asked(p)
	}},
	{name: "a number of the question for a goal", codes: "not-ahead", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Refs[0] = 1
		return asked(p)
	}},
	{name: "a plan for an earlier result", codes: "not-final not-ancestor not-ahead", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for i := range p.Graph.Nodes {
			if n := &p.Graph.Nodes[i]; n.Kind == format.ResultNode && n.ID != s.Node && !slices.Contains(e.Steps[0].Refs, n.ID) {
				e.Steps[0].Node = n.ID
				return n.Name == "" && p.Graph.Node(s.Node).Name == ""
			}
		}
		return false
	}},
	{name: "the goals in the wrong order", codes: "plan-order", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		slices.Reverse(e.Steps[0].Refs)
		return len(e.Steps[0].Refs) > 1
	}},
	{name: "the names in the wrong order", codes: "plan-order", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		r := e.Steps[0].Refs
		if len(r) != 2 {
			return false
		}
		a, b := p.Graph.Node(r[0]).Name, p.Graph.Node(r[1]).Name
		e.Steps[0].Text = "First the number of " + b + ", then the number of " + a + ".\n"
		return !strings.Contains(a, b) && !strings.Contains(b, a)
	}},
	{name: "a goal twice", codes: "plan-order", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Refs = append(e.Steps[0].Refs, e.Steps[0].Refs[0])
		return true
	}},
	{name: "a goal that nothing rests on", codes: "not-ancestor", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Refs = append(e.Steps[0].Refs, e.Steps[0].Node)
		return true
	}},
	{name: "a goal without its name", codes: "missing-unnamed", spoil: say(format.Setup, "First I make a plan.\n")},
	{name: "a name that is no goal", codes: "extra-named", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		n := p.Graph.Node(e.Steps[0].Refs[len(e.Steps[0].Refs)-1])
		for _, id := range e.Steps[0].Refs[:len(e.Steps[0].Refs)-1] {
			if strings.Contains(p.Graph.Node(id).Name, n.Name) {
				return false
			}
		}
		e.Steps[0].Refs = e.Steps[0].Refs[:len(e.Steps[0].Refs)-1]
		return len(e.Steps[0].Refs) > 0 && !strings.Contains(p.Graph.Node(e.Steps[0].Node).Name, n.Name)
	}},
	{name: "the value of a goal", codes: "value-leaked", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		v := p.Graph.Node(e.Steps[0].Refs[0]).Value
		e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " It will be " + v.String() + ".\n"
		return v.IsInt()
	}},
	{name: "an equation", codes: "states-value value-leaked", spoil: addText(format.Setup, " 70003 + 80009 = 150012. ")},
	{name: "a false equation", codes: "false-claim", spoil: addText(format.Setup, " 70003 + 80009 = 90001. ")},
	{name: "no goals", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Refs = nil; return true }},
	{name: "a second step", codes: "shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = append(e.Steps, format.Step{Kind: format.Analysis, Text: "Good. "})
		return true
	}},
	{name: "later than the start", codes: "shape not-ahead", shift: 1, spoil: func(*augment.Pass, augment.Site, *augment.Edit) bool { return true }},
}
