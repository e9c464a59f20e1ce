package jinja

import (
	"math"
	"math/big"
	"strings"
)

type negate struct {
	at    place
	minus bool
	e     expr
}

func (x *negate) eval(r *run, e *env) Value {
	v := x.e.eval(r, e)
	f, i, whole, ok := number(v)
	switch {
	case r.err != nil:
		return undefined{}
	case !ok || whole && i == math.MinInt64:
		return r.fail(x.at, "no sign for a %s", typeName(v))
	case whole && x.minus:
		return -i
	case whole:
		return i
	case x.minus:
		return -f
	}
	return f
}

type binary struct {
	at   place
	op   byte // + - * / % ^ (power) d (//)
	a, b expr
}

func (x *binary) eval(r *run, e *env) Value {
	a, b := x.a.eval(r, e), x.b.eval(r, e)
	if r.at = x.at; !r.step(1) {
		return undefined{}
	}
	if u, ok := a.(undefined); ok {
		return r.undefined(x.at, u)
	}
	if u, ok := b.(undefined); ok {
		return r.undefined(x.at, u)
	}
	switch x.op {
	case '+':
		if v := r.join(a, b); v != nil {
			return v
		}
	case '*':
		if v := r.repeat(x.at, a, b); v != nil {
			return v
		}
	case '%':
		if t, ok := a.(*Text); ok {
			return r.percent(x.at, t, b)
		}
	}
	return r.arithmetic(x.at, x.op, a, b)
}

// join is + of texts and of lists; nil for anything else.
func (r *run) join(a, b Value) Value {
	switch x := a.(type) {
	case *Text:
		if y, ok := b.(*Text); ok && r.spend(len(x.S)+len(y.S)) {
			switch {
			case x.S == "" && len(x.Marks) == 0:
				return y
			case y.S == "" && len(y.Marks) == 0:
				return x
			}
			t := &Text{S: x.S + y.S}
			if len(x.Marks)+len(y.Marks) > 0 {
				marks := append(make([]Mark, 0, len(x.Marks)+len(y.Marks)), x.Marks...)
				t.Marks = appendMarks(marks, y.Marks, 0, len(y.S), len(x.S))
			}
			return t
		}
	case *List:
		if y, ok := b.(*List); ok && x.Tuple == y.Tuple && r.spend(16*(len(x.Items)+len(y.Items))) {
			items := make([]Value, 0, len(x.Items)+len(y.Items))
			return &List{Items: append(append(items, x.Items...), y.Items...), Tuple: x.Tuple}
		}
	}
	if r.err != nil {
		return undefined{}
	}
	return nil
}

// repeat is * of a text or list and a number; nil for anything else.
func (r *run) repeat(at place, a, b Value) Value {
	if _, i, whole, ok := number(a); ok && whole {
		a, b = b, i
	}
	_, n, whole, ok := number(b)
	if !ok || !whole {
		return nil
	}
	n = max(n, 0)
	switch x := a.(type) {
	case *Text:
		if n > 0 && int64(len(x.S)) > math.MaxInt32/n || !r.spend(len(x.S)*int(n)) {
			return r.limit()
		}
		return x.made(strings.Repeat(x.S, int(n)))
	case *List:
		if n > 0 && int64(len(x.Items)) > math.MaxInt32/n || !r.spend(16*len(x.Items)*int(n)) {
			return r.limit()
		}
		var items []Value
		for range n {
			items = append(items, x.Items...)
		}
		return &List{Items: items, Tuple: x.Tuple}
	}
	return nil
}

func (r *run) limit() Value {
	r.spend(-1)
	return undefined{}
}

func (r *run) arithmetic(at place, op byte, a, b Value) Value {
	x, xi, xw, ok := number(a)
	y, yi, yw, ok2 := number(b)
	if !ok || !ok2 {
		return r.fail(at, "no arithmetic on a %s and a %s", typeName(a), typeName(b))
	}
	if (op == '/' || op == 'd' || op == '%') && y == 0 {
		return r.fail(at, "division by zero")
	}
	if op == '/' {
		return x / y
	}
	if xw && yw && (op != '^' || yi >= 0) {
		return r.integers(at, op, xi, yi)
	}
	switch op {
	case '+':
		return x + y
	case '-':
		return x - y
	case '*':
		return x * y
	case 'd':
		return math.Floor(x / y)
	case '%':
		m := math.Mod(x, y)
		if m != 0 && (m < 0) != (y < 0) {
			m += y
		}
		return m
	}
	return math.Pow(x, y)
}

