package subgoalsetting

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/format"
)

// lineSites lists the lines before which something can be planned: the first, and
// with parts all from which on a locked parameter is still to come.
func lineSites(p *augment.Pass) (list []augment.Site) {
	lines := param.Lines(p)
	for i, l := range lines {
		if i > 0 && !p.Params.(*Params).Parts {
			break
		}
		if len(targets(p, lines, i)) > 0 {
			list = append(list, augment.Site{Step: l.First, Node: lines[len(lines)-1].Node.ID})
		}
	}
	return list
}

// targets are what a plan before line i may lead to: before the first line what
// is asked, before others any line to come.
func targets(p *augment.Pass, lines []param.Line, i int) (list []*format.Node) {
	from := len(lines) - 1
	if i > 0 {
		from = i + 1
	}
	for _, l := range lines[min(from, len(lines)):] {
		if param.Plain(l.Node) && len(lineGoals(p, lines[i].First, l.Node)) > 0 {
			list = append(list, l.Node)
		}
	}
	return list
}

// lineGoals are the parameters, unsolved before step i, that n rests on within the
// levels of the parameters, what comes first first.
func lineGoals(p *augment.Pass, i int, n *format.Node) (list []*format.Node) {
	for k := range p.Graph.Nodes[:n.ID-1] {
		m := &p.Graph.Nodes[k]
		if !param.Solved(p, i, m) && param.Plain(m) && below(p.Graph, n, m.ID, p.Params.(*Params).Depth) {
			list = append(list, m)
		}
	}
	return list
}

func planLine(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	lines := param.Lines(p)
	at := slices.IndexFunc(lines, func(l param.Line) bool { return l.First == s.Step })
	list := targets(p, lines, at)
	n := list[p.Rand.IntN(len(list))]
	plan := lineGoals(p, s.Step, n)
	for len(plan) > p.Params.(*Params).Most {
		drop := p.Rand.IntN(len(plan))
		plan = slices.Delete(plan, drop, drop+1)
	}
	names, refs := param.Names(plan)
	section := "plan"
	if len(plan) == 1 {
		section = "plan-short"
	}
	vars := []string{"target", "the number of " + n.Name, "first", names[0], "then", strings.Join(names[1:], ", then "), "all", names[0]}
	return augment.Edit{
		Steps: []format.Step{{Kind: format.Setup, Node: n.ID, Refs: refs, Text: p.Phrases.Say(section, vars...) + "\n"}},
		Proof: format.Proof{Grade: "computed", Detail: "plan: " + strings.Join(names, ", then ")},
	}, nil
}

func verifyLine(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 1 || e.Steps[0].Kind != format.Setup || s.After || s.Step >= len(p.Steps()) || p.Steps()[s.Step].Symbol == "" {
		return augment.Refuse("shape", "an edit is one plan before a line")
	}
	lines := param.Lines(p)
	at := slices.IndexFunc(lines, func(l param.Line) bool { return l.First == s.Step })
	if at < 0 || at > 0 && !p.Params.(*Params).Parts {
		return augment.Refuse("shape", "a plan stands before the first line, unless there are parts")
	}
	n := p.Graph.Node(e.Steps[0].Node)
	if !slices.Contains(targets(p, lines, at), n) {
		return augment.Refuse("not-final", "the plan does not lead to what may be planned for here")
	}
	refs := e.Steps[0].Refs
	if len(refs) < 1 || len(refs) > p.Params.(*Params).Most {
		return augment.Refuse("shape", "the plan has %d goals, must have 1 to %d", len(refs), p.Params.(*Params).Most)
	}
	goals := lineGoals(p, s.Step, n)
	for _, id := range refs {
		if !slices.Contains(goals, p.Graph.Node(id)) {
			return augment.Refuse("too-deep", "node %d is no goal within %d levels", id, p.Params.(*Params).Depth)
		}
	}
	return nil
}
