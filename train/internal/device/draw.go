package device

import "math"

// A Drawer is a Device that draws tokens from the logits where they are computed,
// and scores them there: one product of the output layer gives both.
type Drawer interface {
	Device

	// Draw writes logits[T,V] = x·Wᵀ and, for each row, the token that Picker.Pick
	// gives for it and u, -1 where the logits are not numbers, and the token's
	// log-probability, the bits that Score gives.
	Draw(ids []int32, logp []float32, logits, x, w Buf, u []float64, s Sampling, h Head)
}

// A Picker chooses tokens by the rules that every device follows. It holds scratch
// for one goroutine.
type Picker struct {
	Sampling
	weights []float64
	heap    []int32 // tokens, the likeliest at the root
}

// Pick chooses a token by u, uniform in [0, 1), or is -1 where the logits are not
// numbers. Of equal logits the lowest id is the likeliest. Tokens outside top-k and
// then top-p have weight 0; among the rest a token has the share
// exp(logit/temperature).
func (p *Picker) Pick(logits []float32, u float64) int32 {
	best := 0
	for i, l := range logits {
		if l != l || math.IsInf(float64(l), 1) {
			return -1
		}
		if l > logits[best] {
			best = i
		}
	}
	switch {
	case math.IsInf(float64(logits[best]), -1):
		return -1
	case p.Temperature == 0 || p.TopK == 1:
		return int32(best)
	}
	p.weigh(logits, float64(logits[best]))
	sum := 0.0
	for _, w := range p.weights {
		sum += w
	}
	u *= sum
	last := best
	for i, w := range p.weights {
		if w > 0 {
			if u < w {
				return int32(i)
			}
			u -= w
			last = i
		}
	}
	return int32(last) // rounding: u was the sum
}

// weigh sets the weights, 0 outside top-k and top-p.
func (p *Picker) weigh(logits []float32, top float64) {
	if cap(p.weights) < len(logits) {
		p.weights = make([]float64, len(logits))
	}
	p.weights = p.weights[:len(logits)]
	for i, l := range logits {
		p.weights[i] = math.Exp((float64(l) - top) / p.Temperature)
	}
	if p.All(len(logits)) {
		return
	}
	p.fill(logits)
	most, goal := len(logits), math.Inf(1)
	if p.TopK > 0 {
		most = min(most, p.TopK)
	}
	if p.TopP > 0 && p.TopP < 1 {
		goal = p.TopP * p.total(logits, most)
	}
	p.take(logits, most, goal)
	for _, i := range p.heap {
		p.weights[i] = 0
	}
}

// total is the sum of the weights of the likeliest tokens.
func (p *Picker) total(logits []float32, most int) (sum float64) {
	if most < len(logits) {
		sum = p.take(logits, most, math.Inf(1))
		p.fill(logits)
		return sum
	}
	for _, w := range p.weights {
		sum += w
	}
	return sum
}

// All reports that top-k and top-p leave every one of so many words.
func (s Sampling) All(words int) bool {
	return (s.TopP == 0 || s.TopP == 1) && (s.TopK == 0 || s.TopK >= words)
}

// fill makes the heap of all tokens.
func (p *Picker) fill(logits []float32) {
	p.heap = p.heap[:0]
	for i := range logits {
		p.heap = append(p.heap, int32(i))
	}
	for i := len(p.heap)/2 - 1; i >= 0; i-- {
		p.sink(logits, i)
	}
}

// take takes the likeliest tokens from the heap, so many, or fewer where their weights
// reach goal, and is the sum of these. A heap, because few of many words are taken
// mostly.
func (p *Picker) take(logits []float32, most int, goal float64) (sum float64) {
	for n := 0; n < most && sum < goal; n++ {
		sum += p.weights[p.heap[0]]
		last := len(p.heap) - 1
		p.heap[0] = p.heap[last]
		if p.heap = p.heap[:last]; last > 0 {
			p.sink(logits, 0)
		}
	}
	return sum
}

// sink moves the token at i down to its place.
func (p *Picker) sink(logits []float32, i int) {
	h := p.heap
	before := func(a, b int32) bool { return logits[a] > logits[b] || logits[a] == logits[b] && a < b }
	for id := h[i]; ; {
		next := 2*i + 1
		if next+1 < len(h) && before(h[next+1], h[next]) {
			next++
		}
		if next >= len(h) || !before(h[next], id) {
			h[i] = id
			return
		}
		h[i], i = h[next], next
	}
}
