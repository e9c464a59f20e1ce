package train

import (
	"errors"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// errNotFinite says that a loss or a gradient is NaN or infinite.
var errNotFinite = errors.New("not a finite number")

// notFinite is errNotFinite, or the error of a device that broke: what it gives
// afterwards is NaN.
func notFinite(m *model.Model) error {
	if err := m.Device().Sync(); err != nil {
		return err
	}
	return errNotFinite
}

// update is one step of AdamW from the gradients of m, counted from 1, at the
// given rate. The gradient is first cut to a length of at most Clip, over all
// parameters together (Pascanu, Mikolov and Bengio 2013). It returns the length
// before that; where it is not finite no weight is changed.
func (o Optimizer) update(m *model.Model, step int64, rate float64) (length float64, err error) {
	length = gradientLength(m)
	if math.IsNaN(length) || math.IsInf(length, 0) {
		return length, notFinite(m)
	}
	scale := 1.0
	if clip := float(o.Clip); clip > 0 && length > clip {
		scale = clip / length
	}
	a := device.Adam{LR: float32(rate), Beta1: float32(float(o.Betas[0])), Beta2: float32(float(o.Betas[1])),
		Eps: float32(float(o.Eps)), Step: int(step), Scale: float32(scale)}
	for _, p := range m.Params() {
		if a.Decay = 0; p.Decay {
			a.Decay = float32(float(o.Decay))
		}
		m.Device().AdamW(p.W, p.M, p.V, p.G, p.Act, a)
	}
	return length, nil
}

// gradientLength is the Euclidean length of the gradient of all parameters.
func gradientLength(m *model.Model) float64 {
	sum := 0.0
	for _, p := range m.Params() {
		sum += m.Device().SumSquares(p.G)
	}
	return math.Sqrt(sum)
}
