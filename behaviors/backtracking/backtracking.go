package backtracking

import (
	_ "embed" // for the phrase bank
	"fmt"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/behaviors/internal/slip"
	"github.com/seed-cdf14512/graft/format"
)

//go:embed phrases.txt
var phrases string

// Params are the parameters of backtracking.
type Params struct {
	Slip     string `json:"slip" jsonschema:"what kind of error is made" enum:"any,arithmetic,operand,operator,copied"`
	Distance int    `json:"distance" jsonschema:"most further steps that the error is carried through before it is noticed; drawn evenly from least" range:"0,3"`
	Least    int    `json:"least" jsonschema:"fewest further steps; a site that does not reach them is refused" range:"0,3"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	if p.Least > p.Distance {
		return fmt.Errorf("least is %d, above distance, %d", p.Least, p.Distance)
	}
	return nil
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "backtracking",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Slip: "any", Distance: 2},
	Phrases: phrases,
	Sites:   slip.Sites,
	Write:   write,
	Verify:  verify,
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	par := p.Params.(*Params)
	c, err := slip.Make(p, s, slip.Classes(p, par.Slip, slip.Common), par.Least, par.Distance)
	if err != nil {
		return augment.Edit{}, err
	}
	frame := prose.Before(p.Steps(), s.Step)
	e := augment.Edit{Steps: c.Steps}
	alarm := "alarm"
	if len(c.Steps) > 1 {
		alarm = "alarm-late"
	}
	vars := c.Vars()
	doubt := p.Phrases.Say(alarm, vars...) + " " + prose.Sentence(p.Phrases.Say(c.Reason, vars...))
	e.Steps = append(e.Steps,
		format.Step{Kind: format.Doubt, Node: c.Refs[0], Text: frame.Put(doubt)},
		format.Step{Kind: format.Retract, Node: c.Refs[0], Refs: c.Refs, Text: frame.Put(p.Phrases.Say("retract-"+c.Many(), vars...))})
	e.Proof = c.Proof
	return e, nil
}
