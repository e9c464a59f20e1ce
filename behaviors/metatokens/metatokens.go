package metatokens

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of meta_tokens.
type Params struct {
	As       string `json:"as" jsonschema:"marks as text, or each as one control token that the tokenizer has" enum:"text,token"`
	Explore  string `json:"explore" jsonschema:"the mark before something else is tried"`
	Reflect  string `json:"reflect" jsonschema:"the mark before a look back"`
	Continue string `json:"continue" jsonschema:"the mark before the way goes on"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	all := [...]string{p.Explore, p.Reflect, p.Continue}
	for i, m := range all {
		if strings.TrimSpace(m) == "" || strings.TrimSpace(m) != m || strings.ContainsAny(m, "\n0123456789=") {
			return fmt.Errorf("the mark %q must be text without digits, equals signs, line breaks and white space around it", m)
		}
		if slices.Contains(all[:i], m) {
			return fmt.Errorf("the mark %q stands for two things", m)
		}
	}
	return nil
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "meta_tokens",
	Doc:     doc,
	Version: 1,
	Params:  &Params{As: "text", Explore: "[explore]", Reflect: "[reflect]", Continue: "[continue]"},
	Nests:   true,
	Sites:   sites,
	Write:   write,
	Verify:  verify,
}

// A mark stands before a step of the host, or after its last.
type mark struct {
	kind format.Kind
	at   int
}

// sorts say how a kind of step is announced.
var sorts = map[format.Kind]format.Kind{
	format.Probe: format.Branch, format.Branch: format.Branch, format.Wrong: format.Branch,
	format.Doubt: format.Analysis, format.Check: format.Analysis, format.Retract: format.Analysis, format.Fix: format.Analysis,
	format.Setup: format.Return, format.Compute: format.Return,
}

// marks lists what belongs in an edit.
func marks(host *augment.Edit) (list []mark) {
	last := format.Return // the source went on before the edit
	for i := range host.Steps {
		sort, ok := sorts[host.Steps[i].Kind]
		if !ok {
			continue
		}
		if sort != last || i == 0 {
			list = append(list, mark{sort, i})
		}
		last = sort
	}
	if last != format.Return {
		list = append(list, mark{format.Return, len(host.Steps)})
	}
	return list
}

func sites(p *augment.Pass) []augment.Site {
	if p.Host == nil || len(marks(p.Host.Edit)) == 0 {
		return nil
	}
	return []augment.Site{p.Host.Site}
}

func write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	par := p.Params.(*Params)
	if err := par.tokens(p); err != nil {
		return augment.Edit{}, err
	}
	frame := prose.Before(p.Steps(), s.Step)
	if s.After {
		frame = prose.After(p.Steps(), s.Step)
	}
	e := augment.Edit{Proof: format.Proof{Grade: "computed", Detail: p.Host.Behavior + ": marked at its borders"}}
	for _, m := range marks(p.Host.Edit) {
		step := format.Step{Kind: m.kind, Text: frame.Put(par.text(m.kind))}
		if par.As == "token" {
			step = format.Step{Kind: format.Control, Text: par.text(m.kind)}
		}
		e.Steps, e.At = append(e.Steps, step), append(e.At, m.at)
	}
	return e, nil
}

func (p *Params) text(k format.Kind) string {
	switch k {
	case format.Branch:
		return p.Explore
	case format.Analysis:
		return p.Reflect
	}
	return p.Continue
}

// tokens refuses marks that the tokenizer does not have.
func (p *Params) tokens(pass *augment.Pass) error {
	if p.As != "token" {
		return nil
	}
	for _, m := range [...]string{p.Explore, p.Reflect, p.Continue} {
		if pass.HasToken == nil || !pass.HasToken(m) {
			return augment.Refuse("no-token", "the tokenizer has no token %q; tokenize.add in the recipe adds it", m)
		}
	}
	return nil
}

// verify holds the edit to the marks that its host calls for: these and no
// others, each where it belongs.
func verify(p *augment.Pass, s augment.Site, e augment.Edit) error {
	par := p.Params.(*Params)
	if err := par.tokens(p); err != nil {
		return err
	}
	if p.Host == nil {
		return augment.Refuse("no-host", "marks stand in an edit of another behavior")
	}
	want := marks(p.Host.Edit)
	if len(want) != len(e.Steps) || len(want) != len(e.At) {
		return augment.Refuse("marks", "%d marks, the edit of %s calls for %d", len(e.Steps), p.Host.Behavior, len(want))
	}
	for i, m := range want {
		kind := m.kind
		if par.As == "token" {
			kind = format.Control
		}
		if e.At[i] != m.at || e.Steps[i].Kind != kind || strings.TrimSpace(e.Steps[i].Text) != par.text(m.kind) {
			return augment.Refuse("marks", "mark %d is %q at %d, want %q at %d", i, e.Steps[i].Text, e.At[i], par.text(m.kind), m.at)
		}
	}
	return nil
}
