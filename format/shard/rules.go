package shard

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/format"
)

// The rules of each table's rows. Writers refuse what breaks them, and Check
// applies them again to finished files.

// Check is the law of a records row.
func (r *Record) Check() error {
	if r.RecordID == "" {
		return errors.New("record_id is empty")
	}
	if err := r.check(); err != nil {
		return fmt.Errorf("record %s: %w", cut(r.RecordID, 80), err)
	}
	return nil
}

func (r *Record) check() error {
	n := int64(len(r.Text))
	if !utf8.ValidString(r.Text) {
		return errors.New("text is not valid UTF-8")
	}
	if r.ProblemID == "" || r.Split == "" {
		return fmt.Errorf("problem_id is %q and split is %q; both must be given", cut(r.ProblemID, 80), cut(r.Split, 80))
	}
	if !isHex(r.SourceSum, 64) {
		return fmt.Errorf("source_sha256 is %q, want 64 hex digits", cut(r.SourceSum, 80))
	}
	if r.NTokens < 1 {
		return fmt.Errorf("n_tokens is %d, want at least 1", r.NTokens)
	}
	at := int64(0)
	for i := range r.Spans {
		s := &r.Spans[i]
		if s.Start != at || s.End <= s.Start {
			return fmt.Errorf("span %d (%s) covers %d:%d, must begin at %d and hold something", i, cut(s.Name, 80), s.Start, s.End, at)
		}
		if s.Name == "" || s.Edit < 0 || int(s.Edit) > len(r.Edits) || s.SrcStart < 0 || s.SrcEnd < s.SrcStart {
			return fmt.Errorf("span %d: name %q, edit %d of %d, source %d:%d", i, cut(s.Name, 80), s.Edit, len(r.Edits), s.SrcStart, s.SrcEnd)
		}
		var origin format.Source
		if err := origin.UnmarshalText([]byte(s.Origin)); err != nil {
			return fmt.Errorf("span %d: %w", i, err)
		}
		if (origin == format.FromGraft) != (s.Edit > 0) {
			return fmt.Errorf("span %d (%s): origin %s with edit %d", i, s.Name, s.Origin, s.Edit)
		}
		at = s.End
	}
	if at != n {
		return fmt.Errorf("spans end at %d of %d bytes", at, n)
	}
	at = 0
	for i, m := range r.Messages {
		if m.Start < at || m.End < m.Start || m.End > n || m.Role == "" {
			return fmt.Errorf("message %d (%q) covers %d:%d of %d bytes, after one that ends at %d", i, cut(m.Role, 80), m.Start, m.End, n, at)
		}
		at = m.End
	}
	at = 0
	for i, c := range r.Controls {
		if c.Start < at || c.End <= c.Start || c.End > n {
			return fmt.Errorf("control %d covers %d:%d of %d bytes, after one that ends at %d", i, c.Start, c.End, n, at)
		}
		at = c.End
	}
	for i := range r.Edits {
		if e := &r.Edits[i]; int(e.ID) != i+1 || e.Behavior == "" || e.Parent < 0 || int(e.Parent) > len(r.Edits) {
			return fmt.Errorf("edit %d has id %d, behavior %q, parent %d of %d", i+1, e.ID, cut(e.Behavior, 80), e.Parent, len(r.Edits))
		}
	}
	return nil
}

// Check is the law of a lineage row.
func (r *Lineage) Check() error {
	switch {
	case r.RecordID == "" || r.File == "":
		return fmt.Errorf("record_id is %q and file is %q; both must be given", cut(r.RecordID, 80), cut(r.File, 80))
	case r.Line < 1 || r.Start < -1 || r.Start >= 0 && r.End < r.Start:
		return fmt.Errorf("record %s: line %d, bytes %d:%d", cut(r.RecordID, 80), r.Line, r.Start, r.End)
	case !isHex(r.Digest, 64):
		return fmt.Errorf("record %s: digest is %q, want 64 hex digits", cut(r.RecordID, 80), cut(r.Digest, 80))
	}
	return nil
}

