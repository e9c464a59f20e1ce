package jinja

import (
	"math/big"
)

// A Value is what an expression gives: nil (None), bool, int64, *big.Int (a
// number of the input that int64 cannot hold), float64, *Text, *List, *Dict,
// *stream, *span, *namespace, *callable, *loop or undefined.
type Value any

// A List is a list or a tuple; templates cannot change it.
type List struct {
	Items []Value
	Tuple bool
}

// A Dict keeps its keys in order of insertion.
type Dict struct {
	keys  []Value
	vals  []Value
	index map[string]int // of string keys, once there are many
	view  bool
}

// many is the size from which a Dict is searched by index.
const many = 8

// Get is the value under a string key.
func (d *Dict) Get(key string) (Value, bool) {
	if d.index != nil {
		i, ok := d.index[key]
		if !ok {
			return nil, false
		}
		return d.vals[i], true
	}
	for i, k := range d.keys {
		if t, ok := k.(*Text); ok && t.S == key {
			return d.vals[i], true
		}
	}
	return nil, false
}

// Set puts a value under a string key, in place or at the end.
func (d *Dict) Set(key string, v Value) { d.put(plain(key), v) }

// Len is the number of keys.
func (d *Dict) Len() int { return len(d.keys) }

func (d *Dict) find(key Value) int {
	if t, ok := key.(*Text); ok {
		if d.index != nil {
			if i, ok := d.index[t.S]; ok {
				return i
			}
			return -1
		}
		for i, k := range d.keys {
			if have, ok := k.(*Text); ok && have.S == t.S {
				return i
			}
		}
		return -1
	}
	for i, k := range d.keys {
		if _, text := k.(*Text); !text && equal(nil, k, key, 0) {
			return i
		}
	}
	return -1
}

func (d *Dict) put(key, v Value) {
	if i := d.find(key); i >= 0 {
		d.vals[i] = v
		return
	}
	d.keys, d.vals = append(d.keys, key), append(d.vals, v)
	if t, ok := key.(*Text); ok && d.index != nil {
		d.index[t.S] = len(d.keys) - 1
	} else if d.index == nil && len(d.keys) > many {
		d.index = make(map[string]int, 2*len(d.keys))
		for i, k := range d.keys {
			if t, ok := k.(*Text); ok {
				d.index[t.S] = i
			}
		}
	}
}

// A stream is what Python calls a generator: true, without length, read once.
type stream struct {
	items []Value
	next  int
}

func (s *stream) rest() []Value {
	items := s.items[s.next:]
	s.next = len(s.items)
	return items
}

// A span is a range of numbers.
type span struct{ start, stop, step int64 }

func (s *span) len() int64 {
	switch {
	case s.step > 0 && s.start < s.stop:
		return (s.stop-s.start-1)/s.step + 1
	case s.step < 0 && s.start > s.stop:
		return (s.start-s.stop-1)/-s.step + 1
	}
	return 0
}

func (s *span) at(i int64) Value { return s.start + i*s.step }

// A namespace is the one thing that a template can change.
type namespace struct{ vars Dict }

// A callable is a function, a method bound to its receiver, or a macro.
type callable struct {
	name string
	call func(*run, *args) Value
}

// undefined is the value of what does not exist: empty where it is printed or
// looped over, an error where it is used. forbid marks what the sandbox hides.
type undefined struct {
	what   string
	forbid bool
}

// truth is Python's bool(v).
func truth(v Value) bool {
	switch x := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return x
	case int64:
		return x != 0
	case *big.Int:
		return x.Sign() != 0
	case float64:
		return x != 0
	case *Text:
		return x.S != ""
	case *List:
		return len(x.Items) > 0
	case *Dict:
		return len(x.keys) > 0
	case *span:
		return x.len() > 0
	}
	return true
}

// maxDepth bounds how deep values may nest where they are walked.
const maxDepth = 200

// equal is Python's ==. The run counts the values walked; without one, values
// must be small, as keys are.
func equal(r *run, a, b Value, depth int) bool {
	if r != nil && depth > maxDepth {
		r.fail(r.at, "values nested deeper than %d", maxDepth)
	}
	if r != nil && !r.step(1) {
		return false
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case undefined:
		_, ok := b.(undefined)
		return ok
	case *Text:
		y, ok := b.(*Text)
		if ok && r != nil && len(x.S) == len(y.S) && !r.step(len(x.S)/64) {
			return false
		}
		return ok && x.S == y.S
	case *List:
		y, ok := b.(*List)
		if !ok || x.Tuple != y.Tuple || len(x.Items) != len(y.Items) {
			return false
		}
		for i := range x.Items {
			if !equal(r, x.Items[i], y.Items[i], depth+1) {
				return false
			}
		}
		return true
	case *Dict:
		y, ok := b.(*Dict)
		if !ok || len(x.keys) != len(y.keys) {
			return false
		}
		for i, k := range x.keys {
			j := y.find(k)
			if j < 0 || !equal(r, x.vals[i], y.vals[j], depth+1) {
				return false
			}
		}
		return true
	case *span:
		y, ok := b.(*span)
		return ok && *x == *y
	}
	if c, ok := compareNumbers(a, b); ok {
		return c == 0
	}
	return same(a, b)
}

// same is Python's "is", for the values that have an identity.
func same(a, b Value) bool {
	switch a.(type) {
	case *stream, *namespace, *callable, *loop, *Text, *List, *Dict, *span, nil, bool, int64:
		return a == b
	}
	return false
}

// number is v as a float, whether v is a number, and whether it is whole.
func number(v Value) (f float64, i int64, whole, ok bool) {
	switch x := v.(type) {
	case bool:
		if x {
			return 1, 1, true, true
		}
		return 0, 0, true, true
	case int64:
		return float64(x), x, true, true
	case float64:
		return x, 0, false, true
	}
	return 0, 0, false, false
}

// compareNumbers orders two numbers; a NaN is equal to nothing.
func compareNumbers(a, b Value) (int, bool) {
	x, xi, xw, ok := number(a)
	y, yi, yw, ok2 := number(b)
	if p, q := asBig(a), asBig(b); p != nil && q != nil {
		return p.Cmp(q), true
	}
	switch {
	case !ok || !ok2:
		return 0, false
	case xw && yw && xi < yi, !(xw && yw) && x < y:
		return -1, true
	case xw && yw && xi == yi, !(xw && yw) && x == y:
		return 0, true
	case !(xw && yw) && x != x, !(xw && yw) && y != y:
		return 2, true
	}
	return 1, true
}

func asBig(v Value) *big.Int {
	switch x := v.(type) {
	case *big.Int:
		return x
	case int64:
		return big.NewInt(x)
	}
	return nil
}

// typeName is Python's name of v's type, for messages.
func typeName(v Value) string {
	switch x := v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case *Text:
		return "str"
	case *List:
		if x.Tuple {
			return "tuple"
		}
		return "list"
	case *Dict:
		return "dict"
	case *span:
		return "range"
	case *stream:
		return "generator"
	case undefined:
		return "undefined"
	case *namespace:
		return "namespace"
	}
	return "function"
}

// Each calls f with the keys that are strings and their values, in order.
func (d *Dict) Each(f func(key string, v Value)) {
	for i, k := range d.keys {
		if t, ok := k.(*Text); ok {
			f(t.S, d.vals[i])
		}
	}
}
