package answer

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// maxNodes bounds a graph. Every operand is looked for among all nodes, so that
// a text of millions of claims would take forever; no chain of reasoning has
// this many quantities. Past the bound claims are found, but all their operands
// are ambiguous.
const maxNodes = 4096

// Derive finds the claims of steps and the graph of the quantities they
// compute. It fills Claims and Node of each step in place (a step that has
// claims already keeps them, with their operands bound anew) and returns the
// graph, or nil if no step makes a claim.
//
// The rules:
//
//   - A number of the question is a given node (see givens); 10% has the value
//     10 and also answers to the operand 0.1.
//   - A claim's value is a result node. A chain a = b = c is one quantity and
//     one node: its operands are those of the first hop; a number that first
//     appears in a later hop was computed silently, and is a constant.
//   - An operand is bound to the earlier node whose value it has. If several
//     nodes have it, the operand is ambiguous and makes no edge; if none has,
//     it is a constant.
//   - A copy makes no node of its own: a claim without an operation (25 = 25),
//     or with the expression of an earlier claim whose operands are bound as
//     they were there. Equal provenance is one quantity, so that stating it
//     twice makes nothing ambiguous.
//   - A node is bound if its claims are exact and no operand is ambiguous.
//
// A node's Name completes "the number of …" where Unit is empty, and "the
// amount …" where Unit is a currency sign ("she earned per week", "of the
// total cost"). It is empty where the text gives no name that reads well there,
// and where two nodes would have the same.
func Derive(question string, steps []format.Step) *format.Graph {
	return NewDeriver().Derive(question, steps)
}

// NewDeriver returns a Deriver with room for an ordinary trace.
func NewDeriver() *Deriver {
	return &Deriver{nodes: make([]format.Node, 0, 12), claims: make([]format.Claim, 0, 8), args: make([]format.Arg, 0, 32),
		exprs: make([]expr, 0, 8), ops: make([]Operand, 0, 8), parents: make([]format.NodeID, 0, 16), scan: scanner{intro: make([]int, 0, 4)}}
}

// Derive is the function Derive in memory that is used again: the graph, and the
// claims that it put into the steps, are good until the next call.
func (d *Deriver) Derive(question string, steps []format.Step) *format.Graph {
	d.nodes, d.exprs, d.args, d.claims, d.parents, d.any = d.nodes[:0], d.exprs[:0], d.args[:0], d.claims[:0], d.parents[:0], false
	d.nodes = givens(d.nodes, question)
	d.given = len(d.nodes)
	for i := range steps {
		d.step(&steps[i])
	}
	if !d.any {
		return nil
	}
	d.unique()
	d.graph.Nodes = d.nodes
	return &d.graph
}

// A Deriver derives the graphs of one trace after another. It belongs to one
// goroutine.
type Deriver struct {
	graph  format.Graph
	nodes  []format.Node
	exprs  []expr // of the result nodes, in order
	given  int
	any    bool // a claim was found
	scan   scanner
	ops    []Operand
	args   []format.Arg   // slab that the claims' Args are cut from
	claims []format.Claim // slab that the steps' Claims are cut from

	parents []format.NodeID // slab that the nodes' Parents are cut from
}

// An expr is what a result node was computed by, to recognize copies.
type expr struct {
	text string
	args []format.Arg
	long string // its longer name
}

func (d *Deriver) step(s *format.Step) {
	d.scan = scanner{s: s.Text, want: true, intro: d.scan.intro[:0], claims: d.claims[len(d.claims):]}
	if mayClaim(s.Text) {
		d.scan.scan()
	}
	if found := d.scan.claims; s.Claims != nil {
		d.align(s.Claims)
	} else if len(found) > 0 {
		if len(d.claims)+len(found) <= cap(d.claims) {
			d.claims = d.claims[:len(d.claims)+len(found)]
		}
		s.Claims = found[:len(found):len(found)]
	}
	for i := 0; i < len(s.Claims); {
		d.any = true
		end := i + 1
		for end < len(s.Claims) && linked(s, end) {
			end++
		}
		d.chain(s, i, end)
		i = end
	}
	if n := len(s.Claims); n > 0 {
		s.Node = s.Claims[n-1].Node
	}
}

