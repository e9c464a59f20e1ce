package infoanalysis

import (
	_ "embed" // for the phrase bank
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of info_analysis.
type Params struct {
	Level int `json:"level" jsonschema:"how the chance depends on what a premise rests on: 0 not at all, 1 to 4 ever more often" range:"0,4"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "info_analysis",
	Doc:     doc,
	Version: 1,
	Params:  &Params{},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) (list []augment.Site) {
	for _, l := range param.Lines(p) {
		odds, ok := param.Odds(p.Params.(*Params).Level, l.Node)
		if at := l.First + 1; ok && l.Node.Step > p.Steps()[l.First].ID {
			list = append(list, augment.Site{Step: at, Node: l.Node.ID, Odds: odds})
		}
	}
	return list
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	n := p.Graph.Node(s.Node)
	return augment.Edit{
		Steps: []format.Step{{Kind: format.Analysis, Node: n.ID, Text: p.Phrases.Say("given", "premise", param.Body(n)) + " "}},
		Proof: format.Proof{Grade: "computed", Detail: "premise: " + n.Premise},
	}, nil
}

// verify holds the edit to its place and to saying the premise alone: that it is
// the premise, the engine has proved.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 1 || e.Steps[0].Kind != format.Analysis || s.After || s.Step < 1 || s.Step >= len(p.Steps()) {
		return augment.Refuse("shape", "an edit is one analysis before an equation")
	}
	n := p.Graph.Node(e.Steps[0].Node)
	if n == nil || p.Steps()[s.Step-1].Symbol == "" || p.Steps()[s.Step-1].Node != n.ID {
		return augment.Refuse("shape", "the step before is not the one that gives the parameter its letter")
	}
	if param.Percent(p.Params.(*Params).Level, n) == 0 {
		return augment.Refuse("level", "at level %d nothing is said of %s", p.Params.(*Params).Level, n.Name)
	}
	if strings.Count(e.Steps[0].Text, param.Body(n)) != 1 {
		return augment.Refuse("premise", "the premise stands there more than once")
	}
	return nil
}
