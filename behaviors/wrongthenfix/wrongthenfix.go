package wrongthenfix

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

// Params are the parameters of wrong_then_fix.
type Params struct {
	Class    string `json:"class" jsonschema:"what kind of error is made" enum:"any,arithmetic,operand,operator,copied,off_by_one,unit"`
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
	Name:    "wrong_then_fix",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Class: "any", Distance: 0},
	Phrases: phrases,
	Sites:   slip.Sites,
	Write:   write,
	Verify:  verify,
}

// weights say how often each class is tried first where any will do. A unit is
// rarely to be had, and tried often for that.
var weights = []slip.Weight{{Class: "arithmetic", Weight: 6}, {Class: "unit", Weight: 5}, {Class: "operand", Weight: 4},
	{Class: "copied", Weight: 4}, {Class: "operator", Weight: 3}, {Class: "off_by_one", Weight: 3}}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	par := p.Params.(*Params)
	c, err := slip.Make(p, s, slip.Classes(p, par.Class, weights), par.Least, par.Distance)
	if err != nil {
		return augment.Edit{}, err
	}
	vars := c.Vars()
	opening := "denial"
	if len(c.Steps) > 1 {
		opening = "denial-late"
	}
	text := p.Phrases.Say(opening, vars...) + " " + p.Phrases.Say(c.Reason, vars...) + " " + p.Phrases.Say("withdraw-"+c.Many(), vars...)
	return augment.Edit{
		Steps: append(c.Steps, format.Step{Kind: format.Retract, Node: c.Refs[0], Refs: c.Refs, Text: prose.Before(p.Steps(), s.Step).Put(text)}),
		Proof: c.Proof,
	}, nil
}

// verify holds an edit to its shape; the rest is what every error must be.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	n := len(e.Steps) - 1
	if n < 1 || n > 4 || s.After || e.Steps[n].Kind != format.Retract {
		return augment.Refuse("shape", "an edit is one to four wrong steps and a retraction")
	}
	return slip.Verify(p, s, e.Proof.Grade, e.Steps[:n], &e.Steps[n], &e.Steps[n])
}
