package model

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Plan says what the arena must hold.
type Plan struct {
	Tokens    int  // the most tokens of one batch
	Docs      int  // the most documents of one batch; 0 means Tokens
	Positions int  // the longest document or sequence; 0 means Tokens
	Train     bool // gradients, moments, and what Backward needs of Forward

	// Checkpointing keeps only the input of each layer and computes the rest
	// anew in Backward, to the same bits (Chen et al. 2016).
	Checkpointing bool

	LoRA *LoRA // nil: all weights are trained as they are
}

func (p Plan) check(c Config) (Plan, error) {
	if p.Docs == 0 {
		p.Docs = p.Tokens
	}
	if p.Positions == 0 {
		p.Positions = p.Tokens
	}
	if p.Tokens < 1 || p.Docs < 1 || p.Positions < 1 {
		return p, fmt.Errorf("plan for %d tokens, %d documents, %d positions: each must be at least 1", p.Tokens, p.Docs, p.Positions)
	}
	return p, p.LoRA.check(c)
}

// A Room is one use of the arena.
type Room struct {
	Name  string
	Bytes int
}

// A Budget is what a model will hold, use by use.
type Budget []Room

// Predict is the arena of a model on a device whose activations are of type act.
func Predict(cfg Config, act device.Type, plan Plan) (Budget, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	plan, err := plan.check(cfg)
	if err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, plan: plan}
	m.place(act, new(device.Arena))
	return m.budget, nil
}

// Bytes is the sum.
func (b Budget) Bytes() int {
	n := 0
	for _, r := range b {
		n += r.Bytes
	}
	return n
}

// String is a table, one use a line, with the sum below.
func (b Budget) String() string {
	var s strings.Builder
	for _, r := range append(b[:len(b):len(b)], Room{"together", b.Bytes()}) {
		fmt.Fprintf(&s, "%-12s %12.2f MiB\n", r.Name, float64(r.Bytes)/(1<<20))
	}
	return s.String()
}

// place lays out weights and workspace, and keeps the account.
func (m *Model) place(act device.Type, a *device.Arena) {
	start := a.Bytes()
	m.placeParams(act, a)
	weights := a.Bytes()
	m.work = placeWork(m.cfg, m.plan, act, a)

	all := weights - start
	m.budget = Budget{{"weights", all}}
	split := func(name string, bytes int) {
		m.budget[0].Bytes -= bytes
		m.budget = append(m.budget, Room{name, bytes})
	}
	if m.plan.LoRA != nil {
		split("adapters", held(m.adapters))
	}
	if m.plan.Train {
		split("optimizer", all-held(m.params)-held(m.adapters))
	}
	m.budget = append(m.budget, Room{"activations", m.work.kept}, Room{"workspace", a.Bytes() - weights - m.work.kept})
}

// held is the bytes of weights and of their copies that operations read.
func held(params []Param) (n int) {
	for _, p := range params {
		n += p.W.N * p.W.Type.Size()
		if p.Act != p.W {
			n += p.Act.N * p.Act.Type.Size()
		}
	}
	return n
}

// acts is what one layer leaves for its backward pass. Letters: package device.
type acts struct {
	rstd1, rstd2 device.Buf // [T] F32
	h1, h2       device.Buf // [T,C] after the norms
	q, k, v      device.Buf // [T,H,D], [T,G,D], [T,G,D], turned by RoPE
	q0, k0       device.Buf // before the norm of heads; none without one
	rq, rk       device.Buf // [T,H], [T,G] F32; none without that norm
	o            device.Buf // [T,H,D]
	lse          device.Buf // [T,H] F32
	mid          device.Buf // [T,C] the stream between attention and feed-forward
	gate, up, y  device.Buf // [T,F]; y = silu(gate) * up
}

// work is the memory of a step.
type work struct {
	ids, positions, targets device.Buf // I32 [T]
	starts, rows            device.Buf // I32 [docs+1], [docs]
	at                      device.Buf // positions of the last Forward or Extend: of them, or the caller's
	cos, sin                device.Buf // F32 [P, D/2]

	x      []device.Buf // the stream before layer l, and after the last: [L+1] of [T,C]
	layer  []acts       // [L]
	rstd   device.Buf   // [T] F32 of the final norm
	hidden device.Buf   // [T,C] after the final norm
	picked device.Buf   // [docs,C] rows of hidden, for LogitsAt

	low                device.Buf // [T,rank], with LoRA only
	logp, entropy, lse device.Buf // F32 [T]
	dlogp, dentropy    device.Buf // F32 [T], training only, as all that follows
	dx, dh             device.Buf // [T,C]
	dq, do             device.Buf // [T,H,D]
	dk, dv             device.Buf // [T,G,D]
	dy                 device.Buf // [T,F]

	hostLogp, hostEntropy []float32
	tokens, docs          int     // of the last Forward
	temperature           float32 // of the last Score
	state                 stage
	owner                 *Model // whose Forward it was
	kept                  int    // bytes of x and layer
}

// placeWork lays out the workspace. Inference, checkpointing and full training
// run the same operations; they differ in how many layers share their buffers.
func placeWork(c Config, p Plan, act device.Type, a *device.Arena) *work {
	t, w := p.Tokens, &work{}
	ints := func(n int) device.Buf { return a.New(device.I32, n) }
	f32 := func(n int) device.Buf { return a.New(device.F32, n) }
	mat := func(n int) device.Buf { return a.New(act, t*n) }
	hd, gd := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim

	start := a.Bytes()
	w.x = make([]device.Buf, c.Layers+1)
	w.layer = make([]acts, c.Layers)
	for l := range w.x {
		if l > 0 && !p.Train {
			w.x[l] = w.x[0]
			continue
		}
		w.x[l] = mat(c.Width)
	}
	for l := range w.layer {
		if l > 0 && (!p.Train || p.Checkpointing) {
			w.layer[l] = w.layer[0]
			continue
		}
		s := acts{
			rstd1: f32(t), rstd2: f32(t), h1: mat(c.Width), h2: mat(c.Width),
			q: mat(hd), k: mat(gd), v: mat(gd), o: mat(hd), lse: f32(t * c.Heads),
			mid: mat(c.Width), gate: mat(c.FFN), up: mat(c.FFN), y: mat(c.FFN),
		}
		if c.QKNorm {
			s.q0, s.k0, s.rq, s.rk = mat(hd), mat(gd), f32(t*c.Heads), f32(t*c.KVHeads)
		}
		w.layer[l] = s
	}
	w.kept = a.Bytes() - start

	w.ids, w.positions, w.targets = ints(t), ints(t), ints(t)
	w.starts, w.rows = ints(p.Docs+1), ints(p.Docs)
	w.cos, w.sin = f32(p.Positions*c.HeadDim/2), f32(p.Positions*c.HeadDim/2)
	w.rstd, w.hidden = f32(t), mat(c.Width)
	w.picked = a.New(act, p.Docs*c.Width)
	w.logp, w.entropy, w.lse = f32(t), f32(t), f32(t)
	if p.LoRA != nil {
		w.low = mat(p.LoRA.Rank)
	}
	w.hostLogp, w.hostEntropy = make([]float32, t), make([]float32, t)
	if p.Train {
		w.dlogp, w.dentropy = f32(t), f32(t)
		w.dx, w.dh, w.dq, w.do = mat(c.Width), mat(c.Width), mat(hd), mat(hd)
		w.dk, w.dv, w.dy = mat(gd), mat(gd), mat(c.FFN)
	}
	return w
}
