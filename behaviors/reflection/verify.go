package reflection

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// verify holds the edit to its shape: it probes and returns, for a node that
// really comes later than the step at hand. That the node is locked and the
// missing set exact, the engine has proved.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 2 || e.Steps[0].Kind != format.Probe || e.Steps[1].Kind != format.Return {
		return augment.Refuse("no-return", "a reflection is one probe and one return")
	}
	n := p.Graph.Node(e.Steps[0].Node)
	if n == nil || s.After || s.Step >= len(p.Steps()) {
		return augment.Refuse("no-node", "the probe is about no node, or stands beside no step")
	}
	if n.Step <= p.Steps()[s.Step].ID {
		return augment.Refuse("next-step", "node %d is what the step at hand computes", n.ID)
	}
	for i := range e.Steps {
		if strings.IndexByte(e.Steps[i].Text, '=') >= 0 {
			return augment.Refuse("states-value", "a reflection states no equation")
		}
	}
	return extra(p, s, &e)
}

// extra refuses an edit that names an unsolved node other than the one it
// reaches for and those that are missing. A name inside a longer one that may
// stand, as clips in clips in May, is not named by it.
func extra(p *augment.Pass, s augment.Site, e *augment.Edit) error {
	text := e.Steps[0].Text + e.Steps[1].Text
	may := append([]format.NodeID{e.Steps[0].Node}, e.Steps[0].Refs...)
	for k := range p.Graph.Nodes {
		u := &p.Graph.Nodes[k]
		if u.Name == "" || u.Kind == format.GivenNode || u.Step < p.Steps()[s.Step].ID || slices.Contains(may, u.ID) {
			continue
		}
		rest := text
		for _, id := range may {
			if m := p.Graph.Node(id); m != nil && strings.Contains(m.Name, u.Name) {
				rest = strings.ReplaceAll(rest, m.Name, "\x00")
			}
		}
		if prose.HasPhrase(rest, u.Name) {
			return augment.Refuse("extra-named", "the text names %q, which is unsolved and not missing", u.Name)
		}
	}
	return nil
}
