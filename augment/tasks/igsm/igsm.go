package igsm

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/seed-cdf14512/graft/format"
)

// Params are the settings of a set.
type Params struct {
	MinOp     int    `json:"min_op" jsonschema:"fewest operations of a problem" range:"1,60"`
	MaxOp     int    `json:"max_op" jsonschema:"most operations of a problem; they are the lesser of two draws, so that few problems have as many" range:"1,60"`
	ExactOp   int    `json:"op" jsonschema:"exactly so many operations, instead of a range; 0 draws from the range" range:"0,60"`
	Instances int    `json:"instances" jsonschema:"most instance parameters" range:"12,40"`
	Degree    int    `json:"degree" jsonschema:"most operands of a premise, its own constant included" range:"2,4"`
	Mod       int    `json:"mod" jsonschema:"compute modulo this, and write solutions in the clipped grammar of the original; 0 computes with whole numbers" range:"0,97"`
	Limit     int    `json:"limit" jsonschema:"answers are smaller than this, without their sign; for whole numbers" range:"1,1000000"`
	NoZeros   bool   `json:"no_zero_answers" jsonschema:"drop every problem whose answer is 0"`
	AllZeros  bool   `json:"all_zero_answers" jsonschema:"keep them all; otherwise 6 in 10 are dropped where no problem has less than 21 operations, as in the published sets"`
	Hops      bool   `json:"hops" jsonschema:"write every equation out with one operation a hop"`
	Envelope  bool   `json:"envelope" jsonschema:"wrap the reasoning in think tags and the answer in answer tags"`
	Bins      string `json:"bins" jsonschema:"which part of the templates to draw from, by hash modulo 23: all, train (0 to 15) or test (16 to 22)"`
}

// Defaults are the settings of the published training sets.
var Defaults = Params{MinOp: 15, MaxOp: 20, Instances: 20, Degree: 4, Limit: 1000, Envelope: true, Bins: "all"}

// Check reports what is wrong between fields.
func (p *Params) Check() error {
	switch {
	case p.ExactOp == 0 && p.MinOp > p.MaxOp:
		return fmt.Errorf("min_op is %d, above max_op, %d", p.MinOp, p.MaxOp)
	case p.Mod != 0 && p.Mod < 5:
		return fmt.Errorf("mod is %d; it must be 0, for whole numbers, or at least 5", p.Mod)
	case p.NoZeros && p.AllZeros:
		return fmt.Errorf("no_zero_answers and all_zero_answers exclude each other")
	case p.Bins != "all" && p.Bins != "train" && p.Bins != "test":
		return fmt.Errorf("bins is %q; it must be all, train or test", p.Bins)
	}
	return nil
}

// A generator draws problems. It holds scratch and belongs to one goroutine.
type generator struct {
	p         Params
	r         *rand.Rand
	worlds    int // the reasoning kind draws from the first three, as the published set does
	constants int

	s     structure
	nodes [most]node
	order []int // the needed parameters, what they rest on first
	extra []int // the redundant ones

	letter       [most]byte
	spareLetters []byte
	ids          [most]format.NodeID
	graph        []format.Node
	tokens       []token
	told         []int
	buf          []byte
	stated       bool // the last draw came as far as its values
}

// New returns a function that draws one problem from a source of chance, with
// its reference trace. The function holds scratch: one goroutine, one function.
func New(p Params) (func(*rand.Rand) (format.Record, error), error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return newGenerator(p).record, nil
}

func newGenerator(p Params) *generator {
	g := &generator{p: p, worlds: 3, constants: 10}
	if p.Mod > 0 {
		g.worlds, g.constants = 4, p.Mod
	}
	g.s.cache = map[[3]int]name{}
	return g
}

// patience is how many draws are made for one problem.
const patience = 20_000

func (g *generator) record(r *rand.Rand) (format.Record, error) {
	g.r = r
	for range patience {
		if op, ok := g.problem(); ok {
			if rec, ok := g.assemble(op); ok {
				return rec, nil
			}
		}
	}
	return format.Record{}, fmt.Errorf("no problem in %d draws: the settings leave (almost) none", patience)
}

