package behaviors

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// other is a node that is not among those given, for which f holds.
func other(p *augment.Pass, not []format.NodeID, f func(n *format.Node) bool) *format.Node {
	for i := range p.Graph.Nodes {
		if n := &p.Graph.Nodes[i]; !slices.Contains(not, n.ID) && f(n) {
			return n
		}
	}
	return nil
}

func (f fault) on(k int, change func(p *augment.Pass, step *format.Step) string) fault {
	f.spoil = func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		s := &e.Steps[k]
		was := s.Text
		s.Text = change(p, s)
		return s.Text != was && s.Text != ""
	}
	return f
}

var premiseFaults = []fault{
	fault{name: "the premise of another parameter", codes: "premise replay-premise"}.on(0, func(p *augment.Pass, s *format.Step) string {
		n := other(p, []format.NodeID{s.Node}, func(n *format.Node) bool { return n.Premise != "" && !strings.Contains(s.Text, body(n)) })
		return strings.Replace(s.Text, body(p.Graph.Node(s.Node)), body(n), 1)
	}),
	fault{name: "a word of the premise changed", codes: "premise"}.on(0, func(p *augment.Pass, s *format.Step) string {
		return strings.Replace(s.Text, " in each ", " in every ", 1)
	}),
	fault{name: "a number beside the premise", codes: "replay-premise"}.on(0, func(_ *augment.Pass, s *format.Step) string {
		return strings.TrimSpace(s.Text) + " That is 5. "
	}),
	{name: "about another parameter", codes: "premise not-ahead", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Node = other(p, []format.NodeID{e.Steps[0].Node}, func(n *format.Node) bool { return n.Premise != "" }).ID
		return true
	}},
	{name: "before the letter", codes: "premise not-ahead replay-form replay-node replay-missing replay-locked replay-twice replay-solved-twice", shift: -1, spoil: func(*augment.Pass, augment.Site, *augment.Edit) bool { return true }},
}

func body(n *format.Node) string {
	_, b, _ := strings.Cut(n.Premise, " equals ")
	return b
}

var lockedFaults = []fault{
	{name: "one missing left out of the set", codes: "missing-set", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Refs = e.Steps[0].Refs[1:]
		return true
	}},
	{name: "one surplus in the set", codes: "missing-set", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		s := &e.Steps[0]
		s.Refs = append(s.Refs, other(p, append(s.Refs, s.Node), func(*format.Node) bool { return true }).ID)
		return true
	}},
	fault{name: "another one named as missing", codes: "missing-unnamed"}.on(0, func(p *augment.Pass, s *format.Step) string {
		n := other(p, append(slices.Clone(s.Refs), s.Node), func(n *format.Node) bool { return true })
		return strings.Replace(s.Text, p.Graph.Node(s.Refs[0]).Name, n.Name, 1)
	}),
	fault{name: "a known one named as missing", codes: "replay-missing"}.on(0, func(p *augment.Pass, s *format.Step) string {
		for _, id := range p.Graph.Node(s.Node).Parents {
			if !slices.Contains(s.Refs, id) {
				return strings.TrimSpace(s.Text) + " And the number of " + p.Graph.Node(id).Name + ". "
			}
		}
		return ""
	}),
	fault{name: "a value claimed", codes: "replay-leak value-leaked"}.on(0, func(p *augment.Pass, s *format.Step) string {
		return strings.TrimSpace(s.Text) + " Perhaps 7351. "
	}),
	{name: "the letter not recalled", codes: "replay-letter", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		had := len(e.Replaces) > 0
		e.Replaces = nil
		return had
	}},
	{name: "another letter recalled", codes: "rename", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		if len(e.Replaces) == 0 {
			return false
		}
		r := e.Replaces[0]
		at := strings.LastIndex(r.Text, "letter ") + len("letter ")
		r.Text = r.Text[:at] + string(rune(r.Text[at]^32)) + r.Text[at+1:]
		e.Replaces = []augment.Replacement{r}
		return true
	}},
	{name: "an equation renamed", codes: "rename", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		e.Replaces = []augment.Replacement{{Step: s.Step + 1, Text: p.Steps()[s.Step+1].Text + " "}}
		return true
	}},
	{name: "a step before the edit renamed", codes: "rename", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		e.Replaces = []augment.Replacement{{Step: s.Step - 1, Text: p.Steps()[s.Step-1].Text}}
		return true
	}},
	fault{name: "a letter that stands for something else", codes: "replay-letter"}.on(0, func(p *augment.Pass, s *format.Step) string {
		if s.Symbol == "" {
			return ""
		}
		return strings.Replace(s.Text, " "+s.Symbol+" ", " "+p.Steps()[1].Symbol+" ", 1)
	}),
	{name: "a parameter that can be worked out", codes: "not-locked", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		e.Steps[0].Node = p.Steps()[1].Node
		return true
	}},
}

