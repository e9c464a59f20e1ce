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
	var plain, decayed []device.Update
	for _, p := range m.Trained() {
		u := device.Update{W: p.W, M: p.M, V: p.V, G: p.G, Act: p.Act}
		if p.Decay {
			decayed = append(decayed, u)
		} else {
			plain = append(plain, u)
		}
	}
	device.AdamWAll(m.Device(), plain, a)
	a.Decay = float32(float(o.Decay))
	device.AdamWAll(m.Device(), decayed, a)
	return length, nil
}

// gradientLength is the Euclidean length of the gradient of all trained parameters.
func gradientLength(m *model.Model) float64 {
	var gradients []device.Buf
	for _, p := range m.Trained() {
		gradients = append(gradients, p.G)
	}
	return math.Sqrt(device.SumSquaresAll(m.Device(), gradients))
}
