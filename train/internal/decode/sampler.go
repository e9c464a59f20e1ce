package decode

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
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

// A picker chooses tokens; it holds scratch for one goroutine.
type picker struct {
	Settings
	weights []float64
	order   []int32
}

// pick chooses a token by u, uniform in [0, 1). Of equal logits the lowest id is
// the likeliest. Tokens outside top-k and then top-p have weight 0; among the
// rest a token has the share exp(logit/temperature).
func (p *picker) pick(logits []float32, u float64) (int32, error) {
	best := 0
	for i, l := range logits {
		if l != l || math.IsInf(float64(l), 1) {
			return 0, ErrNotNumbers
		}
		if l > logits[best] {
			best = i
		}
	}
	if math.IsInf(float64(logits[best]), -1) {
		return 0, ErrNotNumbers
	}
	if p.Temperature == 0 || p.TopK == 1 {
		return int32(best), nil
	}
	p.weights = slices.Grow(p.weights[:0], len(logits))[:len(logits)]
	top := float64(logits[best])
	for i, l := range logits {
		p.weights[i] = math.Exp((float64(l) - top) / p.Temperature)
	}
	p.cut(logits)
	sum := 0.0
	for _, w := range p.weights {
		sum += w
	}
	u *= sum
	last := best
	for i, w := range p.weights {
		if w > 0 {
			if u < w {
				return int32(i), nil
			}
			u -= w
			last = i
		}
	}
	return int32(last), nil // rounding: u was the sum
}

// cut sets the weights outside top-k and top-p to 0.
func (p *picker) cut(logits []float32) {
	all := p.TopP == 0 || p.TopP == 1
	if all && (p.TopK == 0 || p.TopK >= len(logits)) {
		return
	}
	p.order = p.order[:0]
	for i := range logits {
		p.order = append(p.order, int32(i))
	}
	slices.SortFunc(p.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(logits[b], logits[a]), cmp.Compare(a, b))
	})
	keep := len(p.order)
	if p.TopK > 0 {
		keep = min(keep, p.TopK)
	}
	if !all {
		keep = p.nucleus(keep)
	}
	for _, i := range p.order[keep:] {
		p.weights[i] = 0
	}
}

// nucleus is the number of likeliest tokens among the first keep whose weight
// reaches TopP of theirs.
func (p *picker) nucleus(keep int) int {
	sum := 0.0
	for _, i := range p.order[:keep] {
		sum += p.weights[i]
	}
	part := 0.0
	for n, i := range p.order[:keep] {
		if part += p.weights[i]; part >= p.TopP*sum {
			return n + 1
		}
	}
	return keep
}

// scoring is the temperature that log-probabilities are recorded at.
func (p *picker) scoring() float32 {
	if p.Temperature == 0 {
		return 1
	}
	return float32(p.Temperature)
}

// Pick is the token that Run draws at position i of the response of a sequence:
// what a device that draws by itself must give.
func Pick(logits []float32, s Settings, seed uint64, i int) (int32, error) {
	p := picker{Settings: s}
	return p.pick(logits, uniform(seed, i))
}
