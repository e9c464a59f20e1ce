package train

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// What a GPU may round differently in decoding and in scoring, in the mean of a
// step's tokens. On the CPU both are 0: the log-probabilities are the same bits.
const (
	mostDrift = 5e-3 // |dlogp|
	mostK3    = 1e-3
)

// A drift is how far the log-probabilities that were recorded in drawing are from
// those that the trainer gives, before an update has moved the weights.
type drift struct{ mean, k3 float64 }

func driftOf(r rl.Report) drift {
	n := float64(max(r.Tokens, 1))
	return drift{r.Gap / n, r.Drift / n}
}

func (d drift) metrics() []Metric { return []Metric{{"drift", d.mean}, {"drift_k3", d.k3}} }

// far is above 1 where d is beyond what rounding explains.
func (d drift) far() float64 { return max(d.mean/mostDrift, d.k3/mostK3) }

// warn notes a drift that is too large: the first, and then each that is twice as far
// as the last that was noted.
func (t *rft) warn(step int64, d drift) {
	if d.far() <= max(1, 2*t.warned) {
		return
	}
	t.warned = d.far()
	t.Note(fmt.Sprintf("step %d: drawing and scoring are apart: mean |dlogp| %.2g, of at most %g; k3 %.2g, of at most %g: the ratios of the update are wrong by so much; gpucheck parity tells which operation it is",
		step, d.mean, mostDrift, d.k3, mostK3))
}
