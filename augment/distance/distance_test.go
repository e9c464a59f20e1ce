package distance

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// drawn makes n errors of the given classes, sites and values drawn from a seed.
func drawn(n int, seed uint64, classes []string, shift int64) *augment.ErrorsSeen {
	r := rand.New(rand.NewPCG(seed, 7))
	e := &augment.ErrorsSeen{Kind: "build", Tries: map[string]int{}}
	for range n {
		want := format.Int(100)
		e.Errors = append(e.Errors, augment.ErrorSeen{
			Class: classes[r.IntN(len(classes))], Step: r.IntN(10), Of: 10,
			Stated: format.Int(100 + shift + 1 + r.Int64N(20)), True: &want, Grade: "computed",
		})
	}
	return e
}

// Two draws from one distribution are not told apart; disjoint ones always are.
func TestPlantedDistributions(t *testing.T) {
	some, others := []string{"arithmetic", "operand", "copied"}, []string{"operator", "unit"}
	same := Between(drawn(3000, 1, some, 0), drawn(3000, 2, some, 0))
	if same.JSClasses > 0.002 || same.JSPositions > 0.005 || *same.Magnitude > 0.05 || math.Abs(*same.AUC-0.5) > 0.03 {
		t.Errorf("one distribution: classes %.4f, positions %.4f, magnitude %.3f, AUC %.3f", same.JSClasses, same.JSPositions, *same.Magnitude, *same.AUC)
	}
	apart := Between(drawn(500, 1, some, 0), drawn(500, 2, others, 0))
	if math.Abs(apart.JSClasses-1) > 1e-12 || *apart.AUC < 0.999 {
		t.Errorf("disjoint classes: %.6f bits, AUC %.4f; want 1 and 1", apart.JSClasses, *apart.AUC)
	}
	far := Between(drawn(500, 1, some, 0), drawn(500, 2, some, 10_000))
	if *far.Magnitude < 2.5 || *far.Magnitude > 3.6 || *far.AUC < 0.999 || far.JSClasses > 0.02 {
		t.Errorf("errors a thousand times larger: magnitude %.2f, AUC %.4f, classes %.4f", *far.Magnitude, *far.AUC, far.JSClasses)
	}
	a := drawn(50, 1, some, 0)
	if self := Between(a, a); self.JSClasses != 0 || self.JSPositions != 0 || *self.Magnitude != 0 || math.Abs(*self.AUC-0.5) > 0.15 {
		t.Errorf("a set and itself: %+v, AUC %.3f", self, *self.AUC)
	}
	if one, two := Between(a, drawn(60, 9, others, 3)), Between(a, drawn(60, 9, others, 3)); *one.AUC != *two.AUC {
		t.Errorf("the same sets: AUC %v and %v", *one.AUC, *two.AUC)
	}
}

func TestJensenShannonByHand(t *testing.T) {
	for _, row := range []struct {
		a, b []int
		want float64
	}{
		{[]int{1, 0}, []int{0, 5}, 1},
		{[]int{2, 2}, []int{3, 3}, 0},
		{[]int{1, 0}, []int{1, 1}, 0.3112781244591328}, // 1/2 log2 4/3 + 1/4 log2 2/3 + 1/4 log2 2
		{[]int{0, 0}, []int{1, 1}, 1},
		{[]int{0, 0}, []int{0, 0}, 0},
	} {
		if got := JensenShannon(row.a, row.b); math.Abs(got-row.want) > 1e-12 {
			t.Errorf("%v, %v: %v, want %v", row.a, row.b, got, row.want)
		}
	}
	if got := Wasserstein([]float64{0, 1}, []float64{2, 3}); math.Abs(got-2) > 1e-12 {
		t.Errorf("two points moved by 2: %v", got)
	}
}

// An error that the policy makes in 5% of its samples at that site counts as its
// own; one that it makes less often, with another value or elsewhere, does not.
func TestShareOfErrorsThatThePolicyMakes(t *testing.T) {
	seen := func(site string, v int64) augment.ErrorSeen {
		return augment.ErrorSeen{Class: "arithmetic", Of: 1, Stated: format.Int(v), Site: site}
	}
	a := &augment.ErrorsSeen{Errors: []augment.ErrorSeen{seen("p", 46), seen("p", 47), seen("q", 46), seen("nowhere", 46)}}
	b := &augment.ErrorsSeen{Errors: []augment.ErrorSeen{seen("p", 46), seen("q", 46)}, Tries: map[string]int{"p": 20, "q": 21}}
	r := Between(a, b)
	if r.Covered != 3 || r.MadeByPolicy != 1 {
		t.Errorf("%d of %d, want 1 of 3", r.MadeByPolicy, r.Covered)
	}
	if r := Between(a, a); r.PolicyShare != nil || r.AUC != nil {
		t.Errorf("no rollouts, and too few errors: %+v", r)
	}
}