// align makes the scan's notes on its own claims notes on these.
func (d *Deriver) align(claims []format.Claim) {
	notes := make([]int, len(claims))
	k := 0
	for i := range claims {
		for k < len(d.scan.claims) && d.scan.claims[k].Start < claims[i].Start {
			k++
		}
		notes[i] = -1
		if k < len(d.scan.intro) && d.scan.claims[k].Start == claims[i].Start {
			notes[i] = d.scan.intro[k]
		}
	}
	d.scan.intro = notes
}

// linked reports whether claim i goes on from where claim i-1 ends: as the next
// hop, or as the mark that the chain ends in.
func linked(s *format.Step, i int) bool {
	a, b := &s.Claims[i-1], &s.Claims[i]
	if b.Start < a.End {
		return true
	}
	if a.Mark || !b.Mark {
		return false
	}
	gap := s.Text[a.End:b.Start]
	eq := false
	for k := range len(gap) {
		eq = eq || gap[k] == '='
		if c := gap[k]; c != ' ' && c != '=' && c != '$' {
			return false
		}
	}
	return eq
}

// chain binds the claims first to end-1 of s, which are hops of one chain, and
// makes their node.
func (d *Deriver) chain(s *format.Step, first, end int) {
	bound, plain := true, false
	var stated format.Num
	var ok bool
	for i := first; i < end; i++ {
		c := &s.Claims[i]
		e := d.bind(c, s.Claims[first].Args, i > first)
		stated, ok = Eval(c.Value)
		bound = bound && ok && e.known && (e.value.Equal(stated) || CheckClaim(*c) == format.Exact)
		plain = plain || i == first && e.known && e.operators == 0
		for _, a := range c.Args {
			bound = bound && a.Binding != format.Ambiguous
		}
	}
	if len(d.nodes) >= maxNodes {
		return
	}
	id := d.copyOf(&s.Claims[first], plain)
	if id == 0 && ok {
		id = d.result(s, first, end, bound, stated)
	}
	for i := first; i < end; i++ {
		s.Claims[i].Node = id
	}
}

// What an expression came to.
type computed struct {
	value     format.Num
	known     bool
	operators int
}

// bind computes the expression of c and finds where its operands come from. In
// a later hop, only the operands of the first hop keep their places.
func (d *Deriver) bind(c *format.Claim, hop []format.Arg, later bool) computed {
	e := evaluator{s: c.Expr, ops: d.ops[:0], keep: true}
	v, ok := e.run()
	d.ops = e.ops
	c.Args = nil
	if !ok {
		return computed{}
	}
	if len(d.args)+len(d.ops) > cap(d.args) {
		d.args = make([]format.Arg, 0, max(2*cap(d.args), len(d.ops)))
	}
	from := len(d.args)
	for _, o := range d.ops {
		a := format.Arg{Text: o.Text, Value: o.Value}
		if len(d.nodes) < maxNodes {
			a.Binding, a.Node = d.find(o.Value)
		}
		if later {
			a = inHop(a, hop)
		}
		d.args = append(d.args, a)
	}
	c.Args = d.args[from:len(d.args):len(d.args)]
	return computed{v, true, e.n}
}

func inHop(a format.Arg, hop []format.Arg) format.Arg {
	for _, h := range hop {
		if h.Value.Equal(a.Value) {
			a.Binding, a.Node = h.Binding, h.Node
			return a
		}
	}
	if a.Binding != format.Constant { // an earlier value, or one computed silently in the hop
		a.Binding, a.Node = format.Ambiguous, 0
	}
	return a
}

// find returns the only node with value v.
func (d *Deriver) find(v format.Num) (b format.Binding, id format.NodeID) {
	for i := range d.nodes {
		n := &d.nodes[i]
		if !n.Value.Equal(v) && (n.Unit != "%" || !n.Value.Equal(v.Mul(format.Int(100)))) {
			continue
		}
		if id != 0 {
			return format.Ambiguous, 0
		}
		b, id = format.Given, n.ID
		if i >= d.given {
			b = format.Result
		}
		if n.ID == 0 { // givens are numbered by their place
			id = format.NodeID(i + 1)
		}
	}
	if id == 0 {
		return format.Constant, 0
	}
	return b, id
}

