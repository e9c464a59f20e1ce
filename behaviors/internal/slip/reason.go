package slip

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/format"
)

// A reason is why a wrong value must be wrong: the section of the phrase bank
// that tells it, what the section needs, and the equations it shows.
type reason struct {
	section string
	vars    []string
	eqs     []arith.Eq
}

// doubt finds a reason against a slip. A slip of arithmetic is found by an
// equation that its outcome fails; any other by what was meant.
func (sl *slip) doubt(p *augment.Pass, n *format.Node, e *arith.Expr) (r reason, ok bool) {
	switch {
	case sl.conv != nil:
		return reason{section: "unit-" + opNames[e.Op], vars: []string{
			"meant", e.L.Value.String(), "taken", e.R.Value.String(), "fact", sl.conv.fact(), "unit", sl.conv.words()}}, true
	case sl.op != 0:
		return reason{section: "operator-" + opNames[e.Op], vars: []string{
			"meant", e.L.Value.String(), "taken", e.R.Value.String()}}, true
	case sl.arg >= 0:
		section := "operand"
		if p.Rand.IntN(2) == 0 {
			section = "instead"
		}
		return reason{section: section, vars: []string{"meant", sl.meant.String(), "taken", sl.taken.String()}}, true
	}
	list := reasons(e, n.Value, sl.value)
	if len(list) == 0 {
		return r, false
	}
	return list[p.Rand.IntN(len(list))], true
}

var opNames = map[byte]string{'+': "plus", '-': "minus", '*': "times", '/': "divide"}

// reasons lists the equations by which the outcome w of e shows itself wrong.
// None of them states the true value.
func reasons(e *arith.Expr, value, w format.Num) (list []reason) {
	for i, leaf := range e.Leaves() {
		eqs, ok := e.Inverse(w, i)
		if !ok || !presentable(eqs) || len(eqs) > 3 {
			continue
		}
		got := eqs[len(eqs)-1].V
		if got.Equal(leaf.Value) || leaf.Value.IsInt() && e.Value.IsInt() && !got.Mul(format.Int(10)).IsInt() {
			continue
		}
		list = append(list, reason{section: "inverse", eqs: eqs, vars: []string{
			"eqs", said(eqs), "got", got.String(), "want", leaf.Value.String()}})
	}
	if e.Binary() {
		for _, f := range [...]func(*arith.Expr, format.Num) (reason, bool){leftover, lastDigit, bound} {
			if r, ok := f(e, w); ok {
				list = append(list, r)
			}
		}
	}
	kept := list[:0]
	for _, r := range list {
		if !tells(r.eqs, value) {
			kept = append(kept, r)
		}
	}
	return kept
}

// presentable keeps numbers positive and short.
func presentable(eqs []arith.Eq) bool {
	for _, q := range eqs {
		if q.A.Sign() <= 0 || q.B.Sign() <= 0 || q.V.Sign() <= 0 || !q.V.Mul(format.Int(100)).IsInt() {
			return false
		}
	}
	return true
}

func tells(eqs []arith.Eq, value format.Num) bool {
	for _, q := range eqs {
		if q.A.Equal(value) || q.B.Equal(value) || q.V.Equal(value) {
			return true
		}
	}
	return false
}

// ints are the two operands of a whole-number operation and its wrong outcome.
func ints(e *arith.Expr, w format.Num) (a, b, v int64, ok bool) {
	a, ok1 := e.L.Value.Int64()
	b, ok2 := e.R.Value.Int64()
	v, ok3 := w.Int64()
	return a, b, v, ok1 && ok2 && ok3 && a > 1 && b > 1 && max(a, b, v) < 1e9
}

// leftover: a product is a multiple of both factors, and w is not.
func leftover(e *arith.Expr, w format.Num) (r reason, ok bool) {
	a, b, v, ok := ints(e, w)
	if !ok || e.Op != '*' {
		return r, false
	}
	for _, f := range [2]int64{min(a, b), max(a, b)} {
		if v%f == 0 || v/f < 2 {
			continue
		}
		p, _ := arith.Make(format.Int(f), '*', format.Int(v/f))
		q, _ := arith.Make(w, '-', p.V)
		eqs := []arith.Eq{p, q}
		return reason{section: "leftover", eqs: eqs, vars: []string{
			"eqs", said(eqs), "got", q.V.String(), "want", format.Int(f).String()}}, true
	}
	return r, false
}

// lastDigit: the last digits of sum and product follow from those of the
// operands.
func lastDigit(e *arith.Expr, w format.Num) (r reason, ok bool) {
	a, b, v, ok := ints(e, w)
	if !ok || e.Op != '*' && e.Op != '+' || a < 10 && b < 10 || a%10 == 0 || b%10 == 0 {
		return r, false
	}
	q, _ := arith.Make(format.Int(a%10), e.Op, format.Int(b%10))
	end, _ := q.V.Int64()
	if end %= 10; end == v%10 || q.Dull() {
		return r, false
	}
	eqs := []arith.Eq{q}
	return reason{section: "last-digit", eqs: eqs, vars: []string{
		"eqs", said(eqs), "got", format.Int(end).String(), "want", format.Int(v % 10).String()}}, true
}

// bound: rounding one factor up gives more than the product, rounding it down
// less.
func bound(e *arith.Expr, w format.Num) (r reason, ok bool) {
	a, b, v, ok := ints(e, w)
	if !ok || e.Op != '*' {
		return r, false
	}
	if a < b {
		a, b = b, a
	}
	if a < 11 || a%10 == 0 {
		return r, false
	}
	up, down := a/10*10+10, a/10*10
	section, round := "too-big", up
	switch {
	case v > up*b:
	case v < down*b:
		section, round = "too-small", down
	default:
		return r, false
	}
	q, _ := arith.Make(format.Int(round), '*', format.Int(b))
	eqs := []arith.Eq{q}
	return reason{section: section, eqs: eqs, vars: []string{
		"eqs", said(eqs), "got", q.V.String(), "want", format.Int(a).String(), "taken", format.Int(round).String()}}, true
}

func said(eqs []arith.Eq) string {
	s := ""
	for i, q := range eqs {
		switch {
		case i > 0 && i == len(eqs)-1:
			s += " and then "
		case i > 0:
			s += ", "
		}
		s += q.A.String() + " " + string(q.Op) + " " + q.B.String() + " = " + q.V.String()
	}
	return s
}
