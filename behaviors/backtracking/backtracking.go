package backtracking

import (
	_ "embed" // for the phrase bank
	"fmt"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of backtracking.
type Params struct {
	Slip     string `json:"slip" jsonschema:"what kind of error is made" enum:"any,arithmetic,operand,operator,copied"`
	Distance int    `json:"distance" jsonschema:"most further steps that the error is carried through before it is noticed; drawn evenly from least" range:"0,3"`
	Least    int    `json:"least" jsonschema:"fewest further steps; a site that does not reach them is refused" range:"0,3"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	if p.Least > p.Distance {
		return fmt.Errorf("least is %d, above distance, %d", p.Least, p.Distance)
	}
	return nil
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "backtracking",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Slip: "any", Distance: 2},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	if p.Graph == nil {
		return nil
	}
	var list []augment.Site
	var code prose.Fence
	for i := range p.Steps() {
		s := &p.Steps()[i]
		if s.Kind == format.Answer {
			break
		}
		if code.Inside(s.Text) {
			continue
		}
		if n := subject(p, s); n != nil {
			list = append(list, augment.Site{Step: i, Node: n.ID})
		}
	}
	if len(list) > 0 && !prose.English(p.Problem.Question, p.Steps()[0].Text) {
		return nil
	}
	return list
}

// subject returns the node that step s computes, if the step can be said again
// with another value: it makes one claim, and its value stands in the sentence
// for nothing else.
func subject(p *augment.Pass, s *format.Step) *format.Node {
	if s.Kind == format.Answer || len(s.Claims) != 1 {
		return nil
	}
	c := &s.Claims[0]
	n := p.Graph.Node(c.Node)
	if n == nil || !n.Bound || n.Kind != format.ResultNode || n.Step != s.ID || n.Unit == "%" || len(c.Args) < 2 {
		return nil
	}
	if n.Value.Cmp(format.Int(2)) < 0 {
		return nil // one of a thing takes another grammar, and nothing has no slips
	}
	for i := range c.Args {
		if a := &c.Args[i]; a.Value.Equal(n.Value) || a.Value.Sign() <= 0 {
			return nil
		}
	}
	if !restated(p.Graph, s, n) {
		return nil
	}
	return n
}

// restated reports whether the value of n stands in the step only as the result
// of the claim. Where another node has the same value, a further mention may be
// of that one.
func restated(g *format.Graph, s *format.Step, n *format.Node) bool {
	if prose.Count(s.Text, n.Value) == 0 {
		return false
	}
	for i := range g.Nodes {
		m := &g.Nodes[i]
		if m.ID != n.ID && m.Value.Equal(n.Value) && (m.Kind == format.GivenNode || m.Step <= s.ID) {
			return false
		}
	}
	return true
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	par := p.Params.(*Params)
	w, err := newRoot(p, s.Step, par.Slip)
	if err != nil {
		return augment.Edit{}, err
	}
	chain := []misstep{w.misstep}
	for want := par.Least + p.Rand.IntN(par.Distance-par.Least+1); len(chain) <= want; {
		m, ok := carry(p, s.Step+len(chain), chain)
		if !ok {
			break
		}
		chain = append(chain, m)
	}
	if len(chain) <= par.Least {
		return augment.Edit{}, augment.Refuse("too-short", "the error carries on for %d steps, not %d", len(chain)-1, par.Least)
	}
	return tell(p, s, w, chain), nil
}

// tell puts the edit together.
func tell(p *augment.Pass, s augment.Site, w root, chain []misstep) augment.Edit {
	frame := prose.Before(p.Steps(), s.Step)
	var e augment.Edit
	refs := make([]format.NodeID, len(chain))
	amounts := make([]string, len(chain))
	for i, m := range chain {
		e.Steps = append(e.Steps, format.Step{Kind: format.Wrong, Node: m.node.ID, Text: frame.Again(m.text)})
		refs[i] = m.node.ID
		amounts[i] = m.amount(p)
	}
	alarm := "alarm"
	if len(chain) > 1 {
		alarm = "alarm-late"
	}
	vars := append([]string{"wrong", amounts[0], "rest", prose.And(amounts[1:])}, w.reason.vars...)
	doubt := p.Phrases.Say(alarm, vars...) + " " + prose.Sentence(p.Phrases.Say(w.reason.section, vars...))
	e.Steps = append(e.Steps,
		format.Step{Kind: format.Doubt, Node: chain[0].node.ID, Text: frame.Put(doubt)},
		format.Step{Kind: format.Retract, Node: chain[0].node.ID, Refs: refs, Text: frame.Put(retraction(p, chain, vars))})
	e.Proof = format.Proof{Grade: "computed", Detail: fmt.Sprintf("%s: %s is stated, %s is true; %d steps carried; doubt by %s",
		w.slip, chain[0].value, chain[0].node.Value, len(chain)-1, w.reason.section)}
	return e
}

func retraction(p *augment.Pass, chain []misstep, vars []string) string {
	section := [...]string{"retract-one", "retract-two"}[min(len(chain)-1, 1)]
	if len(chain) > 2 {
		section = "retract-more"
	}
	return p.Phrases.Say(section, vars...)
}
