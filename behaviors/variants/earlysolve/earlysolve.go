package earlysolve

import (
	"errors"
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/order"
)

// Params are the parameters of early_solve: none yet.
type Params struct{}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "early_solve",
	Doc:     doc,
	Version: 1,
	Params:  &Params{},
	Derive:  derive,
	Verify:  verify,
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	c := order.Read(p)
	if c == nil {
		return nil, nil
	}
	source := make([]int, c.Len())
	for k := range source {
		source[k] = k
	}
	var chosen []int
	seen := 0
	for k := 1; k < len(source)-1; k++ { // the last is what is asked
		for to := range k {
			if !c.Open(k, source[:to]) {
				continue
			}
			if seen++; p.Rand.IntN(seen) == 0 {
				chosen = slices.Insert(slices.Delete(slices.Clone(source), k, k+1), to, k)
			}
		}
	}
	if chosen == nil {
		return nil, nil
	}
	return []augment.Derived{c.Derive(chosen)}, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	c := order.Read(p)
	if c == nil {
		return errors.New("its parent does not replay")
	}
	o, err := c.Order(p, d)
	if err != nil {
		return err
	}
	for k := range o {
		rest := slices.DeleteFunc(slices.Clone(o), func(x int) bool { return x == o[k] })
		if o[k] > k && order.Sorted(rest) {
			return nil
		}
	}
	return errors.New("it moves no line up, or more than one")
}
