package rl_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/rl"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-10*max(1, math.Abs(want))) {
		t.Errorf("%s: got %.15g, want %.15g", what, got, want)
	}
}

// TestAdvantages compares with values worked by hand: one right of four has
// mean 1/4, sum of squares 3/4, population deviation sqrt(3)/4, sample
// deviation 1/2.
func TestAdvantages(t *testing.T) {
	r3 := math.Sqrt(3)
	for _, c := range []struct {
		name    string
		a       rl.Advantage
		rewards []float64
		want    []float64
	}{
		{"grpo, population", rl.Advantage{Spread: rl.Population}, []float64{1, 0, 0, 0}, []float64{r3, -1 / r3, -1 / r3, -1 / r3}},
		{"grpo, sample", rl.Advantage{Spread: rl.Sample}, []float64{1, 0, 0, 0}, []float64{1.5, -.5, -.5, -.5}},
		{"grpo, sample, eps", rl.Advantage{Spread: rl.Sample, Eps: .25}, []float64{1, 0, 0, 0}, []float64{1, -1. / 3, -1. / 3, -1. / 3}},
		{"dr_grpo", rl.Advantage{}, []float64{1, 0, 0, 0}, []float64{.75, -.25, -.25, -.25}},
		{"rloo", rl.Advantage{LeaveOneOut: true}, []float64{1, 0, 0, 0}, []float64{1, -1. / 3, -1. / 3, -1. / 3}},
		{"rloo, uneven", rl.Advantage{LeaveOneOut: true}, []float64{3, 1, 2}, []float64{1.5, -1.5, 0}},
		{"dead group", rl.Advantage{Spread: rl.Sample}, []float64{.1, .1, .1}, []float64{0, 0, 0}},
		{"group of one", rl.Advantage{LeaveOneOut: true}, []float64{1}, []float64{0}},
	} {
		got := make([]float64, len(c.rewards))
		rl.Of(c.a, got, c.rewards)
		for i := range got {
			near(t, c.name, got[i], c.want[i])
		}
	}
}

// log is a shorthand in the tables below.
var log = math.Log

// hand is a batch of two sequences. The first begins with a prompt token that
// does not count; the ratios of the tokens that do are 1.1, 1.5 (advantage 1)
// and 0.5, 0.9, 1.5 (advantage -2). The reference gives the first token twice
// the probability, and the others the policy's own.
func hand() rl.Batch[float64] {
	old := []float64{-9, -1, -2, -3, -1, -.5}
	now := []float64{-9, -1 + log(1.1), -2 + log(1.5), -3 + log(.5), -1 + log(.9), -.5 + log(1.5)}
	ref := append([]float64(nil), now...)
	ref[0], ref[1] = -1, now[1]+log(2)
	return rl.Batch[float64]{
		Starts: []int{0, 3, 6}, Mask: []bool{false, true, true, true, true, true},
		Old: old, New: now, Ref: ref, Entropy: []float64{7, 1, 2, 3, 4, 5}, Advantage: []float64{1, -2},
	}
}

