// Package param finds places in traces of problems that declare parameters, a
// line for each: "Let x be the number of A in each B. x = y + z = 3 + 4 = 7."
package param

import (
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// A Line is where a trace works a parameter out.
type Line struct {
	Node  *format.Node
	First int // index of the step that gives the letter
}

// Known reports whether the nodes of the graph are parameters.
func Known(p *augment.Pass) bool {
	return p.Graph != nil && len(p.Graph.Nodes) > 0 && p.Graph.Nodes[0].Kind == format.ParamNode
}

// Lines lists the lines of a trace in order; none where the problem declares no
// parameters.
func Lines(p *augment.Pass) (list []Line) {
	if !Known(p) {
		return nil
	}
	for i := range p.Steps() {
		s := &p.Steps()[i]
		if n := p.Graph.Node(s.Node); n != nil && s.Symbol != "" && n.Step >= s.ID {
			list = append(list, Line{n, i})
		}
	}
	return list
}

// Inner are the lines before which something may be tried: not the first and not
// the last.
func Inner(p *augment.Pass) []Line {
	if list := Lines(p); len(list) > 2 {
		return list[1 : len(list)-1]
	}
	return nil
}

// Solved reports whether a parameter stands before step i.
func Solved(p *augment.Pass, i int, n *format.Node) bool {
	return n.Step > 0 && n.Step < p.Steps()[i].ID
}

// Missing are the parents of a parameter that do not stand before step i.
func Missing(p *augment.Pass, i int, n *format.Node) (list []*format.Node) {
	for _, id := range n.Parents {
		if m := p.Graph.Node(id); !Solved(p, i, m) {
			list = append(list, m)
		}
	}
	return list
}

// Spare reports whether nothing needs a parameter: no line works it out.
func Spare(n *format.Node) bool { return n.Step == 0 }

// Idle reports whether a parameter that nothing needs can be worked out before step
// i from what the source has by then. A detour may have done so by that step, and
// what tells of the parameter must not depend on whether it did.
func Idle(p *augment.Pass, i int, n *format.Node) bool {
	return Spare(n) && n.Equation != "" && len(Missing(p, i, n)) == 0
}

// Body is what a premise says of its parameter, after "equals"; nothing for a
// parameter that follows from others.
func Body(n *format.Node) string {
	_, body, _ := strings.Cut(n.Premise, " equals ")
	return body
}

// levels are the chances of saying a premise, in percent, by what it rests on:
// nothing, one, two, three, more. Its own constant counts as one.
var levels = [5][5]uint32{{100, 100, 100, 100, 100}, {0, 0, 10, 40, 80}, {0, 10, 40, 80, 100}, {0, 40, 80, 100, 100}, {0, 100, 100, 100, 100}}

// Percent is the chance of saying the premise of n at a level, 0 for one that has
// none. Level 0 makes no difference between premises.
func Percent(level int, n *format.Node) uint32 {
	if n.Premise == "" {
		return 0
	}
	rests := len(n.Parents)
	if c := n.Equation[0]; c >= '0' && c <= '9' {
		rests++
	}
	return levels[level][min(rests, 4)]
}

// Odds is Percent as the odds of a site; ok is false where there is no chance.
func Odds(level int, n *format.Node) (odds uint32, ok bool) {
	p := Percent(level, n)
	return p * 65536 / 100, p > 0
}

// Letter is the letter of a parameter: the one that its line gives it or, where no
// line does, one of those left over, the same for every edit; 0 if there is none.
func Letter(p *augment.Pass, n *format.Node) byte {
	var taken [128]bool
	for _, l := range Lines(p) {
		c := p.Steps()[l.First].Symbol[0]
		if l.Node == n {
			return c
		}
		taken[c&127] = true
	}
	at := 0
	for i := range p.Graph.Nodes[:n.ID-1] {
		if Spare(&p.Graph.Nodes[i]) {
			at++
		}
	}
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		if taken[c] {
			continue
		}
		if at == 0 {
			return c
		}
		at--
	}
	return 0
}

// Names are what sentences call parameters, and their numbers.
func Names(list []*format.Node) (names []string, ids []format.NodeID) {
	for _, n := range list {
		names, ids = append(names, "the number of "+n.Name), append(ids, n.ID)
	}
	return names, ids
}

// Plain reports whether the name of a parameter has no digit, which might give a
// value away.
func Plain(n *format.Node) bool { return n.Name != "" && !strings.ContainsAny(n.Name, "0123456789") }
