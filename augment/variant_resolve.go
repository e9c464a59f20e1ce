package augment

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seed-cdf14512/graft/format/strict"
)

// A ResolvedVariant is a variant of a recipe with everything filled in.
type ResolvedVariant struct {
	Variant    *Variant
	Rank       int    // position in the suite
	Params     any    // pointer to the variant's parameter type
	ParamsJSON string // the same as canonical JSON
	Select     Portion
	Keep       string
	Bank       *Bank
	Phrases    Phrases // what the recipe adds to the bank
}

// variants resolves the recipe's variants, in the order of the suite.
func (r *resolver) variants() []ResolvedVariant {
	var list []ResolvedVariant
	for i, u := range r.recipe.Variants {
		ptr := fmt.Sprintf("variants[%d]", i)
		v := r.suite.FindVariant(u.Use)
		if v == nil {
			continue // reported where it was decoded
		}
		if slices.ContainsFunc(list, func(o ResolvedVariant) bool { return o.Variant == v }) {
			r.At(ptr+".use", strict.BadValue, "%s is used twice; its two uses would draw the same chance", v.Name)
			continue
		}
		one := ResolvedVariant{Variant: v, Rank: slices.Index(r.suite.Variants, v), Select: u.Select, Keep: u.Keep, Phrases: u.Phrases}
		if one.Params = decodeParams(r.Decoder, r.Node(ptr+".with"), ptr+".with", v.plugin()); one.Params != nil {
			text, err := strict.Canonical(one.Params)
			if err != nil {
				panic(fmt.Sprintf("variant %s: parameters: %v", v.Name, err)) // Validate knows the types
			}
			one.ParamsJSON = string(text)
		}
		one.Bank = r.bank(ptr+".phrases", v.plugin(), u.Phrases)
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b ResolvedVariant) int { return cmp.Compare(a.Rank, b.Rank) })
	return list
}
