package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Diagnostic is one thing that is wrong with a user's file. It is a value, so
// that an editor can jump to it and a test can ask for its kind.
type Diagnostic struct {
	File    string         `json:"file"`
	Line    int            `json:"line" jsonschema:"from 1; 0 where no line is to blame"`
	Col     int            `json:"col"`
	Pointer string         `json:"pointer,omitempty" jsonschema:"path of the value, like behaviors[0].with.depth"`
	Kind    DiagnosticKind `json:"kind"`
	Text    string         `json:"text"`
	Warning bool           `json:"warning,omitempty" jsonschema:"true where the file still works"`
}

// A DiagnosticKind is a short and stable name for what is wrong.
type DiagnosticKind string

// The kinds of diagnostic.
const (
	NotYAML      DiagnosticKind = "not_yaml"      // the parser could not read it
	NotAllowed   DiagnosticKind = "not_allowed"   // YAML that graft does without: anchors, tags, more documents
	UnknownKey   DiagnosticKind = "unknown_key"   // a key that nothing reads
	DuplicateKey DiagnosticKind = "duplicate_key" // a key that stands twice
	MissingKey   DiagnosticKind = "missing_key"   // a key that must be there
	WrongType    DiagnosticKind = "wrong_type"    // a list for a number, and so on
	OutOfRange   DiagnosticKind = "out_of_range"  // the right type, beyond its bounds
	UnknownName  DiagnosticKind = "unknown_name"  // names no behavior, reader, checker, …
	BadValue     DiagnosticKind = "bad_value"     // breaks a rule between values
	NoFile       DiagnosticKind = "no_file"       // a path that leads nowhere
)

// String writes d as compilers do, so that editors find the place.
func (d Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.File)
	if d.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", d.Line, d.Col)
	}
	b.WriteString(": ")
	if d.Warning {
		b.WriteString("warning: ")
	}
	if d.Pointer != "" {
		b.WriteString(d.Pointer)
		b.WriteString(": ")
	}
	b.WriteString(d.Text)
	return b.String()
}

// Diagnostics are all the problems of one file, in the order of its lines.
type Diagnostics []Diagnostic

// Failed reports whether one of them is more than a warning.
func (ds Diagnostics) Failed() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return !d.Warning })
}

// String writes one diagnostic a line.
func (ds Diagnostics) String() string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Sort puts them in the order of the file.
func (ds Diagnostics) Sort() {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Text, b.Text))
	})
}

// Suggest is "; did you mean …?" when one of names is close to got, and
// otherwise the list of names.
func Suggest(what, got string, names []string) string {
	best, at := "", len(got)/3+2
	for _, n := range names {
		if d := distance(strings.ToLower(got), n); d < at {
			best, at = n, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(names) == 0:
		return fmt.Sprintf("; there are no %s here", what)
	}
	return fmt.Sprintf("; the %s are %s", what, strings.Join(names, ", "))
}

// distance is the number of letters to insert, drop, replace or swap with a
// neighbor to get from a to b. Long words are not worth the time: they are far
// from everything.
func distance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var rows [3][longest + 1]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, up, upup := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			differ := 1
			if a[i-1] == b[j-1] {
				differ = 0
			}
			row[j] = min(up[j]+1, row[j-1]+1, up[j-1]+differ)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], upup[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
