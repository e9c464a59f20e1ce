package behaviors

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var faults = map[string][]fault{
	"info_analysis": premiseFaults, "reflect_locked": lockedFaults, "detour_redundant": detourFaults, "backward_chain": chainFaults, "retry": startFaults,
	"verify_answer": answerFaults, "retry_weak": retryFaults, "meta_tokens": markFaults, "wrong_then_fix": fixFaults, "subgoal_compute": hopFaults, "subgoal_setting": planFaults, "retry_miss": retryFaults,
	"backtracking": {
		{name: "the wrong value is the true one", codes: "wrong-is-right", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			e.Steps[0].Text = p.Steps()[s.Step].Text
			return true
		}},
		{name: "two claims in the wrong step", codes: "wrong-shape", spoil: addText(format.Wrong, "\n2 + 2 = 4.\n")},
		{name: "no claim in the wrong step", codes: "wrong-shape", spoil: say(format.Wrong, "That makes seven. ")},
		{name: "a carried value not computed", codes: "carried-not-computed", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			if chain(e) < 2 {
				return false
			}
			v := value(&e.Steps[1]).Add(format.Int(1))
			return !v.Equal(p.Graph.Node(e.Steps[1].Node).Value) && restate(&e.Steps[1], v)
		}},
		{name: "a carried step that is the source's", codes: "carried-not-computed wrong-is-right", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			if chain(e) < 2 {
				return false
			}
			e.Steps[1].Text = p.Steps()[s.Step+1].Text
			return true
		}},
		{name: "nothing withdrawn", codes: "not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			at(e, format.Retract).Refs = nil
			return true
		}},
		{name: "a carried value not withdrawn", codes: "not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			r := at(e, format.Retract)
			r.Refs = r.Refs[:1]
			return chain(e) > 1
		}},
		{name: "the root withdrawn last", codes: "not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			slices.Reverse(at(e, format.Retract).Refs)
			return chain(e) > 1
		}},
		{name: "a retraction without the wrong value", codes: "not-withdrawn", spoil: say(format.Retract, "No, that was wrong. ")},
		{name: "a retraction without the carried value", codes: "not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			at(e, format.Retract).Text = "So " + value(&e.Steps[0]).String() + " is wrong. "
			return chain(e) > 1
		}},
		{name: "no retraction", codes: "not-withdrawn", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { return drop(e, format.Retract) }},
		{name: "no doubt", codes: "shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { return drop(e, format.Doubt) }},
		{name: "a false equation in the doubt", codes: "false-claim", spoil: addText(format.Doubt, " After all, 2 + 2 = 5. ")},
		{name: "a false equation in the retraction", codes: "false-claim", spoil: addText(format.Retract, " After all, 7 - 2 = 4. ")},
		{name: "a doubt without a reason", codes: "no-reason", spoil: say(format.Doubt, "Hmm, something is off. ")},
		{name: "a doubt with an idle equation", codes: "no-reason", spoil: say(format.Doubt, "Wait, 1 + 1 = 2, so no. ")},
		{name: "a wrong step about another node", codes: "wrong-shape shape fix-missing", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			for i := range p.Graph.Nodes {
				n := &p.Graph.Nodes[i]
				if n.Bound && n.Kind == format.ResultNode && n.ID != e.Steps[0].Node && chain(e) == 1 && !value(&e.Steps[0]).Equal(n.Value) {
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
				if !v.Equal(p.Graph.Node(e.Steps[0].Node).Value) && chain(e) == 1 && !w.Equal(v) && restate(&e.Steps[0], v) {
					at(e, format.Retract).Text = "So " + v.String() + " is wrong. "
					return true
				}
			}
			return false
		}},
		{name: "a wrong value that nobody would believe", codes: "implausible", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			v := value(&e.Steps[0]).Mul(format.Int(1000))
			at(e, format.Retract).Text = "So " + v.String() + " is wrong. "
			return chain(e) == 1 && restate(&e.Steps[0], v)
		}},
		{name: "the right value beside the wrong one", codes: "implausible", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " (or " + p.Graph.Node(e.Steps[0].Node).Value.String() + ")\n"
			return true
		}},
		{name: "no step", codes: "empty", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps = nil; return true }},
		{name: "no proof", codes: "no-proof", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Proof.Grade = ""; return true }},
		{name: "an answer put in", codes: "kind", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps = append(e.Steps, format.Step{Kind: format.Answer, Text: "#### 7"})
			return true
		}},
	},
	"verification": {
		{name: "an equation that is false", codes: "false-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			c, _ := claimed(&e.Steps[0])
			e.Steps[0].Text = e.Steps[0].Text[:c.End] + "1" + e.Steps[0].Text[c.End:]
			return true
		}},
		{name: "a rounded equation", codes: "false-claim", spoil: addText(format.Check, " And 10 / 3 = 3.33. ")},
		{name: "the same computation", codes: "restatement", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			c := sourceClaim(p, s.Node)
			e.Steps[0].Text = "Check: " + c.Expr + " = " + c.Value + ". "
			return true
		}},
		{name: "the same computation beside the check", codes: "restatement", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			c := sourceClaim(p, s.Node)
			e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " And " + c.Expr + " = " + c.Value + ". "
			return len(c.Args) == 2
		}},
		{name: "operands swapped", codes: "restatement", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			c := sourceClaim(p, s.Node)
			for _, op := range [...]string{"+", "*"} {
				if a, b, ok := strings.Cut(c.Expr, op); ok && len(c.Args) == 2 {
					e.Steps[0].Text = "Check: " + b + " " + op + " " + a + " = " + c.Value + ". "
					return true
				}
			}
			return false
		}},
		{name: "no equation", codes: "no-claim", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			e.Steps[0].Text = "That looks right, " + p.Graph.Node(s.Node).Value.String() + " it is. "
			return true
		}},
		{name: "an equation about other numbers", codes: "foreign-operand", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			v := p.Graph.Node(s.Node).Value
			e.Steps[0].Text = "Check: " + v.String() + " + 7919 = " + v.Add(format.Int(7919)).String() + ", fine. "
			return true
		}},
		{name: "an equation without the value", codes: "no-claim", spoil: say(format.Check, "Check: 7919 + 1 = 7920, fine. ")},
		{name: "a verdict about another number", codes: "verdict", spoil: addText(format.Check, " That agrees with 7919. ")},
		{name: "it arrives nowhere", codes: "verdict", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			v := p.Graph.Node(s.Node).Value
			for _, a := range sourceClaim(p, s.Node).Args {
				w := v.Mul(a.Value)
				stands := slices.ContainsFunc(sourceClaim(p, s.Node).Args, func(b format.Arg) bool { return b.Value.Equal(w) })
				if w.IsInt() && v.IsInt() && a.Value.IsInt() && !stands && !strings.ContainsAny(sourceClaim(p, s.Node).Expr, "*/") {
					e.Steps[0].Text = "Check: " + v.String() + " * " + a.Value.String() + " = " + w.String() + ", fine. "
					return true
				}
			}
			return false
		}},
		{name: "an equation that leads nowhere", codes: "not-connected", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			v := p.Graph.Node(s.Node).Value
			if !v.IsInt() {
				return false
			}
			e.Steps[0].Text = "First " + v.String() + " * " + v.String() + " = " + v.Mul(v).String() + ". " + e.Steps[0].Text
			return true
		}},
		{name: "about a value not stated yet", codes: "no-claim check-shape", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			for i := range p.Graph.Nodes {
				if n := &p.Graph.Nodes[i]; n.Kind == format.ResultNode && n.Step > p.Steps()[s.Step].ID {
					e.Steps[0].Node = n.ID
					return true
				}
			}
			return false
		}},
		{name: "about no node", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Node = 0; return true }},
		{name: "no check", codes: "no-claim check-shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps[0].Kind = format.Doubt
			return true
		}},
		{name: "a second step", codes: "check-shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps = append(e.Steps, format.Step{Kind: format.Analysis, Text: "Good. "})
			return true
		}},
		{name: "a step later than it belongs", codes: "check-shape", shift: 1, spoil: func(*augment.Pass, augment.Site, *augment.Edit) bool { return true }},
	},
	"reflection": {
		{name: "a missing node left out", codes: "missing-set", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps[0].Refs = e.Steps[0].Refs[1:]
			return true
		}},
		{name: "a node too many", codes: "missing-set", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps[0].Refs = append(e.Steps[0].Refs, e.Steps[0].Node)
			return true
		}},
		{name: "another node in place of a missing one", codes: "missing-set", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps[0].Refs[0] = 1
			return asked(p)
		}},
		{name: "a solved node", codes: "not-locked", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			for i := range p.Graph.Nodes {
				if n := &p.Graph.Nodes[i]; n.Kind == format.ResultNode && n.Step < p.Steps()[s.Step].ID {
					e.Steps[0].Node = n.ID
					return true
				}
			}
			return false
		}},
		{name: "a given number", codes: "not-locked", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps[0].Node = 1
			return asked(p)
		}},
		{name: "the step at hand", codes: "not-locked", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			for i := range p.Graph.Nodes {
				if n := &p.Graph.Nodes[i]; n.Kind == format.ResultNode && n.Step == p.Steps()[s.Step].ID {
					e.Steps[0].Node = n.ID
					return true
				}
			}
			return false
		}},
		{name: "no node", codes: "not-locked", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Node = 0; return true }},
		{name: "a missing value without its name", codes: "missing-unnamed", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			name := p.Graph.Node(e.Steps[0].Refs[0]).Name
			e.Steps[0].Text = strings.ReplaceAll(e.Steps[0].Text, name, "something")
			return !strings.Contains(e.Steps[0].Text, name)
		}},
		// missing-unnamed: at one site of GSM8K the edit is refused for that unspoiled.
		{name: "another unsolved value named", codes: "extra-named value-leaked missing-unnamed", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
			for i := range p.Graph.Nodes {
				n := &p.Graph.Nodes[i]
				if n.Kind != format.ResultNode || n.Step < p.Steps()[s.Step].ID || n.Name == "" || n.ID == e.Steps[0].Node ||
					slices.Contains(e.Steps[0].Refs, n.ID) || namesAny(p, e, n.Name) || strings.Contains(e.Steps[0].Text, n.Name) || strings.Contains(p.Graph.Node(e.Steps[0].Node).Name, n.Name) {
					continue
				}
				e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " Nor the number of " + n.Name + ". "
				return true
			}
			return false
		}},
		{name: "the value of the node told", codes: "value-leaked", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps[1].Text = "It should be " + p.Graph.Node(e.Steps[0].Node).Value.String() + ", but later. "
			return p.Graph.Node(e.Steps[0].Node).Value.Sign() > 0 && p.Graph.Node(e.Steps[0].Node).Value.IsInt()
		}},
		{name: "a missing value told", codes: "value-leaked", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			v := p.Graph.Node(e.Steps[0].Refs[0]).Value
			e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " Maybe " + v.String() + "? "
			return v.Sign() > 0 && v.IsInt()
		}},
		{name: "an equation", codes: "states-value value-leaked", spoil: addText(format.Probe, " 70003 + 80009 = 150012. ")},
		{name: "a false equation", codes: "false-claim", spoil: addText(format.Return, " 70003 + 80009 = 90001. ")},
		{name: "no return", codes: "no-return", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { return drop(e, format.Return) }},
		{name: "no probe", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { return drop(e, format.Probe) }},
		{name: "wait, let me think", codes: "no-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
			e.Steps = []format.Step{{Kind: format.Analysis, Text: "Wait, let me think. "}}
			return true
		}},
	},
}

// asked reports whether node 1 is a number of the question: a question without
// any begins with a result.
func asked(p *augment.Pass) bool { return p.Graph.Nodes[0].Kind == format.GivenNode }

// namesAny reports whether a name has in it one that the edit must say anyway.
func namesAny(p *augment.Pass, e *augment.Edit, name string) bool {
	return slices.ContainsFunc(append([]format.NodeID{e.Steps[0].Node}, e.Steps[0].Refs...), func(id format.NodeID) bool {
		return strings.Contains(strings.ToLower(name), strings.ToLower(p.Graph.Node(id).Name))
	})
}
