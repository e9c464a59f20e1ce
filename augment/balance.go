package augment

import (
	"bytes"
	"context"
	"slices"
)

// A balance is what the corpus pass found out: for every variant that keeps
// classes equal, which draws make the cut. A derived row's draw is keyed by its own
// identity, so neither workers nor the order of input can change which are kept.
type balance struct {
	found map[string]map[string][]draw // by variant and split, then by class: the draws of all candidates
	least map[string]map[string]draw   // by the same: the first draw that is too many; absent if none is
}

type draw [16]byte

// admits reports whether a product is among those that are kept. It is always so
// for a variant without classes.
func (b *balance) admits(v *ResolvedVariant, p *product, split string) bool {
	if b == nil || len(v.Variant.Classes) == 0 {
		return true
	}
	limit, cut := b.least[v.Variant.Name+" "+split][p.row.Class]
	d := p.lot
	return !cut || bytes.Compare(d[:], limit[:]) < 0
}

// weigh is the corpus pass: it derives everything of the variants that keep
// classes equal, as the build will, counts the classes in each split, and sets the
// cut of each at the number of the rarest.
func (b *builder) weigh(ctx context.Context) error {
	balanced := slices.ContainsFunc(b.plan.Variants, func(v ResolvedVariant) bool { return len(v.Variant.Classes) > 0 })
	if !balanced {
		return nil
	}
	found := &balance{found: map[string]map[string][]draw{}, least: map[string]map[string]draw{}}
	newWork := func() func([]work) ([][]candidate, error) {
		r := b.newRefiner()
		return func(batch []work) ([][]candidate, error) {
			out := make([][]candidate, len(batch))
			for i := range batch {
				var err error
				if out[i], err = r.candidates(batch[i]); err != nil {
					return nil, err
				}
			}
			return out, nil
		}
	}
	err := ordered(ctx, b.workers, b.batches(), newWork, func(batch [][]candidate) error {
		for _, list := range batch {
			for _, c := range list {
				by := found.found[c.variant+" "+c.split]
				if by == nil {
					by = map[string][]draw{}
					found.found[c.variant+" "+c.split] = by
				}
				by[c.class] = append(by[c.class], c.lot)
			}
		}
		b.progress("balance", int64(len(batch)), 0)
		return nil
	})
	for _, r := range b.refiners {
		b.watch.times.add(&r.watch.times)
	}
	b.refiners = nil // their counts are not the build's
	if err != nil {
		return err
	}
	for i := range b.plan.Variants {
		v := b.plan.Variants[i].Variant
		for _, split := range splits {
			found.cut(v.Name+" "+split, v.Classes)
		}
	}
	found.found = nil
	b.balance = found
	return nil
}

// cut keeps as many of each class as the rarest has: the smallest draws.
func (b *balance) cut(key string, classes []string) {
	by := b.found[key]
	if len(classes) == 0 || by == nil {
		return
	}
	n := -1
	for _, c := range classes {
		if n < 0 || len(by[c]) < n {
			n = len(by[c])
		}
	}
	b.least[key] = map[string]draw{}
	for _, c := range classes {
		if list := by[c]; len(list) > n {
			slices.SortFunc(list, func(x, y draw) int { return bytes.Compare(x[:], y[:]) })
			b.least[key][c] = list[n]
		}
	}
}

// A candidate is what the corpus pass keeps of a derived row.
type candidate struct {
	variant, class, split string
	lot                   draw
}

// uncompiled reports whether no variant that keeps classes equal reads what the
// behaviors wrote: the corpus pass then does without them.
func (b *builder) uncompiled() bool {
	return !slices.ContainsFunc(b.plan.Variants, func(v ResolvedVariant) bool { return len(v.Variant.Classes) > 0 && v.Variant.Compiled })
}

// candidates derives the classed variants of one record.
func (r *refiner) candidates(w work) ([]candidate, error) {
	r.weighing = true
	out, err := r.refine(w)
	return out.candidates, err
}

// lot is the draw by which a derived row is kept or not.
func (r *refiner) lot(v *Variant, id string) draw {
	sum := r.stream.sum(&key{seed: r.b.plan.Recipe.Seed, behavior: v.Name, version: v.Version, trace: id, purpose: "balance"})
	return draw(sum[:16])
}
