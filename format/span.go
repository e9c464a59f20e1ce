package format

import "fmt"

// A Source says who wrote the text under a span.
type Source uint8

// Who wrote a span.
const (
	FromSource   Source = iota // stands in the source record
	FromTemplate               // the chat template wrote it
	FromGraft                  // an edit wrote it
	FromModel                  // a model sampled it
)

var sourceNames = [...]string{"source", "template", "graft", "model"}

func (s Source) String() string { return sourceNames[s] }

// MarshalText writes the source's name.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the source's name.
func (s *Source) UnmarshalText(b []byte) error {
	for i, name := range sourceNames {
		if name == string(b) {
			*s = Source(i)
			return nil
		}
	}
	return fmt.Errorf("unknown span origin %q", b)
}

// The names of spans that no behavior owns. A behavior's spans are named
// behavior.kind, for instance backtracking.wrong.
const (
	SpanTemplate = "template" // role headers, BOS, separators: never trained
	SpanSystem   = "system"
	SpanUser     = "user"
	SpanSource   = "source" // the source's own reasoning
	SpanEnd      = "end"    // turn end and EOS after the last assistant text: always trained
)

// A Span names a byte range of a sample's rendered text. The spans of a sample
// tile its text: no gap, no overlap, none empty.
type Span struct {
	Start    int    `json:"start" jsonschema:"first byte in the rendered text"`
	End      int    `json:"end" jsonschema:"byte after the span"`
	Name     string `json:"name" jsonschema:"template, system, user, source, end, or behavior.kind"`
	Edit     int    `json:"edit,omitempty" jsonschema:"number of the edit, 0 if none"`
	Origin   Source `json:"origin"`
	SrcStart int    `json:"src_start" jsonschema:"first byte in the source text of the message; for an inserted span, the place where it was put in"`
	SrcEnd   int    `json:"src_end"`
}

// A Message is one turn of a rendered conversation: a byte range of its text.
type Message struct {
	Role  string `json:"role"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// A Sample is one compiled row: a rendered text, and everything known about it.
type Sample struct {
	RecordID  string
	ParentID  string // the record a variant was derived from; empty otherwise
	ProblemID string
	Variant   string
	Text      string
	Messages  []Message
	Spans     []Span
	Controls  []Range // ranges of Text that are control tokens, encoded by id
	Edits     []Stamp
	Answer    string
	Checker   string
	Grade     string
	Split     string
	SourceSum [32]byte // SHA-256 of the source text of the last assistant message

	IDs  []int32 // token ids of Text
	Ends []int32 // Ends[i] is the byte after token i
}

// A Range is a byte range.
type Range struct{ Start, End int }