// integers computes on whole numbers as Python does, except that a result
// beyond int64 is an error.
func (r *run) integers(at place, op byte, x, y int64) Value {
	a, b, c := big.NewInt(x), big.NewInt(y), new(big.Int)
	switch op {
	case '+':
		c.Add(a, b)
	case '-':
		c.Sub(a, b)
	case '*':
		c.Mul(a, b)
	case 'd', '%':
		// Python rounds down; Go's big numbers round so that the rest is positive.
		q, m := x/y, x%y
		if m != 0 && (m < 0) != (y < 0) {
			q, m = q-1, m+y
		}
		if op == '%' {
			return m
		}
		if c.SetInt64(q); x == math.MinInt64 && y == -1 {
			c.Neg(c)
		}
	case '^':
		if y > 63 && x != 0 && x != 1 && x != -1 {
			return r.fail(at, "a number beyond 64 bits")
		}
		c.Exp(a, b, nil)
		if x == -1 && y%2 == 0 {
			c.SetInt64(1)
		}
	}
	if !c.IsInt64() {
		return r.fail(at, "a number beyond 64 bits")
	}
	return c.Int64()
}

// holds is a comparison.
func (r *run) holds(at place, op string, a, b Value) bool {
	switch op {
	case "==":
		return equal(r, a, b, 0)
	case "!=":
		return !equal(r, a, b, 0)
	case "in":
		return r.contains(at, b, a)
	case "not in":
		return !r.contains(at, b, a) && r.err == nil
	}
	c, ok := r.order(at, a, b)
	if !ok || c == 2 {
		return false
	}
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// order compares two values that have an order; 2 means that neither is first.
func (r *run) order(at place, a, b Value) (int, bool) {
	if c, ok := compareNumbers(a, b); ok {
		return c, true
	}
	switch x := a.(type) {
	case undefined:
		r.undefined(at, x)
		return 0, false
	case *Text:
		if y, ok := b.(*Text); ok {
			return strings.Compare(x.S, y.S), r.step(min(len(x.S), len(y.S)) / 16)
		}
	case *List:
		if y, ok := b.(*List); ok && x.Tuple == y.Tuple {
			for i := range min(len(x.Items), len(y.Items)) {
				if !r.step(1) {
					return 0, false
				}
				if !equal(r, x.Items[i], y.Items[i], 0) {
					if !r.enter() {
						return 0, false
					}
					defer func() { r.depth-- }()
					return r.order(at, x.Items[i], y.Items[i])
				}
			}
			return len(x.Items) - len(y.Items), true
		}
	}
	if u, ok := b.(undefined); ok {
		r.undefined(at, u)
		return 0, false
	}
	r.fail(at, "a %s and a %s have no order", typeName(a), typeName(b))
	return 0, false
}

// contains is "v in c".
func (r *run) contains(at place, c, v Value) bool {
	switch x := c.(type) {
	case undefined:
		if x.forbid {
			r.undefined(at, x)
		}
		return false
	case *Text:
		t, ok := v.(*Text)
		if !ok {
			r.fail(at, "a %s cannot stand in a text", typeName(v))
			return false
		}
		return r.step(len(x.S)/64) && strings.Contains(x.S, t.S)
	case *Dict:
		return r.hashable(at, v) && r.step(1+len(x.keys)/16) && x.find(v) >= 0
	case *List:
		for _, item := range x.Items {
			if !r.step(1) {
				return false
			}
			if equal(r, item, v, 0) {
				return true
			}
		}
		return false
	case *span:
		_, i, whole, ok := number(v)
		if !ok || !whole {
			return false
		}
		d := i - x.start
		return d%x.step == 0 && d/x.step >= 0 && d/x.step < x.len()
	case *stream:
		for x.next < len(x.items) && r.step(1) {
			x.next++
			if equal(r, x.items[x.next-1], v, 0) {
				return true
			}
		}
		return false
	}
	r.fail(at, "nothing can stand in a %s", typeName(c))
	return false
}
