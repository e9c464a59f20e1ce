package jinja

import (
	"math"
	"slices"
	"strconv"
	"unicode"
)

func uniqueFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "unique", "case_sensitive", "attribute")
	if !ok {
		return undefined{}
	}
	seen, out := &Dict{}, &stream{}
	for _, x := range r.items(a.at, v) {
		k := r.path(a.at, x, got[1])
		if !truth(got[0]) {
			k = r.folded(k)
		}
		if !r.hashable(a.at, k) || !r.spend(64) || !r.step(1+seen.Len()/16) {
			return undefined{}
		}
		if seen.find(k) < 0 {
			seen.put(k, true)
			out.items = append(out.items, x)
		}
	}
	return out
}

// extreme is min (sign -1) and max (sign 1).
func extreme(r *run, v Value, a *args, sign int) Value {
	got, ok := a.bind(r, "min or max", "case_sensitive", "attribute")
	if !ok {
		return undefined{}
	}
	var best, bestKey Value = undefined{what: "there is no item"}, nil
	for i, x := range r.items(a.at, v) {
		k := r.path(a.at, x, got[1])
		if !truth(got[0]) {
			k = r.folded(k)
		}
		if i > 0 {
			c, _ := r.order(a.at, k, bestKey)
			if r.err != nil || !r.step(1) {
				return undefined{}
			}
			if c*sign <= 0 || c == 2 {
				continue
			}
		}
		best, bestKey = x, k
	}
	return best
}

func sumFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "sum", "attribute", "start")
	if !ok {
		return undefined{}
	}
	var total Value = int64(0)
	if !missing(got[1]) {
		total = got[1]
	}
	for _, x := range r.items(a.at, v) {
		x = r.path(a.at, x, got[0])
		if !r.step(1) {
			return undefined{}
		}
		if _, text := x.(*Text); !text {
			if joined := r.join(total, x); joined != nil {
				total = joined
				continue
			}
		}
		total = r.arithmetic(a.at, '+', total, x)
	}
	return total
}

func batchFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "batch", "linecount", "fill_with")
	n, whole := got0(got).(int64)
	if !ok || !whole || n < 1 {
		return r.fail(a.at, "batch wants a size")
	}
	out := &stream{}
	items := r.items(a.at, v)
	for len(items) > 0 && r.spend(48) {
		k := min(int(min(n, 1<<31-1)), len(items))
		l := &List{Items: slices.Clone(items[:k])}
		for !missing(got[1]) && got[1] != nil && int64(len(l.Items)) < n && r.spend(16) {
			l.Items = append(l.Items, got[1])
		}
		out.items = append(out.items, l)
		items = items[k:]
	}
	return out
}

func got0(got []Value) Value {
	if len(got) == 0 {
		return nil
	}
	return got[0]
}

// mapFilter takes an attribute of each item, or runs a filter on it.
func mapFilter(r *run, v Value, a *args) Value {
	var each func(Value) Value
	if len(a.pos) == 0 {
		got, ok := a.bind(r, "map", "", "attribute", "default")
		if !ok {
			return undefined{}
		}
		each = func(x Value) Value {
			x = r.path(a.at, x, got[1])
			if missing(x) && !missing(got[2]) {
				return got[2]
			}
			return x
		}
	} else {
		name, _ := a.pos[0].(*Text)
		if name == nil {
			return r.fail(a.at, "map wants the name of a filter")
		}
		f := r.filters[name.S]
		if f == nil {
			return r.fail(a.at, "unknown filter %q", name.S)
		}
		rest := &args{at: a.at, pos: a.pos[1:], kw: a.kw, vals: a.vals}
		each = func(x Value) Value { return f(r, x, rest) }
	}
	items := r.items(a.at, v)
	out := &stream{items: make([]Value, 0, len(items))}
	for _, x := range items {
		if !r.step(1) || !r.spend(16) {
			return undefined{}
		}
		out.items = append(out.items, each(x))
	}
	return out
}

