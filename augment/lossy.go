package augment

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// Where the recipe accepts what a template loses of an answer, what the template
// keeps of the attempt is the attempt: it is graded, edited and proved, and its SHA-256
// is the row's source. So the erasure law holds of such rows as of any other.

// codeUnproved is for an answer of which a template accepted to lose something keeps no plain part.
const codeUnproved = "template-unproved"

// keepOnly cuts a down to what the template keeps of it. An attempt that it cannot
// cut stays whole, and compile refuses it.
func (r *refiner) keepOnly(rec *format.Record, a *format.Attempt) {
	if len(r.b.plan.Recipe.Render.Accept) == 0 || a.Trace.Text() == "" {
		return
	}
	text, kept, ok := r.remains(&rec.Problem, &a.Trace)
	if !ok || len(kept) < len(a.Trace.Steps) && (a.Graph != nil || len(a.Errors) > 0) {
		return // labels and graphs count the steps that were
	}
	cut := a.Trace
	cut.Steps = kept
	// What is left must be written as it was beside what was lost.
	if again, _, ok := r.remains(&rec.Problem, &cut); ok && again == text {
		a.Trace = cut
	}
}

// remains renders an attempt as it is and returns the text, and the steps with
// what the text has of them; false if that is no part of each in its order.
func (r *refiner) remains(p *format.Problem, t *format.Trace) (string, []format.Step, bool) {
	var s format.Sample
	if len(t.Steps) == 0 || r.tpl.Render(&s, r.turns(p, t)) != nil {
		return "", nil, false
	}
	said := s.Messages[len(s.Messages)-1]
	source, at := t.Text(), 0
	var keep []format.Range
	for _, sp := range s.Spans {
		if sp.Start < said.Start || sp.End > said.End || sp.Origin != format.FromSource {
			continue
		}
		if sp.SrcStart < at || sp.SrcEnd > len(source) || source[sp.SrcStart:sp.SrcEnd] != s.Text[sp.Start:sp.End] {
			return "", nil, false
		}
		keep, at = append(keep, format.Range{Start: sp.SrcStart, End: sp.SrcEnd}), sp.SrcEnd
	}
	return s.Text, cutSteps(t.Steps, keep), true
}

// cutSteps leaves of the steps the ranges of their joined text; steps of which
// nothing is left go, and claims go where their step's text has changed.
func cutSteps(steps []format.Step, keep []format.Range) (kept []format.Step) {
	from := 0
	for _, s := range steps {
		var b strings.Builder
		for _, k := range keep {
			if lo, hi := max(k.Start-from, 0), min(k.End-from, len(s.Text)); lo < hi {
				b.WriteString(s.Text[lo:hi])
			}
		}
		from += len(s.Text)
		if b.Len() == 0 {
			continue
		}
		if b.Len() < len(s.Text) {
			s.Text, s.Claims = b.String(), nil
		}
		kept = append(kept, s)
	}
	return kept
}

// whole refuses a rendered sample that does not hold its source, or not its edits, where
// the template may lose something: nothing could prove it again.
func (r *refiner) whole(s *format.Sample, trace *format.Trace, source string) error {
	if len(r.b.plan.Recipe.Render.Accept) == 0 {
		return nil
	}
	_, edited, held, err := readBack(s)
	switch {
	case err != nil:
		return Refuse(codeUnproved, "what the template leaves of the answer is no part of it that could be proved again: %v", err)
	case held.Text() != source || edited.Text() != trace.Text():
		return Refuse(codeUnproved, "what the template leaves of the answer is not what it leaves of that alone")
	}
	return nil
}
