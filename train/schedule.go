package train

import (
	"fmt"
	"math"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
)

// An Optimizer is AdamW (Loshchilov and Hutter 2019) and the course of its
// learning rate. Norms and biases are never decayed.
type Optimizer struct {
	LR       format.Num   `json:"lr" range:"0,1" jsonschema:"highest learning rate"`
	Schedule string       `json:"schedule,omitempty" default:"cosine" enum:"constant,cosine,wsd" jsonschema:"course after the warm-up: constant; cosine: half a wave down to floor; wsd: constant, then a straight line down to floor (Hu et al. 2024)"`
	Warmup   int64        `json:"warmup,omitempty" range:"0," jsonschema:"steps in which the rate rises in a straight line"`
	Floor    format.Num   `json:"floor,omitzero" default:"0.1" range:"0,1" jsonschema:"where cosine and wsd end, as a share of lr"`
	Decline  format.Num   `json:"decline,omitzero" default:"0.2" range:"0,1" jsonschema:"share of the steps in which wsd goes down"`
	Betas    []format.Num `json:"betas,omitempty" range:"2,2" jsonschema:"how slowly the two moments forget; left out, 0.9 and 0.95"`
	Eps      format.Num   `json:"eps,omitzero" default:"0.00000001" range:"0,1" jsonschema:"added to the root of the second moment"`
	Decay    format.Num   `json:"decay,omitzero" default:"0.1" range:"0,1" jsonschema:"weight decay of matrices, decoupled"`
	Clip     format.Num   `json:"clip,omitzero" default:"1" range:"0," jsonschema:"longest gradient, over all parameters; 0 is no bound"`
}

// check applies the rules between values, and fills what no tag can.
func (o *Optimizer) check(d *strict.Decoder) {
	if o.Betas == nil {
		nine, _ := format.ParseNum("0.9")
		more, _ := format.ParseNum("0.95")
		o.Betas = []format.Num{nine, more}
	}
	for _, b := range o.Betas {
		if b.Sign() < 0 || b.Cmp(format.Int(1)) >= 0 {
			d.At("optimizer.betas", strict.OutOfRange, "%s must be 0 or more and below 1", b)
		}
	}
}

// float is the double nearest to an exact number of the run file.
func float(n format.Num) float64 {
	x, _ := n.Rat().Float64()
	return x
}

// Rate is the learning rate of a step, counted from 1, of a run of so many steps.
// The warm-up reaches lr in its last step; the run ends at floor*lr.
func (o Optimizer) Rate(step, steps int64) float64 {
	lr, floor := float(o.LR), float(o.Floor)
	if step <= o.Warmup {
		return lr * float64(step) / float64(o.Warmup)
	}
	rest := steps - o.Warmup // steps after the warm-up; the last has progress 1
	switch o.Schedule {
	case "cosine":
		return lr * (floor + (1-floor)*(1+math.Cos(math.Pi*progress(step-o.Warmup, rest)))/2)
	case "wsd":
		decline := int64(math.Ceil(float(o.Decline) * float64(steps)))
		decline = min(decline, rest)
		return lr * (1 - (1-floor)*progress(step-(steps-decline), decline))
	}
	return lr
}

// progress is how much of a course of n steps is over at step i from 1: 0 in or
// before the first, 1 in the last. A course of one step is its last.
func progress(i, n int64) float64 {
	switch {
	case i < 1:
		return 0
	case i >= n:
		return 1
	}
	return float64(i-1) / float64(n-1)
}

// unreached says that a run ends in its warm-up, or nothing.
func (o Optimizer) unreached(steps int64) string {
	if o.Warmup <= steps {
		return ""
	}
	return fmt.Sprintf("optimizer.warmup is %d and the run has %d steps: the rate comes no further than %g of lr %g", o.Warmup, steps, o.Rate(steps, steps), float(o.LR))
}
