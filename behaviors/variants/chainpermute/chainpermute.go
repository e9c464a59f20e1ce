package chainpermute

import (
	"errors"
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/order"
)

// Params are the parameters of chain_permute.
type Params struct {
	Copies int `json:"copies" jsonschema:"how many orders of each solution, as far as there are so many" range:"1,8"`
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "chain_permute",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Copies: 4},
	Derive:  derive,
	Verify:  verify,
}

func derive(p *augment.Pass) (list []augment.Derived, err error) {
	c := order.Read(p)
	if c == nil || c.Len() < 3 {
		return nil, nil
	}
	var had [][]int
	for range p.Params.(*Params).Copies {
		o := c.Shuffle(p.Rand)
		if order.Sorted(o) || slices.ContainsFunc(had, func(h []int) bool { return slices.Equal(h, o) }) {
			continue
		}
		had, list = append(had, o), append(list, c.Derive(o))
	}
	return list, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	c := order.Read(p)
	if c == nil {
		return errors.New("its parent does not replay")
	}
	o, err := c.Order(p, d)
	if err == nil && order.Sorted(o) {
		err = errors.New("its lines stand in the order of its parent")
	}
	return err
}
