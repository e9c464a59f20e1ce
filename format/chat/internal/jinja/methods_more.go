package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func replaceMethod(r *run, t *Text, a *args) Value {
	got, ok := a.bind(r, "replace", "old", "new", "count")
	if !ok {
		return undefined{}
	}
	from, ok1 := got[0].(*Text)
	to, ok2 := got[1].(*Text)
	if !ok1 || !ok2 {
		return r.fail(a.at, "replace wants two strs")
	}
	most := -1
	if _, n, whole, ok := number(got[2]); ok && whole && n >= 0 {
		most = int(min(n, 1<<31-1))
	}
	return replaced(r, t, from, to, most)
}

// replaced keeps the marks of what stays; what comes in has its own.
func replaced(r *run, t, from, to *Text, most int) Value {
	n := strings.Count(t.S, from.S)
	if most >= 0 {
		n = min(n, most)
	}
	if !r.spend(len(t.S)) || n == 0 {
		return t
	}
	if len(to.S) > 1<<20 || !r.spend(n*len(to.S)) {
		return r.limit()
	}
	var w builder
	if from.S == "" {
		at := 0
		for i, c := range t.S {
			if n == 0 {
				break
			}
			n--
			w.text(to)
			at = i + len(string(c))
			w.text(t.slice(i, at))
		}
		w.text(t.slice(at, len(t.S)))
		if n > 0 {
			w.text(to)
		}
		return w.since(0)
	}
	at := 0
	for ; n > 0; n-- {
		k := strings.Index(t.S[at:], from.S)
		w.text(t.slice(at, at+k))
		w.text(to)
		at += k + len(from.S)
	}
	w.text(t.slice(at, len(t.S)))
	return w.since(0)
}

func find(r *run, t *Text, a *args, index func(s, x string) int, must bool) Value {
	x, ok := texts(r, a, "find", 1, 1)
	if !ok || !r.step(len(t.S)/16) {
		return undefined{}
	}
	k := index(t.S, x[0].S)
	if k < 0 {
		if must {
			return r.fail(a.at, "index: not found")
		}
		return int64(-1)
	}
	return int64(utf8.RuneCountInString(t.S[:k]))
}

func countMethod(r *run, t *Text, a *args) Value {
	x, ok := texts(r, a, "count", 1, 1)
	if !ok || !r.step(len(t.S)/16) {
		return undefined{}
	}
	return int64(strings.Count(t.S, x[0].S))
}

func joinMethod(r *run, t *Text, a *args) Value {
	v, ok := a.one(r, "join")
	if !ok {
		return undefined{}
	}
	var w builder
	for i, x := range r.items(a.at, v) {
		p, ok := x.(*Text)
		if !ok {
			return r.fail(a.at, "join wants strs, not a %s", typeName(x))
		}
		if !r.spend(len(p.S) + len(t.S)) {
			return undefined{}
		}
		if i > 0 {
			w.text(t)
		}
		w.text(p)
	}
	return w.since(0)
}

func removed(r *run, t *Text, a *args, prefix bool) Value {
	x, ok := texts(r, a, "removeprefix", 1, 1)
	switch {
	case !ok || !r.step(len(x[0].S)/64):
		return undefined{}
	case prefix && strings.HasPrefix(t.S, x[0].S):
		return t.slice(len(x[0].S), len(t.S))
	case !prefix && strings.HasSuffix(t.S, x[0].S):
		return t.slice(0, len(t.S)-len(x[0].S))
	}
	return t
}

func partition(r *run, t *Text, a *args, index func(s, x string) int, last bool) Value {
	x, ok := texts(r, a, "partition", 1, 1)
	if !ok {
		return undefined{}
	}
	if x[0].S == "" {
		return r.fail(a.at, "partition wants a separator that is not empty")
	}
	if !r.step(len(t.S) / 64) {
		return undefined{}
	}
	k := index(t.S, x[0].S)
	parts := []Value{t, emptyText, emptyText}
	switch {
	case k >= 0:
		end := k + len(x[0].S)
		parts = []Value{t.slice(0, k), t.slice(k, end), t.slice(end, len(t.S))}
	case last:
		parts = []Value{emptyText, emptyText, t}
	}
	return &List{Items: parts, Tuple: true}
}

func recased(f func(string) string) textMethod {
	return func(r *run, t *Text, a *args) Value {
		if len(a.pos)+len(a.kw) > 0 {
			return r.fail(a.at, "no arguments wanted")
		}
		if !r.spend(len(t.S)) {
			return undefined{}
		}
		return t.made(f(t.S))
	}
}

// words writes the first letter of each word with one function and the rest in
// lower case; inWord says what does not end a word.
func words(s string, first func(string) string, inWord func(rune) bool) string {
	var b strings.Builder
	from, within := 0, false
	low := lower(s)
	if len(low) != len(s) {
		low = "" // letters changed their length: one at a time, then
	}
	for i, c := range s {
		in := inWord(c)
		if !within {
			end := i + len(string(c))
			b.WriteString(lowered(s, low, from, i))
			b.WriteString(first(s[i:end]))
			from = end
		}
		within = in
	}
	b.WriteString(lowered(s, low, from, len(s)))
	return b.String()
}

func lowered(s, low string, a, b int) string {
	if low != "" {
		return low[a:b]
	}
	return lower(s[a:b])
}

func titled(s string) string {
	return words(s, headed, func(c rune) bool { return unicode.IsUpper(c) || unicode.IsLower(c) || unicode.IsTitle(c) })
}

func capitalized(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	low := lower(s)
	if len(low) == len(s) {
		return headed(s[:n]) + low[n:]
	}
	return headed(s[:n]) + lower(s[n:])
}

