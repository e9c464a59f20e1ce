package trim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Params are the parameters of trim.
type Params struct {
	Max      int      `json:"max" jsonschema:"surplus reflections that stay" range:"0,1000"`
	Triggers []string `json:"triggers" jsonschema:"what a reflection begins with, in either case"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	for _, t := range p.Triggers {
		if strings.TrimSpace(t) == "" {
			return fmt.Errorf("a trigger is empty; every step would begin a reflection")
		}
	}
	return nil
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "trim",
	Doc:     doc,
	Version: 1,
	Params: &Params{Max: 1, Triggers: []string{"wait", "but wait", "hold on", "hmm", "let me double-check", "let me double check", "let me check again",
		"let me verify", "but let me", "let me see again", "let me recheck", "let me re-check", "but hold on", "actually, wait"}},
	Derive: derive,
	Verify: verify,
}

// surplus lists the surplus reflections beyond the first max, as runs of steps.
func surplus(p *augment.Pass) [][2]int {
	par := p.Params.(*Params)
	steps := p.Steps()
	_, from, to, stated := answer.Final(p.Attempt.Trace.Text())
	known := prose.AppendNumbers(nil, p.Problem.Question)
	var out [][2]int
	stay, at := par.Max, 0
	for i := 0; i < len(steps); {
		end := i + 1
		reflects := par.triggers(steps[i].Text)
		for reflects && end < len(steps) && !strings.HasSuffix(steps[end-1].Text, "\n") && !par.triggers(steps[end].Text) {
			end++
		}
		text := ""
		for _, s := range steps[i:end] {
			text += s.Text
		}
		numbers := prose.AppendNumbers(nil, text)
		idle := reflects && !slices.ContainsFunc(numbers, func(n prose.Number) bool {
			return !slices.ContainsFunc(known, func(k prose.Number) bool { return k.Value.Equal(n.Value) })
		})
		idle = idle && !(stated && at < to && at+len(text) > from) && !strings.Contains(text, "think>")
		switch {
		case idle && stay > 0:
			stay--
		case idle:
			out = append(out, [2]int{i, end})
		}
		known = append(known, numbers...)
		at += len(text)
		i = end
	}
	return out
}

// triggers reports whether a step begins a reflection.
func (p *Params) triggers(text string) bool {
	text = strings.ToLower(strings.TrimLeft(text, " \n\t"))
	return slices.ContainsFunc(p.Triggers, func(t string) bool {
		rest, ok := strings.CutPrefix(text, strings.ToLower(t))
		return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
	})
}

// left are the segments that stay.
func left(p *augment.Pass, out [][2]int) []augment.Segment {
	var list []augment.Segment
	from := 0
	for _, r := range append(out, [2]int{len(p.Steps()), len(p.Steps())}) {
		if r[0] > from {
			list = append(list, augment.Steps(p.Attempt, from, r[0]))
		}
		from = r[1]
	}
	return list
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	out := surplus(p)
	if len(out) == 0 {
		return nil, nil
	}
	list := left(p, out)
	if len(list) == 0 {
		return nil, augment.Refuse("empty", "the attempt is nothing but reflections")
	}
	return []augment.Derived{{
		Parents: []string{p.Attempt.Trace.ID}, Answer: list,
		Proof: format.Proof{Grade: augment.Computed, Detail: fmt.Sprintf("trimmed: %d surplus reflections", len(out))},
	}}, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	out := surplus(p)
	if len(out) == 0 || !slices.Equal(d.Answer, left(p, out)) || d.Question != nil || d.Truncated || d.Truth != "" {
		return augment.Refuse("shape", "what is left out is not the attempt's %d surplus reflections", len(out))
	}
	return nil
}
