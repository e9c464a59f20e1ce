package behaviors

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var fixFaults = []fault{
	{name: "the wrong value is the true one", codes: "wrong-is-right", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		e.Steps[0].Text = p.Steps()[s.Step].Text
		return true
	}},
	{name: "two claims in the wrong step", codes: "wrong-shape", spoil: addText(format.Wrong, "\n2 + 2 = 4.\n")},
	{name: "no claim in the wrong step", codes: "wrong-shape", spoil: say(format.Wrong, "That makes seven. ")},
	{name: "nothing withdrawn", codes: "not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		at(e, format.Retract).Refs = nil
		return true
	}},
	{name: "a correction without the wrong value", codes: "not-withdrawn", spoil: say(format.Retract, "No, that was wrong. ")},
	{name: "no correction", codes: "not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { return drop(e, format.Retract) }},
	{name: "a correction without a reason", codes: "no-reason not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		at(e, format.Retract).Text = value(&e.Steps[0]).String() + " does not hold. "
		return true
	}},
	{name: "a reason that convicts nobody", codes: "no-reason not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		at(e, format.Retract).Text = value(&e.Steps[0]).String() + " does not hold, because 1 + 1 = 2. "
		return true
	}},
	{name: "a false reason", codes: "false-claim", spoil: addText(format.Retract, " After all, 2 + 2 = 5. ")},
	{name: "a wrong step about another node", codes: "wrong-shape shape fix-missing", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		for i := range p.Graph.Nodes {
			n := &p.Graph.Nodes[i]
			if n.Bound && n.Kind == format.ResultNode && n.ID != e.Steps[0].Node && !value(&e.Steps[0]).Equal(n.Value) {
				e.Steps[0].Node, at(e, format.Retract).Refs[0] = n.ID, n.ID
				return true
			}
		}
		return false
	}},
	{name: "put before a step that does not fix it", codes: "fix-missing", shift: 1, spoil: func(*augment.Pass, augment.Site, *augment.Edit) bool { return true }},
	{name: "a wrong value that another node has", codes: "implausible", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		w := value(&e.Steps[0])
		for i := range p.Graph.Nodes {
			v := p.Graph.Nodes[i].Value
			if !v.Equal(p.Graph.Node(e.Steps[0].Node).Value) && !w.Equal(v) && restate(&e.Steps[0], v) {
				at(e, format.Retract).Text = v.String() + " is wrong. "
				return true
			}
		}
		return false
	}},
	{name: "a wrong value that nobody would believe", codes: "implausible", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		v := value(&e.Steps[0]).Mul(format.Int(1000))
		at(e, format.Retract).Text = v.String() + " is wrong. "
		return restate(&e.Steps[0], v)
	}},
	{name: "a conversion the wrong way round without the conversion", codes: "implausible no-reason", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		if !strings.HasPrefix(e.Proof.Detail, "unit:") {
			return false
		}
		at(e, format.Retract).Text = "That " + value(&e.Steps[0]).String() + " does not hold, it is the other way round. "
		return true
	}},
	{name: "the right value beside the wrong one", codes: "implausible", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " (or " + p.Graph.Node(e.Steps[0].Node).Value.String() + ")\n"
		return true
	}},
	{name: "a step in between", codes: "shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = slices.Insert(e.Steps, 1, format.Step{Kind: format.Analysis, Text: "Good.\n"})
		return true
	}},
	{name: "no proof", codes: "no-proof", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Proof.Grade = ""; return true }},
}
