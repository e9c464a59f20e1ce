package jinja

type fors struct {
	at          place
	to          target
	in, test    expr
	recursive   bool
	body, other []stmt
	loop        int32 // id of the name "loop"
}

// A loop is the variable of that name.
type loop struct {
	s       *fors
	e       *env // around the loop
	items   []Value
	i       int
	depth   int
	changed Value
}

func (s *fors) exec(r *run, e *env) flow {
	if v := s.in.eval(r, e); r.step(1) {
		s.over(r, e, v, 0)
	}
	return onward
}

func (s *fors) over(r *run, e *env, v Value, depth int) {
	items := r.items(s.at, v)
	if r.err != nil {
		return
	}
	inner := &env{outer: e}
	if s.test != nil {
		items = s.kept(r, inner, items)
	}
	if len(items) == 0 {
		r.body(s.other, &env{outer: e})
		return
	}
	l := &loop{s: s, e: e, items: items, depth: depth, changed: undefined{}}
	for l.i = range items {
		if inner.kept {
			inner = &env{outer: e}
		}
		inner.vars = append(inner.vars[:0], binding{s.loop, l})
		if r.at = s.at; !r.step(1) {
			return
		}
		r.assign(s.at, inner, &s.to, items[l.i])
		if r.body(s.body, inner) == breaks || r.err != nil {
			return
		}
	}
}

// kept are the items that the loop's own condition holds for.
func (s *fors) kept(r *run, inner *env, items []Value) []Value {
	var kept []Value
	for _, v := range items {
		if !r.step(1) || !r.spend(16) {
			return nil
		}
		inner.vars = inner.vars[:0]
		r.assign(s.at, inner, &s.to, v)
		if truth(s.test.eval(r, inner)) {
			kept = append(kept, v)
		}
	}
	inner.vars = inner.vars[:0]
	return kept
}

// attr is an attribute of the variable loop.
func (l *loop) attr(name string) Value {
	n := int64(len(l.items))
	i := int64(l.i)
	switch name {
	case "index":
		return i + 1
	case "index0":
		return i
	case "revindex":
		return n - i
	case "revindex0":
		return n - i - 1
	case "first":
		return i == 0
	case "last":
		return i == n-1
	case "length":
		return n
	case "depth":
		return int64(l.depth) + 1
	case "depth0":
		return int64(l.depth)
	case "previtem":
		if i > 0 {
			return l.items[i-1]
		}
		return undefined{what: "there is no previous item"}
	case "nextitem":
		if i < n-1 {
			return l.items[i+1]
		}
		return undefined{what: "there is no next item"}
	case "cycle":
		return &callable{name, l.cycle}
	case "changed":
		return &callable{name, l.change}
	}
	return undefined{what: "loop has no attribute " + name}
}

func (l *loop) cycle(r *run, a *args) Value {
	if len(a.pos) == 0 {
		return r.fail(a.at, "loop.cycle wants something to choose from")
	}
	return a.pos[l.i%len(a.pos)]
}

func (l *loop) change(r *run, a *args) Value {
	v := &List{Items: a.pos, Tuple: true}
	if equal(r, l.changed, v, 0) {
		return false
	}
	l.changed = v
	return true
}

// recur runs a recursive loop on what it is called with.
func (l *loop) recur(r *run, a *args) Value {
	if !l.s.recursive {
		return r.fail(a.at, "loop can be called in a recursive loop alone")
	}
	v, ok := a.one(r, "loop")
	if !ok {
		return undefined{}
	}
	n := len(r.out.b)
	r.captured++
	if r.enter() {
		l.s.over(r, l.e, v, l.depth+1)
	}
	r.depth--
	r.captured--
	return r.out.since(n)
}