// TestLoss compares every reduction with values worked by hand. With clips of
// .2 the terms are -1.1, -1.2 (held at 1.2, no slope) and 1.6 (held at .8, no
// slope), 1.8, 3 (the clip bounds no loss from below).
func TestLoss(t *testing.T) {
	clip := func(o rl.Objective) rl.Objective {
		if o.ClipLow == 0 {
			o.ClipLow, o.ClipHigh = .2, .2
		}
		return o
	}
	for _, c := range []struct {
		name    string
		o       rl.Objective
		loss    float64
		dlogp   []float64
		dh      []float64
		clipped int
		cut     int
	}{
		{"sequence mean", rl.Objective{Reduce: rl.SequenceMean},
			(-2.3/2 + 6.4/3) / 2, []float64{0, -1.1 / 4, 0, 0, 1.8 / 6, 3. / 6}, make([]float64, 6), 2, 0},
		{"token mean", rl.Objective{Reduce: rl.TokenMean},
			4.1 / 5, []float64{0, -1.1 / 5, 0, 0, 1.8 / 5, 3. / 5}, make([]float64, 6), 2, 0},
		{"constant", rl.Objective{Reduce: rl.Constant, Length: 10},
			4.1 / 20, []float64{0, -1.1 / 20, 0, 0, 1.8 / 20, 3. / 20}, make([]float64, 6), 2, 0},
		{"clip higher", rl.Objective{Reduce: rl.TokenMean, ClipLow: .2, ClipHigh: .6}, // 1.5 passes
			3.8 / 5, []float64{0, -1.1 / 5, -1.5 / 5, 0, 1.8 / 5, 3. / 5}, make([]float64, 6), 1, 0},
		{"clip lower", rl.Objective{Reduce: rl.TokenMean, ClipLow: .6, ClipHigh: .2}, // .5 passes
			(-2.3 + 1 + 1.8 + 3) / 5, []float64{0, -1.1 / 5, 0, 1. / 5, 1.8 / 5, 3. / 5}, make([]float64, 6), 1, 0},
		{"k3", rl.Objective{Reduce: rl.TokenMean, KL: .5}, // k3 = 2 - ln 2 - 1, its slope 1 - 2
			(4.1 + .5*(1-log(2))) / 5, []float64{0, (-1.1 - .5) / 5, 0, 0, 1.8 / 5, 3. / 5}, make([]float64, 6), 2, 0},
		{"entropy bonus", rl.Objective{Reduce: rl.TokenMean, Entropy: .1},
			(4.1 - .1*15) / 5, []float64{0, -1.1 / 5, 0, 0, 1.8 / 5, 3. / 5}, []float64{0, -.02, -.02, -.02, -.02, -.02}, 2, 0},
		{"divergence cut", rl.Objective{Reduce: rl.SequenceMean, CutKL: .153}, // the first sequence has (1 - ln 2)/2 = .1534
			6.4 / 3 / 2, []float64{0, 0, 0, 0, 1.8 / 6, 3. / 6}, make([]float64, 6), 2, 1},
		{"divergence below the cut", rl.Objective{Reduce: rl.SequenceMean, CutKL: .154},
			(-2.3/2 + 6.4/3) / 2, []float64{0, -1.1 / 4, 0, 0, 1.8 / 6, 3. / 6}, make([]float64, 6), 2, 0},
	} {
		b, dlogp, dh := hand(), make([]float64, 6), make([]float64, 6)
		rep := rl.Loss(clip(c.o), b, rl.Size{Sequences: 2, Tokens: 5}, dlogp, dh)
		near(t, c.name+": loss", rep.Loss, c.loss)
		for i := range dlogp {
			near(t, c.name+": slope", dlogp[i], c.dlogp[i])
			near(t, c.name+": slope by entropy", dh[i], c.dh[i])
		}
		if rep.Clipped != c.clipped || rep.Cut != c.cut || rep.Tokens != 5 {
			t.Errorf("%s: %d clipped, %d cut, %d tokens, want %d, %d, 5", c.name, rep.Clipped, rep.Cut, rep.Tokens, c.clipped, c.cut)
		}
		near(t, c.name+": divergence", rep.KL, 1-log(2))
		near(t, c.name+": gap", rep.Gap, log(1.1)+log(1.5)+log(2)-log(.9)+log(1.5))
		near(t, c.name+": drift", rep.Drift, 1.1+1.5+.5+.9+1.5-5-log(1.1)-log(1.5)+log(2)-log(.9)-log(1.5))
		near(t, c.name+": largest ratio", rep.RatioMax, 1.5)
	}
}

// random is a batch whose ratios are away from the corners of the clip.
func random(seed uint64, onPolicy bool) rl.Batch[float64] {
	r := rand.New(rand.NewPCG(seed, 1))
	b := rl.Batch[float64]{Starts: []int{0}}
	for s := range 4 {
		for t := range 3 + 2*s {
			b.Mask = append(b.Mask, t > 0)
			b.Old = append(b.Old, -3*r.Float64()-.1)
			d := []float64{-.6, -.1, .05, .13, .5}[r.IntN(5)]
			if onPolicy {
				d = 0
			}
			b.New = append(b.New, b.Old[len(b.Old)-1]+d)
			b.Ref = append(b.Ref, b.Old[len(b.Old)-1]+r.NormFloat64())
			b.Entropy = append(b.Entropy, r.Float64())
		}
		b.Starts = append(b.Starts, len(b.Old))
		b.Advantage = append(b.Advantage, r.NormFloat64())
	}
	return b
}

func tokens(b rl.Batch[float64]) (n int) {
	for _, m := range b.Mask {
		if m {
			n++
		}
	}
	return n
}

// TestSlopeIsTheDerivative compares the gradient of every algorithm, with all
// terms on, with central differences.
func TestSlopeIsTheDerivative(t *testing.T) {
	for _, a := range rl.Algorithms {
		o := a.Objective
		o.KL, o.Entropy, o.Length = .3, .2, max(o.Length, 7)
		b := random(3, false)
		all := rl.Size{Sequences: 4, Tokens: tokens(b)}
		n := len(b.New)
		dlogp, dh, scratch := make([]float64, n), make([]float64, n), make([]float64, n)
		rl.Loss(o, b, all, dlogp, dh)
		for _, v := range []struct{ x, d []float64 }{{b.New, dlogp}, {b.Entropy, dh}} {
			for i := range v.x {
				const h = 1e-5
				x := v.x[i]
				v.x[i] = x + h
				up := rl.Loss(o, b, all, scratch, nil).Loss
				v.x[i] = x - h
				down := rl.Loss(o, b, all, scratch, nil).Loss
				v.x[i] = x
				if got, want := v.d[i], (up-down)/(2*h); math.Abs(got-want) > 1e-8 {
					t.Errorf("%s: slope of token %d: got %g, central difference %g", a.Name, i, got, want)
				}
			}
		}
	}
}

