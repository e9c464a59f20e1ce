package reflectlocked

import (
	_ "embed" // for the phrase bank

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of reflect_locked.
type Params struct {
	Redundant int    `json:"redundant" jsonschema:"of 100 visits, how many go to a parameter that nothing needs, where there is one" range:"0,100"`
	Missing   string `json:"missing" jsonschema:"all: any locked parameter; one: only those that lack exactly one parent" enum:"all,one"`
	Locked    bool   `json:"locked" jsonschema:"draw among locked parameters only; otherwise a draw that is not locked is refused and counted, as in the published sets"`
	Level     int    `json:"level" jsonschema:"how often a visit says the premise, as in info_analysis; 0 never" range:"0,4"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "reflect_locked",
	Doc:     doc,
	Version: 2,
	Params:  &Params{Redundant: 30, Missing: "all", Locked: true},
	Phrases: phrases,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

func sites(p *augment.Pass) (list []augment.Site) {
	for _, l := range param.Inner(p) {
		for k := range p.Graph.Nodes {
			if n := &p.Graph.Nodes[k]; locked(p, l.First, n) {
				list = append(list, augment.Site{Step: l.First, Node: n.ID})
				break
			}
		}
	}
	return list
}

// ahead reports whether a parameter may be drawn before step i: it comes later,
// or never.
func ahead(p *augment.Pass, i int, n *format.Node) bool {
	return !param.Solved(p, i, n) && n.ID != p.Steps()[i].Node && param.Plain(n)
}

// locked reports whether a parameter that may be drawn lacks what a visit can name.
func locked(p *augment.Pass, i int, n *format.Node) bool {
	if !ahead(p, i, n) {
		return false
	}
	par, missing := p.Params.(*Params), 0
	for _, id := range n.Parents {
		m := p.Graph.Node(id)
		if param.Solved(p, i, m) {
			continue
		}
		if missing++; !param.Plain(m) || par.Locked && param.Idle(p, i, m) {
			return false
		}
	}
	return missing == 1 || missing > 1 && par.Missing == "all"
}

// draw chooses what to visit: what nothing needs in its share of the cases, else
// one of the lines to come.
func draw(p *augment.Pass, i int) *format.Node {
	par := p.Params.(*Params)
	may := ahead
	if par.Locked {
		may = locked
	}
	var pools [2][]*format.Node // needed, spare
	for k := range p.Graph.Nodes {
		if n := &p.Graph.Nodes[k]; may(p, i, n) {
			at := 0
			if param.Spare(n) {
				at = 1
			}
			pools[at] = append(pools[at], n)
		}
	}
	pool := pools[0]
	if len(pools[1]) > 0 && (p.Rand.IntN(100) < par.Redundant || len(pool) == 0) {
		pool = pools[1]
	}
	if len(pool) == 0 {
		return nil
	}
	return pool[p.Rand.IntN(len(pool))]
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	n := draw(p, s.Step)
	if n == nil || !locked(p, s.Step, n) {
		return augment.Edit{}, augment.Refuse("unlocked", "what was drawn can be worked out already")
	}
	names, refs := param.Names(param.Missing(p, s.Step, n))
	section := "lock-one"
	if len(names) > 1 {
		section = "lock-many"
	}
	vars := []string{"target", "the number of " + n.Name, "missing", prose.And(names)}
	probe := format.Step{Kind: format.Probe, Node: n.ID, Refs: refs}
	edit := augment.Edit{Proof: format.Proof{Grade: "computed", Detail: "locked: " + n.Name}}
	if param.Spare(n) || p.Introduced(n.ID) {
		probe.Text = p.Phrases.Say("try", vars...) + " "
	} else {
		letter := param.Letter(p, n)
		probe.Symbol = string(rune(letter))
		probe.Text = answer.Naming(p.Rand.IntN(answer.Namings-1), letter, n.Name) + " "
		if par := p.Params.(*Params); par.Level > 0 && uint32(p.Rand.IntN(100)) < param.Percent(par.Level, n) {
			probe.Text += "It equals " + param.Body(n) + ". "
		}
		for _, l := range param.Lines(p) {
			if l.Node == n {
				text, _ := answer.Recall(p.Steps()[l.First].Text)
				edit.Replaces = []augment.Replacement{{Step: l.First, Text: text}}
			}
		}
	}
	probe.Text += p.Phrases.Say(section, vars...) + " "
	edit.Steps = []format.Step{probe, {Kind: format.Return, Text: p.Phrases.Say("return", vars...) + "\n"}}
	return edit, nil
}

// verify holds the edit to its shape and place: that the parameter is locked, the
// missing set exact and the letter recalled, the engine has proved.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	if len(e.Steps) != 2 || e.Steps[0].Kind != format.Probe || e.Steps[1].Kind != format.Return || s.After {
		return augment.Refuse("shape", "a visit is one probe and one return before a line")
	}
	if s.Step >= len(p.Steps()) || p.Steps()[s.Step].Symbol == "" {
		return augment.Refuse("shape", "the visit does not stand before a line")
	}
	n := p.Graph.Node(e.Steps[0].Node)
	if n == nil || !locked(p, s.Step, n) {
		return augment.Refuse("not-locked", "node %d may not be visited here", e.Steps[0].Node)
	}
	for _, r := range e.Replaces {
		if p.Steps()[r.Step].Node != n.ID {
			return augment.Refuse("rename", "the visit is to node %d, and renames a step about node %d", n.ID, p.Steps()[r.Step].Node)
		}
	}
	return nil
}
