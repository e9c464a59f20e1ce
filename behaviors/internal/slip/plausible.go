package slip

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// grammatical keeps every partial result positive: nobody carries on with less
// than nothing.
func grammatical(e *arith.Expr) bool {
	for _, q := range e.Own() {
		if q.V.Sign() <= 0 {
			return false
		}
	}
	return true
}

// sized reports whether w is on the right side of the operands of e, as anybody
// would see at once: a sum is above both, a difference below the first.
func sized(e *arith.Expr, w format.Num) bool {
	one := format.Int(1)
	if !e.Binary() || e.L.Value.Cmp(one) <= 0 || e.R.Value.Cmp(one) <= 0 {
		return true
	}
	switch e.Op {
	case '+', '*':
		return w.Cmp(e.L.Value) > 0 && w.Cmp(e.R.Value) > 0
	}
	return w.Cmp(e.L.Value) < 0
}

// plausible reports whether a wrong value could pass for the value of n: whole
// where that is whole, more than one, not too far away, writable, and not the
// value of any node or number of the step.
func plausible(p *augment.Pass, s *format.Step, n *format.Node, w format.Num) bool {
	two, four := format.Int(2), format.Int(4)
	return w.Cmp(two) >= 0 && (w.IsInt() || !n.Value.IsInt()) && w.Cmp(n.Value.Mul(four)) <= 0 && n.Value.Cmp(w.Mul(four)) <= 0 &&
		distinct(p, s, n, w)
}

// passes is plausible, or for a conversion the wrong way round distinct: such an
// outcome may be far off.
func passes(p *augment.Pass, s *format.Step, n *format.Node, w format.Num, converted bool) bool {
	if converted {
		return w.Sign() > 0 && distinct(p, s, n, w)
	}
	return plausible(p, s, n, w)
}

// distinct reports whether w can be written as the value of n is, and is not the
// value of any node or number of the step.
func distinct(p *augment.Pass, s *format.Step, n *format.Node, w format.Num) bool {
	if !arith.Short(w) || w.Equal(n.Value) {
		return false
	}
	if !w.Mul(format.Int(100)).IsInt() && n.Value.Mul(format.Int(100)).IsInt() {
		return false // more decimals than money has
	}
	for i := range p.Graph.Nodes {
		if p.Graph.Nodes[i].Value.Equal(w) {
			return false
		}
	}
	return prose.Count(s.Text, w) == 0
}
