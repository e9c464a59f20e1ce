package dots

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of dots.
type Params struct {
	Units []string `json:"units" jsonschema:"fillers to choose from: the first that is one token each time, in the recipe's tokenizer, is said over and over" range:"1,16"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	for _, u := range p.Units {
		if strings.TrimSpace(u) == "" || strings.ContainsAny(u, "\n0123456789=<>") {
			return fmt.Errorf("the unit %q must say something, without digits, signs and line breaks", u)
		}
	}
	return nil
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:     "dots",
	Doc:      doc,
	Version:  2,
	Params:   &Params{Units: []string{" .", ".", " -", " and"}},
	Compiled: true,
	Derive:   derive,
	Verify:   verify,
}

// A run is a stretch of inserted text, and how many source steps stand before it.
type run struct {
	slot   int
	text   string
	tail   string // the white space that it ends with
	filler int    // units
}

func runs(t *format.Trace) (list []run) {
	slot, open := 0, false
	for i := range t.Steps {
		s := &t.Steps[i]
		switch {
		case s.Origin.Edit == 0:
			slot++
			open = false
		case open:
			list[len(list)-1].text += s.Text
		default:
			list, open = append(list, run{slot: slot, text: s.Text}), true
		}
	}
	for i := range list {
		list[i].tail = list[i].text[len(strings.TrimRight(list[i].text, " \n\t")):]
	}
	return list
}

// filled is the compiled trace with the runs as filler.
func filled(p *augment.Pass, unit string, list []run) ([]augment.Segment, *format.Trace) {
	var segments []augment.Segment
	t := &format.Trace{ID: p.Compiled.ID}
	add := func(s augment.Segment) {
		text, _ := p.Text(&s)
		segments = append(segments, s)
		step := format.Step{ID: len(t.Steps) + 1, Text: text}
		if s.Parent == "" {
			step.Kind, step.Origin = s.Kind, format.Origin{Edit: 1, Behavior: "dots"}
		}
		t.Steps = append(t.Steps, step)
	}
	from := 0
	for _, r := range list {
		if r.slot > from {
			add(augment.Steps(p.Attempt, from, r.slot))
			from = r.slot
		}
		add(augment.Stamped(format.Analysis, strings.Repeat(unit, r.filler)+r.tail))
	}
	if from < len(p.Steps()) {
		add(augment.Steps(p.Attempt, from, len(p.Steps())))
	}
	return segments, t
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	list := runs(p.Compiled)
	if len(list) == 0 {
		return nil, nil
	}
	want, err := p.Measure(p.Compiled)
	if err != nil {
		return nil, err
	}
	unit, err := oneToOne(p, list)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].filler = 1
	}
	segments, err := fit(p, unit, list, want)
	if err != nil {
		return nil, err
	}
	return []augment.Derived{{
		Parents: []string{p.Attempt.Trace.ID}, Answer: segments, SameLength: true,
		Proof: format.Proof{Grade: augment.Computed, Detail: fmt.Sprintf("dots: %d tokens in both, %d edits filled with %q", sum(want), len(list), unit)},
	}}, nil
}

func sum(list []int) (n int) {
	for _, k := range list {
		n += k
	}
	return n
}

// renamed reports whether an edit says a source step in other words. The source's
// own stand in the derived record, so no stretch of it can be as long as its edit.
func renamed(t *format.Trace) bool {
	return slices.ContainsFunc(t.Steps, func(s format.Step) bool { return s.Was != "" })
}

// oneToOne is the first unit of which one more in a run is one token more in that
// run, by itself and in the document.
func oneToOne(p *augment.Pass, list []run) (string, error) {
	units := p.Params.(*Params).Units
next:
	for _, u := range units {
		var sizes [3][]int
		for k := range sizes {
			if !single(p, u, 1+3*k) {
				continue next
			}
			for i := range list {
				list[i].filler = 1 + 3*k
			}
			_, t := filled(p, u, list)
			var err error
			if sizes[k], err = p.Measure(t); err != nil {
				return "", err
			}
		}
		for i := range list {
			if sizes[1][i]-sizes[0][i] != 3 || sizes[2][i]-sizes[1][i] != 3 {
				continue next
			}
		}
		return u, nil
	}
	return "", augment.Refuse("no-unit", "none of %q is one token each time", units)
}

// single reports whether a unit said n times over is n tokens.
func single(p *augment.Pass, unit string, n int) bool { return p.Tokens(strings.Repeat(unit, n)) == n }

// fit turns the number of units until every run is as long as its edit. Where steps
// were renamed, the document is brought to its length by the runs from the last.
func fit(p *augment.Pass, unit string, list []run, want []int) (segments []augment.Segment, err error) {
	whole := renamed(p.Compiled)
	for range 8 {
		segments, t := filled(p, unit, list)
		got, err := p.Measure(t)
		switch {
		case err != nil:
			return nil, err
		case slices.Equal(got, want) || whole && sum(got) == sum(want):
			return segments, nil
		}
		off := sum(want) - sum(got)
		for i := len(list) - 1; i >= 0; i-- {
			step := want[i] - got[i]
			if whole {
				step = max(off, 1-list[i].filler)
				off -= step
			}
			list[i].filler = max(1, list[i].filler+step)
		}
	}
	return nil, augment.Refuse("length", "no numbers of units %q give the lengths %d", unit, want)
}

func verify(p *augment.Pass, d *augment.Derived) error {
	err := error(augment.Refuse("shape", "there is no unit to fill with"))
	for _, u := range p.Params.(*Params).Units {
		if err = filledWith(p, d, u); err == nil {
			return nil
		}
	}
	return err
}

// filledWith checks that a record is the compiled parent with one unit, over and
// over, in the place of every edit.
func filledWith(p *augment.Pass, d *augment.Derived, unit string) error {
	list := runs(p.Compiled)
	k := 0
	if !single(p, unit, 2) {
		return augment.Refuse("filler", "the unit %q is not one token each time", unit)
	}
	for i := range d.Answer {
		s := &d.Answer[i]
		if s.Parent != "" {
			continue
		}
		if k == len(list) || s.Kind != format.Analysis {
			return augment.Refuse("shape", "filler stands where the compiled parent has no edit")
		}
		text, ok := strings.CutSuffix(s.Text, list[k].tail)
		if list[k].filler = strings.Count(text, unit); !ok || list[k].filler == 0 || text != strings.Repeat(unit, list[k].filler) {
			return augment.Refuse("filler", "%q is not the unit %q, over and over", s.Text, unit)
		}
		if !single(p, unit, list[k].filler) {
			return augment.Refuse("filler", "%d times the unit %q are not %d tokens", list[k].filler, unit, list[k].filler)
		}
		k++
	}
	if k != len(list) || k == 0 {
		return augment.Refuse("shape", "%d edits, %d are filled", len(list), k)
	}
	if want, _ := filled(p, unit, list); !slices.Equal(d.Answer, want) || !d.SameLength || d.Question != nil || d.Truncated || d.Truth != "" {
		return augment.Refuse("shape", "it is not the compiled parent with filler in the place of its edits")
	}
	return nil
}