// TestOnPolicyIsREINFORCE: at ratio 1 the slope is that of -A·log p, weighted as
// the algorithm reduces, and no clip acts.
func TestOnPolicyIsREINFORCE(t *testing.T) {
	b := random(5, true)
	b.Ref = nil
	all := rl.Size{Sequences: 4, Tokens: tokens(b)}
	for _, a := range rl.Algorithms {
		o := a.Objective
		if o.Reduce == rl.Constant && o.Length == 0 {
			o.Length = 11
		}
		d := make([]float64, len(b.New))
		rep := rl.Loss(o, b, all, d, nil)
		if rep.Clipped != 0 {
			t.Errorf("%s: %d tokens clipped on policy", a.Name, rep.Clipped)
		}
		for s := range 4 {
			for i := b.Starts[s]; i < b.Starts[s+1]; i++ {
				want := 0.0
				if b.Mask[i] {
					n := float64(b.Starts[s+1] - b.Starts[s] - 1)
					want = -b.Advantage[s] / map[string]float64{"grpo": 4 * n, "dr_grpo": 4 * 11, "dapo": float64(all.Tokens), "rloo": 4}[a.Name]
				}
				near(t, a.Name, d[i], want)
			}
		}
	}
}

// TestMicroBatches: the loss of a batch is the sum over its parts.
func TestMicroBatches(t *testing.T) {
	b := random(9, false)
	all := rl.Size{Sequences: 4, Tokens: tokens(b)}
	o := rl.Objective{Reduce: rl.SequenceMean, ClipLow: .2, ClipHigh: .2, KL: .1}
	whole := make([]float64, len(b.New))
	want := rl.Loss(o, b, all, whole, nil)
	var got rl.Report
	for s := range 4 {
		from, to := b.Starts[s], b.Starts[s+1]
		part := rl.Batch[float64]{Starts: []int{0, to - from}, Mask: b.Mask[from:to], Old: b.Old[from:to], New: b.New[from:to], Ref: b.Ref[from:to], Advantage: b.Advantage[s : s+1]}
		d := make([]float64, to-from)
		got.Add(rl.Loss(o, part, all, d, nil))
		for i := range d {
			near(t, "slope", d[i], whole[from+i])
		}
	}
	near(t, "loss", got.Loss, want.Loss)
	near(t, "divergence", got.KL, want.KL)
	if got.Tokens != want.Tokens || got.Clipped != want.Clipped {
		t.Errorf("parts count %d tokens, %d clipped; the whole %d, %d", got.Tokens, got.Clipped, want.Tokens, want.Clipped)
	}
}

// TestPassK compares with counting: 10 samples, 3 right; and with every subset.
func TestPassK(t *testing.T) {
	near(t, "10, 3, 1", rl.PassK(10, 3, 1), .3)
	near(t, "10, 3, 2", rl.PassK(10, 3, 2), 1-21./45)
	near(t, "10, 0, 5", rl.PassK(10, 0, 5), 0)
	near(t, "10, 6, 5", rl.PassK(10, 6, 5), 1)
	const n = 9
	for c := range n + 1 {
		for k := 1; k <= n; k++ {
			hit, all := 0, 0
			for set := range 1 << n {
				if ones(set) == k {
					all++
					if set&(1<<c-1) != 0 { // the right ones are the first c
						hit++
					}
				}
			}
			near(t, "subsets", rl.PassK(n, c, k), float64(hit)/float64(all))
		}
	}
}

func ones(x int) (n int) {
	for ; x > 0; x &= x - 1 {
		n++
	}
	return n
}

func TestShaping(t *testing.T) {
	for _, c := range []struct {
		length int
		want   float64
	}{{0, 0}, {80, 0}, {81, -.05}, {90, -.5}, {100, -1}, {101, -1}, {130, -1}} {
		near(t, "overlong", rl.Overlong(c.length, 100, 20), c.want)
	}
	for _, c := range []struct {
		right []bool
		want  bool
	}{{nil, false}, {[]bool{true, true}, false}, {[]bool{false, false}, false}, {[]bool{false, true}, true}} {
		if got := rl.Live(c.right); got != c.want {
			t.Errorf("Live(%v) = %v, want %v", c.right, got, c.want)
		}
	}
}
