package behaviors

import (
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// A rate in a recipe is what comes out, within three standard errors: of sites
// where it counts per site, of traces where it counts per trace. What is chosen is
// written or refused for a reason that is counted, never dropped.
func TestRateIsWhatIsAskedFor(t *testing.T) {
	rate, _ := format.Frac(3, 10)
	for _, b := range Suite.Behaviors {
		recs := corpus(t, b)
		for _, per := range [...]string{augment.PerSite, augment.PerTrace} {
			of, chosen, enough := int64(0), int64(0), int64(20000)
			if per == augment.PerTrace {
				enough = 5000 // the same draws, once a trace
			}
			for seed := uint64(1); of < enough; seed++ {
				list := alone(t, b, per)
				own := len(list) - 1
				list[own].Select.Rate = &rate
				c := augment.NewCompiler(seed, list)
				for _, rec := range recs {
					c.Compile(rec, &rec.Attempts[0])
				}
				n := c.Counts[own]
				chosen += n.Chosen
				if of += n.WithSites; per == augment.PerSite {
					of += n.Sites - n.WithSites
					refused := int64(0)
					for _, k := range n.Rejections {
						refused += k
					}
					if n.Edits+refused != n.Chosen {
						t.Errorf("%s: %d edits and %d refused of %d chosen", b.Name, n.Edits, refused, n.Chosen)
					}
				}
				if n.Sites == 0 {
					t.Fatalf("%s has no site", b.Name)
				}
			}
			t.Logf("%s per %s: %d chosen of %d, %.4f", b.Name, per, chosen, of, float64(chosen)/float64(of))
			// off² > 9·n·0.3·0.7, in whole numbers: (10·chosen-3·n)² > 9·21·n
			if off := 10*chosen - 3*of; off*off > 9*21*of {
				t.Errorf("%s per %s: %d chosen of %d, asked for 3 in 10", b.Name, per, chosen, of)
			}
		}
	}
}
