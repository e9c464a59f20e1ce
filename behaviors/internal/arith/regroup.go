package arith

import "github.com/seed-cdf14512/graft/format"

// A term is a member of a flat sum or product; back says that it is subtracted
// or divided by.
type term struct {
	value format.Num
	back  bool
}

// flat lists the members of e if it is a sum of at least three terms, or a
// product of at least three factors.
func (e *Expr) flat() (terms []term, ops [2]byte) {
	switch e.Op {
	case '+', '-':
		ops = [2]byte{'+', '-'}
	case '*', '/':
		ops = [2]byte{'*', '/'}
	default:
		return nil, ops
	}
	terms = e.members(nil, ops, false)
	if len(terms) < 3 {
		return nil, ops
	}
	return terms, ops
}

func (e *Expr) members(dst []term, ops [2]byte, back bool) []term {
	if e.Op != ops[0] && e.Op != ops[1] {
		return append(dst, term{e.Value, back})
	}
	dst = e.L.members(dst, ops, back)
	return e.R.members(dst, ops, back != (e.Op == ops[1]))
}

// Regroup computes a sum or product of three or more members in other orders,
// each by equations none of which e or the equations given would use. It returns
// every such way that stays among short, positive numbers.
func (e *Expr) Regroup(used []Eq) (ways [][]Eq) {
	terms, ops := e.flat()
	if terms == nil || len(terms) > 5 {
		return nil
	}
	used = append(used[:len(used):len(used)], e.Own()...)
	order := make([]term, 0, len(terms))
	for start := range terms {
		for _, step := range [2]int{1, len(terms) - 1} {
			order = order[:0]
			for k := range terms {
				order = append(order, terms[(start+k*step)%len(terms)])
			}
			if eqs := chain(order, ops, e.Value, used); eqs != nil && !known(ways, eqs) {
				ways = append(ways, eqs)
			}
		}
	}
	if eqs := collect(terms, ops, e.Value, used); eqs != nil && !known(ways, eqs) {
		ways = append(ways, eqs)
	}
	return ways
}

// chain works through the terms in the given order.
func chain(order []term, ops [2]byte, want format.Num, used []Eq) (eqs []Eq) {
	if order[0].back {
		return nil
	}
	at := order[0].value
	for _, t := range order[1:] {
		op := ops[0]
		if t.back {
			op = ops[1]
		}
		q, ok := Make(at, op, t.value)
		if !ok || !fresh(q, used) {
			return nil
		}
		eqs, at = append(eqs, q), q.V
	}
	return ending(eqs, want)
}

// collect joins what is taken away first, and takes it away at once.
func collect(terms []term, ops [2]byte, want format.Num, used []Eq) (eqs []Eq) {
	var acc [2]format.Num
	var have [2]bool
	for _, t := range terms {
		k := 0
		if t.back {
			k = 1
		}
		if !have[k] {
			acc[k], have[k] = t.value, true
			continue
		}
		q, ok := Make(acc[k], ops[0], t.value)
		if !ok || !fresh(q, used) {
			return nil
		}
		eqs, acc[k] = append(eqs, q), q.V
	}
	if !have[0] || !have[1] {
		return nil
	}
	q, ok := Make(acc[0], ops[1], acc[1])
	if !ok || !fresh(q, used) {
		return nil
	}
	return ending(append(eqs, q), want)
}

// Distribute computes (a ± b) op c as a op c ± b op c, where e is the left side
// with the sum put in; nil where e has no such shape.
func (e *Expr) Distribute() []Eq {
	if e.Op != '*' && e.Op != '/' {
		return nil
	}
	sum, by, left := e.L, e.R, true
	if e.Op == '*' && sum.Op == 0 {
		sum, by, left = e.R, e.L, false
	}
	if sum.Op != '+' && sum.Op != '-' || by.Op != 0 || !sum.Binary() {
		return nil
	}
	side := func(x format.Num) (Eq, bool) {
		if left {
			return Make(x, e.Op, by.Value)
		}
		return Make(by.Value, e.Op, x)
	}
	p, ok1 := side(sum.L.Value)
	q, ok2 := side(sum.R.Value)
	if !ok1 || !ok2 || e.Value.IsInt() && !(p.V.IsInt() && q.V.IsInt()) {
		return nil
	}
	r, ok := Make(p.V, sum.Op, q.V)
	own := e.Own()
	if !ok || !fresh(p, own) || !fresh(q, own) || !fresh(r, own) {
		return nil
	}
	return ending([]Eq{p, q, r}, e.Value)
}

// fresh reports whether q is worth saying: not dull, positive, short, and none
// of the equations used already.
func fresh(q Eq, used []Eq) bool {
	if q.Dull() || q.V.Sign() <= 0 || !Short(q.A) || !Short(q.B) {
		return false
	}
	for _, u := range used {
		if q.Same(u) {
			return false
		}
	}
	return true
}

func ending(eqs []Eq, want format.Num) []Eq {
	if len(eqs) < 2 || !eqs[len(eqs)-1].V.Equal(want) {
		return nil
	}
	return eqs
}

func known(ways [][]Eq, eqs []Eq) bool {
	for _, w := range ways {
		if len(w) != len(eqs) {
			continue
		}
		same := true
		for i := range w {
			same = same && w[i].Same(eqs[i])
		}
		if same {
			return true
		}
	}
	return false
}