// copyOf returns the node that the claim only repeats, or 0.
func (d *Deriver) copyOf(c *format.Claim, plain bool) format.NodeID {
	if len(c.Args) == 1 && plain {
		return c.Args[0].Node
	}
	for i := range d.exprs {
		if d.exprs[i].text == c.Expr && sameArgs(d.exprs[i].args, c.Args) {
			return format.NodeID(d.given + i + 1)
		}
	}
	return 0
}

func sameArgs(a, b []format.Arg) bool {
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	for i := range a {
		if a[i].Binding == format.Ambiguous || a[i].Binding != b[i].Binding || a[i].Node != b[i].Node {
			return false
		}
	}
	return true
}

// result adds the node of the chain first to end-1, whose value is v, and
// returns its ID.
func (d *Deriver) result(s *format.Step, first, end int, bound bool, v format.Num) format.NodeID {
	c := &s.Claims[end-1]
	long := ""
	n := format.Node{ID: format.NodeID(len(d.nodes) + 1), Kind: format.ResultNode, Value: v, Bound: bound && len(c.Args) > 0,
		Step: s.ID, Claim: end - 1}
	from := len(d.parents)
	for i := first; i < end; i++ {
		for _, a := range s.Claims[i].Args {
			if a.Node != 0 && !slices.Contains(d.parents[from:], a.Node) {
				d.parents = append(d.parents, a.Node)
			}
		}
	}
	if to := len(d.parents); to > from {
		n.Parents = d.parents[from:to:to]
	}
	n.Start, n.End = stated(s.Text, c, v)
	n.Unit = unitOf(s.Text, c, n.Start, n.End)
	n.Name, long = d.name(s, first, end-1, &n)
	d.nodes = append(d.nodes, n)
	d.exprs = append(d.exprs, expr{text: s.Claims[first].Expr, args: s.Claims[first].Args, long: long})
	return n.ID
}

// stated is where the text states the value of c: after the mark, if it is said
// again there, else within the claim.
func stated(text string, c *format.Claim, v format.Num) (start, end int) {
	if c.Mark {
		at := c.End
		if at < len(text) && text[at] == '-' {
			at++
		}
		at += currency(text, at)
		if e := number(text, at); e > at {
			if w, ok := value(text[at:e]); ok && w.Equal(v.Abs()) {
				if at > c.End && text[at-1] == '-' {
					at--
				}
				return at, e
			}
		}
	}
	if at := strings.LastIndex(text[c.Start:c.End], c.Value); at >= 0 {
		return c.Start + at, c.Start + at + len(c.Value)
	}
	return c.Start, c.End
}

// unitOf is the currency or percent sign beside the value.
func unitOf(text string, c *format.Claim, start, end int) string {
	if percent(text, end) > 0 || text[end-1] == '%' {
		return "%"
	}
	for _, at := range [...]int{start, c.Start} {
		for _, n := range [...]int{3, 2, 1} {
			if at >= n && at-n >= 0 && currency(text, at-n) == n {
				return text[at-n : at]
			}
		}
		if currency(text, at) > 0 {
			return text[at : at+currency(text, at)]
		}
	}
	return ""
}

// unique gives nodes that share a name their longer ones, and takes the names
// away that are shared still.
func (d *Deriver) unique() {
	for i := range d.nodes {
		d.nodes[i].ID = format.NodeID(i + 1)
	}
	d.settle(func(i int) string {
		if i >= d.given {
			return d.exprs[i-d.given].long
		}
		return ""
	})
	d.settle(func(int) string { return "" })
}

// settle replaces every name that two nodes have.
func (d *Deriver) settle(with func(int) string) {
	for i := range d.nodes {
		name, shared := d.nodes[i].Name, false
		if name == "" {
			continue
		}
		for j := i + 1; j < len(d.nodes); j++ {
			if d.nodes[j].Name == name {
				d.nodes[j].Name, shared = with(j), true
			}
		}
		if shared {
			d.nodes[i].Name = with(i)
		}
	}
}
