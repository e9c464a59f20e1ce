package jinja

import (
	"math/big"
	"strings"
	"unicode"
)

type testFunc func(r *run, v Value, a *args) Value

// tests are Jinja's tests.
var tests = map[string]testFunc{
	"defined":   func(_ *run, v Value, _ *args) Value { return !missing(v) },
	"undefined": func(_ *run, v Value, _ *args) Value { return missing(v) },
	"none":      func(_ *run, v Value, _ *args) Value { return v == nil },
	"true":      func(_ *run, v Value, _ *args) Value { return v == true },
	"false":     func(_ *run, v Value, _ *args) Value { return v == false },
	"boolean":   is[bool],
	"string":    is[*Text],
	"mapping":   func(_ *run, v Value, _ *args) Value { d, ok := v.(*Dict); return ok && !d.view },
	"float":     is[float64],
	"integer": func(_ *run, v Value, _ *args) Value {
		switch v.(type) {
		case int64, *big.Int:
			return true
		}
		return false
	},
	"number": func(_ *run, v Value, _ *args) Value {
		switch v.(type) {
		case bool, int64, float64, *big.Int:
			return true
		}
		return false
	},
	"iterable": func(_ *run, v Value, _ *args) Value {
		switch v.(type) {
		case *Text, *List, *Dict, *span, *stream, *loop, undefined:
			return true
		}
		return false
	},
	"sequence": func(_ *run, v Value, _ *args) Value {
		switch x := v.(type) {
		case *Text, *List, *span, undefined:
			return true
		case *Dict:
			return !x.view
		}
		return false
	},
	"callable": func(_ *run, v Value, _ *args) Value {
		switch v.(type) {
		case *callable, *loop, undefined:
			return true
		}
		return false
	},
	"odd":         parity(1),
	"even":        parity(0),
	"divisibleby": divisible,
	"in": func(r *run, v Value, a *args) Value {
		c, ok := a.one(r, "in")
		return ok && r.contains(a.at, c, v)
	},
	"sameas": func(r *run, v Value, a *args) Value {
		c, ok := a.one(r, "sameas")
		return ok && same(v, c)
	},
	"lower": func(r *run, v Value, a *args) Value {
		return cased(unicode.IsLower, unicode.IsUpper)(r, r.text(a.at, v), a)
	},
	"upper": func(r *run, v Value, a *args) Value {
		return cased(unicode.IsUpper, unicode.IsLower)(r, r.text(a.at, v), a)
	},
	"eq": compares("=="), "==": compares("=="), "equalto": compares("=="),
	"ne": compares("!="), "!=": compares("!="),
	"lt": compares("<"), "<": compares("<"), "lessthan": compares("<"),
	"le": compares("<="), "<=": compares("<="),
	"gt": compares(">"), ">": compares(">"), "greaterthan": compares(">"),
	"ge": compares(">="), ">=": compares(">="),
}

func is[T any](_ *run, v Value, _ *args) Value { _, ok := v.(T); return ok }

func compares(op string) testFunc {
	return func(r *run, v Value, a *args) Value {
		b, ok := a.one(r, op)
		return ok && r.holds(a.at, op, v, b)
	}
}

func parity(rest int64) testFunc {
	return func(r *run, v Value, a *args) Value {
		_, i, whole, ok := number(v)
		if !ok || !whole {
			return r.fail(a.at, "odd and even want a whole number, not a %s", typeName(v))
		}
		return i&1 == rest
	}
}

func divisible(r *run, v Value, a *args) Value {
	by, ok := a.one(r, "divisibleby")
	_, i, whole, _ := number(v)
	_, n, whole2, _ := number(by)
	if !ok || !whole || !whole2 || n == 0 {
		return r.fail(a.at, "divisibleby wants whole numbers")
	}
	return i%n == 0
}

// globals are the functions that every template can call.
var globals = map[string]Value{
	"range":           &callable{"range", rangeFunc},
	"namespace":       &callable{"namespace", namespaceFunc},
	"dict":            &callable{"dict", dictFunc},
	"raise_exception": &callable{"raise_exception", raise},
	"strftime_now":    &callable{"strftime_now", strftimeNow},
}

// maxRange is the sandbox's bound on range.
const maxRange = 100_000

