package backtracksearch

import (
	"errors"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/game"
	"github.com/seed-cdf14512/graft/format"
)

// A reader reads a search back from its text.
type reader struct {
	*puzzle
	par     *Params
	nodes   map[string]*node
	open    map[string]bool // visited, and not given up
	at      *node           // of a dfs: where it is
	depth   int             // of the others: the level
	visited int
	found   bool
	spent   bool
}

func verify(p *augment.Pass, d *augment.Derived) error {
	z, par := read(p), p.Params.(*Params)
	if z == nil || p.Verdict(p.Attempt.Trace.ID) != "right" {
		return errors.New("the parent is no right attempt at a puzzle")
	}
	if d.Question != nil || d.Truth != "" || len(d.Parents) != 1 {
		return errors.New("it changes more than the answer")
	}
	root := &node{state: z.start, right: true, id: "#0"}
	r := &reader{puzzle: z, par: par, nodes: map[string]*node{"#0": root}, open: map[string]bool{"#0": true}, at: root}
	said := d.Answer
	if last, ok := closing(p.Attempt); ok && !d.Truncated {
		if said[len(said)-1] != last {
			return augment.Refuse("closing", "it does not end as its parent does")
		}
		said = said[:len(said)-1]
	}
	for i := range said {
		s := &said[i]
		line, whole := strings.CutSuffix(s.Text, "\n")
		if s.Parent != "" || !whole || strings.Contains(line, "\n") {
			return augment.Refuse("line", "segment %d is no line of a search", i+1)
		}
		if r.found || r.spent {
			return augment.Refuse("line", "the search goes on after its end: %q", line)
		}
		if err := r.line(i, s.Kind, line); err != nil {
			return err
		}
	}
	switch {
	case d.Truncated != r.spent || r.spent && !par.Failures:
		return augment.Refuse("budget", "the budget is spent: %v, the record cut off: %v", r.spent, d.Truncated)
	case !r.spent && !r.found:
		return augment.Refuse("target", "the search does not come to %s", z.solver.Target)
	}
	return nil
}

// line reads one line of a search.
func (r *reader) line(i int, kind format.Kind, s string) error {
	switch {
	case i == 0:
		if want := "Numbers " + given(r.start) + ", wanted " + r.solver.Target.String() + "."; s != want || kind != format.Setup {
			return augment.Refuse("opening", "%q, not %q", s, want)
		}
		return nil
	case kind == format.Branch:
		return r.state(s)
	case kind == format.Setup && r.par.Strategy != "dfs":
		r.depth++
		if want := "After " + strconv.Itoa(r.depth) + " of " + strconv.Itoa(len(r.start)-1) + " moves:"; s != want {
			return augment.Refuse("level", "%q, not %q", s, want)
		}
		return r.forgotten()
	case kind != format.Return:
		return augment.Refuse("line", "a %s: %q", kind, s)
	case r.visited == r.par.Budget && s == "The budget of "+strconv.Itoa(r.par.Budget)+" states is spent.":
		r.spent = true
		return nil
	}
	return r.back(s)
}

// forgotten holds a new level to the one before the last: every dead state on it has
// been followed or given up.
func (r *reader) forgotten() error {
	for id := range r.open {
		if n := r.nodes[id]; !n.right && strings.Count(id, ".")+1 < r.depth-1 && len(n.kids) == 0 {
			return augment.Refuse("forgotten", "%s is neither followed nor given up", id)
		}
	}
	return nil
}

