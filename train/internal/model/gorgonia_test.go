package model

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A tape builds the network a second time, as a gorgonia graph in float64 of
// matrix products and elementwise operations alone: rows are summed and spread
// by products with ones, heads are picked by products with selections.
type tape struct {
	g      *G.ExprGraph
	leaves map[string]*G.Node // by the parameter's name; linear weights as [in, out]
	n      int
	scale  float64 // of adapters
}

func (p *tape) matrix(rows, cols int, f func(i, j int) float64) *G.Node {
	data := make([]float64, rows*cols)
	for i := range data {
		data[i] = f(i/cols, i%cols)
	}
	p.n++
	return G.NewMatrix(p.g, tensor.Float64, G.WithShape(rows, cols), G.WithName(fmt.Sprint("const", p.n)),
		G.WithValue(tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(data))))
}

func (p *tape) ones(rows, cols int) *G.Node {
	return p.matrix(rows, cols, func(int, int) float64 { return 1 })
}

func mul(a, b *G.Node) *G.Node   { return G.Must(G.Mul(a, b)) }
func times(a, b *G.Node) *G.Node { return G.Must(G.HadamardProd(a, b)) }
func plus(a, b *G.Node) *G.Node  { return G.Must(G.Add(a, b)) }

// norm is RMSNorm of x[rows,n] with a weight [1,n].
func (p *tape) norm(x, w *G.Node, rows, n int, eps float64) *G.Node {
	mean := mul(times(x, x), p.matrix(n, 1, func(int, int) float64 { return 1 / float64(n) }))
	rms := G.Must(G.Sqrt(plus(mean, p.matrix(rows, 1, func(int, int) float64 { return eps }))))
	y := G.Must(G.HadamardDiv(x, mul(rms, p.ones(1, n))))
	return times(y, mul(p.ones(rows, 1), w))
}

func (p *tape) linear(x *G.Node, name string, rows int) *G.Node {
	y := mul(x, p.leaves[name+".weight"])
	if b := p.leaves[name+".bias"]; b != nil {
		y = plus(y, mul(p.ones(rows, 1), b))
	}
	if a := p.leaves[name+".lora_A.weight"]; a != nil {
		low := mul(x, a)
		scale := p.matrix(low.Shape()[0], low.Shape()[1], func(int, int) float64 { return p.scale })
		y = plus(y, mul(times(low, scale), p.leaves[name+".lora_B.weight"]))
	}
	return y
}

// rope is x*cos + rotate(x)*sin, the other way of writing the turn.
func (p *tape) rope(x *G.Node, b Batch, cos, sin []float32, d int) *G.Node {
	t, half := len(b.IDs), d/2
	table := func(v []float32) *G.Node {
		return p.matrix(t, d, func(i, j int) float64 { return float64(v[int(b.Positions[i])*half+j%half]) })
	}
	rotate := p.matrix(d, d, func(i, j int) float64 {
		switch {
		case i == j+half:
			return -1
		case j == i+half:
			return 1
		}
		return 0
	})
	return plus(times(x, table(cos)), times(mul(x, rotate), table(sin)))
}

func (p *tape) attention(x *G.Node, at string, c Config, b Batch) *G.Node {
	t, d := len(b.IDs), c.HeadDim
	cos, sin := c.ropeTables(t)
	q, k, v := p.linear(x, at+"q_proj", t), p.linear(x, at+"k_proj", t), p.linear(x, at+"v_proj", t)
	pick := func(x *G.Node, head, heads int) *G.Node {
		return mul(x, p.matrix(heads*d, d, func(i, j int) float64 { return delta(i == head*d+j) }))
	}
	doc := make([]int, t)
	for i := range b.Docs() {
		for j := b.Starts[i]; j < b.Starts[i+1]; j++ {
			doc[j] = i
		}
	}
	mask := p.matrix(t, t, func(i, j int) float64 { return delta(j <= i && doc[i] == doc[j]) })
	var out *G.Node
	for head := range c.Heads {
		qh, kh, vh := pick(q, head, c.Heads), pick(k, head/(c.Heads/c.KVHeads), c.KVHeads), pick(v, head/(c.Heads/c.KVHeads), c.KVHeads)
		if c.QKNorm {
			qh = p.norm(qh, p.leaves[at+"q_norm.weight"], t, d, float64(c.Eps))
			kh = p.norm(kh, p.leaves[at+"k_norm.weight"], t, d, float64(c.Eps))
		}
		qh, kh = p.rope(qh, b, cos, sin, d), p.rope(kh, b, cos, sin, d)
		scale := p.matrix(t, t, func(int, int) float64 { return 1 / math.Sqrt(float64(d)) })
		e := times(G.Must(G.Exp(times(mul(qh, G.Must(G.Transpose(kh))), scale))), mask)
		o := G.Must(G.HadamardDiv(mul(e, vh), mul(mul(e, p.ones(t, 1)), p.ones(1, d))))
		o = mul(o, p.matrix(d, c.Heads*d, func(i, j int) float64 { return delta(j == head*d+i) }))
		if out == nil {
			out = o
		} else {
			out = plus(out, o)
		}
	}
	return p.linear(out, at+"o_proj", t)
}

