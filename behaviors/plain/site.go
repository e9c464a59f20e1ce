package plain

import (
	"fmt"
	"slices"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// patternTime bounds one search. A pattern that runs into it is at fault: a step
// is a sentence.
const patternTime = 250 * time.Millisecond

// maxMatched bounds the text that a pattern is tried on.
const maxMatched = 1 << 14

func (f *form) sites(p *augment.Pass) []augment.Site {
	if p.Graph == nil {
		return nil
	}
	steps := p.Steps()
	var list []augment.Site
	var code prose.Fence
	for i := range steps {
		if steps[i].Kind == format.Answer {
			break
		}
		if code.Inside(steps[i].Text) || !f.ofKind(steps[i].Kind) {
			continue
		}
		node, ok := f.subject.node(f, p, i)
		if !ok || f.missed(steps[i].Text) {
			continue
		}
		list = append(list, augment.Site{Step: i, After: f.after(), Node: node})
	}
	if len(list) == 0 {
		return nil
	}
	about := 0
	if f.after() {
		about = list[0].Step
	}
	if !prose.English(p.Problem.Question, steps[about].Text) {
		return nil
	}
	return chosen(list, steps, f.option(p, "which"))
}

func (f *form) ofKind(k format.Kind) bool {
	return len(f.Site.Kinds) == 0 || slices.Contains(f.Site.Kinds, k.String())
}

// chosen keeps the sites that the option which asks for.
func chosen(list []augment.Site, steps []format.Step, which string) []augment.Site {
	last := list[len(list)-1:]
	switch which {
	case "first":
		return list[:1]
	case "last":
		return last
	case "before-answer":
		if next := last[0].Step + 1; next < len(steps) && steps[next].Kind != format.Answer {
			return nil
		}
		return last
	}
	return list
}

// missed reports whether the pattern is known not to match. A search that fails is
// no answer: the site stays, and is refused by name where it is chosen.
func (f *form) missed(text string) bool {
	if f.pattern == nil {
		return false
	}
	if len(text) > maxMatched {
		return false
	}
	ok, err := f.pattern.MatchString(text)
	return err == nil && !ok
}

// captures are the groups of the pattern, by name and by number.
func (f *form) captures(step *format.Step) (map[string]string, error) {
	if f.pattern == nil {
		return nil, nil
	}
	if len(step.Text) > maxMatched {
		return nil, augment.Refuse("pattern-too-long", "step %d has %d bytes, a pattern is tried on %d", step.ID, len(step.Text), maxMatched)
	}
	m, err := f.pattern.FindStringMatch(step.Text)
	if err != nil {
		return nil, augment.Refuse("pattern-timeout", "step %d: the pattern %q took over %s", step.ID, f.Site.Pattern, patternTime)
	}
	if m == nil {
		return nil, augment.Refuse("pattern", "step %d does not match %q", step.ID, f.Site.Pattern)
	}
	caps := map[string]string{}
	for _, g := range m.Groups() {
		caps[g.Name] = g.String()
	}
	return caps, nil
}

// compilePattern compiles a pattern. Where it is broken, at is the rune at which it
// begins to be: what stands before would do.
func compilePattern(text string) (re *regexp2.Regexp, at int, err error) {
	if re, err = regexp2.Compile(text, regexp2.None); err == nil {
		re.MatchTimeout = patternTime
		return re, 0, nil
	}
	runes := []rune(text)
	for at = len(runes) - 1; at > 0; at-- {
		if _, e := regexp2.Compile(string(runes[:at]), regexp2.None); e == nil {
			break
		}
	}
	return nil, at, fmt.Errorf("%w", err)
}
