package subgoalcompute

import (
	_ "embed" // for the phrase bank

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of subgoal_compute.
type Params struct {
	Least   int    `json:"least" jsonschema:"operations that a step must have" range:"2,6"`
	Through bool   `json:"through" jsonschema:"the last operation is a hop, too: the value stands before the source step states it"`
	Order   string `json:"order" jsonschema:"order of the hops: as the step is evaluated, or any that is possible" enum:"written,any"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "subgoal_compute",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Least: 2, Order: "written"},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	if p.Graph == nil {
		return nil
	}
	if param.Known(p) {
		return lineSites(p)
	}
	var list []augment.Site
	var code prose.Fence
	for i := range p.Steps() {
		s := &p.Steps()[i]
		if s.Kind == format.Answer {
			break
		}
		if code.Inside(s.Text) {
			continue
		}
		if n := subject(p, s); n != nil {
			list = append(list, augment.Site{Step: i, Node: n.ID})
		}
	}
	if len(list) > 0 && !prose.English(p.Problem.Question, p.Steps()[0].Text) {
		return nil
	}
	return list
}

// subject returns the node that step s computes first, if it takes operations
// enough and nothing in the step comes before it.
func subject(p *augment.Pass, s *format.Step) *format.Node {
	if len(s.Claims) == 0 {
		return nil
	}
	c := &s.Claims[0]
	n := p.Graph.Node(c.Node)
	if n == nil || !n.Bound || n.Kind != format.ResultNode || n.Step != s.ID || n.Claim != 0 || n.Unit == "%" ||
		len(c.Args) <= p.Params.(*Params).Least {
		return nil
	}
	for i := range c.Args {
		if c.Args[i].Value.Sign() <= 0 {
			return nil
		}
	}
	return n
}

// tree is the expression of the claim of n, nil where it is no plain arithmetic.
func tree(p *augment.Pass, n *format.Node) *arith.Expr {
	c := route.Claim(p, n)
	if c == nil {
		return nil
	}
	e := arith.Parse(c.Expr)
	if e == nil || !e.Value.Equal(n.Value) || len(e.Leaves()) != len(c.Args) {
		return nil
	}
	return e
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	n := p.Graph.Node(s.Node)
	par := p.Params.(*Params)
	if param.Known(p) {
		return inLine(p, s)
	}
	src := &p.Steps()[s.Step]
	e := tree(p, n)
	if e == nil {
		return augment.Edit{}, augment.Refuse("no-subject", "%s is not plain arithmetic", src.Claims[0].Expr)
	}
	eqs := e.Own()
	if par.Order == "any" {
		eqs = inAnyOrder(p, e)
	}
	if !par.Through {
		eqs = eqs[:len(eqs)-1]
	}
	for _, q := range eqs {
		if q.Dull() || q.V.Sign() <= 0 || !arith.Short(q.V) {
			return augment.Edit{}, augment.Refuse("no-short-hop", "%s takes a hop that nobody would write down", src.Claims[0].Expr)
		}
	}
	frame := prose.Before(p.Steps(), s.Step)
	st := route.StyleOf(src.Text)
	var edit augment.Edit
	for i, q := range eqs {
		section := "next"
		switch {
		case len(eqs) == 1:
			section = "only"
		case i == 0:
			section = "first"
		case i == len(eqs)-1:
			section = "last"
		}
		edit.Steps = append(edit.Steps, format.Step{Kind: format.Compute, Node: n.ID,
			Text: frame.Put(p.Phrases.Say(section, "eq", st.List([]arith.Eq{q}, false), "value", q.V.String()))})
	}
	edit.Proof = format.Proof{Grade: "computed", Detail: "hops: " + st.List(eqs, false)}
	return edit, nil
}

// inAnyOrder lists the operations of e in an order drawn from those in which
// each comes after the ones that it rests on.
func inAnyOrder(p *augment.Pass, e *arith.Expr) (eqs []arith.Eq) {
	done := map[*arith.Expr]bool{}
	for !done[e] {
		var ready []*arith.Expr
		e.Walk(func(x *arith.Expr) {
			if x.Op != 0 && !done[x] && (x.L.Op == 0 || done[x.L]) && (x.R.Op == 0 || done[x.R]) {
				ready = append(ready, x)
			}
		})
		x := ready[p.Rand.IntN(len(ready))]
		done[x] = true
		eqs = append(eqs, arith.Eq{A: x.L.Value, Op: x.Op, B: x.R.Value, V: x.Value})
	}
	return eqs
}