// loss is sum of -w·logp over the tokens with a target.
func (p *tape) loss(c Config, b Batch, dlogp []float32) *G.Node {
	t := len(b.IDs)
	x := mul(p.matrix(t, c.Vocab, func(i, j int) float64 { return delta(int(b.IDs[i]) == j) }), p.leaves["model.embed_tokens.weight"])
	for l := range c.Layers {
		at := fmt.Sprintf("model.layers.%d.", l)
		h := p.norm(x, p.leaves[at+"input_layernorm.weight"], t, c.Width, float64(c.Eps))
		x = plus(x, p.attention(h, at+"self_attn.", c, b))
		h = p.norm(x, p.leaves[at+"post_attention_layernorm.weight"], t, c.Width, float64(c.Eps))
		gate := p.linear(h, at+"mlp.gate_proj", t)
		gate = times(gate, G.Must(G.Sigmoid(gate)))
		x = plus(x, p.linear(times(gate, p.linear(h, at+"mlp.up_proj", t)), at+"mlp.down_proj", t))
	}
	x = p.norm(x, p.leaves["model.norm.weight"], t, c.Width, float64(c.Eps))
	logits := mul(x, p.leaves["lm_head.weight"])
	sums := G.Must(G.Log(mul(G.Must(G.Exp(logits)), p.ones(c.Vocab, 1))))
	target := mul(times(logits, p.matrix(t, c.Vocab, func(i, j int) float64 { return delta(int(b.Targets[i]) == j) })), p.ones(c.Vocab, 1))
	logp := G.Must(G.Sub(target, sums))
	return G.Must(G.Sum(times(logp, p.matrix(t, 1, func(i, _ int) float64 { return float64(dlogp[i]) * delta(b.Targets[i] >= 0) }))))
}

func delta(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// TestGorgonia: an automatic differentiation that shares no code with graft
// gives the same gradients.
func TestGorgonia(t *testing.T) {
	for family := range families {
		for way, lora := range ways {
			t.Run(family+"/"+way, func(t *testing.T) { againstGorgonia(t, family, lora) })
		}
	}
}

func againstGorgonia(t *testing.T, family string, lora *LoRA) {
	c, err := Fresh{Family: family, Vocab: 23, Width: 8, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 6, FFN: 10, Untied: true, InitStd: 0.4}.Config()
	if err != nil {
		t.Fatal(err)
	}
	if family == "llama" {
		c.QKVBias, c.OutBias, c.MLPBias = true, true, true
	}
	b := pack([]int32{3, 1, 4, 1, 5}, []int32{9}, []int32{2, 6, 5})
	m := fresh(t, c, new(reference), Plan{Tokens: len(b.IDs), Train: true, LoRA: lora})
	p := &tape{g: G.NewGraph(), leaves: map[string]*G.Node{}}
	if lora != nil {
		p.scale = float64(float32(lora.Scale())) // as a device takes it
	}
	var nodes G.Nodes
	var trained []Param
	for _, x := range slices.Concat(m.params, m.adapters) {
		w := download(m.dev, x.W)
		rows, cols := 1, x.Elements()
		if len(x.Shape) == 2 {
			rows, cols = x.Shape[1], x.Shape[0]
		}
		value := func(i, j int) float64 { return float64(w[j*rows+i]) }
		if x.Name == m.embed.Name {
			rows, cols = cols, rows
			value = func(i, j int) float64 { return float64(w[i*cols+j]) }
		}
		p.leaves[x.Name] = p.matrix(rows, cols, value)
		if !x.G.None() {
			nodes, trained = append(nodes, p.leaves[x.Name]), append(trained, x)
		}
	}
	dlogp, _ := objective(b)
	grads, err := G.Grad(p.loss(c, b, dlogp), nodes...)
	if err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(p.g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	step(t, m, b, dlogp, nil)
	if len(trained) != len(m.Trained()) {
		t.Errorf("%d gradients, want %d", len(m.Trained()), len(trained))
	}
	for i, x := range trained {
		data := grads[i].Value().Data().([]float64)
		want := make([]float32, len(data))
		for j := range want {
			k := j
			if len(x.Shape) == 2 && x.Name != m.embed.Name { // [in,out] there
				k = j%x.Shape[1]*x.Shape[0] + j/x.Shape[1]
			}
			want[j] = float32(data[k])
		}
		closeTo(t, x.Name, download(m.dev, x.G), want, func(top, v float64) float64 { return 1e-6 * (top + v) })
	}
}

// fresh is a model with random weights; norms and biases are moved off 1 and 0.
func fresh(t *testing.T, c Config, dev device.Device, plan Plan) *Model {
	t.Helper()
	m, err := New(c, dev, plan)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	for _, p := range m.Params() {
		if len(p.Shape) == 1 {
			w, r := download(dev, p.W), stream(2, p.Name)
			for i := range w {
				w[i] += float32(r.NormFloat64() * 0.2)
			}
			dev.Upload(p.W, w)
		}
	}
	spread(m)
	return m
}

// spread gives adapters, if there are any, random numbers in A and B alike.
func spread(m *Model) {
	m.InitAdapters(1)
	for _, p := range m.adapters {
		w, r := download(m.dev, p.W), stream(2, p.Name)
		for i := range w {
			w[i] += float32(r.NormFloat64() * 0.3)
		}
		m.dev.Upload(p.W, w)
	}
	m.SyncAct()
}

// step leaves the gradients of one batch, and returns its log-probabilities.
func step(t *testing.T, m *Model, b Batch, dlogp, dentropy []float32) []float32 {
	t.Helper()
	if err := m.Forward(b); err != nil {
		t.Fatal(err)
	}
	logp, _ := m.Score(1)
	m.ZeroGrad()
	m.Backward(dlogp, dentropy)
	return append([]float32(nil), logp...)
}
