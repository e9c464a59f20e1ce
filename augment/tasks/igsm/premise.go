package igsm

import "strconv"

// state draws the constants and signs of a parameter and words its premise.
// What an abstract parameter is follows from the structure, so it has none.
func (g *generator) state(p int) {
	n := &g.nodes[p]
	if g.s.params[p].abstract {
		return
	}
	for i := len(n.on) - 1; i > 0; i-- {
		j := g.r.IntN(i + 1)
		n.on[i], n.on[j] = n.on[j], n.on[i]
	}
	if n.random {
		if len(n.on) > 0 {
			n.op = '+'
			if coin(g.r) {
				n.op = '*'
			}
		}
		low := 0
		if g.p.Mod > 0 && n.op == '*' {
			low = 1
		}
		n.k = int64(between(g.r, low, g.constants-1))
	}
	if len(n.on) == 2 {
		n.sign = '+'
		if coin(g.r) {
			n.sign = '-'
		}
	}
	b := append(g.buf[:0], "The number of "...)
	b = append(append(b, g.s.params[p].name...), " equals "...)
	subject := len(b)
	b = g.body(b, n)
	n.premise = string(b)
	n.body = n.premise[subject:]
	g.buf = b
}

// body words what a parameter is: [k | k more than | k times] and the rest.
func (g *generator) body(b []byte, n *node) []byte {
	if n.random {
		b = strconv.AppendInt(b, n.k, 10)
		switch n.op {
		case '+':
			b = append(b, " more than "...)
		case '*':
			b = append(b, " times "...)
		}
	}
	switch {
	case len(n.on) == 2 && n.sign == '-':
		b = append(b, "the difference of "...)
	case len(n.on) >= 2:
		b = append(b, "the sum of "...)
	}
	for i, q := range n.on {
		switch {
		case i > 0 && i == len(n.on)-1:
			b = append(b, " and "...)
		case i > 0:
			b = append(b, ", "...)
		}
		b = append(b, g.s.params[q].name...)
	}
	return b
}

// question joins the premises in random order and asks for the last parameter.
func (g *generator) question() string {
	told := g.told[:0]
	for _, list := range [2][]int{g.order, g.extra} {
		for _, p := range list {
			if !g.s.params[p].abstract {
				told = append(told, p)
			}
		}
	}
	g.told = told
	for i := len(told) - 1; i > 0; i-- {
		j := g.r.IntN(i + 1)
		told[i], told[j] = told[j], told[i]
	}
	b := g.buf[:0]
	for _, p := range told {
		b = append(append(b, g.nodes[p].premise...), ".\n"...)
	}
	b = append(b, "How many "...)
	name := g.s.params[g.target()].name
	for i := range name {
		if name[i:i+len(inEach)] == inEach {
			b = append(append(append(b, name[:i]...), " are there"...), name[i:]...)
			break
		}
	}
	g.buf = append(b, '?')
	return string(g.buf)
}

// inEach stands between the thing counted and its container.
const inEach = " in each "

// target is the parameter that is asked for.
func (g *generator) target() int { return g.order[len(g.order)-1] }
