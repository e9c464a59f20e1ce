package decode

import (
	"errors"
	"fmt"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Settings say how the next token is chosen from the logits.
type Settings struct {
	Temperature float64 // logits are divided by it; 0 takes the likeliest token
	TopK        int     // the k likeliest tokens stay; 0: all
	TopP        float64 // the likeliest tokens that together have this share stay; 0 or 1: all
}

// Check reports settings that mean nothing.
func (s Settings) Check() error {
	switch {
	case !(s.Temperature >= 0) || math.IsInf(s.Temperature, 0):
		return fmt.Errorf("temperature is %v; it must be 0 (greedy) or above", s.Temperature)
	case s.TopK < 0:
		return fmt.Errorf("top-k is %d; it must be 0 (all) or above", s.TopK)
	case !(s.TopP >= 0 && s.TopP <= 1):
		return fmt.Errorf("top-p is %v; it must be between 0 and 1", s.TopP)
	}
	return nil
}

// ErrNotNumbers says that the model gave NaN where it should draw a token.
var ErrNotNumbers = errors.New("the logits are not numbers")

// scoring is the temperature that log-probabilities are recorded at.
func (s Settings) scoring() float32 {
	if s.Temperature == 0 {
		return 1
	}
	return float32(s.Temperature)
}

// Pick is the token that Run draws at position i of the response of a sequence:
// what a device that draws by itself must give.
func Pick(logits []float32, s Settings, seed uint64, i int) (int32, error) {
	p := device.Picker{Sampling: device.Sampling(s)}
	id := p.Pick(logits, uniform(seed, i))
	if id < 0 {
		return 0, ErrNotNumbers
	}
	return id, nil
}
