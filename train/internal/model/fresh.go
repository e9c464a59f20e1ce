package model

import "fmt"

// Fresh is a new model in a few words, as a run file has them. Zero values take
// the defaults of the comments.
type Fresh struct {
	Family    string  // qwen2
	Vocab     int     // no default
	Width     int     // no default
	Layers    int     // no default
	Heads     int     // no default
	KVHeads   int     // heads
	HeadDim   int     // width / heads
	FFN       int     // 4 * width
	Positions int     // 4096: the longest context
	Theta     float64 // 10000
	Eps       float64 // 1e-6
	InitStd   float64 // 0.02
	Untied    bool    // false: the output layer is the embedding
}

// Config is the shape that f describes.
func (f Fresh) Config() (Config, error) {
	family := orElse(f.Family, "qwen2")
	c, ok := families[family]
	if !ok {
		return Config{}, fmt.Errorf("family is %q: graft trains llama, qwen2 and qwen3", family)
	}
	if f.Heads < 1 || f.Width < 1 {
		return Config{}, fmt.Errorf("width is %d and heads is %d: both must be given", f.Width, f.Heads)
	}
	c.Family, c.Vocab, c.Width, c.Layers, c.Heads = family, f.Vocab, f.Width, f.Layers, f.Heads
	c.KVHeads = orElse(f.KVHeads, f.Heads)
	c.HeadDim = orElse(f.HeadDim, f.Width/f.Heads)
	c.FFN = orElse(f.FFN, 4*f.Width)
	c.MaxPositions = orElse(f.Positions, 4096)
	c.Theta = orElse(f.Theta, 10000)
	c.Eps = float32(orElse(f.Eps, 1e-6))
	c.InitStd = orElse(f.InitStd, 0.02)
	c.Tied = !f.Untied
	return c, c.Check()
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
