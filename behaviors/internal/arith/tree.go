// Package arith takes the expression of a claim apart, so that a behavior can
// undo it, regroup it or get it wrong on purpose.
package arith

import "github.com/seed-cdf14512/graft/format"

// An Expr is a binary tree over the operands of an expression, every node with
// its exact value.
type Expr struct {
	Op    byte // one of + - * /, or 0 for an operand
	L, R  *Expr
	Value format.Num
	Arg   int // of an operand: its index in order of appearance
}

// Join makes l op r, or nil where a part is missing or the quotient has no
// value.
func Join(op byte, l, r *Expr) *Expr {
	if l == nil || r == nil {
		return nil
	}
	v, ok := Do(op, l.Value, r.Value)
	if !ok {
		return nil
	}
	return &Expr{Op: op, L: l, R: r, Value: v}
}

// Do computes a op b; ok is false for a division by zero.
func Do(op byte, a, b format.Num) (v format.Num, ok bool) {
	switch op {
	case '+':
		return a.Add(b), true
	case '-':
		return a.Sub(b), true
	case '*':
		return a.Mul(b), true
	case '/':
		return a.Quo(b)
	}
	return v, false
}

// Leaves lists the operands below e, left to right.
func (e *Expr) Leaves() []*Expr { return e.leaves(nil) }

func (e *Expr) leaves(dst []*Expr) []*Expr {
	if e.Op == 0 {
		return append(dst, e)
	}
	return e.R.leaves(e.L.leaves(dst))
}

// Binary reports whether e is one operation on two operands.
func (e *Expr) Binary() bool { return e.Op != 0 && e.L.Op == 0 && e.R.Op == 0 }

// Replace returns e with the operand arg replaced by sub; arguments of sub are
// renumbered to -1, because they stand in another claim.
func (e *Expr) Replace(arg int, sub *Expr) *Expr {
	if e.Op == 0 {
		if e.Arg == arg {
			return sub.foreign()
		}
		return e
	}
	return Join(e.Op, e.L.Replace(arg, sub), e.R.Replace(arg, sub))
}

func (e *Expr) foreign() *Expr {
	c := *e
	if e.Op == 0 {
		c.Arg = -1
		return &c
	}
	c.L, c.R = e.L.foreign(), e.R.foreign()
	return &c
}

// Walk calls f on every node of e, parts before the whole, left before right.
func (e *Expr) Walk(f func(*Expr)) {
	if e.Op != 0 {
		e.L.Walk(f)
		e.R.Walk(f)
	}
	f(e)
}
