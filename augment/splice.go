package augment

import (
	"cmp"
	"slices"

	"github.com/seed-cdf14512/graft/format"
)

// A placed edit knows its gap and who wrote it.
type placed struct {
	slot int // number of source steps that stand before the edit
	use  *ResolvedUse
	site Site
	edit Edit
	said []string
	in   *placed // the edit that this one is nested in, or nil
}

// slot is the gap that a site names: the number of source steps before it.
func (s Site) slot() int {
	if s.After {
		return s.Step + 1
	}
	return s.Step
}

// splice puts the edits into the source and stamps them. Edits are numbered in
// the order in which they stand in the text: by gap, then by rank in the suite, and
// what is nested after its host; so neither the order of a recipe nor that of the
// work shows.
func splice(src format.Trace, edits []placed) format.Trace {
	if len(edits) == 0 {
		return src
	}
	slices.SortStableFunc(edits, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.rank(), b.rank()), cmp.Compare(b2u(a.in != nil), b2u(b.in != nil)),
			cmp.Compare(a.use.Rank, b.use.Rank))
	})
	n := len(src.Steps)
	for i := range edits {
		n += len(edits[i].edit.Steps)
	}
	out := format.Trace{ID: src.ID, Steps: make([]format.Step, 0, n), Edits: make([]format.Stamp, len(edits))}
	at, parent := 0, 0
	for i := range edits {
		e := &edits[i]
		out.Steps = appendSource(out.Steps, &src, at, e.slot, edits)
		at = e.slot
		if e.in == nil {
			parent = 0
		} else if parent == 0 {
			parent = i
		}
		from := len(out.Steps)
		facts := make([]format.Fact, len(e.edit.Steps))
		about := src.Steps[e.site.Step].ID
		for k, s := range e.edit.Steps {
			s.ID = insertedID(e.name(), about, e.site.After, k)
			s.Origin = format.Origin{Edit: i + 1, Behavior: e.use.Behavior.Name}
			facts[k] = format.Fact{Kind: s.Kind, Node: s.Node, Refs: slices.Clone(s.Refs)} // the graph's memory is used again
			out.Steps = append(out.Steps, s)
		}
		for _, r := range e.edit.Replaces {
			s := &src.Steps[r.Step]
			facts = append(facts, format.Fact{Kind: s.Kind, Node: s.Node, Was: s.Text})
		}
		out.Edits[i] = format.Stamp{
			Edit: i + 1, Behavior: e.use.Behavior.Name, Version: e.use.Behavior.Version, Params: e.use.ParamsJSON,
			Phrases: e.said, Step: about, After: e.site.After, Parent: parent, Proof: e.edit.Proof, Facts: facts,
		}
		if parent > 0 {
			interleave(out.Steps, from, parent, e.edit.At)
		}
	}
	out.Steps = appendSource(out.Steps, &src, at, len(src.Steps), edits)
	return out
}

// appendSource appends the source steps from:to, those that an edit renames
// stamped.
func appendSource(steps []format.Step, src *format.Trace, from, to int, edits []placed) []format.Step {
	at := len(steps)
	steps = append(steps, src.Steps[from:to]...)
	for i := range edits {
		for _, r := range edits[i].edit.Replaces {
			if r.Step >= from && r.Step < to {
				s := &steps[at+r.Step-from]
				s.Was, s.Text, s.Claims = s.Text, r.Text, nil
				s.Origin = format.Origin{Edit: i + 1, Behavior: edits[i].use.Behavior.Name}
			}
		}
	}
	return steps
}

// erases reports whether a trace without its stamped steps, and with those that
// were renamed put back, is the source.
func erases(t, src *format.Trace) bool {
	at := 0
	for i := range t.Steps {
		text := t.Steps[i].Source()
		if text == "" {
			continue
		}
		if at == len(src.Steps) || text != src.Steps[at].Text {
			return false
		}
		at++
	}
	return at == len(src.Steps)
}

// insertedID hashes behavior, site and place in the edit (FNV-1a).
func insertedID(behavior string, step int, after bool, k int) int {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(behavior) {
		h = (h ^ uint64(behavior[i])) * prime
	}
	for _, v := range [...]uint64{uint64(step), b2u(after), uint64(k)} {
		for ; ; v >>= 8 {
			h = (h ^ (v & 0xff)) * prime
			if v < 256 {
				break
			}
		}
		h = (h ^ 0x1ff) * prime // a terminator no byte equals
	}
	return int(h>>3) | format.Inserted
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
