package jinja

import (
	"errors"
	"fmt"
	"time"
)

// Limits bound a run; a template that reaches one is stopped with an error.
type Limits struct {
	Steps int // expressions, statements and loop turns
	Bytes int // of all the text and lists that the run makes on its way
	Depth int // of macros calling macros
}

// DefaultLimits are the limits of a run whose inputs have size bytes.
func DefaultLimits(size int) Limits {
	return Limits{Steps: 2_000_000 + 100*size, Bytes: 64<<20 + 256*size, Depth: 100}
}

// ErrLimit is wrapped by the error of a run that reached a limit.
var ErrLimit = errors.New("template stopped")

// A RaisedError is what a template says by raise_exception.
type RaisedError struct {
	Text string
	at   place
}

func (e *RaisedError) Error() string {
	return fmt.Sprintf("%v: the template refuses: %s", e.at, e.Text)
}

// Input is what a template sees.
type Input struct {
	Vars   map[string]Value
	Now    time.Time // what strftime_now tells; zero: a template that asks is an error
	Limits Limits
}

// Output is what a template wrote.
type Output struct {
	Text
	Generation [][2]int // byte ranges under {% generation %}
}

type binding struct {
	id int32
	v  Value
}

// An env is a scope: bindings, and the scope around it.
type env struct {
	outer *env
	vars  []binding
	kept  bool // a macro may look into it after it has ended
}

func (e *env) get(id int32) (Value, bool) {
	for ; e != nil; e = e.outer {
		for i := range e.vars {
			if e.vars[i].id == id {
				return e.vars[i].v, true
			}
		}
	}
	return nil, false
}

func (e *env) set(id int32, v Value) {
	for i := range e.vars {
		if e.vars[i].id == id {
			e.vars[i].v = v
			return
		}
	}
	e.vars = append(e.vars, binding{id, v})
}

func (e *env) keep() {
	for ; e != nil && !e.kept; e = e.outer {
		e.kept = true
	}
}

// A run is one execution of a template. Its first error stays, and ends it.
type run struct {
	tpl      *Template
	out      builder
	gens     [][2]int
	captured int // depth of captures: what is captured is not output yet
	limits   Limits
	depth    int
	now      time.Time
	filters  map[string]filterFunc // by name, for map
	tests    map[string]testFunc   // by name, for select and its kin
	at       place                 // of what runs, near enough to be found
	err      error
}

// Run executes the template.
func (t *Template) Run(in Input) (Output, error) {
	r := &run{tpl: t, at: place{1, 1}, limits: in.Limits, now: in.Now, filters: filters, tests: tests}
	base := &env{vars: make([]binding, 0, len(in.Vars)+len(globals))}
	for name, f := range globals {
		if id, ok := t.ids[name]; ok {
			base.vars = append(base.vars, binding{id, f})
		}
	}
	for name, v := range in.Vars {
		if id, ok := t.ids[name]; ok {
			base.set(id, v)
		}
	}
	r.body(t.body, &env{outer: base})
	if r.err != nil {
		return Output{}, r.err
	}
	return Output{Text{string(r.out.b), r.out.marks}, r.gens}, nil
}

// fail stops the run; it returns an undefined value for the caller to pass on.
func (r *run) fail(at place, format string, args ...any) Value {
	if r.err == nil {
		r.err = fmt.Errorf("%v: "+format, append([]any{at}, args...)...)
	}
	return undefined{}
}

// step counts n steps, and is false once the run is over.
func (r *run) step(n int) bool {
	if r.limits.Steps -= n; r.limits.Steps < 0 && r.err == nil {
		r.err = fmt.Errorf("%v: %w: too many steps", r.at, ErrLimit)
	}
	return r.err == nil
}

// spend counts bytes made, and is false once the run is over.
func (r *run) spend(n int) bool {
	if n < 0 || n > r.limits.Bytes {
		if r.err == nil {
			r.err = fmt.Errorf("%v: %w: too much text", r.at, ErrLimit)
		}
		return false
	}
	r.limits.Bytes -= n
	return r.err == nil
}

// enter guards a call; it is false where calls nest too deep.
func (r *run) enter() bool {
	if r.depth++; r.depth > r.limits.Depth && r.err == nil {
		r.err = fmt.Errorf("%v: %w: macros call each other more than %d deep", r.at, ErrLimit, r.limits.Depth)
	}
	return r.err == nil
}

// A flow says how a statement ended.
type flow uint8

const (
	onward flow = iota
	breaks
	continues
)

func (r *run) body(body []stmt, e *env) flow {
	for _, s := range body {
		if f := s.exec(r, e); f != onward || r.err != nil {
			return f
		}
	}
	return onward
}

// capture runs a body and takes what it wrote.
func (r *run) capture(body []stmt, e *env) (*Text, flow) {
	n := len(r.out.b)
	r.captured++
	f := r.body(body, e)
	r.captured--
	t := r.out.since(n)
	r.spend(len(t.S))
	return t, f
}

// print writes a value.
func (r *run) print(at place, v Value) {
	t, ok := v.(*Text)
	if !ok {
		t = r.text(at, v)
	}
	if r.spend(len(t.S)) {
		r.out.text(t)
	}
}