// state reads "#1.2: 5 * 4 = 20 (left: 6 20)."
func (r *reader) state(s string) error {
	id, rest, ok := strings.Cut(s, ": ")
	equation, rest, ok2 := strings.Cut(rest, " (left: ")
	left, note, ok3 := strings.Cut(rest, ")")
	up := "#0"
	if at := strings.LastIndexByte(id, '.'); at >= 0 {
		up = id[:at]
	}
	parent := r.nodes[up]
	m, ok4 := game.ReadMove(equation)
	switch {
	case !ok || !ok2 || !ok3 || !ok4:
		return augment.Refuse("line", "no state: %q", s)
	case parent == nil || r.nodes[id] != nil || !r.open[up]:
		return augment.Refuse("address", "%s is visited twice, or comes from nowhere that is open", id)
	case id[strings.LastIndexAny(id, "#.")+1:] != strconv.Itoa(len(parent.kids)+1):
		return augment.Refuse("address", "%s is not the next branch of %s", id, up)
	case r.par.Strategy == "dfs" && parent != r.at:
		return augment.Refuse("address", "%s does not go on from %s, where the search is", id, r.at.id)
	case r.par.Strategy != "dfs" && strings.Count(id, ".")+1 != r.depth:
		return augment.Refuse("level", "%s does not belong to level %d", id, r.depth)
	case r.visited == r.par.Budget:
		return augment.Refuse("budget", "more than %d states are visited", r.par.Budget)
	}
	next, ok := parent.state.After(m)
	if !ok || m.V.D != 1 {
		return augment.Refuse("move", "%s does not follow from what is left at %s", equation, up)
	}
	if want := strings.ReplaceAll(given(next), ",", ""); left != want {
		return augment.Refuse("left", "%s leaves %s, not %s", equation, want, left)
	}
	n := &node{move: m, state: next, id: id, up: parent}
	if step := len(r.start) - len(next); parent.right && m == r.path[step-1] {
		n.right = true
	} else if err := r.isDead(n); err != nil {
		return err
	}
	parent.kids = append(parent.kids, n)
	r.nodes[id], r.open[id] = n, true
	r.visited++
	return r.arrived(n, note)
}

// isDead holds a state off the right way to what is promised of it.
func (r *reader) isDead(n *node) error {
	wrong, away := 1, 0
	for up := n.up; !up.right; up = up.up {
		away++
	}
	for _, kid := range n.up.kids {
		if !kid.right {
			wrong++
		}
		if kid.state.Key() == n.state.Key() {
			return augment.Refuse("twice", "%s leaves what %s left", n.id, kid.id)
		}
	}
	switch {
	case !r.solver.Dead(n.state):
		return augment.Refuse("not-dead", "%s may lead to %s", n.id, r.solver.Target)
	case away > r.par.Follow || away > 0 && r.par.Strategy == "beam":
		return augment.Refuse("too-far", "%s goes %d moves down a wrong branch", n.id, away)
	case wrong > r.par.Wrong:
		return augment.Refuse("too-many", "%s has more than %d wrong branches", n.up.id, r.par.Wrong)
	}
	if r.par.From == "tree" {
		for _, m := range r.tried[n.up.state.Key()] {
			if m == n.move {
				return nil
			}
		}
		return augment.Refuse("not-tried", "no attempt makes the move %s", n.move)
	}
	return nil
}

// arrived holds what is said of a state to what it is.
func (r *reader) arrived(n *node, note string) error {
	want := "."
	switch {
	case len(n.state) > 1:
		r.at = n
	case n.right:
		r.found, want = true, ", which is wanted."
	default:
		delete(r.open, n.id)
		want = ", which is not wanted; back to " + n.up.id + "."
	}
	if note != want {
		return augment.Refuse("note", "%q is said of %s, not %q", note, n.id, want)
	}
	return nil
}

// back reads "No way on from #1.2; back to #1."
func (r *reader) back(s string) error {
	rest, ok := strings.CutPrefix(s, "No way on from ")
	id, to, ok2 := strings.Cut(rest, "; back to ")
	n := r.nodes[id]
	switch {
	case !ok || !ok2 || n == nil || n.up == nil || to != n.up.id+".":
		return augment.Refuse("return", "no way back: %q", s)
	case n.right || !r.open[id]:
		return augment.Refuse("return", "%s is no dead end, or was given up before", id)
	case r.par.Strategy == "dfs" && r.at != n:
		return augment.Refuse("return", "the search is at %s, not at %s", r.at.id, id)
	}
	delete(r.open, id)
	r.at = n.up
	return nil
}