// Check is the law of a packed row: the documents tile its tokens, the spans
// tile them too, no span crosses a document, and no document is empty.
func (r *Row) Check() error {
	if len(r.InputIDs) == 0 {
		return errors.New("no tokens")
	}
	if len(r.SeqLengths) != len(r.RecordID) {
		return fmt.Errorf("%d seq_lengths for %d record_id", len(r.SeqLengths), len(r.RecordID))
	}
	if len(r.SpanEnd) != len(r.SpanName) || len(r.SpanEnd) != len(r.SpanEdit) {
		return fmt.Errorf("%d span_end, %d span_name, %d span_edit; want as many of each", len(r.SpanEnd), len(r.SpanName), len(r.SpanEdit))
	}
	for i, id := range r.InputIDs {
		if id < 0 {
			return fmt.Errorf("token %d has id %d", i, id)
		}
	}
	next, doc := 0, int64(0) // next span; end of the document
	at := int64(0)
	for i, n := range r.SeqLengths {
		if n < 1 || r.RecordID[i] == "" {
			return fmt.Errorf("document %d (%q) has %d tokens", i, cut(r.RecordID[i], 80), n)
		}
		doc += int64(n)
		first := true
		for next < len(r.SpanEnd) && (at < doc || int64(r.SpanEnd[next]) == at) {
			end := int64(r.SpanEnd[next])
			if end < at || end > doc || first && end == at {
				return fmt.Errorf("span %d ends at token %d, after one that ends at %d, in a document that ends at %d", next, end, at, doc)
			}
			if r.SpanName[next] < 0 || r.SpanEdit[next] < 0 {
				return fmt.Errorf("span %d has name %d and edit %d", next, r.SpanName[next], r.SpanEdit[next])
			}
			at, next, first = end, next+1, false
		}
		if at != doc {
			return fmt.Errorf("spans end at token %d, document %d at %d", at, i, doc)
		}
	}
	if next != len(r.SpanEnd) || doc != int64(len(r.InputIDs)) {
		return fmt.Errorf("documents end at token %d of %d, and %d of %d spans lie in them", doc, len(r.InputIDs), next, len(r.SpanEnd))
	}
	return nil
}

// Check is the law of a prompts row.
func (r *Prompt) Check() error {
	switch {
	case r.PromptID == "" || r.ProblemID == "":
		return fmt.Errorf("prompt_id is %q and problem_id is %q; both must be given", cut(r.PromptID, 80), cut(r.ProblemID, 80))
	case len(r.Messages) == 0:
		return fmt.Errorf("prompt %s: no messages", cut(r.PromptID, 80))
	case r.PassK < 0 || r.PassN < r.PassK:
		return fmt.Errorf("prompt %s: passed %d of %d", cut(r.PromptID, 80), r.PassK, r.PassN)
	}
	for i, m := range r.Messages {
		if m.Role == "" || !utf8.ValidString(m.Content) {
			return fmt.Errorf("prompt %s: message %d has role %q, or text that is not valid UTF-8", cut(r.PromptID, 80), i, cut(m.Role, 80))
		}
	}
	for i, id := range r.PromptIDs {
		if id < 0 {
			return fmt.Errorf("prompt %s: token %d has id %d", cut(r.PromptID, 80), i, id)
		}
	}
	return nil
}

func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	bad := byte(0)
	for i := range len(s) {
		bad |= notHex[s[i]]
	}
	return bad == 0
}

// notHex is 1 for all bytes but the lowercase digits of base 16. A table: digits and
// letters come as they like, and a processor guesses every second one wrong.
var notHex = func() (t [256]byte) {
	for c := range t {
		if !strings.ContainsRune("0123456789abcdef", rune(c)) {
			t[c] = 1
		}
	}
	return t
}()
