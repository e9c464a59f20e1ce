// Package dyval draws problems over random graphs of named values, after the
// DyVal family: arithmetic and boolean expressions whose inner nodes are defined
// one premise each, and reachability in a directed graph.
//
// An arithmetic or boolean graph is a tree of a given depth with extra links;
// names are three letters in the order in which the tree is finished, so that
// the root has the last. Redundancy adds small trees that nothing needs. All
// values are whole numbers: a division that leaves a rest and a root that is not
// whole are drawn again, so that a strict match is fair.
package dyval

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// Params are the settings of a set.
type Params struct {
	Kind      string `json:"kind" jsonschema:"arithmetic, boolean or reach (is there a way from one node to another)"`
	Depth     int    `json:"depth" jsonschema:"levels of the tree; a leaf alone has depth 1" range:"2,7"`
	Children  int    `json:"children" jsonschema:"operands of an inner node, before extra links" range:"2,4"`
	Links     int    `json:"links" jsonschema:"extra operands drawn for every inner node" range:"0,3"`
	Redundant int    `json:"redundant" jsonschema:"fewest extra trees of depth 2 that nothing needs" range:"0,40"`
	More      int    `json:"more" jsonschema:"most extra trees beside the fewest; how many is drawn" range:"0,40"`
	Ops       string `json:"ops" jsonschema:"arithmetic operations to draw from: + - * / s (square) r (root)"`
	Order     string `json:"order" jsonschema:"of the premises: topological, reversed or random"`
	Limit     int    `json:"limit" jsonschema:"no value is larger than this, without its sign" range:"10,1000000"`
	Nodes     int    `json:"nodes" jsonschema:"nodes of a graph, for reach" range:"3,40"`
	Envelope  bool   `json:"envelope" jsonschema:"wrap the reasoning in think tags and the answer in answer tags"`
}

// Defaults are the settings of the published training set, at depth 4.
var Defaults = Params{Kind: "arithmetic", Depth: 4, Children: 2, Links: 1, More: 8, Ops: "+-*s", Order: "random", Limit: 1000, Nodes: 12, Envelope: true}

// Check reports what is wrong between fields.
func (p *Params) Check() error {
	switch {
	case p.Kind != "arithmetic" && p.Kind != "boolean" && p.Kind != "reach":
		return fmt.Errorf("kind is %q; it must be arithmetic, boolean or reach", p.Kind)
	case p.Ops == "" || strings.Trim(p.Ops, "+-*/sr") != "":
		return fmt.Errorf("ops is %q; it must be some of + - * / s r", p.Ops)
	case p.Order != "topological" && p.Order != "reversed" && p.Order != "random":
		return fmt.Errorf("order is %q; it must be topological, reversed or random", p.Order)
	case pow(p.Children, p.Depth-1) > 128:
		return fmt.Errorf("%d children and depth %d make more than 128 leaves", p.Children, p.Depth)
	}
	return nil
}

func pow(b, n int) int {
	v := 1
	for range n {
		v *= b
	}
	return v
}

// A node is one named value.
type node struct {
	op    byte // 0 for a leaf
	on    []int
	value int64
	spare bool
}

// A generator draws problems. It holds scratch and belongs to one goroutine.
type generator struct {
	p     Params
	r     *rand.Rand
	nodes []node // operands before those that use them
	root  int
	edges [][]int // of a graph to be walked
	names []string
}

// New returns a function that draws one problem from a source of chance.
func New(p Params) (func(*rand.Rand) (format.Record, error), error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	g := &generator{p: p, names: names()}
	return g.record, nil
}

// words are the three-letter words among the first names, which would read as
// words.
const words = " aah aas abs aby ace act add ado ads adz aft aga age ago aha aid ail aim air ala alb ale all alp alt amp ana and ani ant any ape app apt arc are ark arm art ash ask asp ass ate ava ave awe awl awn axe aye "

// names are aaa, aab, … without words.
func names() (list []string) {
	for i := range 26 * 26 {
		name := string([]byte{'a', 'a' + byte(i/26), 'a' + byte(i%26)})
		if !strings.Contains(words, " "+name+" ") {
			list = append(list, name)
		}
	}
	return list
}

