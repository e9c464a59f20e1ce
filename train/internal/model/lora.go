package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// LoRA says that a model is trained through adapters of low rank (Hu et al. 2021):
// beside the weight W[out,in] of each target stand A[rank,in] and B[out,rank], and
//
//	y = x·Wᵀ + (Alpha/Rank)·(x·Aᵀ)·Bᵀ
//
// B begins as zero, so that an adapted model begins as its base, bit for bit. All
// else is frozen: it has no gradient, no moments, and no master beside what the
// operations read. Biases are frozen too.
type LoRA struct {
	Rank    int
	Alpha   float64
	Targets []string // of Targets
	Whole   []string // of Wholes: what is trained as it is, without adapters
}

// Targets lists the linear layers that may have adapters, as Hugging Face calls them.
func Targets() []string {
	return []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
}

// Wholes lists what may be trained whole beside adapters, as PEFT's modules_to_save
// matches it: by the end of the name, so that norm is every norm.
func Wholes() []string { return []string{"embed_tokens", "lm_head", "norm"} }

// Scale is what the product of the adapters is multiplied by.
func (l *LoRA) Scale() float64 { return l.Alpha / float64(l.Rank) }

// freezes reports whether the tensor of a name keeps its weights. A nil LoRA
// freezes nothing.
func (l *LoRA) freezes(tensor string) bool {
	return l != nil && !slices.ContainsFunc(l.Whole, func(end string) bool { return strings.HasSuffix(moduleOf(tensor), end) })
}

// adapts reports whether the linear layer of a path has adapters.
func (l *LoRA) adapts(layer string) bool {
	return l != nil && slices.Contains(l.Targets, moduleOf(layer+".weight"))
}

// moduleOf is q_proj of model.layers.0.self_attn.q_proj.weight.
func moduleOf(tensor string) string {
	path := tensor[:max(strings.LastIndexByte(tensor, '.'), 0)]
	return path[strings.LastIndexByte(path, '.')+1:]
}

// check says what of it does not fit a model of shape c.
func (l *LoRA) check(c Config) error {
	if l == nil {
		return nil
	}
	var bad []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			bad = append(bad, fmt.Errorf("lora: "+format, args...))
		}
	}
	want(l.Rank >= 1 && l.Rank <= 1<<16, "a rank of %d; it is 1 to %d", l.Rank, 1<<16)
	want(l.Alpha > 0 && !math.IsInf(l.Alpha, 0), "an alpha of %g; it is above 0", l.Alpha)
	want(len(l.Targets) > 0, "no targets; there are %s", strings.Join(Targets(), ", "))
	known := func(names, of []string) {
		for i, n := range names {
			want(slices.Contains(of, n), "unknown layer %q; there are %s", n, strings.Join(of, ", "))
			want(!slices.Contains(names[:i], n), "layer %q is named twice", n)
		}
	}
	known(l.Targets, Targets())
	known(l.Whole, Wholes())
	want(!c.Tied || !slices.Contains(l.Whole, "lm_head"), "lm_head of this model is its embedding: name embed_tokens")
	if c.Grown > 0 {
		words := []string{"embed_tokens"}
		if !c.Tied {
			words = append(words, "lm_head")
		}
		for _, w := range words {
			want(slices.Contains(l.Whole, w), "%d words are new, and %s is frozen: their rows would stay the mean of the others; name %s in lora.whole",
				c.Grown, w, strings.Join(words, " and "))
		}
	}
	return errors.Join(bad...)
}
