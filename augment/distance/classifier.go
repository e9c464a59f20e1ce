package distance

import (
	"cmp"
	"math"
	"slices"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/answer"
)

// folds of the cross-validation.
const folds = 5

// features of one error: its class, position, magnitude and side.
func features(e *augment.ErrorSeen) []float64 {
	x := make([]float64, len(answer.Classes)+4)
	if i := slices.Index(answer.Classes, e.Class); i >= 0 {
		x[i] = 1
	}
	rest := x[len(answer.Classes):]
	rest[0] = position(e)
	m, ok := magnitude(e)
	if rest[1] = m; !ok {
		rest[2] = 1
	} else if e.Stated.Cmp(*e.True) > 0 {
		rest[3] = 1
	}
	return x
}

// A scored error has its side and what the classifier says of it.
type scored struct {
	x     []float64
	isB   bool
	score float64
}

// twoSampleAUC trains a logistic regression to tell a from b, cross-validated, and
// returns the area under the ROC curve of what it says of errors it has not seen.
// Equal errors go into one fold, so that none is known by heart. It draws no chance.
func twoSampleAUC(a, b []augment.ErrorSeen) float64 {
	var all []scored
	for i := range a {
		all = append(all, scored{x: features(&a[i])})
	}
	for i := range b {
		all = append(all, scored{x: features(&b[i]), isB: true})
	}
	slices.SortStableFunc(all, func(p, q scored) int { return slices.Compare(p.x, q.x) })
	standardize(all)
	group := 0
	fold := make([]int, len(all))
	for i := range all {
		if i > 0 && !slices.Equal(all[i].x, all[i-1].x) {
			group++
		}
		fold[i] = group % folds
	}
	if group+1 < 2*folds { // too few kinds of error to hold some back: every one has its share in each fold
		for i := range all {
			fold[i] = i % folds
		}
	}
	for f := range folds {
		var train []scored
		for i := range all {
			if fold[i] != f {
				train = append(train, all[i])
			}
		}
		w := fit(train)
		for i := range all {
			if fold[i] == f {
				all[i].score = dot(w, all[i].x)
			}
		}
	}
	return auc(all)
}

func standardize(all []scored) {
	for j := range all[0].x {
		mean, dev := 0.0, 0.0
		for i := range all {
			mean += all[i].x[j] / float64(len(all))
		}
		for i := range all {
			dev += (all[i].x[j] - mean) * (all[i].x[j] - mean) / float64(len(all))
		}
		for i := range all {
			all[i].x[j] -= mean
			if dev > 0 {
				all[i].x[j] /= math.Sqrt(dev)
			}
		}
	}
}

// fit is a logistic regression by gradient descent with weight decay, both sides
// weighing the same. The last weight is the bias.
func fit(train []scored) []float64 {
	w := make([]float64, len(train[0].x)+1)
	var n [2]float64
	for i := range train {
		n[side(train[i].isB)]++
	}
	if n[0] == 0 || n[1] == 0 {
		return w
	}
	grad := make([]float64, len(w))
	for range 200 {
		clear(grad)
		for i := range train {
			k := side(train[i].isB)
			e := (1/(1+math.Exp(-dot(w, train[i].x))) - float64(k)) / (2 * n[k])
			for j, x := range train[i].x {
				grad[j] += e * x
			}
			grad[len(w)-1] += e
		}
		for j := range w {
			w[j] -= grad[j] + 1e-3*w[j]
		}
	}
	return w
}

func side(isB bool) int {
	if isB {
		return 1
	}
	return 0
}

func dot(w, x []float64) float64 {
	d := w[len(w)-1]
	for i := range x {
		d += w[i] * x[i]
	}
	return d
}

// auc is the chance that an error of b scores above one of a, ties counting half.
func auc(all []scored) float64 {
	slices.SortFunc(all, func(p, q scored) int { return cmp.Compare(p.score, q.score) })
	var a, b, won float64
	for i := 0; i < len(all); {
		j, na, nb := i, 0.0, 0.0
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].isB {
				nb++
			} else {
				na++
			}
		}
		won += nb * (a + na/2)
		a, b, i = a+na, b+nb, j
	}
	return won / (a * b)
}
