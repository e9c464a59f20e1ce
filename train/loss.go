package train

import (
	"math"

	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A real is a floating-point type in which a loss is computed.
type real interface{ float32 | float64 }

// weighted is the loss of fine-tuning over one micro-batch:
//
//	loss = sum w·(-logp) / total,   dloss/dlogp = -w/total
//
// total is the sum of the weights of the whole step, so that the losses of its
// micro-batches add up to that of the step, whatever their number. The sum is
// taken in float64 in the order of the tokens.
func weighted[T real](logp, w []T, total float64) (loss float64) {
	for i, p := range logp {
		if w[i] != 0 {
			loss -= float64(w[i]) * float64(p)
		}
	}
	return loss / total
}

// slope writes the gradient of weighted by the log-probabilities, which does not
// depend on them.
func slope[T real](dlogp, w []T, total float64) {
	for i := range dlogp {
		dlogp[i] = T(-float64(w[i]) / total)
	}
}

// learn adds the gradient of a step to that of m, and returns the step's loss.
// It stops at the first micro-batch whose loss is not finite, and says which.
func learn(m *model.Model, s *step, dlogp []float32) (loss float64, at int, err error) {
	for i := range s.micros {
		b := &s.micros[i]
		if err := m.Forward(b.Batch); err != nil {
			return 0, i, err
		}
		d := dlogp[:len(b.IDs)]
		slope(d, b.weights, s.weight)
		l := weighted(m.ScoreBackward(d), b.weights, s.weight)
		if math.IsNaN(l) || math.IsInf(l, 0) {
			return l, i, notFinite(m)
		}
		loss += l
	}
	return loss, 0, nil
}

// A SpanLoss is the mean loss of the targets under spans of one name, whatever
// their weight in training.
type SpanLoss struct {
	Name   string  `json:"name"`
	Tokens int64   `json:"tokens"`
	Loss   float64 `json:"loss"` // nats a token
}

// A Validation is the loss of the validation split.
type Validation struct {
	Loss  float64    `json:"loss"` // weighted as in training
	Spans []SpanLoss `json:"spans"`
}

// validate computes the loss of every row of a feed. Spans come in the order of
// the manifest; those without tokens are left out.
func validate(m *model.Model, f *feed) (v Validation, err error) {
	names := f.rows.manifest.SpanNames
	spans := make([]SpanLoss, len(names))
	sum, total := 0.0, 0.0
	for at := int64(0); at < f.end; {
		s := f.load(at)
		if s.err != nil {
			return v, s.err
		}
		at = s.next
		for i := range s.micros {
			b := &s.micros[i]
			if err := m.Forward(b.Batch); err != nil {
				return v, err
			}
			logp, _ := m.Score(1)
			for t, p := range logp {
				if n := b.spans[t]; n >= 0 {
					spans[n].Tokens++
					spans[n].Loss -= float64(p)
					sum -= float64(b.weights[t]) * float64(p)
					total += float64(b.weights[t])
				}
			}
		}
	}
	if total > 0 {
		v.Loss = sum / total
	}
	for i, s := range spans {
		if s.Tokens > 0 {
			v.Spans = append(v.Spans, SpanLoss{names[i], s.Tokens, s.Loss / float64(s.Tokens)})
		}
	}
	return v, nil
}
