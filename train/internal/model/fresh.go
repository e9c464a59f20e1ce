package model

import (
	"fmt"
)

// Fresh is a model from a few lines of YAML. Zero values take the defaults of
// the comments.
type Fresh struct {
	Family    string  `yaml:"family"`    // qwen2
	Vocab     int     `yaml:"vocab"`     // no default; the tokenizer's, where a recipe names one
	Width     int     `yaml:"width"`     // no default
	Layers    int     `yaml:"layers"`    // no default
	Heads     int     `yaml:"heads"`     // no default
	KVHeads   int     `yaml:"kv_heads"`  // heads
	HeadDim   int     `yaml:"head_dim"`  // width / heads
	FFN       int     `yaml:"ffn"`       // 4 * width
	Positions int     `yaml:"positions"` // 4096: the longest context
	Theta     float64 `yaml:"theta"`     // 10000
	Eps       float64 `yaml:"eps"`       // 1e-6
	InitStd   float64 `yaml:"init_std"`  // 0.02
	Untied    bool    `yaml:"untied"`    // false: the output layer is the embedding
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
