// Package retry starts on a quantity out of turn and goes back, without a reason.
package retry

import (
	_ "embed" // for the phrase bank
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// Phrases is the bank of both behaviors that retry.
//
//go:embed phrases.txt
var Phrases string

// A Manner is how a start is taken back.
type Manner struct {
	As   string // words, bare or token
	Back string // the mark of bare and token
}

// A Pool says which nodes may be started on before step i. It must not look at
// edits.
type Pool func(p *augment.Pass, i int, n *format.Node) bool

// Sites lists the steps before which the pool has something sayable.
func Sites(p *augment.Pass, in Pool) (list []augment.Site) {
	if p.Graph == nil {
		return nil
	}
	var code prose.Fence
	for i := range p.Steps() {
		s := &p.Steps()[i]
		if s.Kind == format.Answer {
			break
		}
		if code.Inside(s.Text) {
			continue
		}
		for k := range p.Graph.Nodes {
			if n := &p.Graph.Nodes[k]; Sayable(n) && in(p, i, n) {
				list = append(list, augment.Site{Step: i, Node: n.ID})
				break
			}
		}
	}
	if len(list) > 0 && !prose.English(p.Problem.Question, p.Steps()[0].Text) {
		return nil
	}
	return list
}

// Sayable reports whether a node has a name that may stand in an edit: no digit,
// which might give a value away.
func Sayable(n *format.Node) bool {
	return prose.Named(n) && !strings.ContainsAny(n.Name, "0123456789")
}

// Write draws a node of the pool, starts on it, and goes back.
func Write(p *augment.Pass, s augment.Site, in Pool, m Manner) (augment.Edit, error) {
	if m.As == "token" && (p.HasToken == nil || !p.HasToken(m.Back)) {
		return augment.Edit{}, augment.Refuse("no-token", "the tokenizer has no token %q; tokenize.add in the recipe adds it", m.Back)
	}
	n := draw(p, s.Step, in)
	if n == nil {
		return augment.Edit{}, augment.Refuse("no-node", "nothing can be started on here")
	}
	frame := prose.Before(p.Steps(), s.Step)
	start := format.Step{Kind: format.Branch, Node: n.ID}
	back := format.Step{Kind: format.Return}
	switch m.As {
	case "token":
		// A control token is encoded by its id, so no white space may go with it.
		start.Text = frame.Put(p.Phrases.Say("bare", "target", prose.What(n)))
		back.Kind, back.Text = format.Control, m.Back
	case "bare":
		start.Text = frame.Put(p.Phrases.Say("bare", "target", prose.What(n)))
		back.Text = frame.Put(m.Back)
	default:
		start.Text = frame.Put(p.Phrases.Say("start", "target", prose.What(n)))
		back.Text = frame.Put(p.Phrases.Say("back"))
	}
	return augment.Edit{
		Steps: []format.Step{start, back},
		Proof: format.Proof{Grade: "computed", Detail: Class(p, s, n) + ": " + n.Name},
	}, nil
}

func draw(p *augment.Pass, i int, in Pool) (chosen *format.Node) {
	count := 0
	for k := range p.Graph.Nodes {
		n := &p.Graph.Nodes[k]
		if !Sayable(n) || !in(p, i, n) {
			continue
		}
		if count++; p.Rand.IntN(count) == 0 {
			chosen = n
		}
	}
	return chosen
}

// Class says whether starting on n at a site is an error: locked if something it
// rests on is not known by then, open if it could be computed, given if it stands
// in the question.
func Class(p *augment.Pass, s augment.Site, n *format.Node) string {
	if n.Kind == format.GivenNode {
		return "given"
	}
	next := p.Steps()[s.Step].ID
	for _, id := range n.Parents {
		if m := p.Graph.Node(id); m != nil && m.Kind != format.GivenNode && m.Step >= next {
			return "locked"
		}
	}
	return "open"
}

// Verify holds the edit to its shape: a start on a node of the pool, a way back,
// no equation, and a proof that says truly whether the start was an error.
func Verify(p *augment.Pass, s augment.Site, e augment.Edit, in Pool, m Manner) error {
	want := format.Return
	if m.As == "token" {
		want = format.Control
	}
	if len(e.Steps) != 2 || e.Steps[0].Kind != format.Branch || e.Steps[1].Kind != want || s.After {
		return augment.Refuse("shape", "an edit is a start and a way back, before a step")
	}
	n := p.Graph.Node(e.Steps[0].Node)
	if n == nil || !in(p, s.Step, n) {
		return augment.Refuse("not-in-pool", "node %d is none that may be started on here", e.Steps[0].Node)
	}
	if m.As != "words" && strings.TrimSpace(e.Steps[1].Text) != m.Back {
		return augment.Refuse("shape", "the way back is %q, not %q", e.Steps[1].Text, m.Back)
	}
	if m.As == "token" && (p.HasToken == nil || !p.HasToken(m.Back)) {
		return augment.Refuse("no-token", "the tokenizer has no token %q; tokenize.add in the recipe adds it", m.Back)
	}
	if strings.IndexByte(e.Steps[0].Text+e.Steps[1].Text, '=') >= 0 {
		return augment.Refuse("states-value", "a start states no equation")
	}
	if class, _, _ := strings.Cut(e.Proof.Detail, ":"); class != Class(p, s, n) {
		return augment.Refuse("class", "the proof says %q, the graph %q", class, Class(p, s, n))
	}
	return nil
}

// Used reports whether a claim of the steps has the node as an operand.
func Used(steps []format.Step, id format.NodeID) bool {
	for i := range steps {
		for j := range steps[i].Claims {
			c := &steps[i].Claims[j]
			for k := range c.Args {
				if c.Args[k].Node == id {
					return true
				}
			}
		}
	}
	return false
}
