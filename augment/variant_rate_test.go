package augment_test

import (
	"fmt"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format"
)

// Of 20,000 attempts each variant is asked about the share that a recipe asks for,
// within three standard errors, and no two variants about the same ones.
func TestVariantRates(t *testing.T) {
	rate, _ := format.Frac(3, 10)
	const n = 20000
	for k, v := range behaviors.Suite.Variants {
		use := &augment.ResolvedVariant{Variant: v, Select: augment.Portion{Rate: &rate}}
		chosen, with := int64(0), int64(0)
		last := &augment.ResolvedVariant{Variant: behaviors.Suite.Variants[max(0, k-1)], Select: use.Select}
		for i := range n {
			id := fmt.Sprintf("%032x", i)
			if augment.Drawn(7, use, id) {
				if chosen++; k > 0 && augment.Drawn(7, last, id) {
					with++
				}
			}
		}
		t.Logf("%s: %d of %d", v.Name, chosen, n)
		// off² > 9·n·0.3·0.7, in whole numbers
		if off := 10*chosen - 3*n; off*off > 9*21*n {
			t.Errorf("%s: %d chosen of %d, asked for 3 in 10", v.Name, chosen, n)
		}
		// chance shared with another variant's: 0.09·n, within four standard errors
		if off := 100*with - 9*n; k > 0 && off*off > 16*9*91*n {
			t.Errorf("%s and the one before it choose %d of %d together, asked for 9 in 100", v.Name, with, n)
		}
	}
}