// choose is select, reject, selectattr and rejectattr.
func choose(r *run, v Value, a *args, byAttr, keep bool) Value {
	pos := a.pos
	var path Value = undefined{}
	if byAttr {
		if len(pos) == 0 {
			return r.fail(a.at, "selectattr wants the name of an attribute")
		}
		path, pos = pos[0], pos[1:]
	}
	is := func(r *run, v Value, _ *args) Value { return truth(v) }
	rest := &args{at: a.at, kw: a.kw, vals: a.vals}
	if len(pos) > 0 {
		name, _ := pos[0].(*Text)
		if name == nil || r.tests[name.S] == nil {
			return r.fail(a.at, "want the name of a test")
		}
		is = r.tests[name.S]
		rest.pos = pos[1:]
	}
	out := &stream{}
	for _, x := range r.items(a.at, v) {
		of := x
		if byAttr {
			of = r.path(a.at, x, path)
		}
		if !r.step(1) || !r.spend(16) {
			return undefined{}
		}
		if truth(is(r, of, rest)) == keep {
			out.items = append(out.items, x)
		}
	}
	return out
}

func groupFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "groupby", "attribute", "default", "case_sensitive")
	if !ok {
		return undefined{}
	}
	key := func(x Value) Value {
		k := r.path(a.at, x, got[0])
		if missing(k) && !missing(got[1]) {
			return got[1]
		}
		return k
	}
	items := r.clone(a.at, v)
	r.sort(a.at, items, truth(got[2]), false, key)
	out := &List{}
	var last *List
	var lastKey Value
	for _, x := range items {
		k := key(x)
		if !truth(got[2]) {
			k = r.folded(k)
		}
		if !r.step(1) || !r.spend(64) {
			return undefined{}
		}
		if last == nil || !equal(r, k, lastKey, 0) {
			last, lastKey = &List{}, k
			out.Items = append(out.Items, &List{Items: []Value{key(x), last}, Tuple: true})
		}
		last.Items = append(last.Items, x)
	}
	return out
}

func attrFilter(r *run, v Value, a *args) Value {
	name, ok := a.one(r, "attr")
	t, text := name.(*Text)
	if !ok || !text {
		return r.fail(a.at, "attr wants a name")
	}
	if t.S != "" && t.S[0] == '_' {
		return undefined{what: "access to " + t.S, forbid: true}
	}
	if m, ok := r.method(v, t.S); ok {
		return m
	}
	return undefined{what: "a " + typeName(v) + " has no attribute " + t.S}
}

func absFilter(r *run, v Value, a *args) Value {
	f, i, whole, ok := number(v)
	switch {
	case !ok || whole && i == math.MinInt64:
		return r.fail(a.at, "abs wants a number, not a %s", typeName(v))
	case whole:
		return max(i, -i)
	}
	return math.Abs(f)
}

func roundFilter(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "round", "precision", "method")
	f, i, whole, num := number(v)
	if !ok || !num {
		return r.fail(a.at, "round wants a number, not a %s", typeName(v))
	}
	digits := int64(0)
	if d, ok := got[0].(int64); ok {
		digits = d
	}
	method := "common"
	if t, ok := got[1].(*Text); ok {
		method = t.S
	}
	if digits < 0 || digits > 15 {
		return r.fail(a.at, "round to %d digits is not supported", digits)
	}
	if whole && method == "common" {
		return i
	}
	scale := math.Pow(10, float64(digits))
	switch method {
	case "common":
		return commonRound(f, int(digits))
	case "ceil":
		return math.Ceil(f*scale) / scale
	case "floor":
		return math.Floor(f*scale) / scale
	}
	return r.fail(a.at, "unknown method of rounding %q", method)
}

func wordCount(r *run, v Value, a *args) Value {
	n := int64(0)
	in := false
	s := r.text(a.at, v).S
	if !r.step(len(s) / 8) {
		return undefined{}
	}
	for _, c := range s {
		is := c == '_' || unicode.IsLetter(c) || unicode.IsNumber(c)
		if is && !in {
			n++
		}
		in = is
	}
	return n
}

func formatFilter(r *run, v Value, a *args) Value {
	if len(a.kw) > 0 {
		return r.fail(a.at, "format with names is not supported")
	}
	return r.percent(a.at, r.text(a.at, v), &List{Items: a.pos, Tuple: true})
}

// commonRound rounds half to even on the exact decimal value, as Python does.
func commonRound(f float64, digits int) float64 {
	g, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', digits, 64), 64)
	if err != nil {
		return f
	}
	return g
}
