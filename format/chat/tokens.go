package chat

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// tokens finds added tokens in text, the longest first. Tokens of white space
// alone are left to the tokenizer: they separate, they do not control.
type tokens struct {
	by      [256][]string // by first byte, longest first
	special map[string]bool
}

func (ts *tokens) add(all []Token) {
	if ts.special == nil {
		ts.special = map[string]bool{}
	}
	for _, t := range all {
		if strings.TrimSpace(t.Text) == "" {
			continue
		}
		if _, seen := ts.special[t.Text]; !seen {
			ts.by[t.Text[0]] = append(ts.by[t.Text[0]], t.Text)
		}
		ts.special[t.Text] = ts.special[t.Text] || t.Special
	}
	for i := range ts.by {
		slices.SortFunc(ts.by[i], func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
	}
}

// each calls f with the tokens in s, from left to right.
func (ts *tokens) each(s string, f func(start, end int)) {
scan:
	for i := 0; i < len(s); {
		for _, t := range ts.by[s[i]] {
			if strings.HasPrefix(s[i:], t) {
				f(i, i+len(t))
				i += len(t)
				continue scan
			}
		}
		i++
	}
}

// controls are the tokens that stand in the template's own text, and those that
// it knows by name.
func (p *program) controls() []string {
	var all []string
	for _, s := range p.tpl.Literals() {
		p.tokens.each(s, func(a, b int) { all = append(all, s[a:b]) })
	}
	for _, name := range special {
		if v, ok := p.vars[name]; ok && p.tpl.Uses(name) {
			all = append(all, textOf(v))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// controls adds the added tokens that the template wrote. Nothing that came
// from a record is searched: a token's name in a message is text. Control steps
// of a trace are there already; where one holds a tag that the template cut off
// and put back, the step is the token.
func (l *layout) controls(s *format.Sample) {
	steps := slices.Clone(s.Controls)
	at := 0
	run := func(end int) {
		l.p.tokens.each(s.Text[at:max(at, end)], func(a, b int) {
			c := format.Range{Start: at + a, End: at + b}
			if !slices.ContainsFunc(steps, func(x format.Range) bool { return x.Start < c.End && c.Start < x.End }) {
				s.Controls = append(s.Controls, c)
			}
		})
	}
	for _, m := range l.written {
		run(m.Start)
		at = max(at, m.End)
	}
	run(len(s.Text))
	if len(steps) > 0 {
		slices.SortFunc(s.Controls, func(a, b format.Range) int { return a.Start - b.Start })
	}
}
