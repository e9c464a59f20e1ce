package reflection

import (
	_ "embed" // for the phrase bank
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of reflection.
type Params struct {
	Opening bool `json:"opening" jsonschema:"may reach ahead before the first step of the trace, too"`
	Missing int  `json:"missing" jsonschema:"most missing values that one edit names" range:"1,4"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "reflection",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Opening: true, Missing: 3},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	par := p.Params.(*Params)
	var list []augment.Site
	var code prose.Fence
	for i := range p.Steps() {
		if p.Steps()[i].Kind == format.Answer {
			break
		}
		if code.Inside(p.Steps()[i].Text) || i == 0 && !par.Opening {
			continue
		}
		for at := range nodes(p) {
			if r := reachable(p, i, at, par); r.node != nil {
				list = append(list, augment.Site{Step: i, Node: r.node.ID})
				break
			}
		}
	}
	if len(list) > 0 && !english(p) {
		return nil
	}
	return list
}

func english(p *augment.Pass) bool {
	return prose.English(p.Problem.Question, p.Steps()[0].Text)
}

func nodes(p *augment.Pass) []format.Node {
	if p.Graph == nil {
		return nil
	}
	return p.Graph.Nodes
}

// A reach is a locked node and what it lacks before a step.
type reach struct {
	node    *format.Node
	missing [4]*format.Node
	n       int
}

// reachable says what the node at index at of the graph lacks before step i; its
// node is nil where the behavior may not reach for it.
func reachable(p *augment.Pass, i, at int, par *Params) (r reach) {
	t := &p.Graph.Nodes[at]
	next := p.Steps()[i].ID
	if t.Kind != format.ResultNode || !t.Bound || t.Step <= next || !sayable(t) {
		return r
	}
	for _, id := range t.Parents {
		m := p.Graph.Node(id)
		if m.Kind == format.GivenNode || m.Step < next {
			continue
		}
		if r.n == par.Missing || !sayable(m) {
			return reach{}
		}
		r.missing[r.n] = m
		r.n++
	}
	if r.n == 0 {
		return reach{}
	}
	r.node = t
	return r
}

// sayable reports whether a node has a name that may stand in an edit: a digit
// in it might give a value away.
func sayable(n *format.Node) bool {
	return prose.Named(n) && !strings.ContainsAny(n.Name, "0123456789")
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	r, ok := pick(p, s.Step)
	if !ok {
		return augment.Edit{}, augment.Refuse("not-locked", "no result of a later step can be reached for")
	}
	names := make([]string, r.n)
	refs := make([]format.NodeID, r.n)
	for i, m := range r.missing[:r.n] {
		names[i], refs[i] = prose.What(m), m.ID
	}
	number := "one"
	if r.n > 1 {
		number = "many"
	}
	vars := [...]string{"target", prose.What(r.node), "missing", prose.And(names)}
	frame := prose.Before(p.Steps(), s.Step)
	return augment.Edit{
		Steps: []format.Step{
			{Kind: format.Probe, Node: r.node.ID, Refs: refs, Text: frame.Put(p.Phrases.Say("probe-"+number, vars[:]...))},
			{Kind: format.Return, Text: frame.Put(p.Phrases.Say("return", vars[:]...))},
		},
		Proof: format.Proof{Grade: "computed", Detail: detail(r)},
	}, nil
}

// pick chooses among the nodes that may be reached for before step i.
func pick(p *augment.Pass, i int) (chosen reach, ok bool) {
	par := p.Params.(*Params)
	n := 0
	for at := range nodes(p) {
		r := reachable(p, i, at, par)
		if r.node == nil {
			continue
		}
		if n++; p.Rand.IntN(n) == 0 {
			chosen = r
		}
	}
	return chosen, n > 0
}

func detail(r reach) string {
	var b strings.Builder
	b.WriteString("locked: " + r.node.Name + "; missing:")
	for i, m := range r.missing[:r.n] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + m.Name)
	}
	return b.String()
}
