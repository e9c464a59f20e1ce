package model

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A stage is what the workspace holds, so that a call out of order is caught.
type stage uint8

const (
	empty  stage = iota // nothing, or an Extend
	ran                 // a Forward
	scored              // a Forward and its Score
)

// An Attend is the attention of one layer: it writes o[T,H,D] from q[T,H,D] and
// k, v[T,G,D], which have been turned by RoPE. lse[T,H] is room for the log-sums.
type Attend func(layer int, o, lse, q, k, v device.Buf)

// Forward runs a packed batch up to the final norm. It refuses a batch that the
// arena was not planned for, or an id that is no word, and then changes nothing.
func (m *Model) Forward(b Batch) error {
	if err := b.check(m.cfg, m.plan); err != nil {
		return err
	}
	w := m.work
	t := len(b.IDs)
	w.tokens, w.docs, w.owner, w.state = t, b.Docs(), m, ran
	m.dev.UploadInts(w.starts.Slice(0, w.docs+1), b.Starts)
	m.dev.UploadInts(w.targets.Slice(0, t), b.Targets)
	m.upload(b.IDs, b.Positions)
	m.run(w.ids.Slice(0, t), w.positions.Slice(0, t), m.attend)
	return nil
}

// Extend runs tokens through the layers with another attention than Forward's,
// by the same operations otherwise: one new token of each of many sequences over
// a cache of keys and values, say, or a prefill that stores them. A token's bits
// do not depend on which tokens stand beside it.
func (m *Model) Extend(ids, positions []int32, attend Attend) error {
	if t := len(ids); t == 0 || t > m.plan.Tokens || len(positions) != t {
		return fmt.Errorf("%d ids and %d positions: they must be as many, and 1 to %d", t, len(positions), m.plan.Tokens)
	}
	if err := checkTokens(ids, positions, m.cfg, m.plan); err != nil {
		return err
	}
	t := len(ids)
	m.upload(ids, positions)
	return m.ExtendOn(m.work.ids.Slice(0, t), m.work.positions.Slice(0, t), attend)
}

// ExtendOn is Extend of tokens whose ids and positions, I32 [T], stand on the device.
// It transfers nothing to or from the host, so that a graph can hold it. That they
// are words, and positions of the plan, is for the caller to see to.
func (m *Model) ExtendOn(ids, positions device.Buf, attend Attend) error {
	if t := ids.N; t == 0 || t > m.plan.Tokens || positions.N != t {
		return fmt.Errorf("%d ids and %d positions: they must be as many, and 1 to %d", t, positions.N, m.plan.Tokens)
	}
	w := m.work
	w.tokens, w.docs, w.owner, w.state = ids.N, 0, m, empty
	m.run(ids, positions, attend)
	return nil
}

// Prefill is Forward for decoding: store is called with the keys and values of
// each layer, [T,G,D], before they are attended to. No Score may follow it.
func (m *Model) Prefill(b Batch, store func(layer int, k, v device.Buf)) error {
	old := m.attend
	defer func() { m.attend = old }()
	m.attend = func(l int, o, lse, q, k, v device.Buf) {
		store(l, k, v)
		m.causal(l, o, lse, q, k, v)
	}
	defer func() { m.work.state = empty }()
	return m.Forward(b)
}

// causal is the attention of training: each document attends to itself.
func (m *Model) causal(_ int, o, lse, q, k, v device.Buf) {
	w := m.work
	m.dev.Attention(o, lse, q, k, v, w.starts.Slice(0, w.docs+1), w.docs, w.tokens, m.cfg.heads())
}

func (m *Model) upload(ids, positions []int32) {
	w, t := m.work, len(ids)
	m.dev.UploadInts(w.ids.Slice(0, t), ids)
	m.dev.UploadInts(w.positions.Slice(0, t), positions)
}

func (m *Model) run(ids, positions device.Buf, attend Attend) {
	w, c, t := m.work, m.cfg, ids.N
	w.at = positions
	m.dev.Embed(cut(w.x[0], t, c.Width), m.embed.Act, ids, t, c.Width)
	for l := range m.layers {
		m.layer(l, t, attend)
		m.dev.Copy(cut(w.x[l+1], t, c.Width), cut(w.layer[l].mid, t, c.Width))
		m.apply(m.layers[l].down, cut(w.x[l+1], t, c.Width), cut(w.layer[l].y, t, c.FFN), t, true)
	}
	m.dev.RMSNorm(m.hidden(), w.rstd.Slice(0, t), cut(w.x[c.Layers], t, c.Width), m.norm.Act, t, c.Width, c.Eps)
}

