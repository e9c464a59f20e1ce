package igsm

import (
	"strconv"

	"github.com/seed-cdf14512/graft/format"
)

// solution writes the solution of a modular problem in the grammar of the
// original:
//
//	solution := sentence { ". " sentence } "."
//	sentence := "Define " PARAM " as " L "; " { L2 " = " sym " = " num " = " INT "; " } "so " L " = " [ sym " = " ] [ num " = " ] INT
//
// One operation a clause; what a bracket or a product comes to gets a letter of
// its own. It says false where the letters do not suffice.
func (g *generator) solution() ([]format.Step, bool) {
	steps := make([]format.Step, 0, 2*len(g.order)+1)
	add := func(s format.Step) {
		s.ID = len(steps) + 1
		steps = append(steps, s)
	}
	spare := g.spareLetters
	for i, p := range g.order {
		id, n := g.ids[p], &g.nodes[p]
		name := "Define " + g.s.params[p].name + " as " + string(rune(g.letter[p]))
		add(format.Step{Kind: format.Setup, Text: name + "; ", Node: id, Symbol: string(rune(g.letter[p]))})
		refs := make([]format.NodeID, len(n.on))
		for k, q := range n.on {
			refs[k] = g.ids[q]
		}
		g.tokens = g.equation(g.tokens[:0], p)
		b := g.buf[:0]
		var ok bool
		if b, spare, ok = g.clauses(b, p, spare); !ok {
			return nil, false
		}
		if b = append(b, '.'); i < len(g.order)-1 {
			b = append(b, ' ')
		}
		s := format.Step{Kind: format.Compute, Text: string(b), Node: id, Refs: refs}
		g.buf = b
		add(s)
		g.sayBefore(id, &steps[len(steps)-1])
	}
	answer := strconv.FormatInt(g.nodes[g.target()].value, 10)
	if g.p.Envelope {
		add(format.Step{Kind: format.Answer, Text: "\n#### " + answer})
	}
	return steps, true
}

// clauses writes an equation one operation a clause. Letters stand in tokens as
// numbers with op 'l' whose value is known by the token before.
func (g *generator) clauses(b []byte, p int, spare []byte) ([]byte, []byte, bool) {
	type operand struct {
		letter byte // 0 for a constant
		v      int64
	}
	var stack [2 * most]operand
	value := func(t token) operand {
		if t.op == 'v' {
			return operand{g.letter[t.v], g.nodes[t.v].value}
		}
		return operand{0, t.v}
	}
	put := func(o operand) {
		if o.letter != 0 {
			b = append(b, o.letter)
		} else {
			b = strconv.AppendInt(b, o.v, 10)
		}
	}
	left := len(g.tokens) / 2 // operations, where there are no brackets
	for _, t := range g.tokens {
		if t.op == '(' {
			left--
		}
	}
	do := func(op byte, x, y operand) (operand, bool) {
		left--
		z := operand{g.letter[p], 0}
		z.v, _ = g.apply(op, x.v, y.v)
		if left == 0 {
			b = append(b, "so "...)
		} else {
			if len(spare) == 0 {
				return z, false
			}
			z.letter, spare = spare[0], spare[1:]
		}
		b = append(append(b, z.letter), " = "...)
		put(x)
		b = append(b, ' ', op, ' ')
		put(y)
		b = strconv.AppendInt(append(b, " = "...), x.v, 10)
		b = append(b, ' ', op, ' ')
		b = strconv.AppendInt(b, y.v, 10)
		b = strconv.AppendInt(append(b, " = "...), z.v, 10)
		if left > 0 {
			b = append(b, "; "...)
		}
		return z, true
	}
	if len(g.tokens) == 1 { // a constant or a copy
		x := value(g.tokens[0])
		b = append(append(append(b, "so "...), g.letter[p]), " = "...)
		if x.letter != 0 {
			b = append(append(b, x.letter), " = "...)
		}
		return strconv.AppendInt(b, x.v, 10), spare, true
	}
	// The rest of the equation first, then the constant before it.
	ts, head := g.tokens, 0
	if ts[0].op == 0 && g.nodes[p].random {
		head, ts = 2, ts[2:]
		if ts[0].op == '(' {
			ts = ts[1 : len(ts)-1]
		}
	}
	n, ok := 0, true
	for i := 0; i < len(ts); i += 2 { // products, as they come
		x := value(ts[i])
		if i+1 < len(ts) && ts[i+1].op == '*' {
			if x, ok = do('*', x, value(ts[i+2])); !ok {
				return b, spare, false
			}
			i += 2
		}
		stack[n] = x
		n++
	}
	x := stack[0]
	for i := 1; i < n; i++ {
		op := byte('+')
		if g.nodes[p].sign != 0 {
			op = g.nodes[p].sign
		}
		if x, ok = do(op, x, stack[i]); !ok {
			return b, spare, false
		}
	}
	if head > 0 {
		_, ok = do(g.tokens[1].op, value(g.tokens[0]), x)
	}
	return b, spare, ok
}

// sayBefore notes where a clipped sentence states its value: before its full
// stop.
func (g *generator) sayBefore(id format.NodeID, s *format.Step) {
	n := &g.graph[id-1]
	n.Step, n.End = s.ID, len(s.Text)
	for n.End > 0 && s.Text[n.End-1] != '.' {
		n.End--
	}
	n.End--
	n.Start = n.End
	for n.Start > 0 && s.Text[n.Start-1] != ' ' {
		n.Start--
	}
}
