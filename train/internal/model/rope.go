package model

import "math"

// ropeTables is the cosine and sine of every position's angles, [P, D/2] each.
// Frequencies and angles are rounded to float32 where transformers rounds them:
// a checkpoint was trained with those.
func (c Config) ropeTables(positions int) (cos, sin []float32) {
	half := c.HeadDim / 2
	freq := make([]float32, half)
	for i := range freq {
		exponent := float32(2*i) / float32(c.HeadDim)
		freq[i] = 1 / float32(math.Pow(c.Theta, float64(exponent)))
		if c.Scaling != nil {
			freq[i] = c.Scaling.stretch(freq[i])
		}
	}
	cos, sin = make([]float32, positions*half), make([]float32, positions*half)
	for p := range positions {
		for i, f := range freq {
			angle := float64(float32(p) * f)
			cos[p*half+i], sin[p*half+i] = float32(math.Cos(angle)), float32(math.Sin(angle))
		}
	}
	return cos, sin
}

// stretch is the frequency that the scaling makes of one (Llama 3.1; transformers
// modeling_rope_utils, _compute_llama3_parameters), in float32 as there: every
// conversion is a rounding that compilers must keep.
func (s *Llama3) stretch(freq float32) float32 {
	wave := float32(2*math.Pi) / freq
	factor, low, high := float32(s.Factor), float32(s.Low), float32(s.High)
	turns := float32(s.Original) / wave // of the original context
	switch {
	case turns < low:
		return freq / factor
	case turns > high:
		return freq
	}
	smooth := float32(turns-low) / (high - low)
	return float32(float32((1-smooth)*freq)/factor) + float32(smooth*freq)
}

// uploadTables puts the rotations on the device.
func (m *Model) uploadTables() {
	cos, sin := m.cfg.ropeTables(m.plan.Positions)
	m.dev.Upload(m.work.cos, cos)
	m.dev.Upload(m.work.sin, sin)
}
