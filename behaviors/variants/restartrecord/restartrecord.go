package restartrecord

import (
	_ "embed" // the phrase bank
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/tries"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of restart_record.
type Params struct {
	Status string `json:"status" jsonschema:"from which attempts: any, right ones (1) or wrong ones (-1)" enum:"any,right,wrong"`
	Cut    int    `json:"cut" jsonschema:"fewest steps to leave out at the end" range:"0,1000"`
	As     string `json:"as" jsonschema:"the mark as words of the phrase bank, or as a control token that the tokenizer has" enum:"words,token"`
	Mark   string `json:"mark" jsonschema:"the control token"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	if p.As == "token" && strings.TrimSpace(p.Mark) == "" {
		return fmt.Errorf("as: token wants a mark")
	}
	return nil
}

//go:embed phrases.txt
var phrases string

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "restart_record",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Status: "any", Cut: 1, As: "words", Mark: "<reflect>"},
	Phrases: phrases,
	Derive:  derive,
	Verify:  verify,
}

// status is 1 for a right attempt, -1 for a wrong one, 0 for any other.
func status(p *augment.Pass) int {
	switch v := p.Verdict(p.Attempt.Trace.ID); v {
	case "right":
		return 1
	case "wrong":
		return -1
	}
	return 0
}

func wanted(p *augment.Pass) bool {
	s := status(p)
	return s != 0 && !(p.Params.(*Params).Status == "right" && s < 0) && !(p.Params.(*Params).Status == "wrong" && s > 0)
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	par := p.Params.(*Params)
	n := len(p.Steps())
	if !wanted(p) || n-par.Cut < 1 {
		return nil, nil
	}
	mark := augment.Stamped(format.Control, par.Mark)
	if par.As == "words" {
		mark = augment.Stamped(format.Doubt, p.Phrases.Say("reflect")+" ")
	} else if p.HasToken == nil || !p.HasToken(par.Mark) {
		return nil, augment.Refuse("no-token", "the tokenizer has no token %q", par.Mark)
	}
	kept := 1 + p.Rand.IntN(n-par.Cut)
	for ; kept > 0; kept-- {
		if status(p) < 0 || tries.Hides(p, textOf(p, kept)) {
			break
		}
	}
	if kept == 0 {
		return nil, augment.Refuse("reveals", "the first step states the answer")
	}
	if last := p.Steps()[kept-1].Text; par.As == "words" && strings.TrimRight(last, " \n") == last {
		mark.Text = " " + mark.Text
	}
	return []augment.Derived{{
		Form: augment.PromptForm, Parents: []string{p.Attempt.Trace.ID}, Truncated: true,
		Answer: []augment.Segment{augment.Steps(p.Attempt, 0, kept), mark},
		Notes:  []format.Field{{Name: "restart_status", Value: strconv.Itoa(status(p))}, {Name: "cut_depth", Value: strconv.Itoa(n - kept)}},
		Proof:  format.Proof{Grade: "attempt", Detail: fmt.Sprintf("%s: %d of %d steps", p.Verdict(p.Attempt.Trace.ID), kept, n)},
	}}, nil
}

func textOf(p *augment.Pass, kept int) string {
	var b strings.Builder
	for _, s := range p.Steps()[:kept] {
		b.WriteString(s.Text)
	}
	return b.String()
}

func verify(p *augment.Pass, d *augment.Derived) error {
	par := p.Params.(*Params)
	if d.Form != augment.PromptForm || len(d.Answer) != 2 || !d.Truncated || d.Question != nil || !wanted(p) {
		return augment.Refuse("shape", "it is no prompt of part of a %s attempt and a mark", par.Status)
	}
	kept := 0
	for k := 1; k <= len(p.Steps())-par.Cut; k++ {
		if d.Answer[0] == augment.Steps(p.Attempt, 0, k) {
			kept = k
		}
	}
	mark := &d.Answer[1]
	switch {
	case kept == 0:
		return augment.Refuse("shape", "what stands there is no run of first steps, or too few were cut")
	case mark.Parent != "" || par.As == "token" && (mark.Kind != format.Control || mark.Text != par.Mark) || par.As == "words" && (mark.Kind != format.Doubt || strings.ContainsAny(mark.Text, "0123456789=")):
		return augment.Refuse("shape", "it does not end with a mark")
	case status(p) > 0 && !tries.Hides(p, textOf(p, kept)):
		return augment.Refuse("reveals", "part of a right attempt states the answer")
	case tries.Note(d, "restart_status") != strconv.Itoa(status(p)) || tries.Note(d, "cut_depth") != strconv.Itoa(len(p.Steps())-kept):
		return augment.Refuse("status", "status %s at depth %s, it is %d at %d", tries.Note(d, "restart_status"), tries.Note(d, "cut_depth"), status(p), len(p.Steps())-kept)
	}
	return nil
}