// problem makes one draw.
func (g *generator) problem() (op int, ok bool) {
	op, g.stated = g.p.ExactOp, false
	if op == 0 {
		op = min(between(g.r, g.p.MinOp, g.p.MaxOp), between(g.r, g.p.MinOp, g.p.MaxOp))
	}
	stage1 := max(between(g.r, 1, op), between(g.r, 1, op))
	stage2 := between(g.r, stage1, op)
	w0, w1, edges := g.shape(op)
	const attempts = 50
	for range attempts {
		g.draw(w0, w1, edges)
		ok, again := g.depend(op, stage1, stage2)
		if ok {
			return op, g.values()
		}
		if !again {
			break
		}
	}
	return op, false
}

// values draws the constants, computes every value, and says whether the
// answer is wanted.
func (g *generator) values() bool {
	g.stated = true
	for _, list := range [2][]int{g.order, g.extra} {
		for _, p := range list {
			g.state(p)
			if !g.compute(p) {
				return false
			}
		}
	}
	v, fewest := g.nodes[g.target()].value, g.p.MinOp
	if g.p.ExactOp > 0 {
		fewest = g.p.ExactOp
	}
	switch {
	case g.p.Mod == 0 && max(v, -v) >= int64(g.p.Limit):
		return false
	case v == 0 && g.p.NoZeros:
		return false
	case v == 0 && !g.p.AllZeros && g.p.Mod == 0 && fewest > 20:
		return g.r.IntN(10) >= 6
	}
	return true
}

// assemble writes the record of the problem drawn.
func (g *generator) assemble(op int) (format.Record, bool) {
	digest, bin := g.template()
	if g.p.Bins == "train" && bin >= trainBins || g.p.Bins == "test" && bin < trainBins {
		return format.Record{}, false
	}
	if !g.letters() {
		return format.Record{}, false
	}
	g.describe()
	var steps []format.Step
	if g.p.Mod > 0 {
		var ok bool
		if steps, ok = g.solution(); !ok {
			return format.Record{}, false
		}
	} else {
		steps = g.trace()
	}
	answer := strconv.FormatInt(g.nodes[g.target()].value, 10)
	rec := format.Record{
		Set:     "igsm",
		Problem: format.Problem{Question: g.question(), Answer: answer, Checker: "igsm"},
		Attempts: []format.Attempt{{Author: "igsm", Label: format.Right, Answer: answer,
			Trace: format.Trace{Steps: steps}, Graph: &format.Graph{Nodes: g.graph}}},
		Meta: []format.Field{
			{Name: "op", Value: strconv.Itoa(op)}, {Name: "needed", Value: strconv.Itoa(len(g.order))},
			{Name: "redundant", Value: strconv.Itoa(len(g.extra))},
			{Name: "template", Value: digest}, {Name: "bin", Value: strconv.Itoa(bin)},
		},
	}
	if g.p.Mod > 0 {
		rec.Problem.Params = []format.Field{{Name: "mod", Value: strconv.Itoa(g.p.Mod)}}
	}
	return rec, true
}

// describe fills the graph of the problem: every parameter that is needed, in
// order, then the redundant ones.
func (g *generator) describe() {
	g.graph = make([]format.Node, 0, len(g.order)+len(g.extra))
	for _, list := range [2][]int{g.order, g.extra} {
		for _, p := range list {
			id := format.NodeID(len(g.graph) + 1)
			g.ids[p] = id
			n := &g.nodes[p]
			var parents []format.NodeID
			if len(n.on) > 0 {
				parents = make([]format.NodeID, len(n.on))
				for i, q := range n.on {
					parents[i] = g.ids[q]
				}
			}
			g.graph = append(g.graph, format.Node{ID: id, Kind: format.ParamNode, Name: g.s.params[p].name,
				Value: format.Int(n.value), Parents: parents, Bound: true, Equation: g.formula(p), Premise: n.premise})
		}
	}
}

// formula writes an equation with #3 for node 3 of the graph.
func (g *generator) formula(p int) string {
	g.tokens = g.equation(g.tokens[:0], p)
	b := g.buf[:0]
	for i := range g.tokens {
		if t := g.tokens[i]; t.op == 'v' {
			b = strconv.AppendInt(append(b, '#'), int64(g.ids[t.v]), 10)
		} else {
			b = g.write(b, g.tokens[i:i+1])
		}
	}
	g.buf = b
	return string(b)
}
