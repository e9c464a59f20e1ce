package ingest

import (
	"errors"
	"fmt"
)

// A Reason is a short stable code for why something was refused: rejections
// are counted by it.
type Reason string

// The reasons. The first group is about bytes and JSON, the second about what
// a reader found, or did not find, in a well-formed record.
const (
	BadJSON       Reason = "bad-json"
	DuplicateKey  Reason = "duplicate-key"
	InvalidUTF8   Reason = "invalid-utf8"
	LoneSurrogate Reason = "lone-surrogate"
	TrailingData  Reason = "trailing-data"
	TooDeep       Reason = "too-deep"
	TooLarge      Reason = "too-many-values"
	LineTooLong   Reason = "line-too-long"
	BadCSV        Reason = "bad-csv"
	BadColumn     Reason = "bad-column"
	BadLog        Reason = "bad-log"

	NotARecord  Reason = "not-a-record"
	NoQuestion  Reason = "no-question"
	EmptyTrace  Reason = "empty-trace"
	BadField    Reason = "bad-field"
	BadSteps    Reason = "bad-steps"
	InnerBroken Reason = "inner-bad-json"
)

// ErrFormat is wrapped by every error that says a whole file cannot be read as
// what it claims to be: unknown container, corrupt Parquet, truncated gzip.
var ErrFormat = errors.New("ingest: unreadable file")

// A SyntaxError says where a frame stops being strict JSON.
type SyntaxError struct {
	File   string
	Line   int64 // line of the file, from 1
	Byte   int64 // byte within that line, from 1
	Offset int64 // byte within the decompressed file, from 0; -1 where bytes mean nothing
	Reason Reason
	Detail string
}

// Error is file:line:byte: detail.
func (e *SyntaxError) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Byte, e.Detail)
	}
	return fmt.Sprintf("%s:%d:%d: %s (byte %d of the file)", e.File, e.Line, e.Byte, e.Detail, e.Offset)
}

// A Rejection says why a frame or a record was refused. File and Line are
// empty where the refusal came from a reader, which knows neither.
type Rejection struct {
	File   string
	Line   int64
	Reason Reason
	Detail string
}

// Error is the reason and its detail, after the place if there is one.
func (r *Rejection) Error() string {
	if r.File == "" {
		return fmt.Sprintf("%s: %s", r.Reason, r.Detail)
	}
	return fmt.Sprintf("%s:%d: %s: %s", r.File, r.Line, r.Reason, r.Detail)
}

// ReasonOf is the reason code of an error that Parse or Decode returned, or
// the empty Reason if err is no refusal.
func ReasonOf(err error) Reason {
	var s *SyntaxError
	if errors.As(err, &s) {
		return s.Reason
	}
	var r *Rejection
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

func reject(reason Reason, format string, args ...any) error {
	return &Rejection{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
