package decode

import (
	"math"
	"testing"
)

// TestPickFollowsTheDistribution draws from a small vocabulary and compares the
// shares with exp(l/T) over the tokens that top-k and top-p leave.
func TestPickFollowsTheDistribution(t *testing.T) {
	logits := []float32{0, 2, 1, float32(math.Inf(-1)), 1, -1}
	for _, c := range []struct {
		name string
		s    Settings
		kept []int
	}{
		{"temperature 1", Settings{Temperature: 1}, []int{0, 1, 2, 4, 5}},
		{"temperature 2", Settings{Temperature: 2}, []int{0, 1, 2, 4, 5}},
		{"top-k 2: of equal ones the first", Settings{Temperature: 1, TopK: 2}, []int{1, 2}},
		{"top-p .5", Settings{Temperature: 1, TopP: .5}, []int{1}},
		{"top-p .7", Settings{Temperature: 1, TopP: .7}, []int{1, 2}},
		{"top-p .95", Settings{Temperature: 1, TopP: .95}, []int{0, 1, 2, 4}},
		{"top-p of top-k's rest", Settings{Temperature: 1, TopK: 3, TopP: .8}, []int{1, 2, 4}},
		{"greedy", Settings{}, []int{1}},
	} {
		const n = 40000
		seen := make([]float64, len(logits))
		for i := range n {
			id, err := Pick(logits, c.s, Seed(1, 0, c.name, 0), i)
			if err != nil {
				t.Fatal(err)
			}
			seen[id]++
		}
		want, sum := make([]float64, len(logits)), 0.0
		for _, i := range c.kept {
			want[i] = 1
			if c.s.Temperature > 0 {
				want[i] = math.Exp(float64(logits[i]) / c.s.Temperature)
			}
			sum += want[i]
		}
		for i := range want {
			share := want[i] / sum
			if d := math.Abs(seen[i]/n - share); d > 5*math.Sqrt(share*(1-share)/n) {
				t.Errorf("%s: token %d has the share %.4f, want %.4f", c.name, i, seen[i]/n, share)
			}
		}
	}
}

// TestPickRefusesWhatIsNoNumber: a model that has diverged must not be sampled.
func TestPickRefusesWhatIsNoNumber(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, l := range [][]float32{{0, nan}, {nan, 0}, {inf, 0}, {-inf, -inf}} {
		for _, s := range []Settings{{}, {Temperature: 1}} {
			if _, err := Pick(l, s, 1, 0); err == nil {
				t.Errorf("%v at temperature %v: no error", l, s.Temperature)
			}
		}
	}
}

// TestSeeds: frozen, because a rollout is named by its seed; and every part of
// the name counts.
func TestSeeds(t *testing.T) {
	base := Seed(1, 2, "p", 3)
	if base != 0x55a842bb637b79f {
		t.Errorf("Seed(1, 2, p, 3) = %#x: rollouts of before can no longer be drawn again", base)
	}
	for _, other := range []uint64{Seed(2, 2, "p", 3), Seed(1, 3, "p", 3), Seed(1, 2, "q", 3), Seed(1, 2, "p", 4)} {
		if other == base {
			t.Error("two sequences have one seed")
		}
	}
	if u := uniform(base, 0); u == uniform(base, 1) || u < 0 || u >= 1 {
		t.Errorf("uniform: %v, then %v", u, uniform(base, 1))
	}
}
