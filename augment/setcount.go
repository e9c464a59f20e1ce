package augment

import (
	"maps"
	"slices"
)

// A SetReport is what behaviors and variants did in the records of one set, which
// is what one reader reads. A behavior without a site there, and a variant that
// chance chose nothing for, are left out.
type SetReport struct {
	Set      string          `json:"set"`
	Uses     []UseReport     `json:"behaviors,omitempty"`
	Variants []VariantReport `json:"variants,omitempty"`
}

// setCounts are the counts of one worker in one set, in the order of the plan.
type setCounts struct {
	uses     []UseCounts
	variants []VariantCounts
}

// countFor makes what follows count to a set.
func (r *refiner) countFor(set string) {
	n, ok := r.sets[set]
	if !ok {
		n = setCounts{newUseCounts(len(r.b.plan.Uses)), newVariantCounts(len(r.b.plan.Variants))}
		r.sets[set] = n
	}
	r.compiler.Counts, r.derived = n.uses, n.variants
}

// countSets adds up what all workers counted, by set and in all.
func countSets(p *Plan, workers []*refiner) (sets []SetReport, uses []UseReport, variants []VariantReport) {
	by, all := map[string]setCounts{}, setCounts{newUseCounts(len(p.Uses)), newVariantCounts(len(p.Variants))}
	for _, w := range workers {
		for name, n := range w.sets {
			if _, ok := by[name]; !ok {
				by[name] = setCounts{newUseCounts(len(p.Uses)), newVariantCounts(len(p.Variants))}
			}
			by[name].add(n)
			all.add(n)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		s := SetReport{Set: name}
		s.Uses, s.Variants = by[name].reports(p)
		s.Uses = slices.DeleteFunc(s.Uses, func(u UseReport) bool { return u.Sites == 0 })
		s.Variants = slices.DeleteFunc(s.Variants, func(v VariantReport) bool { return v.Chosen == 0 })
		if len(s.Uses)+len(s.Variants) > 0 {
			sets = append(sets, s)
		}
	}
	uses, variants = all.reports(p)
	return sets, uses, variants
}

func (s setCounts) add(o setCounts) {
	for i := range o.uses {
		s.uses[i].add(&o.uses[i])
	}
	for i := range o.variants {
		s.variants[i].add(&o.variants[i])
	}
}

// reports names the counts.
func (s setCounts) reports(p *Plan) (uses []UseReport, variants []VariantReport) {
	uses = make([]UseReport, len(p.Uses))
	for i := range uses {
		uses[i] = UseReport{p.Uses[i].Behavior.Name, s.uses[i]}
	}
	for i := range s.variants {
		variants = append(variants, VariantReport{p.Variants[i].Variant.Name, s.variants[i]})
	}
	return uses, variants
}

func newUseCounts(n int) []UseCounts {
	list := make([]UseCounts, n)
	for i := range list {
		list[i] = UseCounts{Rejections: map[string]int64{}, Grades: map[string]int64{}, Classes: map[string]int64{}}
	}
	return list
}

// add merges the counts of another worker.
func (c *UseCounts) add(o *UseCounts) {
	c.Traces += o.Traces
	c.WithSites += o.WithSites
	c.Sites += o.Sites
	c.Chosen += o.Chosen
	c.Edited += o.Edited
	c.Edits += o.Edits
	c.Steps += o.Steps
	c.Bytes += o.Bytes
	addTo(c.Rejections, o.Rejections)
	addTo(c.Grades, o.Grades)
	addTo(c.Classes, o.Classes)
}

func newVariantCounts(n int) []VariantCounts {
	list := make([]VariantCounts, n)
	for i := range list {
		list[i].Rejections, list[i].Classes = map[string]int64{}, map[string]int64{}
	}
	return list
}

// add merges the counts of another worker.
func (c *VariantCounts) add(o *VariantCounts) {
	c.Traces += o.Traces
	c.Chosen += o.Chosen
	c.Idle += o.Idle
	c.Records += o.Records
	c.Prompts += o.Prompts
	c.Pairs += o.Pairs
	addTo(c.Rejections, o.Rejections)
	addTo(c.Classes, o.Classes)
}

func addTo(sum, more map[string]int64) {
	for k, n := range more {
		sum[k] += n
	}
}