const patience = 20_000

func (g *generator) record(r *rand.Rand) (format.Record, error) {
	g.r = r
	if g.p.Kind == "reach" {
		return g.reach(), nil
	}
	for range patience {
		g.nodes = g.nodes[:0]
		root, ok := g.grow(g.p.Depth)
		if !ok {
			continue
		}
		g.root = root
		g.link()
		if !g.compute() || g.p.Kind == "arithmetic" && g.nodes[g.root].value < 1 {
			continue
		}
		spare := g.p.Redundant + g.r.IntN(g.p.More+1)
		for made := 0; made < spare; {
			from := len(g.nodes)
			if at, ok := g.grow(2); !ok || !g.computeFrom(from) {
				g.nodes = g.nodes[:from]
				continue
			} else if made++; at >= 0 {
				for i := from; i < len(g.nodes); i++ {
					g.nodes[i].spare = true
				}
			}
		}
		if len(g.nodes) <= len(g.names) {
			return g.write(spare), nil
		}
	}
	return format.Record{}, fmt.Errorf("no problem in %d draws: the settings leave (almost) none", patience)
}

// grow makes a tree of the given depth and returns its root, which is finished
// last.
func (g *generator) grow(depth int) (root int, ok bool) {
	if depth == 1 {
		v := 1 + g.r.Int64N(10)
		if g.p.Kind == "boolean" {
			v = g.r.Int64N(2)
		}
		g.nodes = append(g.nodes, node{value: v})
		return len(g.nodes) - 1, true
	}
	ops := g.p.Ops
	if g.p.Kind == "boolean" {
		ops = "&|!"
	}
	n := node{op: ops[g.r.IntN(len(ops))]}
	k := g.p.Children
	if unary(n.op) {
		k = 1
	}
	for range k {
		c, ok := g.grow(depth - 1)
		if !ok {
			return 0, false
		}
		n.on = append(n.on, c)
	}
	if n.value, ok = g.apply(&n); !ok {
		return 0, false
	}
	g.nodes = append(g.nodes, n)
	return len(g.nodes) - 1, true
}

func unary(op byte) bool { return op == 's' || op == 'r' || op == '!' }

// link draws further operands for inner nodes, never for those that take one:
// any node that stands before them, so that there is no cycle.
func (g *generator) link() {
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.op == 0 || unary(n.op) {
			continue
		}
		for range g.p.Links {
			if c := g.r.IntN(i); !contains(n.on, c) {
				n.on = append(n.on, c)
			}
		}
	}
}

func contains(list []int, v int) bool {
	for _, w := range list {
		if w == v {
			return true
		}
	}
	return false
}

func (g *generator) compute() bool { return g.computeFrom(0) }

// computeFrom works out every inner node from the given one on.
func (g *generator) computeFrom(from int) (ok bool) {
	for i := from; i < len(g.nodes); i++ {
		if n := &g.nodes[i]; n.op != 0 {
			if n.value, ok = g.apply(n); !ok {
				return false
			}
		}
	}
	return true
}

// apply computes a node: the first operand with the rest. A difference takes
// away the sum of the rest, a quotient divides by their product.
func (g *generator) apply(n *node) (v int64, ok bool) {
	v = g.nodes[n.on[0]].value
	switch n.op {
	case 's':
		v *= v
	case 'r':
		root := int64(0)
		for root*root < v {
			root++
		}
		if root*root != v {
			return 0, false
		}
		v = root
	case '!':
		v = 1 - v
	}
	for _, c := range n.on[1:] {
		w := g.nodes[c].value
		switch n.op {
		case '+':
			v += w
		case '-':
			v -= w
		case '*':
			v *= w
		case '/':
			if w == 0 || v%w != 0 {
				return 0, false
			}
			v /= w
		case '&':
			v &= w
		case '|':
			v |= w
		}
		if limit := int64(g.p.Limit); v > limit || v < -limit {
			return 0, false
		}
	}
	limit := int64(g.p.Limit)
	return v, v <= limit && v >= -limit
}
