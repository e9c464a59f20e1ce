package backtracking

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/slip"
	"github.com/seed-cdf14512/graft/format"
)

// verify holds an edit to what the behavior adds to the engine's proof: the
// wrong steps follow the source's steps one by one, each states a value that is
// nobody else's and could pass, the doubt has a reason that convicts the root,
// and the retraction names every wrong value.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	n := len(e.Steps) - 2
	if n < 1 || n > 4 || s.After || e.Steps[n].Kind != format.Doubt || e.Steps[n+1].Kind != format.Retract {
		return augment.Refuse("shape", "an edit is one to four wrong steps, a doubt and a retraction")
	}
	return slip.Verify(p, s, e.Proof.Grade, e.Steps[:n], &e.Steps[n], &e.Steps[n+1])
}
