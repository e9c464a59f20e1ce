// Package retry starts on a quantity out of turn and goes back, without a reason.
package retry

import (
	_ "embed" // for the phrase bank
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Phrases is the bank of both behaviors that retry.
//
//go:embed phrases.txt
var Phrases string

// A Manner is how a start is taken back.
type Manner struct {
	As    string // words, bare or token
	Back  string // the mark of bare and token
	Again int    // of 100 starts, how many are followed by another one
}

// most bounds the starts of one edit.
const most = 8

// A Pool says which nodes may be started on before step i. It must not look at
// edits.
type Pool func(p *augment.Pass, i int, n *format.Node) bool

// clipped reports whether a solution is in the grammar whose steps are not bound to
// the parameters of its problem.
func clipped(p *augment.Pass) bool {
	return p.Problem.Checker == "igsm" && !param.Known(p) && len(p.Steps()) > 0 && answer.Clipped(p.Steps()[0].Text)
}

// Sites lists the steps before which the pool has something sayable. A clipped
// solution offers its first, for [Write] to refuse: silence would look like chance.
func Sites(p *augment.Pass, in Pool) (list []augment.Site) {
	if clipped(p) {
		return []augment.Site{{}}
	}
	if p.Graph == nil {
		return nil
	}
	var code prose.Fence
	for i := range p.Steps() {
		s := &p.Steps()[i]
		if s.Kind == format.Answer {
			break
		}
		if code.Inside(s.Text) || param.Known(p) && s.Symbol == "" {
			continue // of problems with parameters, before a line only
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
	if clipped(p) {
		return augment.Edit{}, augment.Refuse("clipped", "a solution in the clipped grammar, whose steps are not bound to parameters; without --mod, graft gen igsm writes lines that are")
	}
	if m.As == "token" && (p.HasToken == nil || !p.HasToken(m.Back)) {
		return augment.Edit{}, augment.Refuse("no-token", "the tokenizer has no token %q; tokenize.add in the recipe adds it", m.Back)
	}
	var e augment.Edit
	for len(e.Steps) < 2*most {
		n := draw(p, s.Step, func(p *augment.Pass, i int, n *format.Node) bool {
			return in(p, i, n) && !slices.ContainsFunc(e.Steps, func(s format.Step) bool { return s.Node == n.ID })
		})
		if n == nil && e.Steps == nil {
			return augment.Edit{}, augment.Refuse("no-node", "nothing can be started on here")
		}
		if n == nil {
			break
		}
		e.Steps = append(e.Steps, one(p, s, n, m)...)
		if e.Proof.Grade == "" {
			e.Proof = format.Proof{Grade: "computed", Detail: Class(p, s, n) + ": " + n.Name}
		}
		if m.Again == 0 || p.Rand.IntN(100) >= m.Again {
			break
		}
	}
	return e, nil
}

// one is a start on n and the way back.
func one(p *augment.Pass, s augment.Site, n *format.Node, m Manner) []format.Step {
	frame := prose.Before(p.Steps(), s.Step)
	start := format.Step{Kind: format.Branch, Node: n.ID}
	back := format.Step{Kind: format.Return}
	switch {
	case m.As != "words" && param.Known(p): // on one line, as replay reads it
		start.Text = strings.TrimSpace(p.Phrases.Say("bare", "target", prose.What(n))) + " "
		if back.Text = m.Back + "\n"; m.As == "token" {
			back.Kind, back.Text = format.Control, m.Back
		}
	case m.As == "token":
		// A control token is encoded by its id, so no white space may go with it.
		start.Text = frame.Put(p.Phrases.Say("bare", "target", prose.What(n)))
		back.Kind, back.Text = format.Control, m.Back
	case m.As == "bare":
		start.Text = frame.Put(p.Phrases.Say("bare", "target", prose.What(n)))
		back.Text = frame.Put(m.Back)
	default:
		start.Text = frame.Put(p.Phrases.Say("start", "target", prose.What(n)))
		back.Text = frame.Put(p.Phrases.Say("back"))
	}
	return []format.Step{start, back}
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
	switch {
	case n.Kind == format.GivenNode:
		return "given"
	case Locked(p, s.Step, n):
		return "locked"
	}
	return "open"
}

// Locked reports whether something that n rests on does not stand before step i.
func Locked(p *augment.Pass, i int, n *format.Node) bool {
	for _, id := range n.Parents {
		if m := p.Graph.Node(id); m != nil && m.Kind != format.GivenNode && !param.Solved(p, i, m) {
			return true
		}
	}
	return false
}

// Later reports whether a step after step i works n out.
func Later(p *augment.Pass, i int, n *format.Node) bool {
	at := p.Steps()[i]
	if n.Kind == format.ParamNode && n.ID == at.Node {
		return false // of the line that begins here
	}
	return n.Kind != format.GivenNode && n.Step > at.ID
}

// Verify holds the edit to its shape: a start on a node of the pool, a way back,
// no equation, and a proof that says truly whether the start was an error.
func Verify(p *augment.Pass, s augment.Site, e augment.Edit, in Pool, m Manner) error {
	want := format.Return
	if m.As == "token" {
		want = format.Control
	}
	if len(e.Steps) < 2 || len(e.Steps)%2 > 0 || len(e.Steps) > 2 && m.Again == 0 || s.After {
		return augment.Refuse("shape", "an edit is a start and a way back, before a step")
	}
	for k := 0; k < len(e.Steps); k += 2 {
		start, back := &e.Steps[k], &e.Steps[k+1]
		if start.Kind != format.Branch || back.Kind != want {
			return augment.Refuse("shape", "an edit is a start and a way back, before a step")
		}
		n := p.Graph.Node(start.Node)
		if n == nil || !in(p, s.Step, n) {
			return augment.Refuse("not-in-pool", "node %d is none that may be started on here", start.Node)
		}
		if m.As != "words" && strings.TrimSpace(back.Text) != m.Back {
			return augment.Refuse("shape", "the way back is %q, not %q", back.Text, m.Back)
		}
		if strings.IndexByte(start.Text+back.Text, '=') >= 0 {
			return augment.Refuse("states-value", "a start states no equation")
		}
	}
	if m.As == "token" && (p.HasToken == nil || !p.HasToken(m.Back)) {
		return augment.Refuse("no-token", "the tokenizer has no token %q; tokenize.add in the recipe adds it", m.Back)
	}
	n := p.Graph.Node(e.Steps[0].Node)
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
