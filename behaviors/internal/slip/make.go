package slip

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// A Chain is a step taken wrongly and the steps that follow from it, as wrong
// steps of an edit, with the reason by which the first one is found out.
type Chain struct {
	Steps   []format.Step   // wrong steps, the root first
	Refs    []format.NodeID // their nodes
	Amounts []string        // the wrong values as the trace would write them
	Class   string          // the class of the error
	Reason  string          // the section of the phrase bank that gives the reason
	Proof   format.Proof    // of the edit
	vars    []string        // what that section needs
}

// Make takes the step of a site wrongly: as one of the recipe's error sources did,
// or else in the first of the classes that the step allows. It carries the error
// through least to distance further steps.
func Make(p *augment.Pass, s augment.Site, classes []string, least, distance int) (*Chain, error) {
	w, err := wrongRoot(p, s.Step, classes)
	if err != nil {
		return nil, err
	}
	chain := []misstep{w.misstep}
	for want := least + p.Rand.IntN(distance-least+1); len(chain) <= want; {
		m, ok := carry(p, s.Step+len(chain), chain)
		if !ok {
			break
		}
		chain = append(chain, m)
	}
	if len(chain) <= least {
		return nil, augment.Refuse("too-short", "the error carries on for %d steps, not %d", len(chain)-1, least)
	}
	frame := prose.Before(p.Steps(), s.Step)
	c := &Chain{Class: w.slip, Reason: w.reason.section, vars: w.reason.vars}
	for _, m := range chain {
		c.Steps = append(c.Steps, format.Step{Kind: format.Wrong, Node: m.node.ID, Text: frame.Again(m.text)})
		c.Refs = append(c.Refs, m.node.ID)
		c.Amounts = append(c.Amounts, m.amount(p))
	}
	detail := fmt.Sprintf("%s: %s is stated, %s is true; %d steps carried; doubt by %s",
		w.slip, chain[0].value, chain[0].node.Value, len(chain)-1, w.reason.section)
	if w.source != "" {
		detail += "; " + w.source
	}
	c.Proof = format.Proof{Grade: w.grade, Detail: detail}
	return c, nil
}

// Vars are the vars of a phrase bank: the first wrong value, the rest, and what
// the reason needs.
func (c *Chain) Vars() []string {
	return append([]string{"wrong", c.Amounts[0], "rest", prose.And(c.Amounts[1:])}, c.vars...)
}

// Many says how many values are wrong, as sections are named: one, two or more.
func (c *Chain) Many() string { return [...]string{"one", "two", "more"}[min(len(c.Steps), 3)-1] }

// wrongRoot finds the first wrong step, or makes it up where the recipe takes that.
func wrongRoot(p *augment.Pass, at int, classes []string) (root, error) {
	w, err := found(p, at, classes)
	switch {
	case w != nil:
		return *w, nil
	case !p.FoundOnly:
		return newRoot(p, at, classes)
	case err == nil:
		err = augment.Refuse("no-source", "no accepted error source has a wrong version of this step, of class %s", strings.Join(classes, ", "))
	}
	return root{}, err
}
