package backtracksearch

import (
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/game"
	"github.com/seed-cdf14512/graft/format"
)

// A writer writes a search down.
type writer struct {
	par     *Params
	target  game.Frac
	said    []augment.Segment
	visited int
	dead    int
	spent   bool // the budget
}

func (w *writer) say(kind format.Kind, text string) {
	w.said = append(w.said, augment.Stamped(kind, text))
}

// visit writes the kid of a state that comes k-th; false where the budget is spent.
func (w *writer) visit(n *node, k int) bool {
	if w.visited == w.par.Budget {
		w.spent = true
		w.say(format.Return, "The budget of "+strconv.Itoa(w.par.Budget)+" states is spent.\n")
		return false
	}
	w.visited++
	n.id = "#" + strconv.Itoa(k+1)
	if n.up.id != "#0" {
		n.id = n.up.id + "." + strconv.Itoa(k+1)
	}
	text := n.id + ": " + n.move.String() + " (left: " + strings.ReplaceAll(given(n.state), ",", "") + ")"
	switch {
	case len(n.state) == 1 && n.right:
		text += ", which is wanted"
	case len(n.state) == 1:
		w.dead++
		text += ", which is not wanted; back to " + n.up.id
	}
	w.say(format.Branch, text+".\n")
	return true
}

// back writes that a state is given up.
func (w *writer) back(n *node) {
	w.dead++
	w.say(format.Return, "No way on from "+n.id+"; back to "+n.up.id+".\n")
}

// deep writes a search that goes down one branch at a time; false where it stopped.
func (w *writer) deep(n *node) bool {
	for k, kid := range n.kids {
		if !w.visit(kid, k) || !w.deep(kid) {
			return false
		}
	}
	if !n.right && len(n.state) > 1 {
		w.back(n)
	}
	return true
}

// wide writes a search level by level. What has no kids is given up after its level.
func (w *writer) wide(root *node) {
	level := []*node{root}
	for depth := 1; len(level) > 0; depth++ {
		w.say(format.Setup, "After "+strconv.Itoa(depth)+" of "+strconv.Itoa(len(root.state)-1)+" moves:\n")
		var next, gone []*node
		for _, n := range level {
			for k, kid := range n.kids {
				if !w.visit(kid, k) {
					return
				}
				switch {
				case len(kid.kids) > 0:
					next = append(next, kid)
				case len(kid.state) == 1 && kid.right:
					return
				case len(kid.state) > 1:
					gone = append(gone, kid)
				}
			}
		}
		for _, n := range gone {
			w.back(n)
		}
		level = next
	}
}
