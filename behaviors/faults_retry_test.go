package behaviors

import (
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var retryFaults = []fault{
	{name: "a start on what stands already", codes: "used-already", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for i := range p.Graph.Nodes {
			if n := &p.Graph.Nodes[i]; n.Kind == format.ResultNode && n.Step < p.Steps()[s.Step].ID {
				e.Steps[0].Node = n.ID
				return true
			}
		}
		return false
	}},
	{name: "a start on a number that is used already", codes: "used-already", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for _, step := range p.Steps()[:s.Step] {
			for _, c := range step.Claims {
				for _, a := range c.Args {
					if a.Binding == format.Given {
						e.Steps[0].Node = a.Node
						return true
					}
				}
			}
		}
		return false
	}},
	{name: "a start on the step at hand", codes: "not-in-pool", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for i := range p.Graph.Nodes {
			n := &p.Graph.Nodes[i]
			if n.Kind == format.ResultNode && n.Step == p.Steps()[s.Step].ID && n.Name != "" && !strings.Contains(p.Graph.Node(e.Steps[0].Node).Name, n.Name) {
				e.Steps[0].Text = "On to the number of " + n.Name + ". "
				e.Steps[0].Node = n.ID
				return !strings.Contains(e.Steps[0].Text, n.Value.String())
			}
		}
		return false
	}},
	{name: "about no node", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Node = 0; return true }},
	{name: "about a node that is not there", codes: "no-node", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Node = 9999
		return true
	}},
	{name: "a start without the name", codes: "missing-unnamed", spoil: say(format.Branch, "On to something else. ")},
	{name: "the value told", codes: "value-leaked", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		v := p.Graph.Node(e.Steps[0].Node).Value
		e.Steps[1].Text = "No, " + v.String() + " comes later. "
		return v.Sign() > 0 && v.IsInt()
	}},
	{name: "another unsolved value named", codes: "extra-named value-leaked", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		for i := range p.Graph.Nodes {
			n := &p.Graph.Nodes[i]
			if n.Kind != format.ResultNode || n.Step < p.Steps()[s.Step].ID || n.Name == "" || n.ID == e.Steps[0].Node ||
				strings.Contains(p.Graph.Node(e.Steps[0].Node).Name, n.Name) || strings.Contains(n.Name, p.Graph.Node(e.Steps[0].Node).Name) {
				continue
			}
			e.Steps[1].Text = "No, first the number of " + n.Name + ". "
			return true
		}
		return false
	}},
	{name: "no way back", codes: "not-returned", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { return drop(e, format.Return) }},
	{name: "no start", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { return drop(e, format.Branch) }},
	{name: "back before the start", codes: "not-returned", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0], e.Steps[1] = e.Steps[1], e.Steps[0]
		return true
	}},
	{name: "an equation", codes: "states-value value-leaked", spoil: addText(format.Branch, " 70003 + 80009 = 150012. ")},
	{name: "a false equation", codes: "false-claim", spoil: addText(format.Return, " 70003 + 80009 = 90001. ")},
	{name: "an error said to be none", codes: "class", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		class, rest, _ := strings.Cut(e.Proof.Detail, ":")
		e.Proof.Detail = "open:" + rest
		return class != "open"
	}},
	{name: "a start that is none said to be an error", codes: "class", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		class, rest, _ := strings.Cut(e.Proof.Detail, ":")
		e.Proof.Detail = "locked:" + rest
		return class != "locked"
	}},
	{name: "a third step", codes: "shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = append(e.Steps, format.Step{Kind: format.Analysis, Text: "Good. "})
		return true
	}},
}
