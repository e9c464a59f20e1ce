package model

import "github.com/seed-cdf14512/graft/train/internal/device"

// Backward adds to the gradients of all trained parameters that of
//
//	sum over tokens of dlogp·logp + dentropy·entropy
//
// for the last Forward and its Score. dlogp and dentropy are [T]; dentropy may
// be nil. The loss of SFT, sum w·ce / sum w, is dlogp = -w/sum w, where the sum
// runs over all micro-batches of the step. It spends the Forward: a second
// Backward needs another.
func (m *Model) Backward(dlogp, dentropy []float32) {
	w, t := m.work, m.spend(scored, dlogp)
	if dentropy != nil && len(dentropy) != t {
		panic(oneEach)
	}
	var dent device.Buf
	if dentropy != nil {
		dent = w.dentropy.Slice(0, t)
		m.dev.Upload(dent, dentropy)
	}
	dh := cut(w.dh, t, m.cfg.Width)
	m.dev.ScoreGrad(dh, m.head.G, w.dlogp.Slice(0, t), dent, w.entropy.Slice(0, t), w.lse.Slice(0, t),
		m.hidden(), m.head.Act, w.targets.Slice(0, t), m.headOf(t))
	m.backward(t)
}

// ScoreBackward is Score(1), and then Backward without entropies, where dlogp is
// known before the log-probabilities are, as it is in SFT: a device may do them
// with one product less. It returns the log-probabilities of Score.
func (m *Model) ScoreBackward(dlogp []float32) (logp []float32) {
	w, t := m.work, m.spend(ran, dlogp)
	w.temperature = 1
	device.ScoreBoth(m.dev, cut(w.dh, t, m.cfg.Width), m.head.G, w.logp.Slice(0, t), w.entropy.Slice(0, t), w.lse.Slice(0, t), w.dlogp.Slice(0, t),
		m.hidden(), m.head.Act, w.targets.Slice(0, t), m.headOf(t))
	m.backward(t)
	logp = w.hostLogp[:t]
	m.dev.Download(logp, w.logp.Slice(0, t))
	return logp
}

const oneEach = "model: Backward needs one value for each token"

// spend uses up a Forward that has come to a stage: it uploads dlogp, clears the
// gradients of activations, and returns the number of tokens.
func (m *Model) spend(at stage, dlogp []float32) int {
	w, t := m.work, m.work.tokens
	if w.state != at || w.owner != m {
		panic("model: Backward without a Forward and a Score before it")
	}
	if !m.plan.Train {
		panic("model: Backward of a model that was not planned for training")
	}
	if len(dlogp) != t {
		panic(oneEach)
	}
	w.state = empty
	m.dev.Upload(w.dlogp.Slice(0, t), dlogp)
	m.dev.Zero(cut(w.dx, t, m.cfg.Width))
	m.dev.Zero(cut(w.dh, t, m.cfg.Width))
	return t
}

// backward takes the gradient of the final norm's output, in dh, through the rest.
func (m *Model) backward(t int) {
	w, c := m.work, m.cfg
	dx, dh := cut(w.dx, t, c.Width), cut(w.dh, t, c.Width)
	m.dev.RMSNormGrad(dx, m.norm.G, dh, cut(w.x[c.Layers], t, c.Width), m.norm.Act, w.rstd.Slice(0, t), t, c.Width)
	for l := len(m.layers) - 1; l >= 0; l-- {
		if m.plan.Checkpointing && l < len(m.layers)-1 {
			m.layer(l, t, m.attend) // the last layer is still there
		}
		s := w.layer[l].cut(c, t)
		m.feedForwardGrad(l, t, s, dx, dh)
		m.attentionGrad(l, t, s, dx, dh)
	}
	if !m.embed.G.None() {
		m.dev.EmbedGrad(m.embed.G, dx, w.ids.Slice(0, t), t, c.Width)
	}
}

// feedForwardGrad takes dx[T,C] from the end of layer l to its middle.
func (m *Model) feedForwardGrad(l, t int, s acts, dx, dh device.Buf) {
	c, p, dy := m.cfg, m.layers[l], cut(m.work.dy, t, m.cfg.FFN)
	m.applyGrad(p.down, dy, dx, s.y, t, false)
	m.dev.SwiGLUGrad(s.gate, s.up, dy, s.gate, s.up) // gate and up have done their work
	m.applyGrad(p.gate, dh, s.gate, s.h2, t, false)
	m.applyGrad(p.up, dh, s.up, s.h2, t, true)
	m.dev.RMSNormGrad(dx, p.norm2.G, dh, s.mid, p.norm2.Act, s.rstd2, t, c.Width)
}

// attentionGrad takes dx[T,C] from the middle of layer l to its start.
func (m *Model) attentionGrad(l, t int, s acts, dx, dh device.Buf) {
	w, c, p := m.work, m.cfg, m.layers[l]
	dq, do := cut(w.dq, t, c.Heads*c.HeadDim), cut(w.do, t, c.Heads*c.HeadDim)
	dk, dv := cut(w.dk, t, c.KVHeads*c.HeadDim), cut(w.dv, t, c.KVHeads*c.HeadDim)
	m.applyGrad(p.o, do, dx, s.o, t, false)
	m.dev.AttentionGrad(dq, dk, dv, do, s.o, s.lse, s.q, s.k, s.v, w.starts.Slice(0, w.docs+1), w.docs, t, c.heads())
	m.rope(dq, t, c.Heads, true)
	m.rope(dk, t, c.KVHeads, true)
	if c.QKNorm { // through the norms of heads; do and q have done their work and take the result
		m.dev.Zero(do)
		m.dev.RMSNormGrad(do, p.qnorm.G, dq, s.q0, p.qnorm.Act, s.rq, t*c.Heads, c.HeadDim)
		m.dev.Zero(s.k)
		m.dev.RMSNormGrad(s.k, p.knorm.G, dk, s.k0, p.knorm.Act, s.rk, t*c.KVHeads, c.HeadDim)
		dq, dk = do, s.k
	}
	m.applyGrad(p.q, dh, dq, s.h1, t, false)
	m.applyGrad(p.k, dh, dk, s.h1, t, true)
	m.applyGrad(p.v, dh, dv, s.h1, t, true)
	m.dev.RMSNormGrad(dx, p.norm1.G, dh, cut(w.x[l], t, c.Width), p.norm1.Act, s.rstd1, t, c.Width)
}

// applyGrad adds to the gradients of a linear layer's weight, bias and adapter, of
// what is trained, and writes, or adds, dx[t,in] = dy[t,out]·W and the adapter's part.
func (m *Model) applyGrad(l linear, dx, dy, x device.Buf, t int, add bool) {
	if !l.w.G.None() {
		m.dev.MatMul(l.w.G, dy, x, device.TN, l.out, l.in, t, true)
	}
	if !l.b.G.None() {
		m.dev.BiasGrad(l.b.G, dy, t, l.out)
	}
	m.dev.MatMul(dx, dy, l.w.Act, device.NN, t, l.in, l.out, add)
	m.adaptGrad(l, dx, dy, x, t)
}
