package emptythink

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Params are the parameters of empty_think.
type Params struct {
	Open  string `json:"open" jsonschema:"what opens a think block"`
	Close string `json:"close" jsonschema:"what closes it"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	if strings.TrimSpace(p.Open) == "" || strings.TrimSpace(p.Close) == "" || strings.ContainsAny(p.Open+p.Close, "0123456789=") {
		return fmt.Errorf("the marks %q and %q must say something, without digits and equals signs", p.Open, p.Close)
	}
	return nil
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "empty_think",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Open: "<think>", Close: "</think>"},
	Derive:  derive,
	Verify:  verify,
}

// block is the empty think block with the answer after it, or nil where the
// attempt is nothing but its answer, or states none.
func block(p *augment.Pass) []augment.Segment {
	par := p.Params.(*Params)
	text := p.Attempt.Trace.Text()
	_, from, _, ok := answer.Final(text)
	if !ok || p.Verdict(p.Attempt.Trace.ID) != "right" {
		return nil
	}
	if at := strings.LastIndex(text, par.Close); at >= 0 && at+len(par.Close) <= from {
		from = at + len(par.Close)
		from += len(text[from:]) - len(strings.TrimLeft(text[from:], " \n"))
	} else {
		from = strings.LastIndexByte(text[:from], '\n') + 1
	}
	if from == 0 || strings.TrimSpace(text[from:]) == "" {
		return nil
	}
	return []augment.Segment{
		augment.Stamped(format.Setup, par.Open+"\n\n"+par.Close+"\n\n"),
		{Parent: p.Attempt.Trace.ID, Part: augment.SourcePart, Start: from, End: len(text)},
	}
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	list := block(p)
	if list == nil {
		return nil, nil
	}
	return []augment.Derived{{
		Parents: []string{p.Attempt.Trace.ID}, Answer: list,
		Proof: format.Proof{Grade: "attempt", Detail: fmt.Sprintf("right: the answer alone, %d bytes of reasoning left out", list[1].Start)},
	}}, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	if want := block(p); want == nil || !slices.Equal(d.Answer, want) || d.Question != nil || d.Truncated || d.Truth != "" {
		return augment.Refuse("shape", "it is not an empty think block and the answer of a right attempt")
	}
	return nil
}
