package subgoalsetting

import (
	_ "embed" // for the phrase bank
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/route"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of subgoal_setting.
type Params struct {
	Depth int  `json:"depth" jsonschema:"levels below the final value that the plan reaches" range:"1,3"`
	Most  int  `json:"most" jsonschema:"most quantities that it names" range:"1,5"`
	Parts bool `json:"parts" jsonschema:"of problems with parameters: before any line, too, with a plan for a line to come"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "subgoal_setting",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Depth: 2, Most: 3},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) []augment.Site {
	if param.Known(p) {
		return lineSites(p)
	}
	n := target(p)
	if n == nil || !prose.English(p.Problem.Question, p.Steps()[0].Text) || strings.Contains(p.Steps()[0].Text, "```") {
		return nil
	}
	for k := range p.Graph.Nodes {
		if goal(p, n, &p.Graph.Nodes[k]) {
			return []augment.Site{{Step: 0, Node: n.ID}}
		}
	}
	return nil
}

// target is the node whose value the answer states.
func target(p *augment.Pass) *format.Node {
	return route.Final(p, route.AnswerAt(p))
}

// goal reports whether m may be planned for on the way to n.
func goal(p *augment.Pass, n, m *format.Node) bool {
	return m.Kind == format.ResultNode && prose.Named(m) && !strings.ContainsAny(m.Name, "0123456789") &&
		below(p.Graph, n, m.ID, p.Params.(*Params).Depth)
}

// below reports whether n rests on the node id through at most depth levels.
func below(g *format.Graph, n *format.Node, id format.NodeID, depth int) bool {
	if depth == 0 {
		return false
	}
	for _, at := range n.Parents {
		if at == id || at > id && at < n.ID && below(g, g.Node(at), id, depth-1) {
			return true
		}
	}
	return false
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	if param.Known(p) {
		return planLine(p, s)
	}
	n := p.Graph.Node(s.Node)
	plan := draw(p, n)
	names := make([]string, len(plan))
	refs := make([]format.NodeID, len(plan))
	for i, m := range plan {
		names[i], refs[i] = prose.What(m), m.ID
	}
	vars := []string{"target", "the answer", "first", names[0], "then", strings.Join(names[1:], ", then "), "all", prose.And(names)}
	if sayable(n) && p.Rand.IntN(2) == 0 {
		vars[1] = prose.What(n)
	}
	section := "many"
	if len(plan) == 1 {
		section = "one"
	}
	return augment.Edit{
		Steps: []format.Step{{Kind: format.Setup, Node: n.ID, Refs: refs, Text: prose.Before(p.Steps(), s.Step).Put(p.Phrases.Say(section, vars...))}},
		Proof: format.Proof{Grade: "computed", Detail: "plan: " + strings.Join(names, ", then ")},
	}, nil
}

func sayable(n *format.Node) bool {
	return prose.Named(n) && !strings.ContainsAny(n.Name, "0123456789")
}

// draw takes at most so many goals as the parameters allow, each with the same
// chance, in the order of the graph, which is that of the steps.
func draw(p *augment.Pass, n *format.Node) (plan []*format.Node) {
	most := p.Params.(*Params).Most
	seen := 0
	for k := range p.Graph.Nodes {
		m := &p.Graph.Nodes[k]
		if !goal(p, n, m) {
			continue
		}
		if seen++; len(plan) < most {
			plan = append(plan, m)
		} else if at := p.Rand.IntN(seen); at < most {
			plan = append(slices.Delete(plan, at, at+1), m)
		}
	}
	return plan
}

// verify holds the edit to its shape: one plan, at the start, for the value that
// the answer states, of at most so many quantities as deep as the parameters say.
// That they are ahead, needed and in order, the engine has proved.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if param.Known(p) {
		return verifyLine(p, s, e)
	}
	if len(e.Steps) != 1 || e.Steps[0].Kind != format.Setup || s.After || s.Step != 0 {
		return augment.Refuse("shape", "an edit is one plan before the first step")
	}
	n := target(p)
	if n == nil || n.ID != e.Steps[0].Node {
		return augment.Refuse("not-final", "the plan does not lead to the value that the answer states")
	}
	par := p.Params.(*Params)
	refs := e.Steps[0].Refs
	if len(refs) < 1 || len(refs) > par.Most {
		return augment.Refuse("shape", "the plan has %d goals, must have 1 to %d", len(refs), par.Most)
	}
	for _, id := range refs {
		if !goal(p, n, p.Graph.Node(id)) {
			return augment.Refuse("too-deep", "node %d is no goal within %d levels", id, par.Depth)
		}
	}
	if strings.IndexByte(e.Steps[0].Text, '=') >= 0 {
		return augment.Refuse("states-value", "a plan states no equation")
	}
	return nil
}