func swapped(s string) string {
	var b strings.Builder
	for i, c := range s {
		one := s[i : i+len(string(c))]
		if unicode.IsUpper(c) {
			b.WriteString(lower(one))
		} else {
			b.WriteString(upper(one))
		}
	}
	return b.String()
}

// width is an argument that says how wide a text shall be.
func width(r *run, a *args) (int, bool) {
	if len(a.pos) == 0 || len(a.pos) > 2 {
		r.fail(a.at, "want a width")
		return 0, false
	}
	_, n, whole, ok := number(a.pos[0])
	if !ok || !whole {
		r.fail(a.at, "want a whole number as width, not a %s", typeName(a.pos[0]))
		return 0, false
	}
	if n > 1<<20 {
		r.limit()
		return 0, false
	}
	return int(n), true
}

func zfill(r *run, t *Text, a *args) Value {
	n, ok := width(r, a)
	pad := n - t.length()
	if !ok || pad <= 0 || !r.spend(n) {
		return t
	}
	sign := 0
	if t.S != "" && (t.S[0] == '-' || t.S[0] == '+') {
		sign = 1
	}
	var w builder
	w.text(t.slice(0, sign))
	w.str(strings.Repeat("0", pad))
	w.text(t.slice(sign, len(t.S)))
	return w.since(0)
}

// justified pads t with spaces: left and right are the shares of each side.
func justified(r *run, t *Text, a *args, left, right int) Value {
	n, ok := width(r, a)
	fill := " "
	if ok && len(a.pos) == 2 {
		f, isText := a.pos[1].(*Text)
		if !isText || f.length() != 1 {
			return r.fail(a.at, "want one character to fill with")
		}
		fill = f.S
	}
	pad := n - t.length()
	if !ok || pad <= 0 || !r.spend(4*n) {
		return t
	}
	before := pad * left / (left + right)
	var w builder
	w.str(strings.Repeat(fill, before))
	w.text(t)
	w.str(strings.Repeat(fill, pad-before))
	return w.since(0)
}

func every(is func(rune) bool) textMethod {
	return func(r *run, t *Text, a *args) Value {
		return t.S != "" && r.step(len(t.S)/16) && strings.IndexFunc(t.S, func(c rune) bool { return !is(c) }) < 0
	}
}

func cased(is, not func(rune) bool) textMethod {
	return func(r *run, t *Text, a *args) Value {
		return r.step(len(t.S)/16) && strings.IndexFunc(t.S, not) < 0 && strings.IndexFunc(t.S, is) >= 0
	}
}

// formatMethod is str.format with plain fields: {}, {0}, {name}.
func formatMethod(r *run, t *Text, a *args) Value {
	var w builder
	next := 0
	r.spend(len(t.S))
	for i := 0; i < len(t.S) && r.step(1); {
		c := t.S[i]
		if c != '{' && c != '}' {
			k := strings.IndexAny(t.S[i:], "{}")
			if k < 0 {
				k = len(t.S) - i
			}
			w.text(t.slice(i, i+k))
			i += k
			continue
		}
		if i+1 < len(t.S) && t.S[i+1] == c {
			w.str(string(c))
			i += 2
			continue
		}
		k := strings.IndexByte(t.S[i:], '}')
		if c == '}' || k < 0 {
			return r.fail(a.at, "a single brace in format")
		}
		v, ok := a.field(t.S[i+1:i+k], &next)
		if !ok {
			return r.fail(a.at, "format has no plain field %q", t.S[i+1:i+k])
		}
		p := r.text(a.at, v)
		if !r.spend(len(p.S)) {
			return undefined{}
		}
		w.text(p)
		i += k + 1
	}
	return w.since(0)
}

func (a *args) field(name string, next *int) (Value, bool) {
	i := *next
	switch {
	case name == "":
		*next++
	case name[0] >= '0' && name[0] <= '9':
		v, ok := integer(name, 10).(int64)
		if !ok || v >= int64(len(a.pos)) {
			return nil, false
		}
		i = int(v)
	default:
		for k := range a.kw {
			if a.kw[k] == name {
				return a.vals[k], true
			}
		}
		return nil, false
	}
	if i >= len(a.pos) {
		return nil, false
	}
	return a.pos[i], true
}

// percent is the operator % of a text: %s, %d, %r and %%.
func (r *run) percent(at place, t *Text, v Value) Value {
	vals := []Value{v}
	if l, ok := v.(*List); ok && l.Tuple {
		vals = l.Items
	}
	var w builder
	n := 0
	r.spend(len(t.S))
	for i := 0; i < len(t.S) && r.step(1); {
		k := strings.IndexByte(t.S[i:], '%')
		if k < 0 || i+k+1 >= len(t.S) {
			w.text(t.slice(i, len(t.S)))
			break
		}
		w.text(t.slice(i, i+k))
		c := t.S[i+k+1]
		i += k + 2
		if c == '%' {
			w.str("%")
			continue
		}
		if n >= len(vals) {
			return r.fail(at, "not enough values for the format")
		}
		_, _, whole, num := number(vals[n])
		switch {
		case c == 's':
			p := r.text(at, vals[n])
			r.spend(len(p.S))
			w.text(p)
		case c == 'r':
			r.repr(at, &w, vals[n], 0)
		case c == 'd' && num && whole:
			w.text(r.text(at, vals[n]))
		default:
			return r.fail(at, "the format %%%c of a %s is not supported", c, typeName(vals[n]))
		}
		n++
	}
	if _, dict := v.(*Dict); n < len(vals) && !dict {
		return r.fail(at, "not all values were used by the format")
	}
	return w.since(0)
}
