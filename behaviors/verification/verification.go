package verification

import (
	_ "embed" // for the phrase bank
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
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
		if n := stated(p, i, par); n != nil {
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

// stated returns the last node that step i states and that can be checked.
func stated(p *augment.Pass, i int, par *Params) *format.Node {
	claims := p.Steps()[i].Claims
	for j := len(claims) - 1; j >= 0; j-- {
		n := p.Graph.Node(claims[j].Node)
		if n != nil && n.Bound && n.Kind == format.ResultNode && n.Step == p.Steps()[i].ID && n.Claim == j &&
			n.Unit != "%" && checkable(&claims[j]) && (par.Route != "regroup" || len(claims[j].Args) > 2) {
			return n
		}
	}
	return nil
}

// checkable is a quick look before the expression is taken apart: two operands
// or more, none of which makes the step trivial.
func checkable(c *format.Claim) bool {
	one := format.Int(1)
	for i := range c.Args {
		if v := &c.Args[i].Value; v.Sign() <= 0 || v.Equal(one) {
			return false
		}
	}
	return len(c.Args) > 1
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	n := p.Graph.Node(s.Node)
	step := &p.Steps()[s.Step]
	routes := routesOf(p, n, p.Params.(*Params).Route)
	if len(routes) == 0 {
		return augment.Edit{}, augment.Refuse("no-route", "%s has no check in short numbers", step.Claims[n.Claim].Expr)
	}
	r := choose(p, routes)
	st := styleOf(step.Text)
	text := p.Phrases.Say(r.section,
		"eqs", st.list(r.eqs, r.parallel),
		"value", prose.Amount(n, n.Value, "1"),
		"back", r.back,
		"way", ways[r.eqs[len(r.eqs)-1].Op],
		"made", st.made(r.made),
		"part", r.part)
	return augment.Edit{
		Steps: []format.Step{{Kind: format.Check, Node: n.ID, Text: prose.After(p.Steps(), s.Step).Put(text)}},
		Proof: format.Proof{Grade: "computed", Detail: r.section + ": " + st.list(r.eqs, false)},
	}, nil
}

// choose draws a family of routes first, so that a step with many inverses is
// not always undone.
func choose(p *augment.Pass, routes []route) route {
	var families []string
	for i := range routes {
		if !slices.Contains(families, routes[i].section) {
			families = append(families, routes[i].section)
		}
	}
	family := families[p.Rand.IntN(len(families))]
	n, chosen := 0, 0
	for i := range routes {
		if routes[i].section != family {
			continue
		}
		if n++; p.Rand.IntN(n) == 0 {
			chosen = i
		}
	}
	return routes[chosen]
}

// ways are the words for undoing: by what the last equation does.
var ways = map[byte]string{'+': "adding", '-': "subtracting", '*': "multiplying", '/': "dividing"}
