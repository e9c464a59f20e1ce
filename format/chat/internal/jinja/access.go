package jinja

type attr struct {
	at   place
	of   expr
	name string
}

func (x *attr) eval(r *run, e *env) Value {
	v := x.of.eval(r, e)
	if !r.step(1) {
		return undefined{}
	}
	return r.attribute(x.at, v, x.name, true)
}

// attribute is v.name (methods first) or v['name'] (keys first). Names that
// begin with an underscore reach nothing but keys.
func (r *run) attribute(at place, v Value, name string, methodFirst bool) Value {
	hidden := name != "" && name[0] == '_'
	if methodFirst && !hidden {
		if m, ok := r.method(v, name); ok {
			return m
		}
	}
	switch x := v.(type) {
	case undefined:
		return r.undefined(at, x)
	case *Dict:
		if got, ok := x.Get(name); ok && r.step(1+len(x.keys)/64) {
			return got
		}
	}
	if !methodFirst && !hidden {
		if m, ok := r.method(v, name); ok {
			return m
		}
	}
	if hidden {
		return undefined{what: "access to " + name, forbid: true}
	}
	return undefined{what: "a " + typeName(v) + " has no attribute " + name}
}

// method is what v.name is by v's type: a bound method, an attribute of loop or
// of a namespace.
func (r *run) method(v Value, name string) (Value, bool) {
	switch x := v.(type) {
	case *loop:
		return x.attr(name), true
	case *namespace:
		if got, ok := x.vars.Get(name); ok {
			return got, true
		}
		return undefined{what: "the namespace has no " + name}, true
	case *Text:
		if f := textMethods[name]; f != nil {
			return &callable{name, func(r *run, a *args) Value { return f(r, x, a) }}, true
		}
	case *Dict:
		if f := dictMethods[name]; f != nil {
			return &callable{name, func(r *run, a *args) Value { return f(r, x, a) }}, true
		}
		return forbidden("dict", name, "clear", "pop", "popitem", "setdefault", "update")
	case *List:
		if f := listMethods[name]; f != nil {
			return &callable{name, func(r *run, a *args) Value { return f(r, x, a) }}, true
		}
		if !x.Tuple {
			return forbidden("list", name, "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort")
		}
	}
	return nil, false
}

// forbidden is what a method that would change its receiver is to a template.
func forbidden(of, name string, methods ...string) (Value, bool) {
	for _, m := range methods {
		if m == name {
			return undefined{what: "the method " + name + " of a " + of + ", which would change it,", forbid: true}, true
		}
	}
	return nil, false
}

type item struct {
	at      place
	of, key expr
}

func (x *item) eval(r *run, e *env) Value {
	v, k := x.of.eval(r, e), x.key.eval(r, e)
	if !r.step(1) {
		return undefined{}
	}
	return r.item(x.at, v, k)
}

// item is v[k].
func (r *run) item(at place, v, k Value) Value {
	if u, ok := v.(undefined); ok {
		return r.undefined(at, u)
	}
	if t, ok := k.(*Text); ok {
		r.step(len(t.S) / 64)
		return r.attribute(at, v, t.S, false)
	}
	if d, ok := v.(*Dict); ok {
		if !r.hashable(at, k) {
			return undefined{}
		}
		if i := d.find(k); i >= 0 {
			return d.vals[i]
		}
		return undefined{what: "the dict has no such key"}
	}
	_, i, whole, ok := number(k)
	if !ok || !whole {
		return undefined{what: "a " + typeName(v) + " has no item under a " + typeName(k)}
	}
	n := 0
	switch x := v.(type) {
	case *List:
		n = len(x.Items)
	case *Text:
		if !r.step(len(x.S) / 16) {
			return undefined{}
		}
		n = x.length()
	case *span:
		n = int(x.len())
	default:
		return undefined{what: "a " + typeName(v) + " has no items"}
	}
	if i < 0 {
		i += int64(n)
	}
	if i < 0 || i >= int64(n) {
		return undefined{what: "the " + typeName(v) + " has no such item"}
	}
	switch x := v.(type) {
	case *List:
		return x.Items[i]
	case *span:
		return x.at(i)
	}
	t := v.(*Text)
	return t.slice(t.at(int(i)), t.at(int(i)+1))
}

type slice struct {
	at                 place
	of, from, to, step expr
}

func (x *slice) eval(r *run, e *env) Value {
	v := x.of.eval(r, e)
	var bound [3]*int64
	for i, b := range []expr{x.from, x.to, x.step} {
		if b == nil {
			continue
		}
		k := b.eval(r, e)
		if k == nil {
			continue
		}
		_, n, whole, ok := number(k)
		if !ok || !whole {
			// Python's TypeError is Jinja's undefined value.
			return undefined{what: "a slice wants whole numbers, not a " + typeName(k)}
		}
		bound[i] = &n
	}
	if !r.step(1) {
		return undefined{}
	}
	switch t := v.(type) {
	case undefined:
		return r.undefined(x.at, t)
	case *Text:
		return r.sliceText(x.at, t, bound)
	case *List, *span:
		items := r.items(x.at, v)
		idx := r.indices(x.at, len(items), bound)
		out := &List{Items: make([]Value, len(idx))}
		for k, i := range idx {
			out.Items[k] = items[i]
		}
		if l, ok := v.(*List); ok {
			out.Tuple = l.Tuple
			return out
		}
		return out
	}
	return undefined{what: "a " + typeName(v) + " cannot be sliced"}
}

func (r *run) sliceText(at place, t *Text, bound [3]*int64) Value {
	if bound[2] != nil && *bound[2] != 1 {
		chars := r.items(at, t)
		var w builder
		for _, i := range r.indices(at, len(chars), bound) {
			w.text(chars[i].(*Text))
		}
		return w.since(0)
	}
	if !r.step(len(t.S) / 16) {
		return undefined{}
	}
	a, b := bounds(t.length(), bound[0], bound[1], 1)
	if a >= b {
		return emptyText
	}
	return t.slice(t.at(a), t.at(b))
}

// bounds are the ends of a slice of n items, as Python cuts them.
func bounds(n int, from, to *int64, step int64) (int, int) {
	clip := func(v *int64, none int) int {
		if v == nil {
			return none
		}
		i := *v
		if i < 0 {
			i += int64(n)
		}
		low, high := int64(0), int64(n)
		if step < 0 {
			low, high = -1, int64(n)-1
		}
		return int(min(max(i, low), high))
	}
	if step < 0 {
		return clip(from, n-1), clip(to, -1)
	}
	return clip(from, 0), clip(to, n)
}

func (r *run) indices(at place, n int, bound [3]*int64) []int {
	step := int64(1)
	if bound[2] != nil {
		step = *bound[2]
	}
	if step == 0 {
		r.fail(at, "a slice with step 0")
	}
	if r.err != nil || !r.spend(16*n) || !r.step(n) {
		return nil
	}
	a, b := bounds(n, bound[0], bound[1], step)
	var idx []int
	for i := int64(a); step > 0 && i < int64(b) || step < 0 && i > int64(b); i += step {
		idx = append(idx, int(i))
		if step > int64(n) || step < -int64(n) {
			break
		}
	}
	return idx
}
