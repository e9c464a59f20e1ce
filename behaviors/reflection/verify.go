package reflection

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/reach"
	"github.com/seed-cdf14512/graft/format"
)

// verify holds the edit to its shape: it probes and returns, for a node that
// really comes later than the step at hand.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 2 || e.Steps[0].Kind != format.Probe || e.Steps[1].Kind != format.Return {
		return augment.Refuse("no-return", "a reflection is one probe and one return")
	}
	return reach.Verify(p, s, &e.Steps[0], e.Steps[0].Text+e.Steps[1].Text)
}
