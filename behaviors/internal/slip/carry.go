package slip

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// carry says step at again, computed from the wrong values of the chain; ok is
// false where the step does not rest on them or the outcome would not do.
func carry(p *augment.Pass, at int, chain []misstep) (m misstep, ok bool) {
	if at >= len(p.Steps()) {
		return m, false
	}
	s := &p.Steps()[at]
	n := Subject(p, s)
	if n == nil {
		return m, false
	}
	c := &s.Claims[0]
	e := arith.Parse(c.Expr)
	if e == nil || !e.Value.Equal(n.Value) || len(e.Leaves()) != len(c.Args) {
		return m, false
	}
	subs := make([]prose.Sub, 0, len(chain)+1)
	for i := range c.Args {
		w := find(chain, &c.Args[i])
		if w == nil {
			continue
		}
		for j := range c.Args {
			if c.Args[j].Value.Equal(w.node.Value) && find(chain, &c.Args[j]) != w {
				return m, false // the same number, but another quantity
			}
		}
		subs = append(subs, prose.Sub{Old: w.node.Value, New: w.value})
		if e = e.Replace(i, &arith.Expr{Value: w.value}); e == nil {
			return m, false
		}
	}
	if len(subs) == 0 || !plausible(p, s, n, e.Value) || !grammatical(e) || taken(chain, e.Value) {
		return m, false
	}
	text, ok := prose.Rewrite(s.Text, append(subs, prose.Sub{Old: n.Value, New: e.Value}))
	if !ok || !claims(text, e.Value, format.Exact) {
		return m, false
	}
	return misstep{n, e.Value, text}, true
}

func find(chain []misstep, a *format.Arg) *misstep {
	if a.Binding != format.Result {
		return nil
	}
	for i := range chain {
		if chain[i].node.ID == a.Node && a.Value.Equal(chain[i].node.Value) {
			return &chain[i]
		}
	}
	return nil
}

func taken(chain []misstep, v format.Num) bool {
	for i := range chain {
		if chain[i].value.Equal(v) {
			return true
		}
	}
	return false
}
