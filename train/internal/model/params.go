package model

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Param is one tensor of the checkpoint and what training keeps beside it.
type Param struct {
	Name  string // as in a Hugging Face checkpoint
	Shape []int

	W   device.Buf // the master weights: F32 in training, else of the device's Act type
	Act device.Buf // what operations read: W itself, or a copy in the device's Act type
	G   device.Buf // gradient, F32; none unless planned for training, like M and V
	M   device.Buf // first moment of AdamW, F32
	V   device.Buf // second moment of AdamW, F32

	// Decay is true for matrices, the embedding among them, and false for norms
	// and biases.
	Decay bool
	// Frozen is true for a weight that stays as it was loaded; see LoRA.
	Frozen bool
}

// Elements is the number of weights.
func (p Param) Elements() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// A linear is a weight [out, in] and perhaps a bias [out] and an adapter.
type linear struct {
	w, b    Param
	adapter adapter
	in, out int
}

// A layer is one block of the decoder.
type layer struct {
	norm1, norm2 Param
	q, k, v, o   linear
	qnorm, knorm Param // Qwen3 only: [D]
	gate, up     linear
	down         linear
}

// Params lists the tensors in the order of the network: embedding, layers,
// final norm, output layer where it is free. The slice is the model's own.
func (m *Model) Params() []Param { return m.params }

// Trained lists the tensors that have a gradient: all of Params, or with LoRA the
// adapters, each A before its B, and then what is trained whole. The slice is the
// model's own.
func (m *Model) Trained() []Param { return m.trained }

// Parameters is the number of weights of Params, tied ones counted once.
func (m *Model) Parameters() int { return elements(m.params) }

// TrainedParameters is the number of weights of Trained.
func (m *Model) TrainedParameters() int { return elements(m.trained) }

func elements(params []Param) (n int) {
	for _, p := range params {
		n += p.Elements()
	}
	return n
}

// ZeroGrad clears the gradients.
func (m *Model) ZeroGrad() {
	for _, p := range m.trained {
		m.dev.Zero(p.G)
	}
}

// SyncAct copies the master weights to those that operations read. Call it after
// writing to W by other means than Load, Init or AdamW with Act given.
func (m *Model) SyncAct() {
	for _, list := range [][]Param{m.params, m.adapters} {
		for _, p := range list {
			if p.Act != p.W {
				m.dev.Copy(p.Act, p.W)
			}
		}
	}
}

// room gives a tensor its regions: to one that is trained a master in F32 and what
// an update needs, to others no more than what operations read.
func (m *Model) room(p Param, act device.Type, a *device.Arena) Param {
	n := p.Elements()
	if !m.plan.Train || p.Frozen {
		p.W = a.New(act, n)
		p.Act = p.W
		return p
	}
	p.W, p.G = a.New(device.F32, n), a.New(device.F32, n)
	p.M, p.V = a.New(device.F32, n), a.New(device.F32, n)
	p.Act = p.W
	if act != device.F32 {
		p.Act = a.New(act, n)
	}
	return p
}

// placeParams names every tensor and gives it its regions.
func (m *Model) placeParams(act device.Type, a *device.Arena) {
	c := m.cfg
	add := func(name string, shape ...int) Param {
		p := Param{Name: name, Shape: shape, Decay: len(shape) == 2, Frozen: m.plan.LoRA.freezes(name)}
		if m.twinOf != nil && p.Frozen {
			p = m.twinOf.params[len(m.params)] // which nobody changes
		} else {
			p = m.room(p, act, a)
		}
		m.params = append(m.params, p)
		return p
	}
	lin := func(name string, out, in int, bias bool) linear {
		l := linear{in: in, out: out, w: add(name+".weight", out, in)}
		if bias {
			l.b = add(name+".bias", out)
		}
		l.adapter = m.placeAdapter(name, out, in, act, a)
		return l
	}
	m.embed = add("model.embed_tokens.weight", c.Vocab, c.Width)
	for i := range c.Layers {
		at := fmt.Sprintf("model.layers.%d.", i)
		hd, gd := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
		var l layer
		l.norm1 = add(at+"input_layernorm.weight", c.Width)
		l.q = lin(at+"self_attn.q_proj", hd, c.Width, c.QKVBias)
		l.k = lin(at+"self_attn.k_proj", gd, c.Width, c.QKVBias)
		l.v = lin(at+"self_attn.v_proj", gd, c.Width, c.QKVBias)
		if c.QKNorm {
			l.qnorm = add(at+"self_attn.q_norm.weight", c.HeadDim)
			l.knorm = add(at+"self_attn.k_norm.weight", c.HeadDim)
		}
		l.o = lin(at+"self_attn.o_proj", c.Width, hd, c.OutBias)
		l.norm2 = add(at+"post_attention_layernorm.weight", c.Width)
		l.gate = lin(at+"mlp.gate_proj", c.FFN, c.Width, c.MLPBias)
		l.up = lin(at+"mlp.up_proj", c.FFN, c.Width, c.MLPBias)
		l.down = lin(at+"mlp.down_proj", c.Width, c.FFN, c.MLPBias)
		m.layers = append(m.layers, l)
	}
	m.norm = add("model.norm.weight", c.Width)
	m.head = m.embed
	if !c.Tied {
		m.head = add("lm_head.weight", c.Vocab, c.Width)
	}
	for _, list := range [][]Param{m.adapters, m.params} {
		for _, p := range list {
			if !p.G.None() {
				m.trained = append(m.trained, p)
			}
		}
	}
}
