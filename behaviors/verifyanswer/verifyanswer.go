package verifyanswer

import (
	_ "embed" // for the phrase bank

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of verify_answer.
type Params struct {
	Route string `json:"route" jsonschema:"how to check: back to the question, by computing the value again, or whichever the trace allows" enum:"any,question,recompute"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "verify_answer",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Route: "any"},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	i := route.AnswerAt(p)
	n := final(p, i)
	if n == nil || !prose.English(p.Problem.Question, p.Steps()[i-1].Text) {
		return nil
	}
	var code prose.Fence
	for k := range p.Steps()[:i+1] {
		if code.Inside(p.Steps()[k].Text) && k == i {
			return nil
		}
	}
	return []augment.Site{{Step: i, Node: n.ID}}
}

// final returns the node whose value the answer at step i gives, if it is the
// last one computed before it and can be checked.
func final(p *augment.Pass, i int) *format.Node {
	n := route.Final(p, i)
	if n == nil || !n.Bound {
		return nil
	}
	if c := route.Claim(p, n); c == nil || !route.Checkable(c) {
		return nil
	}
	return n
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	n := p.Graph.Node(s.Node)
	if err := states(p, s.Step, n); err != nil {
		return augment.Edit{}, err
	}
	var routes []route.Route
	par := p.Params.(*Params)
	if par.Route != "recompute" {
		routes = append(routes, route.ToQuestion(p, n)...)
	}
	if par.Route != "question" {
		routes = append(routes, route.Of(p, n, "regroup")...)
		routes = append(routes, route.Of(p, n, "parts")...)
	}
	if len(routes) == 0 {
		return augment.Edit{}, augment.Refuse("no-route", "%s has no way back in short numbers", n.Value)
	}
	r := route.Choose(p, routes)
	like := p.Steps()[s.Step-1].Text
	return augment.Edit{
		Steps: []format.Step{{Kind: format.Check, Node: n.ID, Text: prose.Before(p.Steps(), s.Step).Put(r.Say(p, n, like))}},
		Proof: format.Proof{Grade: "computed", Detail: r.Section + ": " + route.StyleOf(like).List(r.Eqs, false)},
	}, nil
}

// states refuses an answer other than the value of n.
func states(p *augment.Pass, i int, n *format.Node) error {
	got, _, _, ok := answer.Final(p.Steps()[i].Text)
	if ok {
		if v, isNum := answer.Eval(got); isNum && v.Equal(n.Value) {
			return nil
		}
	}
	return augment.Refuse("not-final", "the answer is %q, the last value computed %s", got, n.Value)
}
