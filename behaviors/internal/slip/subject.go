package slip

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// Sites lists the steps that can be taken wrongly, by one of the errors that the
// recipe accepts.
func Sites(p *augment.Pass) []augment.Site {
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
		if n := Subject(p, s); n != nil && !(p.FoundOnly && len(p.MisstepsAt(i)) == 0) {
			list = append(list, augment.Site{Step: i, Node: n.ID})
		}
	}
	if len(list) > 0 && !prose.English(p.Problem.Question, p.Steps()[0].Text) {
		return nil
	}
	return list
}

// Subject returns the node that step s computes, if the step can be said again
// with another value: it makes one claim, and its value stands in the sentence
// for nothing else.
func Subject(p *augment.Pass, s *format.Step) *format.Node {
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
