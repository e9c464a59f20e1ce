package jinja

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

type filterFunc func(r *run, v Value, a *args) Value

// filters are Jinja's filters. Those that give another result each time, or
// make HTML, are left out.
var filters = map[string]filterFunc{
	"tojson":     toJSON,
	"trim":       trimFilter,
	"length":     lengthFilter,
	"count":      lengthFilter,
	"default":    defaultFilter,
	"d":          defaultFilter,
	"string":     func(r *run, v Value, a *args) Value { return r.text(a.at, v) },
	"safe":       func(r *run, v Value, a *args) Value { return r.text(a.at, v) },
	"upper":      textFilter(upper),
	"lower":      textFilter(lower),
	"capitalize": textFilter(capitalized),
	"title":      textFilter(jinjaTitle),
	"e":          textFilter(htmlEscaper.Replace),
	"escape":     textFilter(htmlEscaper.Replace),
	"dictsort":   dictSort,
	"items":      itemsFilter,
	"join":       joinFilter,
	"replace":    replaceFilter,
	"indent":     indentFilter,
	"list":       func(r *run, v Value, a *args) Value { return &List{Items: r.clone(a.at, v)} },
	"first":      firstFilter,
	"last":       lastFilter,
	"reverse":    reverseFilter,
	"sort":       sortFilter,
	"unique":     uniqueFilter,
	"min":        func(r *run, v Value, a *args) Value { return extreme(r, v, a, -1) },
	"max":        func(r *run, v Value, a *args) Value { return extreme(r, v, a, 1) },
	"sum":        sumFilter,
	"batch":      batchFilter,
	"map":        mapFilter,
	"select":     func(r *run, v Value, a *args) Value { return choose(r, v, a, false, true) },
	"reject":     func(r *run, v Value, a *args) Value { return choose(r, v, a, false, false) },
	"selectattr": func(r *run, v Value, a *args) Value { return choose(r, v, a, true, true) },
	"rejectattr": func(r *run, v Value, a *args) Value { return choose(r, v, a, true, false) },
	"groupby":    groupFilter,
	"attr":       attrFilter,
	"int":        intFilter,
	"float":      floatFilter,
	"abs":        absFilter,
	"round":      roundFilter,
	"wordcount":  wordCount,
	"format":     formatFilter,
}

var htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;", `"`, "&#34;")

func textFilter(f func(string) string) filterFunc {
	return func(r *run, v Value, a *args) Value {
		t := r.text(a.at, v)
		if !r.spend(len(t.S)) {
			return undefined{}
		}
		return t.made(f(t.S))
	}
}

// jinjaTitle is the filter title: words end at spaces, dashes and opening
// brackets alone, unlike those of the method.
func jinjaTitle(s string) string {
	between := func(c rune) bool { return isSpace(c) || strings.ContainsRune("-([{<", c) }
	var b strings.Builder
	for s != "" {
		n := len(s) - len(strings.TrimLeftFunc(s, between))
		b.WriteString(s[:n])
		s = s[n:]
		n = strings.IndexFunc(s, between)
		if n < 0 {
			n = len(s)
		}
		if n > 0 {
			_, k := utf8.DecodeRuneInString(s)
			b.WriteString(upper(s[:k]) + lower(s[k:n]))
		}
		s = s[n:]
	}
	return b.String()
}

func trimFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "trim", "chars")
	if !ok {
		return undefined{}
	}
	t := r.text(a.at, v)
	if !r.step(len(t.S) / 64) {
		return undefined{}
	}
	if set, ok := got[0].(*Text); ok {
		return t.strip(true, true, func(c rune) bool { return strings.ContainsRune(set.S, c) })
	}
	return t.strip(true, true, isSpace)
}

// clone is a copy of what a loop over v sees.
func (r *run) clone(at place, v Value) []Value {
	items := r.items(at, v)
	if !r.spend(16*len(items)) || !r.step(len(items)/16) {
		return nil
	}
	return slices.Clone(items)
}

// size is Python's len(v).
func (r *run) size(v Value) (int, bool) {
	switch x := v.(type) {
	case *Text:
		return x.length(), r.step(len(x.S) / 16)
	case *List:
		return len(x.Items), true
	case *Dict:
		return len(x.keys), true
	case *span:
		return int(x.len()), true
	case undefined:
		return 0, !x.forbid
	case *loop:
		return len(x.items), true
	}
	return 0, false
}

func lengthFilter(r *run, v Value, a *args) Value {
	n, ok := r.size(v)
	if !ok {
		return r.fail(a.at, "a %s has no length", typeName(v))
	}
	return int64(n)
}

func defaultFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "default", "default_value", "boolean")
	if !ok {
		return undefined{}
	}
	if missing(v) || truth(got[1]) && !truth(v) {
		if missing(got[0]) {
			return emptyText
		}
		return got[0]
	}
	return v
}

func itemsFilter(r *run, v Value, a *args) Value {
	switch x := v.(type) {
	case undefined:
		return &stream{}
	case *Dict:
		return &stream{items: pairs(r, x).Items}
	}
	return r.fail(a.at, "items wants a dict, not a %s", typeName(v))
}

func dictSort(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "dictsort", "case_sensitive", "by", "reverse")
	d, dict := v.(*Dict)
	if !ok || !dict {
		return r.fail(a.at, "dictsort wants a dict, not a %s", typeName(v))
	}
	by := 0
	if t, ok := got[1].(*Text); ok && t.S == "value" {
		by = 1
	}
	l := pairs(r, d)
	r.sort(a.at, l.Items, truth(got[0]), truth(got[2]), func(p Value) Value { return p.(*List).Items[by] })
	return l
}

// sort orders items by what key gives for each; without caseSensitive, texts
// are compared in lower case.
func (r *run) sort(at place, items []Value, caseSensitive, down bool, key func(Value) Value) {
	type entry struct{ key, v Value }
	entries := make([]entry, len(items))
	if !r.spend(64*len(items)) || !r.step(len(items)) {
		return
	}
	for i, v := range items {
		k := key(v)
		if !caseSensitive {
			k = r.folded(k)
		}
		entries[i] = entry{k, v}
	}
	slices.SortStableFunc(entries, func(x, y entry) int {
		if r.err != nil || !r.step(1) {
			return 0
		}
		c, _ := r.order(at, x.key, y.key)
		if c == 2 {
			c = 0
		}
		if down {
			c = -c
		}
		return c
	})
	for i := range entries {
		items[i] = entries[i].v
	}
}

func (r *run) folded(v Value) Value {
	if t, ok := v.(*Text); ok && r.spend(len(t.S)) {
		return plain(lower(t.S))
	}
	return v
}

func sortFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "sort", "reverse", "case_sensitive", "attribute")
	if !ok {
		return undefined{}
	}
	items := r.clone(a.at, v)
	r.sort(a.at, items, truth(got[1]), truth(got[0]), func(x Value) Value { return r.path(a.at, x, got[2]) })
	return &List{Items: items}
}

// path follows an attribute as filters name one: "a.b", "0", or a number; an
// undefined name is the value itself.
func (r *run) path(at place, v, name Value) Value {
	switch n := name.(type) {
	case *Text:
		for part := range strings.SplitSeq(n.S, ".") {
			var key Value = plain(part)
			if i, ok := integer(part, 10).(int64); ok && part[0] != '-' {
				key = i
			}
			if r.err == nil && r.step(1) {
				v = r.item(at, v, key)
			}
		}
	case int64:
		v = r.item(at, v, n)
	}
	return v
}

func joinFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "join", "d", "attribute")
	if !ok {
		return undefined{}
	}
	sep := r.text(a.at, got[0])
	var w builder
	for i, x := range r.items(a.at, v) {
		t := r.text(a.at, r.path(a.at, x, got[1]))
		if !r.spend(len(t.S)+len(sep.S)) || !r.step(1) {
			return undefined{}
		}
		if i > 0 {
			w.text(sep)
		}
		w.text(t)
	}
	return w.since(0)
}

func replaceFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "replace", "old", "new", "count")
	if !ok {
		return undefined{}
	}
	most := -1
	if _, n, whole, ok := number(got[2]); ok && whole && n >= 0 {
		most = int(min(n, 1<<31-1))
	}
	return replaced(r, r.text(a.at, v), r.text(a.at, got[0]), r.text(a.at, got[1]), most)
}

func indentFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "indent", "width", "first", "blank")
	t, text := v.(*Text)
	if !ok || !text {
		return r.fail(a.at, "indent wants a str, not a %s", typeName(v))
	}
	pad := "    "
	switch x := got[0].(type) {
	case int64:
		if x > 1000 {
			return r.limit()
		}
		pad = strings.Repeat(" ", int(max(x, 0)))
	case *Text:
		pad = x.S
	}
	var w builder
	lines := splitLines(r, &Text{S: t.S + "\n", Marks: t.Marks}, &args{at: a.at}).(*List).Items
	for i, l := range lines {
		row := l.(*Text)
		if i > 0 {
			w.str("\n")
		}
		if (i > 0 && (row.S != "" || truth(got[2])) || i == 0 && truth(got[1])) && r.spend(len(pad)) {
			w.str(pad)
		}
		w.text(row)
	}
	r.spend(len(w.b))
	return w.since(0)
}

func firstFilter(r *run, v Value, a *args) Value {
	switch x := v.(type) {
	case *Text:
		return r.item(a.at, x, int64(0))
	case *stream:
		if x.next < len(x.items) {
			x.next++
			return x.items[x.next-1]
		}
	default:
		if items := r.items(a.at, v); len(items) > 0 {
			return items[0]
		}
	}
	return undefined{what: "there is no first item"}
}

func lastFilter(r *run, v Value, a *args) Value {
	switch x := v.(type) {
	case *Text:
		return r.item(a.at, x, int64(-1))
	case *stream:
		return r.fail(a.at, "a generator has no last item")
	}
	if items := r.items(a.at, v); len(items) > 0 {
		return items[len(items)-1]
	}
	return undefined{what: "there is no last item"}
}

func reverseFilter(r *run, v Value, a *args) Value {
	items := r.clone(a.at, v)
	reverse(items)
	if _, ok := v.(*Text); !ok {
		return &stream{items: items}
	}
	var w builder
	for _, x := range items {
		w.text(x.(*Text))
	}
	return w.since(0)
}

func intFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "int", "default", "base")
	if !ok {
		return undefined{}
	}
	var none Value = int64(0)
	if !missing(got[0]) {
		none = got[0]
	}
	base := int64(10)
	if b, ok := got[1].(int64); ok && b >= 2 && b <= 36 {
		base = b
	}
	switch x := v.(type) {
	case *Text:
		s := strings.TrimFunc(x.S, isSpace)
		digits := s
		if prefix := map[int64]string{2: "0b", 8: "0o", 16: "0x"}[base]; prefix != "" && len(s) > 2 && lower(s[:2]) == prefix {
			digits = s[2:]
		}
		if i := integer(strings.ReplaceAll(digits, "_", ""), int(base)); i != nil && !strings.Contains(digits, "__") {
			return i
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < 1<<62 {
			return int64(f)
		}
	case float64:
		if math.Abs(x) < 1<<62 {
			return int64(x)
		}
	case int64:
		return x
	case bool:
		_, i, _, _ := number(x)
		return i
	}
	return none
}

func floatFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "float", "default")
	if !ok {
		return undefined{}
	}
	if f, _, _, ok := number(v); ok {
		return f
	}
	if t, ok := v.(*Text); ok {
		if f, err := strconv.ParseFloat(strings.TrimFunc(t.S, isSpace), 64); err == nil || math.IsInf(f, 0) {
			return f
		}
	}
	if missing(got[0]) {
		return 0.0
	}
	return got[0]
}
