package augment

import (
	"slices"
	"strings"
)

// The grades of proof: how we know that a wrong step is wrong, and whose it is.
//
//   - computed: an error maker wrote it, and computing shows that it is wrong.
//   - onpolicy: a given model wrote it after the source's own steps, and computing
//     shows that it is wrong.
//   - attempt: it stands in another attempt at the problem, which the checker
//     grades wrong, and computing shows that it is wrong.
//   - labelled:SET: a published label of that set says that it is wrong. Computing
//     shows that it states another value than the step that stands next; that this
//     is an error is the label's word.
//
// Edits without a wrong step are computed, all of them.
const (
	Computed   = "computed"
	OnPolicy   = "onpolicy"
	AnAttempt  = "attempt"
	labelledBy = "labelled:"
)

// KnownGrade reports whether grade names a grade of proof.
func KnownGrade(grade string) bool {
	set, labelled := strings.CutPrefix(grade, labelledBy)
	return grade == Computed || grade == OnPolicy || grade == AnAttempt || labelled && set != ""
}

// Labelled reports whether a grade rests on a published label.
func Labelled(grade string) bool { return strings.HasPrefix(grade, labelledBy) }

// LabelledBy is the grade of what a label of a set says.
func LabelledBy(set string) string { return labelledBy + set }

// A Misstep is a wrong version of a source step that nobody made on purpose. A
// behavior may say it in the place of one that it would make up.
type Misstep struct {
	Step   int    // index in Pass.Steps of the step that it stands for
	Text   string // one step, without white space around it
	Grade  string // onpolicy, attempt or labelled:<set>
	Class  string // of the error, one of answer.Classes
	Source string // whose it is, one line, for the proof
	Count  int    // how often its source wrote it
}

// MisstepsAt lists the missteps for one source step, best source first.
func (p *Pass) MisstepsAt(step int) []Misstep {
	from := slices.IndexFunc(p.Missteps, func(m Misstep) bool { return m.Step == step })
	if from < 0 {
		return nil
	}
	to := from
	for to < len(p.Missteps) && p.Missteps[to].Step == step {
		to++
	}
	return p.Missteps[from:to]
}
