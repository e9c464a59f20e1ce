package igsm

import (
	"math/bits"
	"strconv"
)

// A token is one piece of an equation: a number or a parameter with op 0 or
// 'v', otherwise one of + - * ( ).
type token struct {
	op byte
	v  int64
}

// equation appends the equation of a parameter: constant first, the rest in
// brackets where it has a sign of its own.
func (g *generator) equation(dst []token, p int) []token {
	n := &g.nodes[p]
	if n.random {
		dst = append(dst, token{v: n.k})
		if n.op != 0 {
			dst = append(dst, token{op: n.op})
		}
	}
	brackets := n.random && len(n.on) > 1
	if brackets {
		dst = append(dst, token{op: '('})
	}
	products := g.s.params[p].level > 1
	for i, q := range n.on {
		switch {
		case i == 0:
		case products && i%2 == 1:
			dst = append(dst, token{op: '*'})
		case n.sign != 0:
			dst = append(dst, token{op: n.sign})
		default:
			dst = append(dst, token{op: '+'})
		}
		dst = append(dst, token{op: 'v', v: int64(q)})
	}
	if brackets {
		dst = append(dst, token{op: ')'})
	}
	return dst
}

// write appends tokens as text, a parameter as its letter.
func (g *generator) write(dst []byte, ts []token) []byte {
	for _, t := range ts {
		switch t.op {
		case 0:
			dst = strconv.AppendInt(dst, t.v, 10)
		case 'v':
			dst = append(dst, g.letter[t.v])
		case '(', ')':
			dst = append(dst, t.op)
		default:
			dst = append(dst, ' ', t.op, ' ')
		}
	}
	return dst
}

// substitute puts values in the place of parameters.
func (g *generator) substitute(ts []token) {
	for i := range ts {
		if ts[i].op == 'v' {
			ts[i] = token{v: g.nodes[ts[i].v].value}
		}
	}
}

// reduce carries out the next operation: innermost bracket first, products
// before sums, left before right. It says false when one number is left.
func (g *generator) reduce(ts []token) ([]token, bool) {
	from, to := 0, len(ts)
	for i := range ts {
		if ts[i].op == ')' {
			to = i
			break
		}
		if ts[i].op == '(' {
			from = i + 1
		}
	}
	at := -1
	for i := from; i < to && at < 0; i++ {
		if ts[i].op == '*' {
			at = i
		}
	}
	for i := from; i < to && at < 0; i++ {
		if ts[i].op == '+' || ts[i].op == '-' {
			at = i
		}
	}
	if at < 0 {
		return ts, false
	}
	v, _ := g.apply(ts[at].op, ts[at-1].v, ts[at+1].v)
	lo, hi := at-1, at+2
	if lo == from && hi == to && to < len(ts) { // nothing else in the bracket
		lo, hi = lo-1, hi+1
	}
	ts[lo] = token{v: v}
	return append(ts[:lo+1], ts[hi:]...), true
}

// bound is the largest value that a problem may hold on the way to its answer.
const bound = 1 << 62

// apply computes a op b, modulo the problem's modulus where it has one; ok is
// false past the bound.
func (g *generator) apply(op byte, a, b int64) (v int64, ok bool) {
	switch op {
	case '+':
		v = a + b
	case '-':
		v = a - b
	case '*':
		v = a * b
		if hi, lo := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b))); hi != 0 || lo >= bound {
			return 0, false
		}
	}
	if m := int64(g.p.Mod); m > 0 {
		return (v%m + m) % m, true
	}
	return v, -bound < v && v < bound
}

// compute sets the value of a parameter from those it rests on.
func (g *generator) compute(p int) bool {
	n := &g.nodes[p]
	body, ok := int64(0), true
	step := func(op byte, a, b int64) int64 {
		v, in := g.apply(op, a, b)
		ok = ok && in
		return v
	}
	if g.s.params[p].level > 1 {
		for i := 0; i < len(n.on); i += 2 {
			body = step('+', body, step('*', g.nodes[n.on[i]].value, g.nodes[n.on[i+1]].value))
		}
	} else {
		for i, q := range n.on {
			sign := byte('+')
			if i > 0 && n.sign != 0 {
				sign = n.sign
			}
			body = step(sign, body, g.nodes[q].value)
		}
	}
	switch {
	case n.random && n.op == 0:
		body = step('+', n.k, 0)
	case n.random:
		body = step(n.op, n.k, body)
	}
	n.value = body
	return ok
}
