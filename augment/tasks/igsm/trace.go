package igsm

import (
	"strconv"

	"github.com/seed-cdf14512/graft/format"
)

// The envelope of a reference trace.
const (
	opening = "<think>\nLet me take the quantities one by one.\n"
	ending  = "The final answer is \\boxed{"
)

// namings introduce a letter. The replay verifier knows the same forms.
var namings = [...][3]string{
	{"Let ", " be the number of ", ". "},
	{"Write ", " for the number of ", ". "},
	{"Call ", " the number of ", ". "},
}

// letters gives every parameter of the problem a letter of its own; false where
// they are more than there are letters.
func (g *generator) letters() bool {
	var all [52]byte
	for i := range 26 {
		all[i], all[26+i] = 'a'+byte(i), 'A'+byte(i)
	}
	n := 0
	for _, list := range [2][]int{g.order, g.extra} {
		for _, p := range list {
			if n == len(all) {
				return false
			}
			j := between(g.r, n, len(all)-1)
			all[n], all[j] = all[j], all[n]
			g.letter[p] = all[n]
			n++
		}
	}
	g.spareLetters = append(g.spareLetters[:0], all[n:]...)
	return true
}

// trace writes the reference trace: for every needed parameter a step that
// names it, one with its equation in letters and in numbers, hops of one
// operation each if they are wanted, and one with its value. They stand on one
// line, so that something can be put between any two.
func (g *generator) trace() []format.Step {
	steps := make([]format.Step, 0, 3*len(g.order)+2)
	add := func(s format.Step) *format.Step {
		s.ID = len(steps) + 1
		steps = append(steps, s)
		return &steps[len(steps)-1]
	}
	if g.p.Envelope {
		add(format.Step{Kind: format.Setup, Text: opening})
	}
	for _, p := range g.order {
		n := &g.nodes[p]
		id := g.ids[p]
		how := &namings[g.r.IntN(len(namings))]
		b := append(append(append(g.buf[:0], how[0]...), g.letter[p]), how[1]...)
		b = append(append(b, g.s.params[p].name...), how[2]...)
		refs := make([]format.NodeID, len(n.on))
		for i, q := range n.on {
			refs[i] = g.ids[q]
		}
		add(format.Step{Kind: format.Setup, Text: string(b), Node: id, Symbol: string(rune(g.letter[p]))})
		b = append(b[:0], g.letter[p])
		if len(n.on) == 0 { // a constant
			b = strconv.AppendInt(append(b, " = "...), n.value, 10)
			add(format.Step{Kind: format.Compute, Text: string(append(b, ".\n"...)), Node: id})
			g.say(id, &steps[len(steps)-1])
			g.buf = b
			continue
		}
		g.tokens = g.equation(g.tokens[:0], p)
		b = g.write(append(b, " = "...), g.tokens)
		var expr string
		if len(g.tokens) > 1 {
			g.substitute(g.tokens)
			from := len(b) + len(" = ")
			b = g.write(append(b, " = "...), g.tokens)
			expr = string(b[from:])
		}
		add(format.Step{Kind: format.Derive, Text: string(b), Node: id, Refs: refs})
		for g.p.Hops {
			var more bool
			if g.tokens, more = g.reduce(g.tokens); !more || len(g.tokens) == 1 {
				break
			}
			b = g.write(append(b[:0], " = "...), g.tokens)
			add(format.Step{Kind: format.Derive, Text: string(b), Node: id})
		}
		b = strconv.AppendInt(append(b[:0], " = "...), n.value, 10)
		s := add(format.Step{Kind: format.Compute, Text: string(append(b, ".\n"...)), Node: id, Refs: refs})
		g.say(id, s)
		if expr != "" {
			s.Claims = []format.Claim{{Expr: expr, Value: string(b[3:]), Start: 3, End: len(b), Node: id, Args: g.args(p)}}
		}
		g.buf = b
	}
	answer := strconv.FormatInt(g.nodes[g.target()].value, 10)
	text := "So the answer is " + answer + ".\n"
	if g.p.Envelope {
		text += "</think>\n<answer>\n" + ending + answer + "}.\n</answer>"
	}
	add(format.Step{Kind: format.Answer, Text: text})
	return steps
}

// say notes in a node of the graph which step states its value, and where.
func (g *generator) say(id format.NodeID, s *format.Step) {
	n := &g.graph[id-1]
	n.Step = s.ID
	n.End = len(s.Text) - len(".\n")
	n.Start = n.End
	for n.Start > 0 && s.Text[n.Start-1] != ' ' {
		n.Start--
	}
}

// args are the operands of an equation in the order in which they are written.
func (g *generator) args(p int) []format.Arg {
	n := &g.nodes[p]
	list := make([]format.Arg, 0, len(n.on)+1)
	if n.random {
		list = append(list, format.Arg{Text: strconv.FormatInt(n.k, 10), Value: format.Int(n.k), Binding: format.Constant})
	}
	for _, q := range n.on {
		v := g.nodes[q].value
		list = append(list, format.Arg{Text: strconv.FormatInt(v, 10), Value: format.Int(v), Binding: format.Result, Node: g.ids[q]})
	}
	return list
}
