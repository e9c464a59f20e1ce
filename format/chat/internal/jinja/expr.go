package jinja

// An expr is an expression of a template.
type expr interface{ eval(*run, *env) Value }

type constant struct{ v Value }

func (x constant) eval(*run, *env) Value { return x.v }

type name struct{ id int32 }

func (x *name) eval(r *run, e *env) Value {
	if !r.step(1) {
		return undefined{}
	}
	if v, ok := e.get(x.id); ok {
		return v
	}
	return undefined{what: r.tpl.names[x.id] + " is undefined"}
}

type listExpr struct {
	items []expr
	tuple bool
}

func (x *listExpr) eval(r *run, e *env) Value {
	l := &List{Items: make([]Value, len(x.items)), Tuple: x.tuple}
	for i, item := range x.items {
		l.Items[i] = item.eval(r, e)
	}
	r.spend(16 * len(l.Items))
	return l
}

type dictExpr struct {
	at         place
	keys, vals []expr
}

func (x *dictExpr) eval(r *run, e *env) Value {
	d := &Dict{}
	for i := range x.keys {
		k, v := x.keys[i].eval(r, e), x.vals[i].eval(r, e)
		if !r.spend(32) || !r.hashable(x.at, k) {
			return undefined{}
		}
		d.put(k, v)
	}
	return d
}

// maxKey bounds the values in a tuple that is a key.
const maxKey = 64

// hashable is whether k can be a key; a list or a dict cannot.
func (r *run) hashable(at place, k Value) bool {
	left := maxKey
	return r.hashes(at, k, &left)
}

func (r *run) hashes(at place, k Value, left *int) bool {
	if *left--; *left < 0 {
		r.fail(at, "a key of more than %d values", maxKey)
		return false
	}
	switch k := k.(type) {
	case *List:
		if k.Tuple {
			for _, v := range k.Items {
				if !r.hashes(at, v, left) {
					return false
				}
			}
			return true
		}
	case *Dict:
	default:
		return r.err == nil
	}
	r.fail(at, "a %s cannot be a key", typeName(k))
	return false
}

type cond struct{ test, then, other expr }

func (x *cond) eval(r *run, e *env) Value {
	switch {
	case truth(x.test.eval(r, e)):
		return x.then.eval(r, e)
	case x.other != nil:
		return x.other.eval(r, e)
	}
	return undefined{what: "the condition was false, and there is no else"}
}

type logic struct {
	a, b expr
	or   bool
}

func (x *logic) eval(r *run, e *env) Value {
	v := x.a.eval(r, e)
	if truth(v) == x.or || r.err != nil {
		return v
	}
	return x.b.eval(r, e)
}

type not struct{ e expr }

func (x *not) eval(r *run, e *env) Value { return !truth(x.e.eval(r, e)) }

type concat struct {
	at    place
	parts []expr
}

func (x *concat) eval(r *run, e *env) Value {
	var w builder
	for _, p := range x.parts {
		t := r.text(x.at, p.eval(r, e))
		if !r.spend(len(t.S)) {
			return undefined{}
		}
		w.text(t)
	}
	return w.since(0)
}

type compare struct {
	at    place
	first expr
	ops   []string
	rest  []expr
}

func (x *compare) eval(r *run, e *env) Value {
	a := x.first.eval(r, e)
	for i, op := range x.ops {
		b := x.rest[i].eval(r, e)
		if !r.step(1) || !r.holds(x.at, op, a, b) {
			return false
		}
		a = b
	}
	return true
}

type filter struct {
	at   place
	of   expr // nil where the filter's input is a block
	name string
	fn   filterFunc
	call callExpr
}

func (x *filter) eval(r *run, e *env) Value { return x.apply(r, e, x.of.eval(r, e)) }

func (x *filter) apply(r *run, e *env, v Value) Value {
	if !r.step(1) {
		return undefined{}
	}
	if x.fn == nil {
		return r.fail(x.at, "unknown filter %q", x.name)
	}
	a := x.call.arguments(r, e)
	a.at, r.at = x.at, x.at
	if r.err != nil {
		return undefined{}
	}
	return x.fn(r, v, a)
}

type test struct {
	at   place
	of   expr
	name string
	fn   testFunc
	call callExpr
}

func (x *test) eval(r *run, e *env) Value {
	v := x.of.eval(r, e)
	if !r.step(1) {
		return false
	}
	if x.fn == nil {
		return r.fail(x.at, "unknown test %q", x.name)
	}
	a := x.call.arguments(r, e)
	a.at, r.at = x.at, x.at
	if r.err != nil {
		return false
	}
	return x.fn(r, v, a)
}

// undefined reports the use of what does not exist.
func (r *run) undefined(at place, u undefined) Value {
	if u.forbid {
		return r.fail(at, "%s is not allowed in a template", u.what)
	}
	return r.fail(at, "%s", u.what)
}

// items are the values that a loop over v sees.
func (r *run) items(at place, v Value) []Value {
	switch x := v.(type) {
	case undefined:
		if x.forbid {
			r.undefined(at, x)
		}
		return nil
	case *List:
		return x.Items
	case *Dict:
		return x.keys
	case *stream:
		return x.rest()
	case *Text:
		if !r.step(len(x.S)) || !r.spend(48*len(x.S)) {
			return nil
		}
		out := make([]Value, 0, len(x.S))
		for i, c := range x.S {
			out = append(out, x.slice(i, i+len(string(c))))
		}
		return out
	case *span:
		n := x.len()
		if !r.step(int(n)) || !r.spend(16*int(n)) {
			return nil
		}
		out := make([]Value, n)
		for i := range out {
			out[i] = x.at(int64(i))
		}
		return out
	}
	r.fail(at, "a %s cannot be looped over", typeName(v))
	return nil
}
