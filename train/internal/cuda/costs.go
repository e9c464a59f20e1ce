package cuda

import "github.com/seed-cdf14512/graft/train/internal/device"

// A Cost is one operation with the shapes of Qwen2.5-0.5B over the 65,536 tokens
// of a step, without its products: what gpucheck times and holds against the
// bytes that it must move at the speed of the memory.
type Cost struct {
	Name  string // as in device.Device
	Work  Work
	Arena int          // bytes of the arena that its buffers lie in
	Ints  []Below      // buffers to be filled first, or all tokens are word 0
	Ones  []device.Buf // likewise, or nothing has a gradient
	Calls int          // how often a step has it
}

// A Below is a buffer of integers from 0 up to, and without, N.
type Below struct {
	Buf device.Buf
	N   int
}

// Moves is the bytes that the launches must read and write, each once.
func (w *Work) Moves() int {
	n := 0
	for _, s := range w.Steps {
		n += s.Launch.Moves
	}
	return n
}

// The shape of Qwen2.5-0.5B. Letters: package device.
const (
	costT, costC, costF, costV = 65536, 896, 4864, 151936
	costH, costG, costD        = 14, 2, 64
	costLayers, costPlaces     = 24, 4096
)

// Costs lists the operations that are bound by memory.
func Costs() []Cost {
	const f, h = device.F32, device.BF16
	head := device.Head{T: costT, C: costC, V: costV, Temperature: 1}
	return []Cost{
		cost("Add", 0, func(c *Cost, n plot) { c.Work.Add(n(h, costT*costC), n(h, costT*costC), n(h, costT*costC)) }),
		cost("Scale", 0, func(c *Cost, n plot) { c.Work.Scale(n(h, costT*16), 2) }), // of adapters of rank 16
		cost("AddBias", costLayers, func(c *Cost, n plot) { c.Work.AddBias(n(h, costT*costC), n(h, costC), costT, costC) }),
		cost("BiasGrad", costLayers, func(c *Cost, n plot) { c.Work.BiasGrad(n(f, costC), n(h, costT*costC), costT, costC) }),
		cost("Copy", costLayers, func(c *Cost, n plot) { c.Work.Copy(n(h, costT*costC), n(h, costT*costC)) }),
		cost("Copy to bf16", 0, func(c *Cost, n plot) { c.Work.Copy(n(h, costV*costC), n(f, costV*costC)) }),
		cost("SwiGLU", costLayers, func(c *Cost, n plot) {
			c.Work.SwiGLU(n(h, costT*costF), n(h, costT*costF), n(h, costT*costF))
		}),
		cost("SwiGLUGrad", costLayers, func(c *Cost, n plot) {
			gate, up := n(h, costT*costF), n(h, costT*costF)
			c.Work.SwiGLUGrad(gate, up, n(h, costT*costF), gate, up)
		}),
		cost("RMSNorm", 2*costLayers+1, func(c *Cost, n plot) {
			c.Work.RMSNorm(n(h, costT*costC), n(f, costT), n(h, costT*costC), n(h, costC), costT, costC, 1e-6)
		}),
		cost("RMSNormGrad", 2*costLayers+1, func(c *Cost, n plot) {
			c.Work.RMSNormGrad(n(h, costT*costC), n(f, costC), n(h, costT*costC), n(h, costT*costC), n(h, costC), n(f, costT), costT, costC)
		}),
		cost("Rope", 2*costLayers, func(c *Cost, n plot) {
			at := c.ints(n, costT, costPlaces)
			c.Work.Rope(n(h, costT*costH*costD), n(f, costPlaces*costD/2), n(f, costPlaces*costD/2), at, costT, costH, costD, false)
		}),
		cost("Embed", 1, func(c *Cost, n plot) {
			c.Work.Embed(n(h, costT*costC), n(h, costV*costC), c.ints(n, costT, costV), costT, costC)
		}),
		cost("EmbedGrad", 1, func(c *Cost, n plot) {
			c.Work.EmbedGrad(n(f, costV*costC), n(h, costT*costC), c.ints(n, costT, costV), costT, costC)
		}),
		cost("Score", 1, func(c *Cost, n plot) {
			c.Work.Score(n(f, costT), n(f, costT), n(f, costT), n(h, costT*costC), n(h, costV*costC), c.ints(n, costT, costV), head)
		}),
		cost("ScoreGrad", 1, func(c *Cost, n plot) {
			c.Work.ScoreGrad(n(h, costT*costC), n(f, costV*costC), c.ones(n, costT), device.Buf{}, device.Buf{}, n(f, costT), n(h, costT*costC), n(h, costV*costC), c.ints(n, costT, costV), head)
		}),
		cost("ScoreBoth", 0, func(c *Cost, n plot) {
			c.Work.ScoreBoth(n(h, costT*costC), n(f, costV*costC), n(f, costT), n(f, costT), n(f, costT), c.ones(n, costT), n(h, costT*costC), n(h, costV*costC), c.ints(n, costT, costV), head)
		}),
		cost("SumSquares", 1, func(c *Cost, n plot) { c.Work.SumSquares(Arena(n(device.I32, 2)), n(f, costV*costC)) }),
		cost("AdamW", 1, func(c *Cost, n plot) {
			c.Work.AdamW(device.Adam{LR: 1e-5, Beta1: .9, Beta2: .95, Eps: 1e-8, Step: 1, Scale: 1}, Update{W: n(f, costV*costC), M: n(f, costV*costC), V: n(f, costV*costC), G: n(f, costV*costC), Act: n(h, costV*costC)})
		}),
	}
}

// A plot is a fresh buffer.
type plot func(t device.Type, n int) device.Buf

// cost builds an operation in an arena of its own, and drops the products.
func cost(name string, calls int, build func(c *Cost, n plot)) Cost {
	var a device.Arena
	c := Cost{Name: name, Calls: calls}
	build(&c, a.New)
	c.Arena = a.Bytes()
	all := c.Work.Steps
	c.Work.Steps = nil
	for _, s := range all {
		if s.Gemm == nil {
			c.Work.Steps = append(c.Work.Steps, s)
		}
	}
	return c
}

// ints is a fresh buffer of integers below a bound.
func (c *Cost) ints(n plot, count, below int) device.Buf {
	b := n(device.I32, count)
	c.Ints = append(c.Ints, Below{b, below})
	return b
}

// ones is a fresh buffer of ones.
func (c *Cost) ones(n plot, count int) device.Buf {
	b := n(device.F32, count)
	c.Ones = append(c.Ones, b)
	return b
}
