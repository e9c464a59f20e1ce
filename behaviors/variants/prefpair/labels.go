package prefpair

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// numbered is how a step of a numbered solution begins.
var numbered = regexp.MustCompile(`^\s*Step (\d+)\s*[:.]`)

// blank is the white space that may end a step.
const blank = " \t\r\n"

// number is the number that a step gives itself, or 0.
func number(text string) int {
	m := numbered.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// labelled is the step that the source calls the first wrong one and its
// correction, as segments without the white space at their ends. ok is false where
// the source has no such label. Sets number steps in ways of their own, so a label
// is believed only where step and correction begin with the number that the label
// means; else it is refused as numbering.
func labelled(a *format.Attempt) (at int, wrong, right augment.Segment, ok bool, err error) {
	if len(a.Errors) == 0 || strings.TrimSpace(a.Errors[0].Rectified) == "" {
		return 0, wrong, right, false, nil
	}
	e := &a.Errors[0]
	if e.Step < 0 || e.Step >= len(a.Trace.Steps) {
		return 0, wrong, right, true, augment.Refuse("numbering", "the label means step %d of %d", e.Step+1, len(a.Trace.Steps))
	}
	text := a.Trace.Steps[e.Step].Text
	if n := number(text); n != e.Step+1 {
		return 0, wrong, right, true, augment.Refuse("numbering", "the label means step %d, which calls itself %d", e.Step+1, n)
	}
	from, to := correction(e.Rectified, e.Step+1)
	if from == to {
		return 0, wrong, right, true, augment.Refuse("numbering", "no correction of one line calls itself step %d", e.Step+1)
	}
	if e.Rectified[from:to] == strings.TrimSpace(text) {
		return 0, wrong, right, true, augment.Refuse("no-change", "the correction of step %d says the same", e.Step+1)
	}
	wrong = augment.Steps(a, e.Step, e.Step+1)
	wrong.End -= len(text) - len(strings.TrimRight(text, blank))
	wrong.Wrong = true
	return e.Step, wrong, augment.Segment{Parent: a.Trace.ID, Part: augment.RectifiedPart, Start: from, End: to}, true, nil
}

// correction finds the first correction that begins with step n, ends with its line
// and is followed by another numbered one or by nothing: several annotators may have
// written one each, and where a line has no number, whose it is cannot be told.
func correction(text string, n int) (from, to int) {
	lines := strings.SplitAfter(strings.TrimRight(text, blank), "\n")
	for i, at := 0, 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], blank)
		if number(line) == n && (i+1 == len(lines) || number(lines[i+1]) > 0) {
			return at, at + len(line)
		}
		at += len(lines[i])
	}
	return 0, 0
}

func fromLabels(p *augment.Pass) (*augment.Derived, error) {
	at, wrong, right, ok, err := labelled(p.Attempt)
	if !ok || err != nil {
		return nil, err
	}
	if v := p.Verdict(p.Attempt.Trace.ID); v != "wrong" {
		return nil, augment.Refuse("not-wrong", "the source says that step %d is wrong, the attempt grades %s", at+1, v)
	}
	return &augment.Derived{
		Parents: []string{p.Attempt.Trace.ID}, Answer: begin(p.Attempt, at),
		Chosen: []augment.Segment{right}, Rejected: []augment.Segment{wrong},
		Proof: format.Proof{Grade: grade(p), Detail: "labels: the source says that the step is wrong, and how it should read"},
	}, nil
}

// grade is that of what a set's labels say: it proves nothing by itself.
func grade(p *augment.Pass) string { return augment.LabelledBy(p.Set) }

func isLabels(p *augment.Pass, d *augment.Derived) error {
	at, wrong, right, ok, err := labelled(p.Attempt)
	switch {
	case err != nil:
		return err
	case !ok || p.Verdict(d.Parents[0]) != "wrong":
		return augment.Refuse("not-wrong", "the source names no wrong step with a correction, or the attempt is not wrong")
	case begins(p.Attempt, d) != at || d.Rejected[0] != wrong || d.Chosen[0] != right || d.Proof.Grade != grade(p):
		return augment.Refuse("shape", "the pair is not the labelled step and its correction, by the label of %s", p.Set)
	}
	return nil
}
