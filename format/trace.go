package format

import (
	"fmt"
	"strings"
)

// A Kind says what a step does in the reasoning.
type Kind uint8

// The kinds of step. Source steps are Setup, Derive, Compute, Check or Answer;
// the others are what behaviors put in.
const (
	Setup    Kind = iota // restates the problem, introduces names, plans
	Derive               // reasons without a checkable computation
	Compute              // states a value that can be computed again
	Analysis             // names what a coming step rests on
	Probe                // reaches for a step that cannot be done yet
	Check                // verifies a value by another route
	Wrong                // states something false, on purpose
	Doubt                // notices that something is off
	Retract              // withdraws a wrong value by name
	Fix                  // states the right value in place of a wrong one
	Branch               // opens an alternative
	Return               // comes back from one
	Control              // a control token, encoded by id
	Answer               // states the final answer
)

var kindNames = [...]string{"setup", "derive", "compute", "analysis", "probe", "check", "wrong", "doubt",
	"retract", "fix", "branch", "return", "control", "answer"}

// Kinds lists every kind, in order.
func Kinds() []Kind {
	all := make([]Kind, len(kindNames))
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes the kind's lower-case name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's lower-case name.
func (k *Kind) UnmarshalText(b []byte) error {
	for i, name := range kindNames {
		if name == string(b) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("unknown step kind %q; the kinds are %s", b, strings.Join(kindNames[:], ", "))
}

// A Trace is one chain of reasoning: a list of steps whose texts, joined with
// nothing between them, are the trace's text.
type Trace struct {
	ID    string  `json:"id" jsonschema:"identity of the trace: digest of the canonical source record, with ordinal and attempt"`
	Steps []Step  `json:"steps" jsonschema:"the steps in order; their texts joined are the trace"`
	Edits []Stamp `json:"edits,omitempty" jsonschema:"what graft put in, in order of application; Stamp i has number i+1"`
}

// A Step is one clause of a trace: a sentence, a line, or a part of one.
type Step struct {
	// ID is stable under edits. The parser numbers source steps 1, 2, 3, …;
	// inserted steps have IDs hashed from behavior, site and place in the edit,
	// with bit 62 set, so that the two never meet.
	ID     int      `json:"id"`
	Kind   Kind     `json:"kind" jsonschema:"what the step does"`
	Text   string   `json:"text" jsonschema:"the step's text with its separator"`
	Node   NodeID   `json:"node,omitempty" jsonschema:"the graph node the step is about, 0 if none"`
	Symbol string   `json:"symbol,omitempty" jsonschema:"the letter the step introduces for its node"`
	Refs   []NodeID `json:"refs,omitempty" jsonschema:"nodes the step names or rests on; for a probe, the named missing set"`
	Claims []Claim  `json:"claims,omitempty" jsonschema:"what can be computed again"`
	Origin Origin   `json:"origin,omitzero" jsonschema:"which edit made the step; zero for source text"`
	// Was is the source text that an edit renamed: a letter introduced earlier is
	// recalled here. Such a step keeps the ID of the source step whose place it takes.
	Was string `json:"was,omitempty" jsonschema:"the source text in whose place the step stands; empty for a step of the source and for one put in"`
}

// Inserted is the bit that the IDs of inserted steps carry.
const Inserted = 1 << 62

// A Claim is an expression and the value that the text states for it.
type Claim struct {
	Expr  string `json:"expr" jsonschema:"the expression as written, without the equals sign"`
	Value string `json:"value" jsonschema:"the value as written"`
	Start int    `json:"start" jsonschema:"first byte of the claim within the step's text"`
	End   int    `json:"end" jsonschema:"byte after the claim within the step's text"`
	Node  NodeID `json:"node,omitempty" jsonschema:"the graph node whose value this is"`
	Args  []Arg  `json:"args,omitempty" jsonschema:"the operands, in order of appearance in the expression"`
	Mark  bool   `json:"mark,omitempty" jsonschema:"true for a calculator mark, false for an equation in prose"`
}

// A Binding says where an operand comes from.
type Binding uint8

// The bindings of an operand.
const (
	Ambiguous Binding = iota // more than one place has this number: no edge
	Given                    // a number of the question
	Result                   // the value of an earlier claim
	Constant                 // stands nowhere earlier: world knowledge, or a number computed silently
)

var bindingNames = [...]string{"ambiguous", "given", "result", "constant"}

func (b Binding) String() string { return bindingNames[b] }

// MarshalText writes the binding's name.
func (b Binding) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads the binding's name.
func (b *Binding) UnmarshalText(t []byte) error {
	for i, name := range bindingNames {
		if name == string(t) {
			*b = Binding(i)
			return nil
		}
	}
	return fmt.Errorf("unknown binding %q", t)
}

// An Arg is one operand of a claim, bound to where it comes from.
type Arg struct {
	Text    string  `json:"text" jsonschema:"the operand as written in the expression"`
	Value   Num     `json:"value" jsonschema:"its exact value"`
	Binding Binding `json:"binding" jsonschema:"where the value comes from"`
	Node    NodeID  `json:"node,omitempty" jsonschema:"the node it is bound to, 0 for ambiguous and constant"`
}

// Origin says which edit made a step. The zero Origin marks source text.
type Origin struct {
	Edit     int    `json:"edit,omitempty" jsonschema:"number of the edit, from 1; 0 for source text"`
	Behavior string `json:"behavior,omitempty" jsonschema:"the behavior that proposed it"`
}

// A Stamp is the provenance of one edit: enough to find the code, the chance
// and the source step that made it.
type Stamp struct {
	Edit     int      `json:"edit" jsonschema:"number of the edit, from 1"`
	Behavior string   `json:"behavior"`
	Version  int      `json:"version"`
	Params   string   `json:"params,omitempty" jsonschema:"parameters as canonical JSON"`
	Phrases  []string `json:"phrases,omitempty" jsonschema:"phrase picks as bank:entry, in order"`
	Step     int      `json:"step" jsonschema:"ID of the source step the edit is about"`
	After    bool     `json:"after" jsonschema:"the edit stands after that step, not before it"`
	Parent   int      `json:"parent,omitempty" jsonschema:"number of the edit this one is nested in, 0 if none"`
	Proof    Proof    `json:"proof" jsonschema:"how we know that what the edit says is so"`
	Facts    []Fact   `json:"facts" jsonschema:"what each inserted step is about, in order: enough to prove the edit again from its text"`
}

// A Fact is what an inserted step claims beside the equations in its text.
type Fact struct {
	Kind Kind     `json:"kind"`
	Node NodeID   `json:"node,omitempty"`
	Refs []NodeID `json:"refs,omitempty"`
	Was  string   `json:"was,omitempty" jsonschema:"the source text in whose place the step stands; empty for a step that was put in"`
}

// A Proof names the grade of evidence behind an edit and what was checked.
type Proof struct {
	Grade  string `json:"grade" jsonschema:"computed, attempt, onpolicy or labelled:<set>"`
	Detail string `json:"detail,omitempty" jsonschema:"the checked fact, one line, readable by a person and by check"`
}

// Text is the whole text of the trace.
func (t Trace) Text() string { return joinSteps(t.Steps, func(s *Step) string { return s.Text }) }

// Erase is the text without what graft put in, and with what it renamed put
// back: law 1 says that it equals the source, byte for byte.
func (t Trace) Erase() string { return joinSteps(t.Steps, (*Step).Source) }

// Source is the source text that a step stands for: its own, what was in its
// place, or nothing for a step that was put in.
func (s *Step) Source() string {
	if s.Origin.Edit == 0 {
		return s.Text
	}
	return s.Was
}

func joinSteps(steps []Step, text func(*Step) string) string {
	n := 0
	for i := range steps {
		n += len(text(&steps[i]))
	}
	var b strings.Builder
	b.Grow(n)
	for i := range steps {
		b.WriteString(text(&steps[i]))
	}
	return b.String()
}

// A Verdict is what re-computation says of a stated value.
type Verdict uint8

// The verdicts. Rounded is its own: the value stated is the exact one to half
// a unit of its last digit, which is not the same as being right.
const (
	Unknown Verdict = iota // not evaluable: names, unknown notation, division by zero
	Exact
	Rounded
	False
)

func (v Verdict) String() string { return [...]string{"unknown", "exact", "rounded", "false"}[v] }

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
