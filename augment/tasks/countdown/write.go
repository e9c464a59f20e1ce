package countdown

import (
	"strconv"

	"github.com/seed-cdf14512/graft/format"
)

// A mark is where a step ends in the text of an attempt, and what it is.
type mark struct {
	kind format.Kind
	end  int
}

// attempt writes the solution or the search; ok is false where a search found
// nothing and such are not kept, and a is nil where no attempt is wanted.
func (g *generator) attempt() (a *format.Attempt, ok bool) {
	g.text, g.marks = g.text[:0], g.marks[:0]
	path, n, found := g.path, g.n-1, true
	switch g.p.Trace {
	case "none":
		return nil, true
	case "solution":
		g.opening()
		g.solution()
	default:
		g.opening()
		at := int32(0)
		if g.p.Trace == "dfs" {
			at = g.dfs()
		} else {
			at = g.beam()
		}
		if at < 0 && !g.p.Failures {
			return nil, false
		}
		if found = at >= 0; found {
			path, n = g.pathTo(at)
		}
	}
	a = &format.Attempt{Author: "countdown", Label: format.Right}
	if found {
		b := append(g.text, "So "...)
		if g.p.Compact {
			b = append(g.text, "= "...)
		}
		from := len(b)
		b = g.expression(b, path[:n])
		eq := len(b)
		b = strconv.AppendInt(append(b, " = "...), int64(g.target), 10)
		a.Answer = string(b[from:eq])
		g.text = b
		g.end(format.Answer, ".")
	} else {
		a.Label = format.WrongLabel
		g.say(format.Answer, "Nothing found within the budget.", "x")
	}
	a.Trace.Steps = g.steps()
	return a, true
}

// end closes a step.
func (g *generator) end(kind format.Kind, stop string) {
	if !g.p.Compact {
		g.text = append(g.text, stop...)
	}
	g.text = append(g.text, '\n')
	g.marks = append(g.marks, mark{kind, len(g.text)})
}

func (g *generator) say(kind format.Kind, words, compact string) {
	if g.p.Compact {
		words = compact
	}
	g.text = append(g.text, words...)
	g.end(kind, "")
}

func (g *generator) opening() {
	if g.p.Compact {
		g.text = append(g.list(g.text, g.given[:g.n], " "), " : "...)
		g.text = strconv.AppendInt(g.text, int64(g.target), 10)
	} else {
		g.text = append(g.list(append(g.text, "Numbers "...), g.given[:g.n], ", "), ", wanted "...)
		g.text = strconv.AppendInt(g.text, int64(g.target), 10)
	}
	g.end(format.Setup, ".")
}

// equation writes a move.
func (g *generator) equation(m move) {
	b := strconv.AppendInt(g.text, int64(m.a), 10)
	b = strconv.AppendInt(append(b, ' ', m.op, ' '), int64(m.b), 10)
	g.text = strconv.AppendInt(append(b, " = "...), int64(m.value), 10)
}

// solution writes the moves of the solution, with what is left after each.
func (g *generator) solution() {
	var left [most]int32
	copy(left[:], g.given[:g.n])
	for i, n := 0, g.n; n > 1; i, n = i+1, n-1 {
		m := g.path[i]
		g.equation(m)
		rest := left[:0]
		a, b := true, true
		for _, v := range left[:n] {
			switch {
			case a && v == m.a:
				a = false
			case b && v == m.b:
				b = false
			default:
				rest = append(rest, v)
			}
		}
		g.left(append(rest, m.value))
		g.end(format.Compute, ".")
	}
}

// left lists what is left.
func (g *generator) left(nums []int32) {
	if g.p.Compact {
		g.text = g.list(append(g.text, " | "...), nums, " ")
		return
	}
	g.text = g.list(append(g.text, " (left: "...), nums, " ")
	g.text = append(g.text, ')')
}

// address names a state by the branches that lead to it.
func (g *generator) address(at int32) {
	var ways [most]int32
	n := 0
	for s := at; g.tree.states[s].parent >= 0; s = g.tree.states[s].parent {
		ways[n] = g.tree.states[s].ways
		n++
	}
	g.text = append(g.text, '#')
	for i := n - 1; i >= 0; i-- {
		if g.p.Compact {
			g.text = append(g.text, ' ')
		} else if i < n-1 {
			g.text = append(g.text, '.')
		}
		g.text = strconv.AppendInt(g.text, int64(ways[i]+1), 10)
	}
}

// wroteState writes a state that the search has come to.
func (g *generator) wroteState(at int32) {
	s := &g.tree.states[at]
	g.address(at)
	if g.p.Compact {
		g.text = append(g.text, ' ')
	} else {
		g.text = append(g.text, ": "...)
	}
	g.equation(s.move)
	g.left(s.left[:s.n])
	switch {
	case g.goal(at):
		g.note(", which is wanted", " !")
	case s.n == 1:
		g.note(", which is not wanted", " x")
	}
	g.end(format.Branch, ".")
}

func (g *generator) note(words, compact string) {
	if g.p.Compact {
		words = compact
	}
	g.text = append(g.text, words...)
}

// wroteBack writes that a state is exhausted.
func (g *generator) wroteBack(at int32) {
	g.note("No way on from ", "< ")
	g.address(at)
	g.end(format.Return, ".")
}

// wroteLevel writes that a beam goes one level deeper.
func (g *generator) wroteLevel(depth int) {
	g.note("The best after ", "> ")
	g.text = strconv.AppendInt(g.text, int64(depth), 10)
	if !g.p.Compact {
		g.text = append(g.text, " move"...)
		if depth > 1 {
			g.text = append(g.text, 's')
		}
	}
	g.end(format.Setup, ":")
}

// steps cuts the text at its marks. Claims are left to be found in the text, as
// they will be when a build is proved again from its files.
func (g *generator) steps() []format.Step {
	text := string(g.text)
	steps := make([]format.Step, len(g.marks))
	at := 0
	for i, m := range g.marks {
		steps[i] = format.Step{ID: i + 1, Kind: m.kind, Text: text[at:m.end]}
		at = m.end
	}
	return steps
}
