package shard

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// Sample is the compiled sample that r was made from, without its token ids:
// those stand in shards/*.parquet alone. It is the inverse of [Record.Of].
func (r *Record) Sample() (format.Sample, error) {
	s := format.Sample{RecordID: r.RecordID, ParentID: r.ParentID, ProblemID: r.ProblemID, Variant: r.Variant, Text: r.Text,
		Answer: r.Answer, Checker: r.Checker, Grade: r.Grade, Split: r.Split}
	if n, err := hex.Decode(s.SourceSum[:], []byte(cut(r.SourceSum, 2*len(s.SourceSum)))); err != nil || n != len(s.SourceSum) || len(r.SourceSum) != 2*n {
		return s, fmt.Errorf("record %s: source_sha256 is %q, want 64 hex digits", r.RecordID, cut(r.SourceSum, 80))
	}
	for _, m := range r.Messages {
		s.Messages = append(s.Messages, format.Message{Role: m.Role, Start: int(m.Start), End: int(m.End)})
	}
	for _, c := range r.Controls {
		s.Controls = append(s.Controls, format.Range{Start: int(c.Start), End: int(c.End)})
	}
	for i := range r.Spans {
		x := &r.Spans[i]
		y := format.Span{Start: int(x.Start), End: int(x.End), Name: x.Name, Edit: int(x.Edit), SrcStart: int(x.SrcStart), SrcEnd: int(x.SrcEnd)}
		if err := y.Origin.UnmarshalText([]byte(x.Origin)); err != nil {
			return s, fmt.Errorf("record %s: span %d: %w", r.RecordID, i, err)
		}
		s.Spans = append(s.Spans, y)
	}
	for i := range r.Edits {
		stamp, err := r.Edits[i].stamp()
		if err != nil {
			return s, fmt.Errorf("record %s: edit %d: %w", r.RecordID, i+1, err)
		}
		s.Edits = append(s.Edits, stamp)
	}
	return s, nil
}

// Erase is the source text of the last assistant message, or of the last one:
// what stands there without what edits put in and the template wrote, and with
// what was renamed put back. Law 1 says that its SHA-256 is source_sha256.
func (r *Record) Erase() string {
	last := len(r.Messages) - 1
	for i := last; i >= 0; i-- {
		if r.Messages[i].Role == "assistant" {
			last = i
			break
		}
	}
	if last < 0 {
		return ""
	}
	var b strings.Builder
	m, told := r.Messages[last], make([]int, len(r.Edits))
	for i := range r.Spans {
		s := &r.Spans[i]
		switch {
		case s.Start < m.Start || s.End > m.End:
		case s.Edit > 0: // the n-th span of an edit is its n-th fact
			if f, n := r.Edits[s.Edit-1].Facts, &told[s.Edit-1]; *n < len(f) {
				b.WriteString(f[*n].Was)
				*n++
			}
		case s.Origin != "template":
			b.WriteString(r.Text[s.Start:s.End])
		}
	}
	return b.String()
}

func (e *Edit) stamp() (format.Stamp, error) {
	s := format.Stamp{Edit: int(e.ID), Behavior: e.Behavior, Version: int(e.Version), Params: e.Params, Phrases: e.Phrases,
		Step: int(e.Step), After: e.After, Parent: int(e.Parent), Proof: format.Proof{Grade: e.Proof.Grade, Detail: e.Proof.Detail}}
	for _, f := range e.Facts {
		g := format.Fact{Node: format.NodeID(f.Node), Was: f.Was}
		if err := g.Kind.UnmarshalText([]byte(f.Kind)); err != nil {
			return s, err
		}
		for _, n := range f.Refs {
			g.Refs = append(g.Refs, format.NodeID(n))
		}
		s.Facts = append(s.Facts, g)
	}
	return s, nil
}

func cut(s string, n int) string { return s[:min(len(s), n)] }
