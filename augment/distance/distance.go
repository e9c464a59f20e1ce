// Package distance says how far two sets of wrong steps are apart: errors that were
// made up from those that a model makes. It is a report. It is told in floating
// point, and decides nothing in the compiler.
package distance

import (
	"math"
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Warning is what every report says.
const Warning = "Synthetic errors that differ from the model's own are known not to teach it to correct itself (arXiv 2512.02389): a model trained on them corrects the errors it was shown, and repeats its own. Read a high AUC or divergence as a reason to sample the policy's own errors."

// Bins is the number of bins of positions.
const Bins = 10

// A Side counts the errors of one set.
type Side struct {
	Path      string         `json:"path"`
	Kind      string         `json:"kind"`
	Errors    int            `json:"errors"`
	Right     int64          `json:"right,omitempty"`
	Unjudged  int64          `json:"unjudged"`
	Classes   map[string]int `json:"classes"`
	Grades    map[string]int `json:"proof_grades"`
	Positions [Bins]int      `json:"positions"`
}

// A Report is the distance between two sets of errors. Divergences are in bits, 0
// for equal distributions and 1 for disjoint ones; Magnitude in decades; AUC is 0.5
// where a classifier cannot tell the sets apart, and 1 where it always can.
type Report struct {
	A              Side     `json:"a"`
	B              Side     `json:"b"`
	JSClasses      float64  `json:"js_classes"`
	JSPositions    float64  `json:"js_positions"`
	Magnitude      *float64 `json:"magnitude_distance,omitempty"` // Wasserstein-1 between log10 of relative errors of values; nil where a set has none
	AUC            *float64 `json:"auc,omitempty"`                // nil below 10 errors a set
	Covered        int      `json:"covered"`                      // errors of A at sites where B has samples
	MadeByPolicy   int      `json:"made_by_policy"`               // of those, errors that at least 5% of the samples make
	PolicyShare    *float64 `json:"policy_share,omitempty"`       // MadeByPolicy of Covered; nil where B is no file of rollouts or covers nothing
	Interpretation string   `json:"interpretation"`
}

// Between compares two sets. B may be a file of rollouts, whose samples then say
// which errors of A the policy makes itself.
func Between(a, b *augment.ErrorsSeen) *Report {
	r := &Report{A: sideOf(a), B: sideOf(b), Interpretation: Warning}
	r.JSClasses = JensenShannon(counts(r.A.Classes), counts(r.B.Classes))
	r.JSPositions = JensenShannon(r.A.Positions[:], r.B.Positions[:])
	if x, y := magnitudes(a), magnitudes(b); len(x) > 0 && len(y) > 0 {
		d := Wasserstein(x, y)
		r.Magnitude = &d
	}
	if len(a.Errors) >= 10 && len(b.Errors) >= 10 {
		auc := twoSampleAUC(a.Errors, b.Errors)
		r.AUC = &auc
	}
	r.policy(a, b)
	return r
}

// policy counts the errors of a that the policy of b makes at the same site.
func (r *Report) policy(a, b *augment.ErrorsSeen) {
	made := map[string]int{}
	for i := range b.Errors {
		made[b.Errors[i].Site+"\x00"+b.Errors[i].Stated.String()]++
	}
	for i := range a.Errors {
		e := &a.Errors[i]
		tries := b.Tries[e.Site]
		if tries == 0 {
			continue
		}
		r.Covered++
		if n := made[e.Site+"\x00"+e.Stated.String()]; n > 0 && 20*n >= tries {
			r.MadeByPolicy++
		}
	}
	if r.Covered > 0 {
		share := float64(r.MadeByPolicy) / float64(r.Covered)
		r.PolicyShare = &share
	}
}

func sideOf(e *augment.ErrorsSeen) Side {
	s := Side{Path: e.Path, Kind: e.Kind, Errors: len(e.Errors), Right: e.Right, Unjudged: e.Other, Classes: map[string]int{}, Grades: map[string]int{}}
	for i := range e.Errors {
		s.Classes[e.Errors[i].Class]++
		s.Grades[e.Errors[i].Grade]++
		s.Positions[min(Bins-1, int(Bins*position(&e.Errors[i])))]++
	}
	return s
}

func counts(m map[string]int) []int {
	list := make([]int, len(answer.Classes))
	for i, c := range answer.Classes {
		list[i] = m[c]
	}
	return list
}

func position(e *augment.ErrorSeen) float64 { return float64(e.Step) / float64(max(1, e.Of)) }

// magnitude is log10 of the error of a value relative to the right one; ok is
// false where the right one is not known.
func magnitude(e *augment.ErrorSeen) (m float64, ok bool) {
	if e.True == nil {
		return 0, false
	}
	d, _ := e.Stated.Sub(*e.True).Abs().Rat().Float64()
	t, _ := e.True.Abs().Rat().Float64()
	if d == 0 {
		return 0, false
	}
	return math.Log10(d / max(t, 1)), true
}

func magnitudes(e *augment.ErrorsSeen) (list []float64) {
	for i := range e.Errors {
		if m, ok := magnitude(&e.Errors[i]); ok {
			list = append(list, m)
		}
	}
	return list
}

// JensenShannon is the divergence of two count vectors in bits: 0 for the same
// distribution, 1 for disjoint ones. An empty vector is at distance 1 of any other
// and 0 of another empty one.
func JensenShannon(a, b []int) (d float64) {
	sum := func(v []int) (n float64) {
		for _, x := range v {
			n += float64(x)
		}
		return n
	}
	na, nb := sum(a), sum(b)
	if na == 0 || nb == 0 {
		if na == nb {
			return 0
		}
		return 1
	}
	half := func(p, m float64) float64 {
		if p == 0 {
			return 0
		}
		return p * math.Log2(p/m) / 2
	}
	for i := range a {
		p, q := float64(a[i])/na, float64(b[i])/nb
		d += half(p, (p+q)/2) + half(q, (p+q)/2)
	}
	return max(0, d)
}

// Wasserstein is the area between two empirical distribution functions.
func Wasserstein(a, b []float64) (d float64) {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	i, j := 0, 0
	for k := 0; k+1 < len(all); k++ {
		for i < len(a) && a[i] <= all[k] {
			i++
		}
		for j < len(b) && b[j] <= all[k] {
			j++
		}
		d += math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))) * (all[k+1] - all[k])
	}
	return d
}
