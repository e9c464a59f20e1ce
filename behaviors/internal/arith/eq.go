package arith

import "github.com/seed-cdf14512/graft/format"

// An Eq is one exact equation, A Op B = V.
type Eq struct {
	A  format.Num
	Op byte
	B  format.Num
	V  format.Num
}

// Make computes a op b; ok is false where the result cannot be written as a
// short decimal.
func Make(a format.Num, op byte, b format.Num) (q Eq, ok bool) {
	v, ok := Do(op, a, b)
	return Eq{a, op, b, v}, ok && Short(v)
}

// Same reports whether two equations are the same computation: equal operator
// and operands, in either order where the order does not matter.
func (q Eq) Same(r Eq) bool {
	if q.Op != r.Op {
		return false
	}
	if q.A.Equal(r.A) && q.B.Equal(r.B) {
		return true
	}
	return (q.Op == '+' || q.Op == '*') && q.A.Equal(r.B) && q.B.Equal(r.A)
}

// Dull reports whether the equation changes nothing: times one, plus zero.
func (q Eq) Dull() bool {
	switch q.Op {
	case '+':
		return q.A.Sign() == 0 || q.B.Sign() == 0
	case '-':
		return q.B.Sign() == 0
	}
	one := format.Int(1)
	return q.B.Equal(one) || q.Op == '*' && q.A.Equal(one)
}

// Own lists the equations by which e is computed as it is written.
func (e *Expr) Own() []Eq { return e.own(nil) }

func (e *Expr) own(dst []Eq) []Eq {
	if e.Op == 0 {
		return dst
	}
	dst = e.R.own(e.L.own(dst))
	return append(dst, Eq{e.L.Value, e.Op, e.R.Value, e.Value})
}

// Short reports whether x has at most four decimals and twelve digits: what a
// student would write out in full.
func Short(x format.Num) bool {
	y := x.Mul(format.Int(10000))
	n, ok := y.Int64()
	return ok && n > -1e15 && n < 1e15
}

// Inverse undoes e from the value from down to the operand arg: each equation
// takes back one operation. If from is e's value, the last equation arrives at
// the operand; if it is not, the arrival shows it. ok is false where a step has
// no short value or changes nothing.
func (e *Expr) Inverse(from format.Num, arg int) (eqs []Eq, ok bool) {
	for e.Op != 0 {
		left := e.L.holds(arg)
		down, other := e.R, e.L
		if left {
			down, other = e.L, e.R
		}
		eqs = other.own(eqs)
		q, ok := undo(e.Op, from, other.Value, left)
		if !ok || q.Dull() || !Short(q.A) || !Short(q.B) {
			return nil, false
		}
		eqs = append(eqs, q)
		e, from = down, q.V
	}
	return eqs, len(eqs) > 0
}

// undo finds one side of an operation from its value and the other side.
func undo(op byte, value, other format.Num, left bool) (Eq, bool) {
	switch {
	case op == '+':
		return Make(value, '-', other)
	case op == '*':
		return Make(value, '/', other)
	case op == '-' && left:
		return Make(value, '+', other)
	case op == '-':
		return Make(other, '-', value)
	case left:
		return Make(value, '*', other)
	}
	return Make(other, '/', value)
}

func (e *Expr) holds(arg int) bool {
	if e.Op == 0 {
		return e.Arg == arg
	}
	return e.L.holds(arg) || e.R.holds(arg)
}
