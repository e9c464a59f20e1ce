package behaviors

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var markFaults = []fault{
	{name: "a mark too few", codes: "marks", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps, e.At = e.Steps[1:], e.At[1:]
		return len(e.Steps) > 0
	}},
	{name: "a mark too many", codes: "marks", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps, e.At = append(e.Steps, e.Steps[len(e.Steps)-1]), append(e.At, e.At[len(e.At)-1])
		return true
	}},
	{name: "another mark than the step calls for", codes: "nest-mark", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Kind = format.Return
		return true
	}},
	{name: "another text than the kind calls for", codes: "marks", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Text = "[continue]\n"
		return true
	}},
	{name: "a look back at the end", codes: "nest-mark", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[len(e.Steps)-1].Kind = format.Analysis
		return true
	}},
	{name: "no places", codes: "nest-place", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.At = nil; return true }},
	{name: "a place beyond the host", codes: "nest-place", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.At[len(e.At)-1] += 2
		return true
	}},
	{name: "a place before the host", codes: "nest-place", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.At[0] = -1; return true }},
	{name: "places out of order", codes: "nest-place nest-mark", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		slices.Reverse(e.At)
		return len(e.At) > 1
	}},
	{name: "a mark with an equation", codes: "nest-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " 2 + 2 = 4.\n"
		return true
	}},
	{name: "a mark with the value", codes: "nest-claim", spoil: func(p *augment.Pass, s augment.Site, e *augment.Edit) bool {
		e.Steps[0].Text = strings.TrimSpace(e.Steps[0].Text) + " It is " + p.Graph.Nodes[len(p.Graph.Nodes)-1].Value.String() + ".\n"
		return true
	}},
	{name: "a mark about a node", codes: "nest-claim", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Node = 1; return true }},
	{name: "a mark that is a step of its own", codes: "kind", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Kind = format.Wrong
		return true
	}},
	{name: "a token that was not asked for", codes: "marks", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		e.Steps[0].Kind = format.Control
		return true
	}},
	{name: "an empty mark", codes: "empty", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Steps[0].Text = "\n"; return true }},
	{name: "no proof", codes: "no-proof", spoil: func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool { e.Proof.Grade = ""; return true }},
}