// layer fills acts from x[l], all but the last product, which run adds to the
// stream: Backward with checkpointing computes a layer anew without it.
func (m *Model) layer(l, t int, attend Attend) {
	c, p, x := m.cfg, m.layers[l], cut(m.work.x[l], t, m.cfg.Width)
	s := m.work.layer[l].cut(c, t)
	m.dev.RMSNorm(s.h1, s.rstd1, x, p.norm1.Act, t, c.Width, c.Eps)
	if c.QKNorm {
		m.apply(p.q, s.q0, s.h1, t, false)
		m.apply(p.k, s.k0, s.h1, t, false)
		m.dev.RMSNorm(s.q, s.rq, s.q0, p.qnorm.Act, t*c.Heads, c.HeadDim, c.Eps)
		m.dev.RMSNorm(s.k, s.rk, s.k0, p.knorm.Act, t*c.KVHeads, c.HeadDim, c.Eps)
	} else {
		m.apply(p.q, s.q, s.h1, t, false)
		m.apply(p.k, s.k, s.h1, t, false)
	}
	m.apply(p.v, s.v, s.h1, t, false)
	m.rope(s.q, t, c.Heads, false)
	m.rope(s.k, t, c.KVHeads, false)
	attend(l, s.o, s.lse, s.q, s.k, s.v)

	m.dev.Copy(s.mid, x)
	m.apply(p.o, s.mid, s.o, t, true)
	m.dev.RMSNorm(s.h2, s.rstd2, s.mid, p.norm2.Act, t, c.Width, c.Eps)
	m.apply(p.gate, s.gate, s.h2, t, false)
	m.apply(p.up, s.up, s.h2, t, false)
	m.dev.SwiGLU(s.y, s.gate, s.up)
}

// apply writes, or adds, y[t,out] = x[t,in]·Wᵀ + b, and what the adapter adds.
func (m *Model) apply(l linear, y, x device.Buf, t int, add bool) {
	m.dev.MatMul(y, x, l.w.Act, device.NT, t, l.out, l.in, add)
	if !l.b.Act.None() {
		m.dev.AddBias(y, l.b.Act, t, l.out)
	}
	m.adapt(l, y, x, t)
}

func (m *Model) rope(x device.Buf, t, heads int, inverse bool) {
	w := m.work
	m.dev.Rope(x, w.cos, w.sin, w.at, t, heads, m.cfg.HeadDim, inverse)
}

// Hidden is [T,C] after the final norm, of the last Forward or Extend.
func (m *Model) Hidden() device.Buf { return m.hidden() }

func (m *Model) hidden() device.Buf { return cut(m.work.hidden, m.work.tokens, m.cfg.Width) }

// Logits writes l[T,V] in F32 for every token of the last Forward or Extend.
func (m *Model) Logits(l device.Buf) {
	m.dev.Logits(l, m.hidden(), m.head.Act, m.work.tokens, m.cfg.Width, m.cfg.Vocab)
}

// LogitsAt writes l[len(tokens),V] in F32 for some tokens of the last Forward or
// Extend: the last of each prompt, after a prefill. At most Plan.Docs of them.
func (m *Model) LogitsAt(l device.Buf, tokens []int32) {
	n, c := len(tokens), m.cfg
	rows, picked := m.work.rows.Slice(0, n), cut(m.work.picked, n, c.Width)
	m.dev.UploadInts(rows, tokens)
	m.dev.Embed(picked, m.hidden(), rows, n, c.Width)
	m.dev.Logits(l, picked, m.head.Act, n, c.Width, c.Vocab)
}

// Score gives, for each token of the last Forward, the log-probability of its
// target and the entropy of the distribution, in nats, of logits divided by
// temperature. A token without target has 0 and 0. The slices are the model's
// own, until its next Score.
func (m *Model) Score(temperature float32) (logp, entropy []float32) {
	w := m.work
	if w.state == empty || w.owner != m {
		panic("model: Score without a Forward before it")
	}
	t := w.tokens
	w.temperature, w.state = temperature, scored
	m.dev.Score(w.logp.Slice(0, t), w.entropy.Slice(0, t), w.lse.Slice(0, t), m.hidden(), m.head.Act, w.targets.Slice(0, t), m.headOf(t))
	logp, entropy = w.hostLogp[:t], w.hostEntropy[:t]
	m.dev.Download(logp, w.logp.Slice(0, t))
	m.dev.Download(entropy, w.entropy.Slice(0, t))
	return logp, entropy
}

func (m *Model) headOf(t int) device.Head {
	return device.Head{T: t, C: m.cfg.Width, V: m.cfg.Vocab, Temperature: m.work.temperature}
}

// cut is the part of a buffer of rows of n elements that t rows fill.
func cut(b device.Buf, t, n int) device.Buf { return b.Slice(0, t*n) }

func (s acts) cut(c Config, t int) acts {
	hd, gd := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	s.rstd1, s.rstd2, s.lse = cut(s.rstd1, t, 1), cut(s.rstd2, t, 1), cut(s.lse, t, c.Heads)
	s.h1, s.h2, s.mid = cut(s.h1, t, c.Width), cut(s.h2, t, c.Width), cut(s.mid, t, c.Width)
	s.q, s.k, s.v, s.o = cut(s.q, t, hd), cut(s.k, t, gd), cut(s.v, t, gd), cut(s.o, t, hd)
	s.gate, s.up, s.y = cut(s.gate, t, c.FFN), cut(s.up, t, c.FFN), cut(s.y, t, c.FFN)
	if c.QKNorm {
		s.q0, s.k0 = cut(s.q0, t, hd), cut(s.k0, t, gd)
		s.rq, s.rk = cut(s.rq, t, c.Heads), cut(s.rk, t, c.KVHeads)
	}
	return s
}
