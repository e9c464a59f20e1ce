package plain

import (
	"slices"
	"strconv"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/reach"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/behaviors/internal/slip"
	"github.com/seed-cdf14512/graft/format"
)

// A subject is what a site is about: it finds the steps that have one, and
// prepares what an edit can say of it.
type subject struct {
	name, doc string
	place     string // side of the step; empty: as the file says
	before    string // behavior of the suite that the edits stand before in one gap
	options   []option
	vars      []variable
	kinds     []format.Kind // steps that an edit may have, beside talk
	node      func(f *form, p *augment.Pass, i int) (format.NodeID, bool)
	prepare   func(f *form, p *augment.Pass, s augment.Site) (*matter, error)
}

// An option of a subject is a text of a list, or a whole number.
type option struct {
	name, def string
	enum      []string
	lo, hi    int64
}

// A variable is what templates find under .Vars, and phrase banks by name.
type variable struct {
	name, doc string
	domain    []string // all that it can be; nil: any text
}

// A matter is what one edit can say.
type matter struct {
	vars  []string // name, value, name, value
	node  format.NodeID
	refs  []format.NodeID
	wrong []format.Step
	proof format.Proof
}

var which = option{name: "which", def: "any", enum: []string{"any", "first", "last", "before-answer"}}

var subjects = []*subject{
	{
		name: "value", doc: "a step that states a value which another route can check",
		place: "after", before: "",
		options: []option{which, {name: "route", def: "any", enum: []string{"any", "inverse", "regroup", "parts"}}},
		vars: []variable{
			{"route", "which route was drawn", []string{"inverse", "regroup", "parts"}}, {"eqs", "the equations of the route", nil},
			{"value", "the value that is checked", nil}, {"back", "inverse: the operand that undoing arrives at", nil},
			{"way", "inverse: adding, subtracting, …", []string{"adding", "subtracting", "multiplying", "dividing"}},
			{"made", "parts: the computation that made an operand", nil}, {"part", "parts: that operand", nil},
		},
		kinds: []format.Kind{format.Check},
		node: func(f *form, p *augment.Pass, i int) (format.NodeID, bool) {
			n := route.Stated(p, i, f.option(p, "route"))
			if n == nil {
				return 0, false
			}
			return n.ID, true
		},
		prepare: prepareRoute,
	},
	{
		name: "computation", doc: "a step that computes one value and can be taken wrongly",
		place: "before", before: "wrong_then_fix",
		options: []option{which, {name: "slip", def: "any", enum: []string{"any", "arithmetic", "operand", "operator", "copied"}},
			{name: "distance", def: "0", hi: 3}, {name: "least", def: "0", hi: 3}},
		vars: []variable{
			{"wrong", "the first wrong value", nil}, {"rest", "what was computed from it", nil},
			{"many", "how many values are wrong", []string{"one", "two", "more"}}, {"reason", "why the first cannot be", reasons},
			{"eqs", "equations of the reason", nil}, {"got", "what comes out of them", nil}, {"want", "what should", nil},
			{"meant", "the operand that belongs in the step", nil}, {"taken", "the one that was used", nil},
		},
		kinds:   []format.Kind{format.Wrong, format.Retract, format.Fix},
		node:    nodeOfSlip,
		prepare: prepareSlip,
	},
	{
		name: "locked", doc: "a step before which a later result is out of reach",
		place: "before", before: "subgoal_compute",
		options: []option{which, {name: "missing", def: "3", lo: 1, hi: 4}, {name: "opening", def: "true", enum: []string{"true", "false"}}},
		vars: []variable{
			{"target", "the result that is out of reach", nil}, {"missing", "what it lacks", nil},
			{"many", "how many values it lacks", []string{"one", "many"}},
		},
		kinds: []format.Kind{format.Probe},
		node: func(f *form, p *augment.Pass, i int) (format.NodeID, bool) {
			if i == 0 && f.option(p, "opening") == "false" {
				return 0, false
			}
			r := reach.First(p, i, int(f.number(p, "missing")))
			if r.Node == nil {
				return 0, false
			}
			return r.Node.ID, true
		},
		prepare: prepareReach,
	},
	{
		name: "step", doc: "any step: the program finds what to say of it",
		options: []option{which},
		node:    func(*form, *augment.Pass, int) (format.NodeID, bool) { return 0, true },
		prepare: func(*form, *augment.Pass, augment.Site) (*matter, error) { return &matter{}, nil },
	},
}

var reasons = []string{"inverse", "leftover", "last-digit", "too-big", "too-small", "operand", "instead",
	"operator-plus", "operator-minus", "operator-times", "operator-divide", "redo", "unfounded"}

func findSubject(name string) *subject {
	if i := slices.IndexFunc(subjects, func(s *subject) bool { return s.name == name }); i >= 0 {
		return subjects[i]
	}
	return nil
}

func (s *subject) option(name string) *option {
	if i := slices.IndexFunc(s.options, func(o option) bool { return o.name == name }); i >= 0 {
		return &s.options[i]
	}
	return nil
}

func (s *subject) variable(name string) *variable {
	if i := slices.IndexFunc(s.vars, func(v variable) bool { return v.name == name }); i >= 0 {
		return &s.vars[i]
	}
	return nil
}

// number is an option that is a whole number; the file's reader knows that it is.
func (f *form) number(p *augment.Pass, name string) int64 {
	n, err := strconv.ParseInt(f.option(p, name), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// computed is the proof of what this program has worked out itself.
func computed(detail string) format.Proof {
	return format.Proof{Grade: augment.Computed, Detail: detail}
}

func prepareRoute(f *form, p *augment.Pass, s augment.Site) (*matter, error) {
	n := p.Graph.Node(s.Node)
	step := &p.Steps()[s.Step]
	routes := route.Of(p, n, f.option(p, "route"))
	if len(routes) == 0 {
		return nil, augment.Refuse("no-route", "%s has no check in short numbers", step.Claims[n.Claim].Expr)
	}
	r := route.Choose(p, routes)
	return &matter{
		vars: append(r.Vars(n, step.Text), "route", r.Section), node: n.ID,
		proof: computed(r.Section + ": " + route.StyleOf(step.Text).List(r.Eqs, false)),
	}, nil
}

func nodeOfSlip(_ *form, p *augment.Pass, i int) (format.NodeID, bool) {
	n := slip.Subject(p, &p.Steps()[i])
	if n == nil {
		return 0, false
	}
	return n.ID, true
}

func prepareSlip(f *form, p *augment.Pass, s augment.Site) (*matter, error) {
	least := int(f.number(p, "least"))
	c, err := slip.Make(p, s, slip.Classes(p, f.option(p, "slip"), slip.Common), least, max(least, int(f.number(p, "distance"))))
	if err != nil {
		return nil, err
	}
	return &matter{
		vars: append(c.Vars(), "many", c.Many(), "reason", c.Reason), node: c.Refs[0], refs: c.Refs,
		wrong: c.Steps, proof: c.Proof,
	}, nil
}

func prepareReach(f *form, p *augment.Pass, s augment.Site) (*matter, error) {
	r, ok := reach.Pick(p, s.Step, int(f.number(p, "missing")))
	if !ok {
		return nil, augment.Refuse("not-locked", "no result of a later step can be reached for")
	}
	refs, names := r.Refs()
	return &matter{
		vars: []string{"target", prose.What(r.Node), "missing", prose.And(names), "many", r.Many()},
		node: r.Node.ID, refs: refs, proof: computed(r.Detail()),
	}, nil
}
