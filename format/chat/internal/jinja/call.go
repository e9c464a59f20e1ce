package jinja

// args are the arguments of a call.
type args struct {
	at   place
	pos  []Value
	kw   []string
	vals []Value // of kw
}

type callExpr struct {
	at          place
	fn          expr
	args        []expr
	kw          []string
	kwVals      []expr
	star, stars expr
}

// eval gives the call's arguments their values.
func (c *callExpr) arguments(r *run, e *env) *args {
	a := &args{at: c.at, kw: c.kw}
	if len(c.args) > 0 {
		a.pos = make([]Value, len(c.args), len(c.args)+1)
		for i, x := range c.args {
			a.pos[i] = x.eval(r, e)
		}
	}
	if len(c.kwVals) > 0 {
		a.vals = make([]Value, len(c.kwVals))
		for i, x := range c.kwVals {
			a.vals[i] = x.eval(r, e)
		}
	}
	if c.star != nil {
		a.pos = append(a.pos, r.clone(c.at, c.star.eval(r, e))...)
	}
	if c.stars != nil {
		d, ok := c.stars.eval(r, e).(*Dict)
		if !ok {
			r.fail(c.at, "want a dict after **")
			return a
		}
		a.kw = append([]string(nil), a.kw...)
		for i, k := range d.keys {
			name, ok := k.(*Text)
			if !ok {
				r.fail(c.at, "want names as the keys after **")
				return a
			}
			a.kw, a.vals = append(a.kw, name.S), append(a.vals, d.vals[i])
		}
	}
	return a
}

func (c *callExpr) eval(r *run, e *env) Value {
	fn := c.fn.eval(r, e)
	if !r.step(1) {
		return undefined{}
	}
	a := c.arguments(r, e)
	if r.at = c.at; r.err != nil {
		return undefined{}
	}
	return r.invoke(fn, a)
}

func (r *run) invoke(fn Value, a *args) Value {
	switch f := fn.(type) {
	case *callable:
		return f.call(r, a)
	case *loop:
		return f.recur(r, a)
	case undefined:
		return r.undefined(a.at, f)
	}
	return r.fail(a.at, "a %s cannot be called", typeName(fn))
}

// bind gives the arguments to names: missing ones are undefined, ones that are
// too many or have another name are an error.
func (a *args) bind(r *run, what string, names ...string) ([]Value, bool) {
	if len(a.pos) > len(names) {
		r.fail(a.at, "%s takes %d arguments, got %d", what, len(names), len(a.pos))
		return nil, false
	}
	out := make([]Value, len(names))
	for i := range out {
		out[i] = undefined{what: "no argument " + names[i]}
	}
	copy(out, a.pos)
next:
	for i, k := range a.kw {
		for j, name := range names {
			if k == name && j >= len(a.pos) {
				out[j] = a.vals[i]
				continue next
			}
		}
		r.fail(a.at, "%s got an unexpected argument %s", what, k)
		return nil, false
	}
	return out, true
}

func (a *args) one(r *run, what string) (Value, bool) {
	if len(a.pos) != 1 || len(a.kw) > 0 {
		r.fail(a.at, "%s takes one argument", what)
		return nil, false
	}
	return a.pos[0], true
}

func missing(v Value) bool { _, ok := v.(undefined); return ok }

// A macro is a function that a template defines.
type macro struct {
	id       int32
	name     string
	args     []int32
	argNames []string
	defaults []expr // of the last arguments
	body     []stmt

	// Ids of these names, or -1 where the body does not mention them: such a
	// macro does not take what they would hold.
	caller, varargs, kwargs int32
}

// read reads the macro's body and its end tag.
func (m *macro) read(p *parser, end string) {
	loops, start := p.loops, p.at
	p.loops = 0
	m.body = p.closed(end)
	p.loops = loops
	mention := func(name string) int32 {
		for _, t := range p.tokens[start:max(start, p.at)] {
			if t.is(tokName, name) {
				return p.id(name)
			}
		}
		return -1
	}
	m.caller, m.varargs, m.kwargs = mention("caller"), mention("varargs"), mention("kwargs")
}

type defMacro struct{ m *macro }

func (s *defMacro) exec(r *run, e *env) flow {
	e.keep()
	e.set(s.m.id, s.m.in(e))
	return onward
}

// in is the macro as a function whose free names are those of e.
func (m *macro) in(e *env) *callable {
	return &callable{m.name, func(r *run, a *args) Value { return m.run(r, e, a) }}
}

func (m *macro) run(r *run, outer *env, a *args) Value {
	defer func() { r.depth-- }()
	if !r.enter() {
		return undefined{}
	}
	e := &env{outer: outer, vars: make([]binding, 0, len(m.args)+4)}
	var caller Value = undefined{what: "no caller"}
	rest, extra := &List{Tuple: true}, &Dict{}
	for i := len(m.args); i < len(a.pos); i++ {
		rest.Items = append(rest.Items, a.pos[i])
	}
	given := make([]bool, len(m.args))
	vals := make([]Value, len(m.args))
	for i := range m.args {
		if i < len(a.pos) {
			vals[i], given[i] = a.pos[i], true
		}
	}
next:
	for i, k := range a.kw {
		for j, name := range m.argNames {
			if name == k {
				if given[j] {
					return r.fail(a.at, "macro %s got its argument %s twice", m.name, k)
				}
				vals[j], given[j] = a.vals[i], true
				continue next
			}
		}
		if k == "caller" {
			caller = a.vals[i]
			continue
		}
		extra.Set(k, a.vals[i])
	}
	switch {
	case len(rest.Items) > 0 && m.varargs < 0:
		return r.fail(a.at, "macro %s takes %d arguments, got %d", m.name, len(m.args), len(a.pos))
	case extra.Len() > 0 && m.kwargs < 0:
		return r.fail(a.at, "macro %s got an unexpected argument", m.name)
	case !missing(caller) && m.caller < 0:
		return r.fail(a.at, "macro %s takes no caller", m.name)
	}
	e.vars = append(e.vars, binding{m.caller, caller}, binding{m.varargs, rest}, binding{m.kwargs, extra})
	// Defaults see the arguments in front of them.
	for i, id := range m.args {
		if d := i - (len(m.args) - len(m.defaults)); !given[i] && d >= 0 {
			vals[i] = m.defaults[d].eval(r, e)
		} else if !given[i] {
			vals[i] = undefined{what: "argument " + m.argNames[i] + " was not given"}
		}
		e.set(id, vals[i])
	}
	t, _ := r.capture(m.body, e)
	return t
}

type callBlock struct {
	at   place
	call *callExpr
	m    macro
}

func (s *callBlock) exec(r *run, e *env) flow {
	e.keep()
	fn := s.call.fn.eval(r, e)
	a := s.call.arguments(r, e)
	if !r.step(1) {
		return onward
	}
	a.kw = append(append([]string(nil), a.kw...), "caller")
	a.vals = append(append([]Value(nil), a.vals...), Value(s.m.in(e)))
	if v := r.invoke(fn, a); r.err == nil {
		r.print(s.at, v)
	}
	return onward
}
