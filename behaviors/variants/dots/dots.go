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
	Version:  1,
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
		t.Steps = append(t.Steps, format.Step{ID: len(t.Steps) + 1, Text: text})
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
		list[i].filler = max(1, len(list[i].text)/4)
	}
	segments, got, err := fit(p, unit, list, want)
	if err != nil {
		return nil, err
	}
	if got != want {
		return nil, augment.Refuse("length", "no number of units %q gives %d tokens; the nearest is %d", unit, want, got)
	}
	return []augment.Derived{{
		Parents: []string{p.Attempt.Trace.ID}, Answer: segments, SameLength: true,
		Proof: format.Proof{Grade: augment.Computed, Detail: fmt.Sprintf("dots: %d tokens in both, %d edits filled with %q", want, len(list), unit)},
	}}, nil
}

// oneToOne is the first unit of which one more in every run is one token more in
// every run.
func oneToOne(p *augment.Pass, list []run) (string, error) {
	units := p.Params.(*Params).Units
	for _, u := range units {
		var sizes [3]int
		for k := range sizes {
			for i := range list {
				list[i].filler = 1 + 3*k
			}
			_, t := filled(p, u, list)
			n, err := p.Measure(t)
			if err != nil {
				return "", err
			}
			sizes[k] = n
		}
		if sizes[1]-sizes[0] == 3*len(list) && sizes[2]-sizes[1] == 3*len(list) {
			return u, nil
		}
	}
	return "", augment.Refuse("no-unit", "none of %q is one token each time", units)
}

// fit turns the number of units until the document is as long as it should be:
// each run is brought to the length of its own edit first, as far as tokens are
// whole, and what is left over goes to the runs from the last.
func fit(p *augment.Pass, unit string, list []run, want int) (segments []augment.Segment, got int, err error) {
	for tries := 0; ; tries++ {
		var t *format.Trace
		segments, t = filled(p, unit, list)
		if got, err = p.Measure(t); err != nil || got == want || tries == 8 {
			return segments, got, err
		}
		off := want - got
		share := off / len(list)
		for i := len(list) - 1; i >= 0 && off != 0; i-- {
			step := share
			if i == 0 || share == 0 {
				step = off
			}
			step = max(step, 1-list[i].filler)
			list[i].filler += step
			off -= step
		}
	}
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
