package backtracktoken

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/slip"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of backtrack_token.
type Params struct {
	Class string `json:"class" jsonschema:"what kind of error is made" enum:"any,arithmetic,operand,operator,copied,off_by_one"`
	As    string `json:"as" jsonschema:"the mark as text, or as a control token that the tokenizer has" enum:"text,token"`
	Mark  string `json:"mark" jsonschema:"the mark"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	if strings.TrimSpace(p.Mark) == "" || strings.TrimSpace(p.Mark) != p.Mark || strings.ContainsAny(p.Mark, "\n0123456789=") {
		return fmt.Errorf("the mark %q must be text without digits, equals signs, line breaks and white space around it", p.Mark)
	}
	return nil
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "backtrack_token",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Class: "any", As: "text", Mark: "<backtrack>"},
	Derive:  derive,
	Verify:  verify,
}

func (p *Params) kind() format.Kind {
	if p.As == "token" {
		return format.Control
	}
	return format.Return
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	par := p.Params.(*Params)
	if p.Verdict(p.Attempt.Trace.ID) != "right" {
		return nil, nil
	}
	sites := slip.Sites(p)
	if len(sites) == 0 {
		return nil, nil
	}
	if par.As == "token" && (p.HasToken == nil || !p.HasToken(par.Mark)) {
		return nil, augment.Refuse("no-token", "the tokenizer has no token %q", par.Mark)
	}
	var last error
	for _, k := range p.Rand.Perm(len(sites)) {
		at := sites[k].Step
		c, err := slip.Make(p, sites[k], slip.Made(p, par.Class), 0, 0)
		if err == nil {
			err = slip.Wrong(p, at, c.Steps[0].Text)
		}
		if err != nil {
			last = err
			continue
		}
		d := augment.Derived{Parents: []string{p.Attempt.Trace.ID}, Truncated: true, Proof: c.Proof}
		if at > 0 {
			d.Answer = append(d.Answer, augment.Steps(p.Attempt, 0, at))
		}
		d.Answer = append(d.Answer, augment.Stamped(format.Wrong, c.Steps[0].Text), augment.Stamped(par.kind(), par.Mark))
		return []augment.Derived{d}, nil
	}
	return nil, last
}

func verify(p *augment.Pass, d *augment.Derived) error {
	par := p.Params.(*Params)
	n := len(d.Answer)
	if n < 2 || n > 3 || !d.Truncated || d.Question != nil {
		return augment.Refuse("shape", "a prefix, a wrong step and a mark are wanted, %d segments found", n)
	}
	if p.Verdict(d.Parents[0]) != "right" {
		return augment.Refuse("not-right", "the attempt grades %s", p.Verdict(d.Parents[0]))
	}
	wrong, mark := &d.Answer[n-2], &d.Answer[n-1]
	if wrong.Parent != "" || wrong.Kind != format.Wrong || mark.Parent != "" || mark.Kind != par.kind() || mark.Text != par.Mark {
		return augment.Refuse("shape", "it does not end with a wrong step and the mark %s", par.Mark)
	}
	if par.As == "token" && p.HasToken != nil && !p.HasToken(par.Mark) {
		return augment.Refuse("no-token", "the tokenizer has no token %q", par.Mark)
	}
	for at := range p.Steps() {
		prefix := at == 0 && n == 2 || at > 0 && n == 3 && d.Answer[0] == augment.Steps(p.Attempt, 0, at)
		if prefix {
			return slip.Wrong(p, at, wrong.Text)
		}
	}
	return augment.Refuse("shape", "what stands before the wrong step is no run of first steps")
}