var detourFaults = []fault{
	fault{name: "the value off by one", codes: "false-claim replay-value replay-symbols"}.on(1, func(_ *augment.Pass, s *format.Step) string {
		text := strings.TrimSuffix(s.Text, ".\n")
		v, _ := format.ParseNum(text[strings.LastIndexByte(text, ' ')+1:])
		return text[:strings.LastIndexByte(text, ' ')+1] + v.Add(format.Int(1)).String() + ".\n"
	}),
	fault{name: "a letter of the trace", codes: "replay-letter"}.on(0, func(p *augment.Pass, s *format.Step) string {
		return strings.Replace(s.Text, " "+s.Symbol+" ", " "+p.Steps()[1].Symbol+" ", 1)
	}),
	{name: "a parameter that is needed", codes: "replay-solved-twice replay-letter replay-parents not-redundant no-claim not-ahead hop-shape", spoil: func(p *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		n := p.Graph.Node(p.Steps()[1].Node)
		e.Steps[0].Node, e.Steps[1].Node = n.ID, n.ID
		return true
	}},
	fault{name: "the name of another", codes: "no-claim replay-letter replay-symbols replay-solved-twice"}.on(0, func(p *augment.Pass, s *format.Step) string {
		return strings.Replace(s.Text, p.Graph.Node(s.Node).Name, p.Graph.Node(p.Steps()[1].Node).Name, 1)
	}),
	fault{name: "operands of a difference swapped", codes: "replay-symbols replay-numbers replay-value false-claim"}.on(1, func(_ *augment.Pass, s *format.Step) string {
		w := strings.Fields(s.Text)
		at := slices.Index(w, "-")
		if at < 0 || strings.ContainsAny(s.Text, "()") || w[at-1] == w[at+1] {
			return ""
		}
		return strings.Replace(s.Text, w[at-1]+" - "+w[at+1], w[at+1]+" - "+w[at-1], 1)
	}),
}

var chainFaults = []fault{
	{name: "one left out of what is needed", codes: "missing-set", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Refs = e.Steps[0].Refs[1:]
		return true
	}},
	fault{name: "another one named as needed", codes: "missing-unnamed"}.on(0, func(p *augment.Pass, s *format.Step) string {
		n := other(p, append(slices.Clone(s.Refs), s.Node), func(n *format.Node) bool { return true })
		return strings.Replace(s.Text, p.Graph.Node(s.Refs[0]).Name, n.Name, 1)
	}),
	fault{name: "one more named", codes: "extra-named replay-missing"}.on(0, func(p *augment.Pass, s *format.Step) string {
		n := other(p, append(slices.Clone(s.Refs), s.Node), func(n *format.Node) bool { return true })
		return strings.TrimSpace(s.Text) + " And the number of " + n.Name + ".\n"
	}),
	{name: "a sentence left out", codes: "shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		if len(e.Steps) < 3 {
			return false
		}
		e.Steps = slices.Delete(e.Steps, 1, 2)
		return true
	}},
	fault{name: "a value told", codes: "replay-leak value-leaked"}.on(0, func(_ *augment.Pass, s *format.Step) string {
		return strings.TrimSpace(s.Text) + " It is 7351.\n"
	}),
}

var startFaults = []fault{
	{name: "a start on what can be worked out", codes: "not-in-pool", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		n := other(p, nil, func(n *format.Node) bool {
			return n.Kind == format.ResultNode && n.Step > p.Steps()[s.Step].ID && n.Name != "" && !strings.ContainsAny(n.Name, "0123456789") && !slices.ContainsFunc(n.Parents, func(id format.NodeID) bool {
				m := p.Graph.Node(id)
				return m.Kind == format.ResultNode && m.Step >= p.Steps()[s.Step].ID
			})
		})
		if n == nil || len(e.Steps) > 2 || n.Unit != "" {
			return false
		}
		e.Steps[0].Node, e.Steps[0].Text = n.ID, "Start the number of "+n.Name+"\n"
		return true
	}},
	{name: "no way back", codes: "not-returned shape", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps = e.Steps[:len(e.Steps)-1]
		return true
	}},
	fault{name: "another mark", codes: "shape"}.on(1, func(_ *augment.Pass, s *format.Step) string { return "[FORTH]\n" }),
	{name: "what is started on is not named", codes: "missing-unnamed", spoil: say(format.Branch, "Start it.\n")},
	{name: "a proof of another class", codes: "class", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Proof.Detail = "open: it"
		return true
	}},
}
