package augment

import (
	"errors"
	"slices"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// The verdict of a record that is cut off before its answer, and so not graded.
const truncatedGrade = "truncated"

// proveDerived is laws 1 and 2 for variants: what a derived record consists of
// stands in its parents or is stamped, it grades as its first parent does, what is
// stamped states nothing false unless it is wrong on purpose, and the variant's own
// promise holds. It returns the record's grade. pass is that of the first parent.
func proveDerived(pass *Pass, v *Variant, d *Derived) (grade string, err error) {
	if err := shapely(pass, v, d); err != nil {
		return "", err
	}
	for _, field := range textsOf(d) {
		for i := range *field.segments {
			if err := segmentHolds(pass, d, &(*field.segments)[i]); err != nil {
				return "", err
			}
		}
	}
	if grade, err = graded(pass, d); err != nil {
		return "", err
	}
	if err := v.Verify(pass, d); err != nil {
		var r *Refusal
		if !errors.As(err, &r) {
			err = &Refusal{Code: "verify", Detail: err.Error()}
		}
		return "", err
	}
	return grade, nil
}

// A derivedField is one of the texts of a derived record.
type derivedField struct {
	name     string
	segments *[]Segment
}

func textsOf(d *Derived) [4]derivedField {
	return [4]derivedField{{"question", &d.Question}, {"answer", &d.Answer}, {"chosen", &d.Chosen}, {"rejected", &d.Rejected}}
}

// shapely holds a record against its form.
func shapely(pass *Pass, v *Variant, d *Derived) error {
	switch pair := len(d.Chosen) > 0 && len(d.Rejected) > 0; {
	case len(d.Parents) == 0 || d.Parents[0] != pass.Attempt.Trace.ID:
		return Refuse("parents", "the first parent is not the attempt that it was derived from")
	case d.Form == RecordForm && len(d.Answer) == 0:
		return Refuse("form", "a record without an answer")
	case (d.Form == PairForm) != pair || !pair && len(d.Chosen)+len(d.Rejected) > 0:
		return Refuse("form", "a %s with %d segments chosen and %d rejected", d.Form, len(d.Chosen), len(d.Rejected))
	case d.Form != RecordForm && d.Form != PromptForm && d.Form != PairForm:
		return Refuse("form", "there is no form %q", d.Form)
	case (d.Truth == "") != (d.Checker == ""):
		return Refuse("form", "the truth is %q and its checker %q; both or none must be given", d.Truth, d.Checker)
	case d.Proof.Grade == "":
		return Refuse("no-proof", "the record names no grade of proof")
	case d.SameLength && pass.Compiled == nil:
		return Refuse("form", "there is no compiled parent to be as long as")
	case len(v.Classes) > 0 != (d.Class != "") || d.Class != "" && !slices.Contains(v.Classes, d.Class):
		return Refuse("form", "the class is %q, not one of %v", d.Class, v.Classes)
	}
	return nil
}

// segmentHolds checks one segment: its bytes exist, and what it says for itself is
// exact.
func segmentHolds(pass *Pass, d *Derived, s *Segment) error {
	text, ok := pass.Text(s)
	switch {
	case !ok || text == "":
		return Refuse("segment", "bytes %d:%d of the %s of %q are none", s.Start, s.End, s.Part, s.Parent)
	case s.Parent != "" && !slices.Contains(d.Parents, s.Parent):
		return Refuse("segment", "%q is no parent of the record", s.Parent)
	case s.Parent != "" || s.Kind == format.Wrong:
		return nil
	}
	for _, c := range answer.Claims(text) {
		if got := answer.CheckClaim(c); got != format.Exact {
			return Refuse("false-claim", "%s = %s is %s", c.Expr, c.Value, got)
		}
	}
	return nil
}

// graded is law 2 for the answer as a whole.
func graded(pass *Pass, d *Derived) (string, error) {
	if d.Form != RecordForm {
		return "", nil
	}
	if d.Truncated {
		return truncatedGrade, nil
	}
	text, _ := pass.Join(d.Answer)
	if d.Truth != "" {
		question, _ := pass.Join(d.Question)
		p := format.Problem{Question: question, Answer: d.Truth, Checker: d.Checker}
		if got, detail := gradeAttempt(&p, &format.Attempt{}, text); got != "right" {
			return got, Refuse("grade", "what is asked has the answer %s, the record grades %s: %s", d.Truth, got, detail)
		}
		return "right", nil
	}
	want := pass.Verdict(d.Parents[0])
	got, detail := gradeAttempt(pass.Problem, pass.Attempt, text)
	if got != want {
		return got, Refuse("grade", "the parent grades %s, the record %s: %s", want, got, detail)
	}
	if was, is := finalOf(pass.Attempt.Trace.Text()), finalOf(text); was != "" && was != is {
		return got, Refuse(codeMoved, "the final answer reads %q, the parent's %q", is, was)
	}
	return got, nil
}
