package jinja

import (
	"strings"
	"unicode"
)

type textMethod func(*run, *Text, *args) Value

// textMethods are Python's methods of str.
var textMethods = map[string]textMethod{
	"strip":        func(r *run, t *Text, a *args) Value { return stripped(r, t, a, true, true) },
	"lstrip":       func(r *run, t *Text, a *args) Value { return stripped(r, t, a, true, false) },
	"rstrip":       func(r *run, t *Text, a *args) Value { return stripped(r, t, a, false, true) },
	"split":        func(r *run, t *Text, a *args) Value { return split(r, t, a, false) },
	"rsplit":       func(r *run, t *Text, a *args) Value { return split(r, t, a, true) },
	"splitlines":   splitLines,
	"startswith":   func(r *run, t *Text, a *args) Value { return affix(r, t, a, strings.HasPrefix) },
	"endswith":     func(r *run, t *Text, a *args) Value { return affix(r, t, a, strings.HasSuffix) },
	"replace":      replaceMethod,
	"find":         func(r *run, t *Text, a *args) Value { return find(r, t, a, strings.Index, false) },
	"rfind":        func(r *run, t *Text, a *args) Value { return find(r, t, a, strings.LastIndex, false) },
	"index":        func(r *run, t *Text, a *args) Value { return find(r, t, a, strings.Index, true) },
	"rindex":       func(r *run, t *Text, a *args) Value { return find(r, t, a, strings.LastIndex, true) },
	"count":        countMethod,
	"join":         joinMethod,
	"removeprefix": func(r *run, t *Text, a *args) Value { return removed(r, t, a, true) },
	"removesuffix": func(r *run, t *Text, a *args) Value { return removed(r, t, a, false) },
	"partition":    func(r *run, t *Text, a *args) Value { return partition(r, t, a, strings.Index, false) },
	"rpartition":   func(r *run, t *Text, a *args) Value { return partition(r, t, a, strings.LastIndex, true) },
	"upper":        recased(upper),
	"lower":        recased(lower),
	"title":        recased(titled),
	"capitalize":   recased(capitalized),
	"swapcase":     recased(swapped),
	"zfill":        zfill,
	"ljust":        func(r *run, t *Text, a *args) Value { return justified(r, t, a, 0, 1) },
	"rjust":        func(r *run, t *Text, a *args) Value { return justified(r, t, a, 1, 0) },
	"isdigit":      every(unicode.IsDigit),
	"isdecimal":    every(unicode.IsDigit),
	"isnumeric":    every(unicode.IsNumber),
	"isalpha":      every(unicode.IsLetter),
	"isalnum":      every(func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }),
	"isspace":      every(isSpace),
	"isupper":      cased(unicode.IsUpper, unicode.IsLower),
	"islower":      cased(unicode.IsLower, unicode.IsUpper),
	"format":       formatMethod,
}

var dictMethods = map[string]func(*run, *Dict, *args) Value{
	"get":   dictGet,
	"items": func(r *run, d *Dict, a *args) Value { return pairs(r, d) },
	"keys": func(r *run, d *Dict, a *args) Value {
		return &Dict{keys: d.keys, vals: d.vals, index: d.index, view: true}
	},
	"values": func(r *run, d *Dict, a *args) Value { return &List{Items: d.vals} },
	"copy":   func(r *run, d *Dict, a *args) Value { return d },
}

var listMethods = map[string]func(*run, *List, *args) Value{
	"count": func(r *run, l *List, a *args) Value {
		n := int64(0)
		if v, ok := a.one(r, "count"); ok {
			for _, x := range l.Items {
				if r.step(1) && equal(r, x, v, 0) {
					n++
				}
			}
		}
		return n
	},
	"index": func(r *run, l *List, a *args) Value {
		if v, ok := a.one(r, "index"); ok {
			for i, x := range l.Items {
				if r.step(1) && equal(r, x, v, 0) {
					return int64(i)
				}
			}
		}
		return r.fail(a.at, "the list has no such item")
	},
	"copy": func(r *run, l *List, a *args) Value { return l },
}

func dictGet(r *run, d *Dict, a *args) Value {
	if len(a.pos) == 0 || len(a.pos) > 2 || len(a.kw) > 0 {
		return r.fail(a.at, "get takes a key and a default")
	}
	if !r.hashable(a.at, a.pos[0]) {
		return undefined{}
	}
	if i := d.find(a.pos[0]); i >= 0 {
		return d.vals[i]
	}
	if len(a.pos) == 2 {
		return a.pos[1]
	}
	return nil
}

// pairs are the keys with their values.
func pairs(r *run, d *Dict) *List {
	if !r.spend(64 * len(d.keys)) {
		return &List{}
	}
	l := &List{Items: make([]Value, len(d.keys))}
	for i := range d.keys {
		l.Items[i] = &List{Items: []Value{d.keys[i], d.vals[i]}, Tuple: true}
	}
	return l
}

