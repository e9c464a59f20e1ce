package verification

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/format"
)

// verify holds a check to its promise from its text alone: it uses only the
// numbers that the value rests on, says no equation that the source says, each
// equation leads to the next, and the last one arrives either at the value, or
// from the value at one of its operands.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 1 || e.Steps[0].Kind != format.Check {
		return augment.Refuse("check-shape", "a verification is one check")
	}
	n := p.Graph.Node(e.Steps[0].Node)
	if n == nil || !n.Bound || !s.After || n.Step != p.Steps()[s.Step].ID {
		return augment.Refuse("check-shape", "the check is not about a bound value of the step before it")
	}
	return route.Verify(p, n, e.Steps[0].Text)
}
