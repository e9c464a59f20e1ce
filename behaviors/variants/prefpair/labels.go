package prefpair

import (
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// labelled is the step that the source calls the first wrong one, as an index, and
// its correction; ok is false where there is none, or the correction says the same.
func labelled(a *format.Attempt) (at int, right string, ok bool) {
	if len(a.Errors) == 0 {
		return 0, "", false
	}
	e := &a.Errors[0]
	if e.Step < 0 || e.Step >= len(a.Trace.Steps) || strings.TrimSpace(e.Rectified) == "" {
		return 0, "", false
	}
	return e.Step, e.Rectified, strings.TrimSpace(e.Rectified) != strings.TrimSpace(a.Trace.Steps[e.Step].Text)
}

func fromLabels(p *augment.Pass) (*augment.Derived, error) {
	at, right, ok := labelled(p.Attempt)
	if !ok {
		return nil, nil
	}
	if v := p.Verdict(p.Attempt.Trace.ID); v != "wrong" {
		return nil, augment.Refuse("not-wrong", "the source says that step %d is wrong, the attempt grades %s", at+1, v)
	}
	wrong := augment.Steps(p.Attempt, at, at+1)
	wrong.Wrong = true
	return &augment.Derived{
		Parents: []string{p.Attempt.Trace.ID}, Answer: begin(p.Attempt, at),
		Chosen:   []augment.Segment{{Parent: p.Attempt.Trace.ID, Part: augment.RectifiedPart, End: len(right)}},
		Rejected: []augment.Segment{wrong},
		Proof:    format.Proof{Grade: "labelled", Detail: "labels: the source says that the step is wrong, and how it should read"},
	}, nil
}

func isLabels(p *augment.Pass, d *augment.Derived) error {
	at, right, ok := labelled(p.Attempt)
	if !ok || p.Verdict(d.Parents[0]) != "wrong" {
		return augment.Refuse("not-wrong", "the source names no wrong step with a correction, or the attempt is not wrong")
	}
	wrong := augment.Steps(p.Attempt, at, at+1)
	wrong.Wrong = true
	want := augment.Segment{Parent: p.Attempt.Trace.ID, Part: augment.RectifiedPart, End: len(right)}
	if begins(p.Attempt, d) != at || d.Rejected[0] != wrong || d.Chosen[0] != want || !strings.HasPrefix(d.Proof.Grade, "labelled") {
		return augment.Refuse("shape", "the pair is not the labelled step and its correction")
	}
	return nil
}
