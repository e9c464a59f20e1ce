// Package model is the decoder that graft trains: the family of Llama, Qwen2 and
// Qwen3. It is written against the operations of package device alone, and holds
// no memory but one arena that is planned before the first step.
//
// A step, in the letters of package device:
//
//	x0[T,C]   = rows of the embedding
//	per layer:  h = RMSNorm(x);  q,k,v = h·Wᵀ (+ b);  q,k = RMSNorm over heads (Qwen3);  q,k = RoPE(q,k)
//	            x = x + Attention(q,k,v)·Woᵀ
//	            h = RMSNorm(x);  x = x + (silu(h·Wgᵀ) * h·Wuᵀ)·Wdᵀ
//	hidden    = RMSNorm(x)
//	logp[T]   = log softmax(hidden·Vᵀ / temperature)[target]
//
// Sources: RMSNorm, Zhang and Sennrich 2019; RoPE, Su et al. 2021; grouped
// queries, Ainslie et al. 2023; SwiGLU, Shazeer 2020. Names and layouts are
// those of Hugging Face checkpoints.
//
// A training step is ZeroGrad, then for each micro-batch Forward, Score and
// Backward, then an update of Params by the caller. Decoding is Extend.
package model

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Model is a decoder on a device. Its methods may be called from one goroutine.
type Model struct {
	cfg    Config
	dev    device.Device
	plan   Plan
	budget Budget

	params   []Param
	adapters []Param // of LoRA: A and B by turns
	trained  []Param
	embed    Param
	layers   []layer
	norm     Param
	head     Param  // the embedding itself where it is tied
	twinOf   *Model // whose frozen weights these are

	work   *work
	attend Attend    // the attention of Forward
	chunk  []float32 // of weights on their way to the device
	source string    // the folder that Load read, for the files that go along
}

// New lays out a model on a device and reserves the arena. Weights are zero
// until Init or Load. Use Place where more than one model, or a cache, shares the arena.
func New(cfg Config, dev device.Device, plan Plan) (*Model, error) {
	var a device.Arena
	m, err := Place(cfg, dev, plan, &a)
	if err != nil {
		return nil, err
	}
	if err := dev.Reserve(a.Bytes()); err != nil {
		return nil, fmt.Errorf("reserve %d bytes on %s: %w", a.Bytes(), dev.Name(), err)
	}
	return m, nil
}

// mostBytes is 64 TiB: a backend may ask its system for as much, and be refused,
// without a panic.
const mostBytes = 1 << 46

// Place lays out a model in an arena and touches no memory of the device. The
// caller adds what else it needs to the arena, calls dev.Reserve(a.Bytes()), and
// then Init or Load.
func Place(cfg Config, dev device.Device, plan Plan, a *device.Arena) (*Model, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	plan, err := plan.check(cfg)
	if err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, dev: dev, plan: plan}
	m.place(dev.Act(), a)
	if n := a.Bytes(); n > mostBytes {
		return nil, fmt.Errorf("the model and its workspace need %d bytes: no machine has them\n%v", n, m.budget)
	}
	m.attend = m.causal
	return m, nil
}

// Twin lays out a second set of weights, without gradients and adapters, that
// shares the workspace of m: a frozen reference. Of a model with LoRA it shares
// the frozen weights too, and is the base. A Forward of either spoils what the
// other left.
func (m *Model) Twin(a *device.Arena) *Model {
	t := &Model{cfg: m.cfg, dev: m.dev, plan: m.plan, work: m.work, twinOf: m}
	t.plan.Train = false
	before := a.Bytes()
	t.placeParams(m.dev.Act(), a)
	t.budget = Budget{{"weights", a.Bytes() - before}}
	t.attend = t.causal
	return t
}

// Config is the shape of the model.
func (m *Model) Config() Config { return m.cfg }

// Device is where the model lives.
func (m *Model) Device() device.Device { return m.dev }

// Plan is what the arena was planned for, its defaults filled in.
func (m *Model) Plan() Plan { return m.plan }

// Budget is the predicted use of the arena.
func (m *Model) Budget() Budget { return m.budget }

// Heads is the shape of the attention layers.
func (m *Model) Heads() device.Heads { return m.cfg.heads() }
