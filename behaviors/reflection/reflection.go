package reflection

import (
	_ "embed" // for the phrase bank

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/reach"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of reflection.
type Params struct {
	Opening bool `json:"opening" jsonschema:"may reach ahead before the first step of the trace, too"`
	Missing int  `json:"missing" jsonschema:"most missing values that one edit names" range:"1,4"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "reflection",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Opening: true, Missing: 3},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	par := p.Params.(*Params)
	var list []augment.Site
	var code prose.Fence
	for i := range p.Steps() {
		if p.Steps()[i].Kind == format.Answer {
			break
		}
		if code.Inside(p.Steps()[i].Text) || i == 0 && !par.Opening {
			continue
		}
		if r := reach.First(p, i, par.Missing); r.Node != nil {
			list = append(list, augment.Site{Step: i, Node: r.Node.ID})
		}
	}
	if len(list) > 0 && !prose.English(p.Problem.Question, p.Steps()[0].Text) {
		return nil
	}
	return list
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	r, ok := reach.Pick(p, s.Step, p.Params.(*Params).Missing)
	if !ok {
		return augment.Edit{}, augment.Refuse("not-locked", "no result of a later step can be reached for")
	}
	refs, names := r.Refs()
	vars := [...]string{"target", prose.What(r.Node), "missing", prose.And(names)}
	frame := prose.Before(p.Steps(), s.Step)
	return augment.Edit{
		Steps: []format.Step{
			{Kind: format.Probe, Node: r.Node.ID, Refs: refs, Text: frame.Put(p.Phrases.Say("probe-"+r.Many(), vars[:]...))},
			{Kind: format.Return, Text: frame.Put(p.Phrases.Say("return", vars[:]...))},
		},
		Proof: format.Proof{Grade: "computed", Detail: r.Detail()},
	}, nil
}
