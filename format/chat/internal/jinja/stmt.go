package jinja

// A stmt is a statement of a template.
type stmt interface{ exec(*run, *env) flow }

type data struct{ text *Text }

func (s *data) exec(r *run, _ *env) flow {
	if r.step(1) && r.spend(len(s.text.S)) {
		r.out.str(s.text.S)
	}
	return onward
}

type output struct {
	at place
	e  expr
}

func (s *output) exec(r *run, e *env) flow {
	r.at = s.at
	if v := s.e.eval(r, e); r.step(1) {
		r.print(s.at, v)
	}
	return onward
}

type prints struct{ parts []output }

func (s *prints) exec(r *run, e *env) flow {
	for i := range s.parts {
		s.parts[i].exec(r, e)
	}
	return onward
}

type arm struct {
	cond expr
	body []stmt
}

type ifs struct {
	arms  []arm
	other []stmt
}

func (s *ifs) exec(r *run, e *env) flow {
	for i := range s.arms {
		ok := truth(s.arms[i].cond.eval(r, e))
		if !r.step(1) {
			return onward
		}
		if ok {
			return r.body(s.arms[i].body, e)
		}
	}
	return r.body(s.other, e)
}

type jump struct{ out bool }

func (s jump) exec(*run, *env) flow {
	if s.out {
		return breaks
	}
	return continues
}

// A target is what is assigned to: a name, an attribute of a namespace, or
// several targets.
type target struct {
	id    int32
	attr  string
	parts []target
}

func (r *run) assign(at place, e *env, t *target, v Value) {
	switch {
	case r.err != nil:
	case t.parts != nil:
		items := r.items(at, v)
		if r.err == nil && len(items) != len(t.parts) {
			r.fail(at, "%d values for %d names", len(items), len(t.parts))
			return
		}
		for i := range t.parts {
			if r.err == nil {
				r.assign(at, e, &t.parts[i], items[i])
			}
		}
	case t.attr != "":
		have, _ := e.get(t.id)
		ns, ok := have.(*namespace)
		if !ok {
			r.fail(at, "%s.%s: attributes can be set on a namespace alone", r.tpl.names[t.id], t.attr)
			return
		}
		r.setAttr(at, ns, t.attr, v)
	default:
		e.set(t.id, v)
	}
}

func (r *run) setAttr(at place, ns *namespace, name string, v Value) {
	if name[0] == '_' {
		r.fail(at, "a namespace takes no name with an underscore in front, as %q", name)
		return
	}
	if r.spend(16) {
		ns.vars.Set(name, v)
	}
}

type set struct {
	at place
	to target
	e  expr
}

func (s *set) exec(r *run, e *env) flow {
	r.at = s.at
	v := s.e.eval(r, e)
	if r.step(1) {
		r.assign(s.at, e, &s.to, v)
	}
	return onward
}

type setBlock struct {
	at     place
	to     target
	filter expr
	body   []stmt
}

func (s *setBlock) exec(r *run, e *env) flow {
	t, f := r.capture(s.body, &env{outer: e})
	var v Value = t
	if s.filter != nil {
		v = r.refilter(s.filter, e, t)
	}
	if r.step(1) {
		r.assign(s.at, e, &s.to, v)
	}
	return f
}

// refilter runs a chain of filters whose first input is t.
func (r *run) refilter(chain expr, e *env, t *Text) Value {
	f, ok := chain.(*filter)
	if !ok {
		return t
	}
	if f.of == nil {
		return f.apply(r, e, t)
	}
	return f.apply(r, e, r.refilter(f.of, e, t))
}

type filterBlock struct {
	at     place
	filter expr
	body   []stmt
}

func (s *filterBlock) exec(r *run, e *env) flow {
	t, f := r.capture(s.body, &env{outer: e})
	if v := r.refilter(s.filter, e, t); r.step(1) {
		r.print(s.at, v)
	}
	return f
}

type with struct {
	to     []target
	values []expr
	body   []stmt
}

func (s *with) exec(r *run, e *env) flow {
	inner := &env{outer: e}
	for i := range s.to {
		// All values are evaluated in the scope around the block.
		if v := s.values[i].eval(r, e); r.step(1) {
			r.assign(r.at, inner, &s.to[i], v)
		}
	}
	return r.body(s.body, inner)
}

// generation marks what a model writes. Its body has a scope of its own.
type generation struct{ body []stmt }

func (s *generation) exec(r *run, e *env) flow {
	start := len(r.out.b)
	f := r.body(s.body, &env{outer: e})
	if r.err == nil && r.captured == 0 && len(r.out.b) > start {
		r.gens = append(r.gens, [2]int{start, len(r.out.b)})
	}
	return f
}
