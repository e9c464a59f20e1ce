package detourredundant

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Params are the parameters of detour_redundant.
type Params struct {
	Share bool `json:"share" jsonschema:"multiply the rate by the share of the redundant parameters that can be worked out at the slot"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "detour_redundant",
	Doc:     doc,
	Version: 1,
	Params:  &Params{},
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) (list []augment.Site) {
	for _, l := range param.Inner(p) {
		spare, open, last := 0, 0, format.NodeID(0)
		for k := range p.Graph.Nodes {
			n := &p.Graph.Nodes[k]
			if !param.Spare(n) {
				continue
			}
			if spare++; param.Idle(p, l.First, n) {
				open, last = open+1, n.ID
			}
		}
		if open > 0 {
			site := augment.Site{Step: l.First, Node: last}
			if p.Params.(*Params).Share {
				site.Odds = uint32(65536 * open / spare)
			}
			list = append(list, site)
		}
	}
	return list
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	var chosen *format.Node
	seen := 0
	for k := range p.Graph.Nodes {
		if n := &p.Graph.Nodes[k]; param.Idle(p, s.Step, n) && !p.Introduced(n.ID) {
			if seen++; p.Rand.IntN(seen) == 0 {
				chosen = n
			}
		}
	}
	if chosen == nil {
		return augment.Edit{}, augment.Refuse("no-node", "every redundant parameter in reach is worked out")
	}
	letter := param.Letter(p, chosen)
	if letter == 0 {
		return augment.Edit{}, augment.Refuse("no-letter", "the trace uses every letter")
	}
	line, ok := answer.LineOf(p.Graph, chosen, func(id format.NodeID) byte { return param.Letter(p, p.Graph.Node(id)) })
	if !ok {
		return augment.Edit{}, augment.Refuse("no-equation", "%s has no equation in letters", chosen.Name)
	}
	return augment.Edit{
		Steps: []format.Step{
			{Kind: format.Setup, Node: chosen.ID, Symbol: string(rune(letter)), Text: answer.Naming(p.Rand.IntN(answer.Namings-1), letter, chosen.Name) + " "},
			{Kind: format.Compute, Node: chosen.ID, Text: string(rune(letter)) + " = " + line + ".\n"},
		},
		Proof: format.Proof{Grade: "computed", Detail: "redundant: " + chosen.Name},
	}, nil
}

// verify holds the edit to its shape: a line about a parameter that nothing needs.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 2 || e.Steps[0].Kind != format.Setup || e.Steps[1].Kind != format.Compute || s.After || e.Steps[0].Node != e.Steps[1].Node {
		return augment.Refuse("shape", "a detour is a letter and an equation, before a line")
	}
	if s.Step >= len(p.Steps()) || p.Steps()[s.Step].Symbol == "" {
		return augment.Refuse("shape", "the detour does not stand before a line")
	}
	n := p.Graph.Node(e.Steps[0].Node)
	if n == nil || !param.Idle(p, s.Step, n) {
		return augment.Refuse("not-redundant", "node %d is needed, or cannot be worked out yet", e.Steps[0].Node)
	}
	return nil
}
