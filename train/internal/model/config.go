package model

import (
	"errors"
	"fmt"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Config is the shape of a model, whatever file it came from.
type Config struct {
	Family  string // llama, qwen2 or qwen3
	Vocab   int    // V
	Width   int    // C
	Layers  int
	Heads   int // H
	KVHeads int // G
	HeadDim int // D
	FFN     int // F

	Eps          float32 // of the norms
	Theta        float64 // base of RoPE
	Scaling      *Llama3 // nil: RoPE as it is
	MaxPositions int     // the longest context that the checkpoint promises

	Tied    bool // the output layer is the embedding
	QKVBias bool
	OutBias bool // of the attention's output
	MLPBias bool
	QKNorm  bool // RMSNorm over each head of q and k (Qwen3)

	InitStd float64 // standard deviation of fresh matrices
	BOS     *int    // nil where the file says nothing
	EOS     []int
	Pad     *int

	// Grown is how many of the Vocab words are not in the checkpoint: see GrowVocab.
	Grown int
}

// Llama3 is the scaling of RoPE's frequencies of Llama 3.1 and later: long waves
// are stretched by Factor, short ones kept, those between interpolated.
type Llama3 struct {
	Factor, Low, High float64 // factor, low_freq_factor, high_freq_factor
	Original          int     // original_max_position_embeddings
}

// families says what a model_type fixes without a key in config.json.
var families = map[string]Config{
	"llama": {},
	"qwen2": {QKVBias: true},
	"qwen3": {QKNorm: true},
}

// Check says what is wrong with the shape, all of it at once.
func (c Config) Check() error {
	var bad []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			bad = append(bad, fmt.Errorf(format, args...))
		}
	}
	_, known := families[c.Family]
	want(known, "model_type %q: graft trains llama, qwen2 and qwen3", c.Family)
	for _, d := range []struct {
		name    string
		n, most int // far above any model, and low enough that no size overflows
	}{
		{"vocab_size", c.Vocab, 1 << 24}, {"hidden_size", c.Width, 1 << 20}, {"num_hidden_layers", c.Layers, 1 << 12},
		{"num_attention_heads", c.Heads, 1 << 12}, {"num_key_value_heads", c.KVHeads, 1 << 12}, {"head_dim", c.HeadDim, 1 << 12},
		{"intermediate_size", c.FFN, 1 << 20}, {"max_position_embeddings", c.MaxPositions, 1 << 30},
	} {
		want(d.n >= 1 && d.n <= d.most, "%s is %d: it must be 1 to %d", d.name, d.n, d.most)
	}
	want(c.KVHeads < 1 || c.Heads%c.KVHeads == 0, "num_attention_heads is %d: it must be a multiple of num_key_value_heads, %d", c.Heads, c.KVHeads)
	want(c.HeadDim%2 == 0, "head_dim is %d: RoPE turns pairs, so it must be even", c.HeadDim)
	want(c.Eps > 0 && c.Eps < 1, "rms_norm_eps is %g: it must be above 0 and below 1", c.Eps)
	want(c.Theta > 1 && !math.IsInf(c.Theta, 0), "rope_theta is %g: it must be above 1", c.Theta)
	want(c.InitStd >= 0 && c.InitStd < 10, "initializer_range is %g: it must be from 0 to 10", c.InitStd)
	want(c.Grown >= 0 && (c.Grown == 0 || c.Grown < c.Vocab), "%d of %d words are new: some must be old", c.Grown, c.Vocab)
	for _, id := range c.EOS {
		want(id >= 0 && id < c.Vocab, "eos_token_id is %d: it must be a word, 0 to %d", id, c.Vocab-1)
	}
	if s := c.Scaling; s != nil {
		want(s.Factor >= 1 && s.Low > 0 && s.High > s.Low && s.Original > 0,
			"rope_scaling has factor %g, low_freq_factor %g, high_freq_factor %g, original_max_position_embeddings %d: want factor >= 1, 0 < low < high, original > 0",
			s.Factor, s.Low, s.High, s.Original)
	}
	return errors.Join(bad...)
}

// GrowVocab makes room for new control tokens: the vocabulary gets size words,
// and Load gives the new rows of the embedding and of a free output layer the
// mean of the old rows. A size that is there already changes nothing.
func (c *Config) GrowVocab(size int) {
	if n := size - c.Vocab; n > 0 {
		c.Vocab, c.Grown = size, c.Grown+n
	}
}

func (c Config) heads() device.Heads {
	return device.Heads{H: c.Heads, G: c.KVHeads, D: c.HeadDim, Scale: float32(1 / math.Sqrt(float64(c.HeadDim)))}
}
