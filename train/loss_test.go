package train

import (
	"math"
	"testing"
)

// The loss worked by hand, in float64 to 1e-10: weights 0, 1 and 0.5 of tokens
// that got 1/2, 1/4 and 1/8, in a step whose weights add up to 3.
func TestWeightedLoss(t *testing.T) {
	logp := []float64{math.Log(0.5), math.Log(0.25), math.Log(0.125)}
	w := []float64{0, 1, 0.5}
	d := make([]float64, 3)
	got := weighted(logp, w, 3)
	slope(d, w, 3)
	if want := (2*math.Ln2 + 0.5*3*math.Ln2) / 3; math.Abs(got-want) > 1e-10 {
		t.Errorf("loss %.12f, want %.12f", got, want)
	}
	for i, want := range []float64{0, -1.0 / 3, -0.5 / 3} {
		if math.Abs(d[i]-want) > 1e-10 {
			t.Errorf("gradient %d is %.12f, want %.12f", i, d[i], want)
		}
	}
}

// The gradient is that of the loss, by central differences.
func TestWeightedLossGradient(t *testing.T) {
	logp, w := []float64{-0.3, -2, -1.25, -7}, []float64{1, 0.25, 0, 2}
	d := make([]float64, 4)
	slope(d, w, 3.25)
	const h = 1e-4
	for i := range logp {
		at := logp[i]
		logp[i] = at + h
		up := weighted(logp, w, 3.25)
		logp[i] = at - h
		down := weighted(logp, w, 3.25)
		logp[i] = at
		if want := (up - down) / (2 * h); math.Abs(d[i]-want) > 1e-10 {
			t.Errorf("gradient %d is %g, differences give %g", i, d[i], want)
		}
	}
}

// A token of weight 0 is no part of the loss even where its log-probability is
// minus infinity, as that of an impossible target is.
func TestWeightZeroIsNoPart(t *testing.T) {
	if got := weighted([]float32{float32(math.Inf(-1)), -1}, []float32{0, 1}, 1); got != 1 {
		t.Errorf("loss %g, want 1", got)
	}
}
