// Package reach finds results that cannot be worked out yet, and what they lack.
package reach

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// A Reach is a locked node and what it lacks before a step.
type Reach struct {
	Node *format.Node

	missing [4]*format.Node
	n       int
}

// Missing are the values that the node lacks.
func (r *Reach) Missing() []*format.Node { return r.missing[:r.n] }

// First returns the first node that may be reached for before step i, and that
// lacks at most most values; its Node is nil where there is none.
func First(p *augment.Pass, i, most int) Reach {
	for at := range nodes(p) {
		if r := reachable(p, i, at, most); r.Node != nil {
			return r
		}
	}
	return Reach{}
}

// Pick chooses among the nodes that may be reached for before step i.
func Pick(p *augment.Pass, i, most int) (chosen Reach, ok bool) {
	n := 0
	for at := range nodes(p) {
		r := reachable(p, i, at, most)
		if r.Node == nil {
			continue
		}
		if n++; p.Rand.IntN(n) == 0 {
			chosen = r
		}
	}
	return chosen, n > 0
}

func nodes(p *augment.Pass) []format.Node {
	if p.Graph == nil {
		return nil
	}
	return p.Graph.Nodes
}

// reachable says what the node at index at of the graph lacks before step i; its
// node is nil where it may not be reached for.
func reachable(p *augment.Pass, i, at, most int) (r Reach) {
	t := &p.Graph.Nodes[at]
	next := p.Steps()[i].ID
	if t.Kind == format.GivenNode || !t.Bound || t.Step <= next || !sayable(t) {
		return r
	}
	if t.Kind == format.ParamNode && (p.Steps()[i].Symbol == "" || p.Steps()[i].Node == t.ID) {
		return r // of problems with parameters, before a line only, and not for its own
	}
	for _, id := range t.Parents {
		m := p.Graph.Node(id)
		if m.Kind == format.GivenNode || m.Step < next {
			continue
		}
		if r.n == min(most, len(r.missing)) || !sayable(m) {
			return Reach{}
		}
		r.missing[r.n] = m
		r.n++
	}
	if r.n == 0 {
		return Reach{}
	}
	r.Node = t
	return r
}

// sayable reports whether a node has a name that may stand in an edit: a digit
// in it might give a value away.
func sayable(n *format.Node) bool {
	return prose.Named(n) && !strings.ContainsAny(n.Name, "0123456789")
}

// Refs are the missing nodes, and what a sentence calls them.
func (r *Reach) Refs() (refs []format.NodeID, names []string) {
	refs, names = make([]format.NodeID, r.n), make([]string, r.n)
	for i, m := range r.Missing() {
		names[i], refs[i] = prose.What(m), m.ID
	}
	return refs, names
}

// Many says how many values are missing, as sections are named: one or many.
func (r *Reach) Many() string {
	if r.n > 1 {
		return "many"
	}
	return "one"
}

// Detail is what the proof says.
func (r *Reach) Detail() string {
	var b strings.Builder
	b.WriteString("locked: " + r.Node.Name + "; missing:")
	for i, m := range r.Missing() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + m.Name)
	}
	return b.String()
}

// Verify holds a probe, with the text of the whole edit, to a node that really
// comes later than the step at hand, and to naming no other unsolved node but
// those that are missing. That the node is locked and the missing set exact, the
// engine has proved.
func Verify(p *augment.Pass, s augment.Site, probe *format.Step, text string) error {
	n := p.Graph.Node(probe.Node)
	if n == nil || s.After || s.Step >= len(p.Steps()) {
		return augment.Refuse("no-node", "the probe is about no node, or stands beside no step")
	}
	if n.Step <= p.Steps()[s.Step].ID {
		return augment.Refuse("next-step", "node %d is what the step at hand computes", n.ID)
	}
	if strings.IndexByte(text, '=') >= 0 {
		return augment.Refuse("states-value", "a reflection states no equation")
	}
	return extra(p, s, probe, text)
}

// extra refuses an edit that names an unsolved node other than the one it
// reaches for and those that are missing. A name inside a longer one that may
// stand, as clips in clips in May, is not named by it.
func extra(p *augment.Pass, s augment.Site, probe *format.Step, text string) error {
	may := append([]format.NodeID{probe.Node}, probe.Refs...)
	for k := range p.Graph.Nodes {
		u := &p.Graph.Nodes[k]
		if u.Name == "" || u.Kind == format.GivenNode || u.Step < p.Steps()[s.Step].ID || slices.Contains(may, u.ID) {
			continue
		}
		rest := text
		for _, id := range may {
			if m := p.Graph.Node(id); m != nil && strings.Contains(m.Name, u.Name) {
				rest = strings.ReplaceAll(rest, m.Name, "\x00")
			}
		}
		if prose.HasPhrase(rest, u.Name) {
			return augment.Refuse("extra-named", "the text names %q, which is unsolved and not missing", u.Name)
		}
	}
	return nil
}
