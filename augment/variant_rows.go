package augment

import (
	"fmt"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/shard"
)

// derivation is the row of derived/ that says what a record was made of.
func derivation(pass *Pass, v *ResolvedVariant, d *Derived, id, record string, said []string) shard.Derivation {
	row := shard.Derivation{
		DerivedID: id, RecordID: record, Form: string(d.Form), Variant: v.Variant.Name, Version: int32(v.Variant.Version),
		Params: v.ParamsJSON, Phrases: said, Parents: d.Parents, Truncated: d.Truncated, Truth: d.Truth, Checker: d.Checker,
		SameLength: d.SameLength, Class: d.Class, Proof: shard.Proof{Grade: d.Proof.Grade, Detail: d.Proof.Detail},
	}
	for _, n := range d.Notes {
		row.Notes = append(row.Notes, shard.Note{Name: n.Name, Value: n.Value})
	}
	for _, f := range textsOf(d) {
		at := int64(0)
		for i := range *f.segments {
			s := &(*f.segments)[i]
			text, _ := pass.Text(s)
			t := shard.Tile{Field: f.name, Start: at, End: at + int64(len(text)), Parent: s.Parent, Part: string(s.Part),
				SrcStart: int64(s.Start), SrcEnd: int64(s.End), Wrong: s.Wrong}
			if s.Parent == "" {
				t.Kind = s.Kind.String()
			}
			at = t.End
			row.Tiles = append(row.Tiles, t)
		}
	}
	return row
}

// derivedOf is the inverse of derivation: what stands in the tiles comes from the
// record's own texts, by field.
func derivedOf(row *shard.Derivation, texts map[string]string) (*Derived, error) {
	d := &Derived{
		Form: Form(row.Form), Parents: row.Parents, Truncated: row.Truncated, Truth: row.Truth, Checker: row.Checker,
		SameLength: row.SameLength, Class: row.Class, Proof: format.Proof{Grade: row.Proof.Grade, Detail: row.Proof.Detail},
	}
	for _, n := range row.Notes {
		d.Notes = append(d.Notes, format.Field{Name: n.Name, Value: n.Value})
	}
	ends := map[string]int{}
	for i := range row.Tiles {
		t := &row.Tiles[i]
		s := Segment{Parent: t.Parent, Part: Part(t.Part), Start: int(t.SrcStart), End: int(t.SrcEnd), Wrong: t.Wrong}
		text, ok := texts[t.Field]
		if !ok || t.Start != int64(ends[t.Field]) || t.End < t.Start || t.End > int64(len(text)) {
			return nil, fmt.Errorf("segment %d covers bytes %d:%d of the %s, which has %d", i, t.Start, t.End, t.Field, len(text))
		}
		if s.Parent == "" {
			s.Text = text[t.Start:t.End]
			if err := s.Kind.UnmarshalText([]byte(t.Kind)); err != nil {
				return nil, err
			}
		}
		for _, f := range textsOf(d) {
			if f.name == t.Field {
				*f.segments = append(*f.segments, s)
			}
		}
		ends[t.Field] = int(t.End)
	}
	for field, n := range ends {
		if n != len(texts[field]) {
			return nil, fmt.Errorf("the segments of the %s end at byte %d of %d", field, n, len(texts[field]))
		}
	}
	return d, nil
}

// A segmentSpan is what the spans of one segment must say.
type segmentSpan struct {
	from, to int // bytes of the message
	span     format.Span
}

// layout lists what the spans of a message must say, given its segments. In a
// question everything is the user's, so that nothing of it is trained.
func layout(pass *Pass, variant string, list []Segment, question bool) []segmentSpan {
	out := make([]segmentSpan, len(list))
	at := 0
	for i := range list {
		s := &list[i]
		text, _ := pass.Text(s)
		span := format.Span{Name: format.SpanSource, Origin: format.FromSource, SrcStart: s.Start, SrcEnd: s.End}
		switch {
		case s.Parent == "":
			span = format.Span{Name: chat.SpanName(variant, s.Kind), Edit: 1, Origin: format.FromGraft}
		case s.Wrong:
			span.Name = chat.SpanName(variant, format.Wrong)
		}
		if question {
			span.Name = format.SpanUser
		}
		out[i] = segmentSpan{at, at + len(text), span}
		at += len(text)
	}
	return out
}

// relay replaces the spans of a message by those of its segments. The template
// must have left the message as it is.
func relay(s *format.Sample, m format.Message, want []segmentSpan) {
	spans := make([]format.Span, 0, len(s.Spans)+len(want))
	done := false
	for _, sp := range s.Spans {
		if sp.Start < m.Start || sp.End > m.End {
			spans = append(spans, sp)
			continue
		}
		if done {
			continue
		}
		for _, w := range want {
			w.span.Start, w.span.End = m.Start+w.from, m.Start+w.to
			spans = append(spans, w.span)
		}
		done = true
	}
	s.Spans = spans
}
