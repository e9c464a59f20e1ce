package augment

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A Host is an edit that another one stands in. It has been proved and is to be
// left as it is.
type Host struct {
	Behavior string
	Site     Site
	Edit     *Edit
}

// nest asks the behaviors that nest about every edit that the others wrote. Their
// chance is keyed by the host's behavior and step, so that a host more or less
// changes nothing elsewhere.
func (c *Compiler) nest(pass *Pass, edits []placed, refused []Rejection) ([]placed, []Rejection) {
	var hosts []placed // a copy: the edits are sorted while what they host points here
	for i := range c.uses {
		u, n := &c.uses[i], &c.Counts[i]
		if !u.Behavior.Nests {
			continue
		}
		if n.Traces++; hosts == nil {
			hosts = slices.Clone(edits)
		}
		var sites []Site
		pass.Params, pass.Rand, pass.Phrases = u.Params, nil, nil
		for h := range hosts {
			pass.Host = hosts[h].host()
			for _, s := range u.Behavior.Sites(pass) {
				s.host = &hosts[h]
				sites = append(sites, s)
			}
		}
		if len(sites) > 0 {
			n.WithSites++
			n.Sites += int64(len(sites))
			before := len(edits)
			edits, refused = c.apply(i, pass, sites, edits, refused)
			if len(edits) > before {
				n.Edited++
			}
		}
	}
	pass.Host = nil
	return edits, refused
}

func (e *placed) host() *Host {
	if e == nil {
		return nil
	}
	return &Host{Behavior: e.use.Behavior.Name, Site: e.site, Edit: &e.edit}
}

// rank is where an edit stands in its gap: its own place in the suite, or its
// host's.
func (e *placed) rank() int {
	if e.in != nil {
		return e.in.use.Rank
	}
	return e.use.Rank
}

// name is what the steps of an edit are hashed by. One behavior may stand in two
// hosts beside the same step.
func (e *placed) name() string {
	if e.in != nil {
		return nestedName(e.use.Behavior.Name, e.in.use.Behavior.Name)
	}
	return e.use.Behavior.Name
}

func nestedName(behavior, host string) string { return behavior + " in " + host }

// purpose keys the chance of a site. One host more or less beside the same step
// must not change that of the others.
func (s *Site) purpose(what string) string {
	if s.host != nil {
		return what + " in " + s.host.use.Behavior.Name
	}
	return what
}

// interleave moves the steps of a nested edit, which stand at the end, from from
// on, to their places between those of the edit numbered parent.
func interleave(steps []format.Step, from, parent int, at []int) {
	for k, before := range at {
		to, seen := from+k, 0
		for i := range from + k {
			if steps[i].Origin.Edit != parent {
				continue
			}
			if seen == before {
				to = i
				break
			}
			seen++
		}
		s := steps[from+k]
		copy(steps[to+1:from+k+1], steps[to:from+k])
		steps[to] = s
	}
}

// marks say what a step of a nested edit may stand before: looking back, leaving
// the way, or going on, which may also come last.
var marks = map[format.Kind][]format.Kind{
	format.Analysis: {format.Doubt, format.Check, format.Retract, format.Fix},
	format.Branch:   {format.Probe, format.Branch, format.Wrong},
	format.Return:   {format.Setup, format.Compute, format.Derive, format.Analysis, format.Return},
}

// nested proves an edit that stands in another: every step stands at a border
// that its kind may mark, in order, and states nothing of its own. A Control may
// stand at any border; what it says there is the behavior's promise.
func (v *prover) nested(host *Host, edit *Edit) error {
	if len(edit.At) != len(edit.Steps) {
		return Refuse("nest-place", "%d steps, %d places", len(edit.Steps), len(edit.At))
	}
	for i := range edit.Steps {
		s, at := &edit.Steps[i], edit.At[i]
		if at < 0 || at > len(host.Edit.Steps) || i > 0 && at < edit.At[i-1] {
			return Refuse("nest-place", "place %d of step %d is out of order, or beyond the %d steps of the host", at, i, len(host.Edit.Steps))
		}
		if strings.TrimSpace(s.Text) == "" {
			return Refuse("empty", "step %d of the edit has no text", i)
		}
		if v.claims = answer.AppendClaims(v.claims[:0], s.Text); len(v.claims) > 0 {
			return Refuse("nest-claim", "what stands in another edit claims %s = %s", v.claims[0].Expr, v.claims[0].Value)
		}
		if v.nums = appendNumbers(v.nums[:0], s.Text); len(v.nums) > 0 || s.Node != 0 || len(s.Refs) > 0 {
			return Refuse("nest-claim", "what stands in another edit is about a number or node")
		}
		before, known := marks[s.Kind]
		switch {
		case s.Kind == format.Control:
		case !known:
			return Refuse("kind", "an edit in another may not have a step of kind %s", s.Kind)
		case at == len(host.Edit.Steps):
			if s.Kind != format.Return {
				return Refuse("nest-mark", "a step of kind %s ends the host", s.Kind)
			}
		case !slices.Contains(before, host.Edit.Steps[at].Kind):
			return Refuse("nest-mark", "a step of kind %s stands before one of kind %s", s.Kind, host.Edit.Steps[at].Kind)
		}
	}
	return nil
}