// texts are the arguments of a method that takes strings alone.
func texts(r *run, a *args, what string, least, most int) ([]*Text, bool) {
	if len(a.kw) > 0 || len(a.pos) < least || len(a.pos) > most {
		r.fail(a.at, "%s takes %d to %d arguments", what, least, most)
		return nil, false
	}
	out := make([]*Text, len(a.pos))
	for i, v := range a.pos {
		t, ok := v.(*Text)
		if !ok {
			r.fail(a.at, "%s wants a str, not a %s", what, typeName(v))
			return nil, false
		}
		out[i] = t
	}
	return out, true
}

func stripped(r *run, t *Text, a *args, left, right bool) Value {
	if len(a.pos) == 1 && a.pos[0] == nil {
		a = &args{at: a.at}
	}
	set, ok := texts(r, a, "strip", 0, 1)
	if !ok {
		return undefined{}
	}
	if !r.step(len(t.S) / 64) {
		return undefined{}
	}
	if len(set) == 0 {
		return t.strip(left, right, isSpace)
	}
	return t.strip(left, right, func(c rune) bool { return strings.ContainsRune(set[0].S, c) })
}

// split cuts at a separator, or at white space, at most max times.
func split(r *run, t *Text, a *args, last bool) Value {
	got, ok := a.bind(r, "split", "sep", "maxsplit")
	if !ok || !r.spend(len(t.S)) {
		return undefined{}
	}
	most := -1
	if _, n, whole, ok := number(got[1]); ok && whole && n >= 0 {
		most = int(min(n, 1<<31-1))
	}
	l := &List{}
	add := func(a, b int) {
		if r.spend(48) {
			l.Items = append(l.Items, t.slice(a, b))
		}
	}
	switch sep := got[0].(type) {
	case *Text:
		if sep.S == "" {
			return r.fail(a.at, "split wants a separator that is not empty")
		}
		if last {
			cutLast(t.S, sep.S, most, add)
			reverse(l.Items)
		} else {
			cutFirst(t.S, sep.S, most, add)
		}
	case nil, undefined:
		if last && most >= 0 {
			return r.fail(a.at, "rsplit at white space with a limit is not supported")
		}
		fields(t.S, most, add)
	default:
		return r.fail(a.at, "split wants a str, not a %s", typeName(sep))
	}
	return l
}

func cutFirst(s, sep string, most int, add func(a, b int)) {
	at := 0
	for n := 0; most < 0 || n < most; n++ {
		k := strings.Index(s[at:], sep)
		if k < 0 {
			break
		}
		add(at, at+k)
		at += k + len(sep)
	}
	add(at, len(s))
}

func cutLast(s, sep string, most int, add func(a, b int)) {
	end := len(s)
	for n := 0; most < 0 || n < most; n++ {
		k := strings.LastIndex(s[:end], sep)
		if k < 0 {
			break
		}
		add(k+len(sep), end)
		end = k
	}
	add(0, end)
}

func reverse(items []Value) {
	for i, j := 0, len(items)-1; i < j; i, j = i+1, j-1 {
		items[i], items[j] = items[j], items[i]
	}
}

// fields cuts at runs of white space.
func fields(s string, most int, add func(a, b int)) {
	at := 0
	for n := 0; ; n++ {
		at = len(s) - len(strings.TrimLeftFunc(s[at:], isSpace))
		if at == len(s) {
			return
		}
		k := strings.IndexFunc(s[at:], isSpace)
		if k < 0 {
			add(at, len(s))
			return
		}
		if n == most {
			add(at, len(s))
			return
		}
		add(at, at+k)
		at += k
	}
}

func splitLines(r *run, t *Text, a *args) Value {
	got, ok := a.bind(r, "splitlines", "keepends")
	if !ok || !r.spend(len(t.S)) {
		return undefined{}
	}
	keep, l := truth(got[0]), &List{}
	for at := 0; at < len(t.S) && r.spend(48); {
		k := strings.IndexAny(t.S[at:], "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if k < 0 {
			l.Items = append(l.Items, t.slice(at, len(t.S)))
			break
		}
		end := at + k
		next := end + 1
		switch {
		case strings.HasPrefix(t.S[end:], "\r\n"):
			next++
		case t.S[end] >= 0xe0:
			next += 2
		case t.S[end] >= 0x80:
			next++
		}
		if keep {
			end = next
		}
		l.Items = append(l.Items, t.slice(at, end))
		at = next
	}
	return l
}

// affix is startswith and endswith, of one string or of any of a tuple.
func affix(r *run, t *Text, a *args, has func(s, x string) bool) Value {
	v, ok := a.one(r, "startswith or endswith")
	if !ok {
		return undefined{}
	}
	if l, ok := v.(*List); ok && l.Tuple {
		for _, x := range l.Items {
			p, ok := x.(*Text)
			if !ok {
				return r.fail(a.at, "startswith wants a str, not a %s", typeName(x))
			}
			if r.step(1+min(len(t.S), len(p.S))/64) && has(t.S, p.S) {
				return true
			}
		}
		return false
	}
	p, ok := v.(*Text)
	if !ok {
		return r.fail(a.at, "startswith wants a str, not a %s", typeName(v))
	}
	return r.step(min(len(t.S), len(p.S))/64) && has(t.S, p.S)
}
