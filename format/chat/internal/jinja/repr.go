package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// text is Python's str(v).
func (r *run) text(at place, v Value) *Text {
	switch x := v.(type) {
	case *Text:
		return x
	case nil:
		return plain("None")
	case undefined:
		return emptyText
	case bool:
		if x {
			return plain("True")
		}
		return plain("False")
	case int64:
		return plain(strconv.FormatInt(x, 10))
	case *big.Int:
		return plain(x.String())
	case float64:
		return plain(floatText(x))
	}
	var w builder
	r.repr(at, &w, v, 0)
	return w.since(0)
}

// repr writes Python's repr(v).
func (r *run) repr(at place, w *builder, v Value, depth int) {
	if !r.step(1) {
		return
	}
	if depth > maxDepth {
		r.fail(at, "values nested deeper than %d", maxDepth)
		return
	}
	list := func(open string, items []Value, end string) {
		w.str(open)
		for i, x := range items {
			if i > 0 {
				w.str(", ")
			}
			r.repr(at, w, x, depth+1)
		}
		w.str(end)
	}
	n := len(w.b)
	switch x := v.(type) {
	case *Text:
		if r.spend(len(x.S)) {
			reprText(w, x)
		}
	case *List:
		switch {
		case !x.Tuple:
			list("[", x.Items, "]")
		case len(x.Items) == 1:
			list("(", x.Items, ",)")
		default:
			list("(", x.Items, ")")
		}
	case *Dict:
		if x.view {
			list("dict_keys([", x.keys, "])")
			break
		}
		w.str("{")
		for i := range x.keys {
			if i > 0 {
				w.str(", ")
			}
			r.repr(at, w, x.keys[i], depth+1)
			w.str(": ")
			r.repr(at, w, x.vals[i], depth+1)
		}
		w.str("}")
	case *span:
		w.str("range(" + strconv.FormatInt(x.start, 10) + ", " + strconv.FormatInt(x.stop, 10))
		if x.step != 1 {
			w.str(", " + strconv.FormatInt(x.step, 10))
		}
		w.str(")")
	case undefined:
		w.str("Undefined")
	case *stream, *namespace, *callable, *loop:
		// Python prints an address, or a mutable state: no template means it.
		r.fail(at, "a %s cannot be printed", typeName(v))
	default:
		w.text(r.text(at, v))
	}
	if depth == 0 {
		r.spend(len(w.b) - n)
	}
}

// floatText is Python's repr of a float: the shortest digits that read back.
func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f != f:
		return "nan"
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	k := strings.IndexByte(s, 'e')
	exp, _ := strconv.Atoi(s[k+1:])
	if exp < -4 || exp >= 16 {
		return s // Go writes two digits of exponent at least, as Python does
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if strings.IndexByte(s, '.') < 0 {
		s += ".0"
	}
	return s
}

// reprText writes a string literal as Python does.
func reprText(w *builder, t *Text) {
	quote := byte('\'')
	if strings.IndexByte(t.S, '\'') >= 0 && strings.IndexByte(t.S, '"') < 0 {
		quote = '"'
	}
	w.b = append(w.b, quote)
	quoted(w, t, func(r rune) string {
		switch {
		case r == rune(quote) || r == '\\':
			return "\\" + string(r)
		case r == '\n':
			return `\n`
		case r == '\r':
			return `\r`
		case r == '\t':
			return `\t`
		case r == ' ' || r > 0x20 && r < 0x7f || r >= 0xa0 && unicode.IsPrint(r):
			return ""
		}
		return escaped(r)
	})
	w.b = append(w.b, quote)
}

// escaped is r as \xhh, \uhhhh or \Uhhhhhhhh.
func escaped(r rune) string {
	hex := strconv.FormatInt(int64(r), 16)
	switch {
	case r < 0x100:
		return `\x` + strings.Repeat("0", 2-len(hex)) + hex
	case r < 0x10000:
		return `\u` + strings.Repeat("0", 4-len(hex)) + hex
	}
	return `\U` + strings.Repeat("0", 8-len(hex)) + hex
}

// quoted writes t with each character replaced by what escape gives for it; ""
// leaves it as it is. What stays keeps its mark, what is escaped is marked as
// made from it.
func quoted(w *builder, t *Text, escape func(rune) string) {
	from := 0
	for i, c := range t.S {
		s := escape(c)
		if s == "" {
			continue
		}
		w.text(t.slice(from, i))
		from = i + len(string(c))
		w.text(t.slice(i, from).made(s))
	}
	w.text(t.slice(from, len(t.S)))
}