func rangeFunc(r *run, a *args) Value {
	n := [3]int64{0, 0, 1}
	if len(a.pos) == 0 || len(a.pos) > 3 || len(a.kw) > 0 {
		return r.fail(a.at, "range takes 1 to 3 arguments, got %d", len(a.pos))
	}
	for i, v := range a.pos {
		_, x, whole, ok := number(v)
		if !ok || !whole || x > 1<<40 || x < -1<<40 {
			return r.fail(a.at, "range wants whole numbers, not a %s", typeName(v))
		}
		n[i] = x
	}
	if len(a.pos) == 1 {
		n[0], n[1] = 0, n[0]
	}
	s := &span{n[0], n[1], n[2]}
	if s.step == 0 {
		return r.fail(a.at, "a range with step 0")
	}
	if s.len() > maxRange {
		return r.fail(a.at, "a range of %d numbers; at most %d are allowed", s.len(), maxRange)
	}
	return s
}

func namespaceFunc(r *run, a *args) Value {
	ns := &namespace{}
	if len(a.pos) > 1 {
		return r.fail(a.at, "namespace takes one dict at most")
	}
	if len(a.pos) == 1 {
		d, ok := a.pos[0].(*Dict)
		if !ok {
			return r.fail(a.at, "namespace wants a dict, not a %s", typeName(a.pos[0]))
		}
		for i, k := range d.keys {
			t, ok := k.(*Text)
			if !ok || t.S == "" {
				return r.fail(a.at, "namespace wants names as keys")
			}
			r.setAttr(a.at, ns, t.S, d.vals[i])
		}
	}
	for i, k := range a.kw {
		r.setAttr(a.at, ns, k, a.vals[i])
	}
	return ns
}

func dictFunc(r *run, a *args) Value {
	d := &Dict{}
	if len(a.pos) > 1 {
		return r.fail(a.at, "dict takes one argument at most")
	}
	if len(a.pos) == 1 {
		if from, ok := a.pos[0].(*Dict); ok {
			for i := range from.keys {
				if !r.spend(32) {
					return undefined{}
				}
				d.put(from.keys[i], from.vals[i])
			}
		} else {
			for _, p := range r.items(a.at, a.pos[0]) {
				l, ok := p.(*List)
				if !r.spend(32) {
					return undefined{}
				}
				if !ok || len(l.Items) != 2 || !r.hashable(a.at, l.Items[0]) {
					return r.fail(a.at, "dict wants pairs")
				}
				d.put(l.Items[0], l.Items[1])
			}
		}
	}
	for i, k := range a.kw {
		d.Set(k, a.vals[i])
	}
	return d
}

func raise(r *run, a *args) Value {
	v, ok := a.one(r, "raise_exception")
	if !ok {
		return undefined{}
	}
	if r.err == nil {
		r.err = &RaisedError{r.text(a.at, v).S, a.at}
	}
	return undefined{}
}

// Layouts of time.Time.Format for the letters of strftime.
var timeLayouts = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'B': "January", 'b': "Jan",
	'A': "Monday", 'a': "Mon", 'I': "03", 'p': "PM", 'j': "002", 'F': "2006-01-02", 'T': "15:04:05", 'e': "_2", 'D': "01/02/06",
}

func strftimeNow(r *run, a *args) Value {
	v, ok := a.one(r, "strftime_now")
	t, text := v.(*Text)
	if !ok || !text {
		return r.fail(a.at, "strftime_now wants a format")
	}
	if r.now.IsZero() {
		return r.fail(a.at, "the template asks for today's date; state one, so that a rebuild gives the same text")
	}
	var b strings.Builder
	for i := 0; i < len(t.S); i++ {
		if t.S[i] != '%' || i+1 == len(t.S) {
			b.WriteByte(t.S[i])
			continue
		}
		i++
		layout := timeLayouts[t.S[i]]
		switch {
		case t.S[i] == '%':
			b.WriteByte('%')
		case t.S[i] == '-' && i+1 < len(t.S) && timeLayouts[t.S[i+1]] != "":
			i++
			s := strings.TrimLeft(r.now.Format(timeLayouts[t.S[i]]), "0 ")
			b.WriteString(s)
		case layout == "":
			return r.fail(a.at, "strftime's %%%c is not supported", t.S[i])
		default:
			b.WriteString(r.now.Format(layout))
		}
	}
	return plain(b.String())
}
