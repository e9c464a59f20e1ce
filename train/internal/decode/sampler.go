package decode

import (
	"errors"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Settings say how the next token is chosen from the logits.
type Settings = device.Sampling

// ErrNotNumbers says that the model gave NaN where it should draw a token.
var ErrNotNumbers = errors.New("the logits are not numbers")

// scoring is the temperature that log-probabilities are recorded at.
func scoring(s Settings) float32 {
	if s.Temperature == 0 {
		return 1
	}
	return float32(s.Temperature)
}

// Pick is the token that Run draws at position i of the response of a sequence:
// what a device that draws by itself must give.
func Pick(logits []float32, s Settings, seed uint64, i int) (int32, error) {
	p := device.Picker{Sampling: s}
	id := p.Pick(logits, uniform(seed, i))
	if id < 0 {
		return 0, ErrNotNumbers
	}
	return id, nil
}
