package backwardchain

import (
	_ "embed" // for the phrase bank
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of backward_chain.
type Params struct {
	Depth int `json:"depth" jsonschema:"levels to work back from what is asked" range:"1,60"`
	Most  int `json:"most" jsonschema:"most parameters of which it says what they need" range:"1,60"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "backward_chain",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Depth: 60, Most: 60},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	lines := param.Lines(p)
	if len(lines) < 2 {
		return nil
	}
	target := lines[len(lines)-1].Node
	if len(target.Parents) == 0 || len(chain(p, target)) == 0 {
		return nil
	}
	return []augment.Site{{Step: lines[0].First, Node: target.ID}}
}

// chain lists what is asked and what it rests on, level by level: each once, and
// only what rests on something itself.
func chain(p *augment.Pass, target *format.Node) (list []*format.Node) {
	par := p.Params.(*Params)
	level := []*format.Node{target}
	for depth := 0; depth < par.Depth && len(level) > 0; depth++ {
		var next []*format.Node
		for _, n := range level {
			if len(n.Parents) == 0 || slices.Contains(list, n) || len(list) == par.Most {
				continue
			}
			if !param.Plain(n) {
				return nil
			}
			list = append(list, n)
			for _, id := range n.Parents {
				next = append(next, p.Graph.Node(id))
			}
		}
		level = next
	}
	return list
}

func write(p *augment.Pass, s augment.Site) (edit augment.Edit, err error) {
	n := p.Graph.Node(s.Node)
	for _, m := range chain(p, n) {
		names, refs := param.Names(param.Missing(p, s.Step, m))
		edit.Steps = append(edit.Steps, format.Step{Kind: format.Probe, Node: m.ID, Refs: refs,
			Text: p.Phrases.Say("needs", "target", "the number of "+m.Name, "missing", prose.And(names)) + "\n"})
	}
	edit.Steps = append(edit.Steps, format.Step{Kind: format.Return, Text: p.Phrases.Say("return") + "\n"})
	edit.Proof = format.Proof{Grade: "computed", Detail: "back from: " + n.Name}
	return edit, nil
}

// verify holds the edit to its shape: the whole chain from what is asked, before
// the first line. That each parameter needs what is said, the engine has proved.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	lines := param.Lines(p)
	if len(lines) < 2 || s.After || s.Step != lines[0].First {
		return augment.Refuse("shape", "the chain does not stand before the first line")
	}
	want := chain(p, lines[len(lines)-1].Node)
	if len(e.Steps) != len(want)+1 || e.Steps[len(want)].Kind != format.Return {
		return augment.Refuse("shape", "%d steps, the chain has %d", len(e.Steps), len(want)+1)
	}
	for i, n := range want {
		if e.Steps[i].Kind != format.Probe || e.Steps[i].Node != n.ID {
			return augment.Refuse("chain-order", "step %d is not about %s", i, n.Name)
		}
	}
	return nil
}
