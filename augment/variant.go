package augment

import (
	"github.com/seed-cdf14512/graft/format"
)

// A Variant derives whole new records from an attempt: permutations, control
// arms, truncations, stitched attempts, pairs. Each plug-in package declares one,
// as a variable named Variant that is never changed. Which attempts it is asked
// about is the engine's business (select); that what it says holds is proved by
// the engine and by Verify, once when it is derived and again by graft check.
type Variant struct {
	Name    string // key in recipes and provenance: one lower-case word, not that of a behavior
	Doc     string // a summary line, a blank line, the full explanation
	Version int    // raised when the same seed would derive other text
	Params  any    // pointer to a struct holding the defaults; its tags give the JSON Schema
	Phrases string // the phrase bank, in the language of Bank

	// Compiled says that the variant derives from the attempt as the behaviors
	// left it (Pass.Compiled), and so only from attempts that became samples.
	Compiled bool
	// Classes are the values of Derived.Class of which a build keeps equally many,
	// in each split. A corpus pass before the build finds out how many there are,
	// and chance keeps as many of each as the rarest has. nil: all are kept.
	Classes []string

	// Derive makes records from Pass.Attempt and the attempts beside it. Chance
	// comes from Pass.Rand and from nothing else. No record and no error means
	// that there is nothing to derive here. A *Refusal is counted; any other error
	// is a bug in the variant.
	Derive func(*Pass) ([]Derived, error)
	// Verify returns nil, or what the record breaks of the variant's own promise.
	// It must decide from the segments and from the parents alone, because graft
	// check calls it on records that were read back from files: Rand, Phrases and
	// Measure are nil, and Compiled is there only if Variant.Compiled says so.
	Verify func(*Pass, *Derived) error
}

// A Form says what a derived record is for.
type Form string

// The forms.
const (
	RecordForm Form = "record" // a document to learn from: a row of records/, packed into shards/
	PromptForm Form = "prompt" // something to continue (RFT): a row of prompts/
	PairForm   Form = "pair"   // a better and a worse continuation (DPO): a row of pairs/
)

// A Derived is one record that a variant made. Its texts are given by segments
// that tile them: law 1 for variants is that each segment is the named bytes of a
// named parent, or is stamped.
type Derived struct {
	Form Form // RecordForm if empty
	// Parents are the trace IDs of the attempts it was made from. The first is
	// that of Pass.Attempt: a record grades as its first parent does.
	Parents  []string
	Question []Segment // nil: the problem's question as it stands
	Answer   []Segment // the answer; of a prompt or a pair, how the answer begins
	Chosen   []Segment // of a pair: the better way on
	Rejected []Segment // of a pair: the worse one

	// Truncated says that the answer ends before its parent's does; such a record
	// is not graded. A record in which something else is asked has a Truth of its
	// own instead, which the Checker must find in the answer.
	Truncated bool
	Truth     string
	Checker   string
	// SameLength asks for a document of exactly as many tokens as that of the
	// compiled parent.
	SameLength bool

	Class string         // one of Variant.Classes, if it has any
	Notes []format.Field // what else is to be known of it; of a prompt, written into its params
	Proof format.Proof
}

// A Part is one of a parent's texts.
type Part string

// The parts of a parent.
const (
	QuestionPart Part = "question" // the problem's question, with its choices
	SourcePart   Part = "source"   // the attempt as its source wrote it
	CompiledPart Part = "compiled" // the attempt with the edits of behaviors

	RectifiedPart Part = "rectified" // the source's own correction of the step that it calls the first wrong one
)

// A Segment is a byte range of a parent's text, or stamped text.
type Segment struct {
	Parent     string // trace ID of the attempt; empty for stamped text
	Part       Part
	Start, End int  // bytes of the parent's text
	Wrong      bool // this part of the parent is known to be wrong: it is not trained

	Kind format.Kind // of stamped text: its span is named variant.kind
	Text string      // of stamped text: what it says
}

// Stamped is a segment that the variant itself says.
func Stamped(kind format.Kind, text string) Segment { return Segment{Kind: kind, Text: text} }

// Whole is the segment that is all of an attempt's source.
func Whole(a *format.Attempt) Segment {
	return Segment{Parent: a.Trace.ID, Part: SourcePart, End: len(a.Trace.Text())}
}

// Steps is the segment of the source steps from the first up to, and without,
// the last.
func Steps(a *format.Attempt, first, last int) Segment {
	s := Segment{Parent: a.Trace.ID, Part: SourcePart}
	for i := range a.Trace.Steps[:last] {
		if i < first {
			s.Start += len(a.Trace.Steps[i].Text)
		}
		s.End += len(a.Trace.Steps[i].Text)
	}
	return s
}

// Text is what a segment says; ok is false where it names no parent of the pass
// or bytes that the parent does not have.
func (p *Pass) Text(s *Segment) (text string, ok bool) {
	if s.Parent == "" {
		return s.Text, s.Part == "" && s.Start == 0 && s.End == 0 && !s.Wrong
	}
	whole, ok := p.part(s.Parent, s.Part)
	if !ok || s.Text != "" || s.Start < 0 || s.End <= s.Start || s.End > len(whole) {
		return "", false
	}
	return whole[s.Start:s.End], true
}

// Join is what a list of segments says.
func (p *Pass) Join(list []Segment) (text string, ok bool) {
	for i := range list {
		t, ok := p.Text(&list[i])
		if !ok {
			return "", false
		}
		text += t
	}
	return text, true
}

func (p *Pass) part(parent string, part Part) (string, bool) {
	at := p.Other(parent)
	switch {
	case at < 0:
		return "", false
	case part == QuestionPart:
		return p.Problem.Question, true
	case part == SourcePart:
		return p.Others[at].Trace.Text(), true
	case part == RectifiedPart && len(p.Others[at].Errors) > 0:
		return p.Others[at].Errors[0].Rectified, true
	case part == CompiledPart && p.Compiled != nil && p.Compiled.ID == parent:
		return p.Compiled.Text(), true
	}
	return "", false
}

// Other is the index in Others of the attempt with a trace ID, or -1.
func (p *Pass) Other(id string) int {
	for i := range p.Others {
		if p.Others[i].Trace.ID == id {
			return i
		}
	}
	return -1
}

// Verdict is what the checker says of an attempt: right, wrong, rounded or
// ungraded; published labels play no part.
func (p *Pass) Verdict(id string) string {
	if at := p.Other(id); at >= 0 && at < len(p.Verdicts) {
		return p.Verdicts[at]
	}
	return ""
}

// plugin describes v as what it shares with behaviors: a name, a page, parameters
// and a phrase bank.
func (v *Variant) plugin() *Behavior {
	return &Behavior{Name: v.Name, Doc: v.Doc, Version: v.Version, Params: v.Params, Phrases: v.Phrases}
}

// Summary is the first line of the variant's documentation.
func (v *Variant) Summary() string { return firstLine(v.Doc) }

// ParamList describes the parameters of a variant in the order of their
// declaration.
func (v *Variant) ParamList() ([]Param, error) { return v.plugin().ParamList() }

// FindVariant returns the variant with the given name, or nil.
func (s Suite) FindVariant(name string) *Variant {
	for _, v := range s.Variants {
		if v.Name == name {
			return v
		}
	}
	return nil
}
