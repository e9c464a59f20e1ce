package answer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// backs are the marks that take a start back.
var backs = [...]string{"BACK", "<back>", "<|back|>", "<backtrack>", "<|backtrack|>"}

// A mention is where a line names a parameter.
type mention struct {
	node format.NodeID
	at   int
}

// ahead replays a line that names parameters without a letter and works nothing
// out. There are three kinds, and none states a number or names what is worked
// out already:
//
//   - a start taken back names one parameter and has one of backs;
//   - a plan says so before its first name, and names each parameter after what
//     it rests on, the last one resting on all the others;
//   - anything else is a parameter and what is missing for it, exactly.
func (r *replay) ahead(line string) *Violation {
	named, rest := r.mentions(line)
	switch {
	case strings.Contains(rest, inEach) || len(named) == 0:
		return r.fail(RuleNode, "names no parameter of the question: %q", clip(line))
	case strings.ContainsAny(rest, "0123456789="):
		return r.fail(RuleLeak, "a value is claimed for %s: %q", r.name(named[0].node), clip(line))
	}
	for _, m := range named[:1] {
		if r.done(m.node) {
			return r.fail(RuleTwice, "%s was worked out before", r.name(m.node))
		}
	}
	if len(named) == 1 && slices.ContainsFunc(backs[:], func(mark string) bool { return strings.Contains(rest, mark) }) {
		return nil
	}
	if strings.Contains(strings.ToLower(line[:named[0].at]), "plan") {
		return r.planned(named)
	}
	return r.lacks(named)
}

// lacks holds the first parameter of a line to those named after it: they are
// its unsolved parents, and all of them.
func (r *replay) lacks(named []mention) *Violation {
	n := &r.nodes[named[0].node-1]
	missing := 0
	for _, p := range n.Parents {
		if r.done(p) {
			continue
		}
		missing++
		if !slices.ContainsFunc(named[1:], func(m mention) bool { return m.node == p }) {
			return r.fail(RuleMissing, "%s is missing, and not named", r.name(p))
		}
	}
	if missing == 0 {
		return r.fail(RuleLocked, "all that %s rests on is known", n.Name)
	}
	if len(named) != missing+1 {
		return r.fail(RuleMissing, "more is named than what %s rests on and lacks", n.Name)
	}
	return nil
}

func (r *replay) planned(named []mention) *Violation {
	last := named[len(named)-1].node
	for i, m := range named {
		if r.done(m.node) {
			return r.fail(RuleTwice, "%s is planned, and was worked out before", r.name(m.node))
		}
		if m.node != last && !r.restsOn(last, m.node) {
			return r.fail(RuleMissing, "%s does not rest on %s", r.name(last), r.name(m.node))
		}
		for _, later := range named[i+1:] {
			if r.restsOn(m.node, later.node) {
				return r.fail(RuleParents, "%s is planned before %s, which it rests on", r.name(m.node), r.name(later.node))
			}
		}
	}
	if len(named) < 2 {
		return r.fail(RuleMissing, "a plan of one parameter")
	}
	return nil
}

// restsOn reports whether a parameter rests on another, directly or not. What it
// rests on has a smaller number, so the marks below it are enough.
func (r *replay) restsOn(id, on format.NodeID) bool {
	if on >= id {
		return false
	}
	marked := make([]bool, id+1)
	marked[id] = true
	for i := id; i > on; i-- {
		if marked[i] {
			for _, p := range r.nodes[i-1].Parents {
				marked[p] = true
			}
		}
	}
	return marked[on]
}

// mentions finds the parameters that a line names, in order, each once. A name
// inside a longer one is not named by it; rest is the line without the names.
func (r *replay) mentions(line string) (named []mention, rest string) {
	if len(r.longest) != len(r.nodes) {
		r.longest = r.longest[:0]
		for i := range r.nodes {
			r.longest = append(r.longest, r.nodes[i].ID)
		}
		slices.SortStableFunc(r.longest, func(a, b format.NodeID) int { return cmp.Compare(len(r.name(b)), len(r.name(a))) })
	}
	b := []byte(line)
	for _, id := range r.longest {
		name, first := r.name(id), -1
		for from := 0; ; {
			at := strings.Index(string(b[from:]), name)
			if at < 0 {
				break
			}
			at += from
			end := at + len(name)
			if from = end; (at > 0 && isWord(b[at-1])) || (end < len(b) && isWord(b[end])) {
				continue
			}
			for i := at; i < end; i++ {
				b[i] = '_'
			}
			if first < 0 {
				first = at
			}
		}
		if first >= 0 {
			named = append(named, mention{id, first})
		}
	}
	slices.SortFunc(named, func(a, b mention) int { return cmp.Compare(a.at, b.at) })
	return named, string(b)
}

func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c >= 0x80 }
