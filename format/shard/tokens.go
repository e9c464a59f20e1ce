package shard

import (
	"fmt"

	"github.com/seed-cdf14512/graft/format"
)

// A TokenSpan is one span of a document, in tokens: it ends before token End,
// and begins where the one before it ends.
type TokenSpan struct {
	End  int32 // tokens of the document up to and with this span
	Name int32 // index into the manifest's span_names
	Edit int32 // number of the edit in its record, 0 if none
}

// TokenSpans appends to dst one token span for each byte span of s, in the same
// order. A token belongs to the span in which its last byte stands: one that
// straddles a border counts to the later span, whole, so that text which an edit
// put in is never blamed on the span before it; the first token alone belongs to
// the first span in any case. A byte span in which no token ends has a token
// span of no tokens: so span k of a document is span k of its record, and
// provenance needs no second table.
//
// name gives the number of a span name, or false for a name it does not know.
func TokenSpans(dst []TokenSpan, s *format.Sample, name func(string) (int32, bool)) ([]TokenSpan, error) {
	if len(s.IDs) == 0 || len(s.IDs) != len(s.Ends) {
		return dst, fmt.Errorf("record %s: %d tokens with %d ends", s.RecordID, len(s.IDs), len(s.Ends))
	}
	end := int32(0)
	for i, e := range s.Ends {
		if e < end || int(e) > len(s.Text) {
			return dst, fmt.Errorf("record %s: token %d ends at byte %d, after one that ends at %d of %d", s.RecordID, i, e, end, len(s.Text))
		}
		end = e
	}
	if int(end) != len(s.Text) {
		return dst, fmt.Errorf("record %s: the tokens cover %d of %d bytes", s.RecordID, end, len(s.Text))
	}
	token := 0
	for i := range s.Spans {
		sp := &s.Spans[i]
		n, ok := name(sp.Name)
		if !ok {
			return dst, fmt.Errorf("record %s: span %d: unknown name %q", s.RecordID, i, sp.Name)
		}
		for token < len(s.Ends) && (int(s.Ends[token]) <= sp.End || token == 0) {
			token++
		}
		dst = append(dst, TokenSpan{End: int32(token), Name: n, Edit: int32(sp.Edit)})
	}
	return dst, nil
}

// Reset empties r and keeps its memory.
func (r *Row) Reset() {
	r.InputIDs, r.SeqLengths, r.RecordID = r.InputIDs[:0], r.SeqLengths[:0], r.RecordID[:0]
	r.SpanEnd, r.SpanName, r.SpanEdit = r.SpanEnd[:0], r.SpanName[:0], r.SpanEdit[:0]
}

// Append adds a whole document to the row.
func (r *Row) Append(recordID string, ids []int32, spans []TokenSpan) {
	at := int32(len(r.InputIDs))
	r.InputIDs = append(r.InputIDs, ids...)
	r.SeqLengths = append(r.SeqLengths, int32(len(ids)))
	r.RecordID = append(r.RecordID, recordID)
	for _, s := range spans {
		r.SpanEnd = append(r.SpanEnd, at+s.End)
		r.SpanName = append(r.SpanName, s.Name)
		r.SpanEdit = append(r.SpanEdit, s.Edit)
	}
}

// A Document is one document of a packed row; its slices are parts of the row's.
type Document struct {
	RecordID string
	IDs      []int32
	Start    int // its first token in the row
	Spans    []TokenSpan
}

// Documents takes a row apart again: the inverse of Append.
func (r *Row) Documents() ([]Document, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	return r.documents(), nil
}

// documents is Documents of a row that keeps its law.
func (r *Row) documents() []Document {
	docs := make([]Document, len(r.SeqLengths))
	all := make([]TokenSpan, len(r.SpanEnd))
	at, span := 0, 0
	for i, n := range r.SeqLengths {
		end, first := at+int(n), span
		// Spans of no tokens at the end of a document are its own: no document
		// begins with one.
		for span < len(r.SpanEnd) && int(r.SpanEnd[span]) <= end {
			all[span] = TokenSpan{r.SpanEnd[span] - int32(at), r.SpanName[span], r.SpanEdit[span]}
			span++
		}
		docs[i] = Document{r.RecordID[i], r.InputIDs[at:end:end], at, all[first:span:span]}
		at = end
	}
	return docs
}
