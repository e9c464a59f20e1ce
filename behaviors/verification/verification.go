package verification

import (
	_ "embed" // for the phrase bank

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of verification.
type Params struct {
	Where string `json:"where" jsonschema:"which values to check: any, or only the one that stands last before the answer" enum:"any,before-answer"`
	Route string `json:"route" jsonschema:"how to check: inverse, regroup, parts, or whichever the step allows" enum:"any,inverse,regroup,parts"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "verification",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Where: "any", Route: "any"},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	if p.Graph == nil {
		return nil
	}
	par := p.Params.(*Params)
	steps := p.Steps()
	var list []augment.Site
	var code prose.Fence
	for i := range steps {
		if steps[i].Kind == format.Answer {
			break
		}
		if code.Inside(steps[i].Text) {
			continue
		}
		if n := route.Stated(p, i, par.Route); n != nil {
			list = append(list, augment.Site{Step: i, After: true, Node: n.ID})
		}
	}
	if len(list) == 0 || !prose.English(p.Problem.Question, steps[list[0].Step].Text) {
		return nil
	}
	if par.Where == "before-answer" {
		last := list[len(list)-1]
		if next := last.Step + 1; next < len(steps) && steps[next].Kind != format.Answer {
			return nil
		}
		return []augment.Site{last}
	}
	return list
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	n := p.Graph.Node(s.Node)
	step := &p.Steps()[s.Step]
	routes := route.Of(p, n, p.Params.(*Params).Route)
	if len(routes) == 0 {
		return augment.Edit{}, augment.Refuse("no-route", "%s has no check in short numbers", step.Claims[n.Claim].Expr)
	}
	r := route.Choose(p, routes)
	text := r.Say(p, n, step.Text)
	return augment.Edit{
		Steps: []format.Step{{Kind: format.Check, Node: n.ID, Text: prose.After(p.Steps(), s.Step).Put(text)}},
		Proof: format.Proof{Grade: "computed", Detail: r.Section + ": " + route.StyleOf(step.Text).List(r.Eqs, false)},
	}, nil
}
