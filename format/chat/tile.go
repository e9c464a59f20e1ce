package chat

import (
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/chat/internal/jinja"
)

// write lays spans, messages and controls of the rendered text into s.
func (l *layout) write(s *format.Sample) error {
	s.Text = l.r.S
	s.Messages, s.Spans, s.Controls = s.Messages[:0], s.Spans[:0], s.Controls[:0]
	at := 0
	for i := range l.turns {
		t := &l.turns[i]
		if t.lo >= 0 {
			at = t.lo
		}
		s.Messages = append(s.Messages, format.Message{Role: l.c.Turns[i].Role, Start: at, End: max(at, t.hi)})
		at = max(at, t.hi)
	}
	w := tiler{l: l, s: s}
	for _, m := range l.r.Marks {
		if m.Start < m.End && m.Start >= w.at {
			w.template(m.Start)
			w.mark(m)
		}
	}
	w.template(len(s.Text))
	l.controls(s)
	return w.err
}

// A tiler writes spans from left to right.
type tiler struct {
	l   *layout
	s   *format.Sample
	at  int
	err error
}

func (w *tiler) put(end int, sp format.Span) {
	if end <= w.at {
		return
	}
	sp.Start, sp.End = w.at, end
	w.at = end
	if n := len(w.s.Spans); n > 0 {
		// Two spans of the template side by side are one: they differ in nothing.
		if last := &w.s.Spans[n-1]; sp.Origin == format.FromTemplate && last.Origin == format.FromTemplate && last.Name == sp.Name {
			last.End = end
			return
		}
	}
	w.s.Spans = append(w.s.Spans, sp)
}

// template covers what the template wrote up to byte end: its own, what it
// writes in a model's place, and the ends of turns.
func (w *tiler) template(end int) {
	for i := range w.l.turns {
		t := &w.l.turns[i]
		if t.from < 0 || t.end <= w.at || t.from >= end {
			continue
		}
		w.put(min(t.from, end), format.Span{Name: format.SpanTemplate, Origin: format.FromTemplate})
		w.put(min(t.to, end), format.Span{Name: format.SpanSource, Origin: format.FromTemplate})
		w.put(min(t.end, end), format.Span{Name: format.SpanEnd, Origin: format.FromTemplate})
	}
	w.put(end, format.Span{Name: format.SpanTemplate, Origin: format.FromTemplate})
}

// mark covers the bytes of an input.
func (w *tiler) mark(m jinja.Mark) {
	f := w.l.leaf(m)
	if f.turn < 0 || f.kind == extra || f.kind == call || m.Off < 0 {
		w.template(m.End)
		if f.turn >= 0 && f.kind != extra && m.Off < 0 && w.l.turns[f.turn].from < 0 {
			w.s.Spans[len(w.s.Spans)-1].Name = spanName(w.l.c.Turns[f.turn].Role)
		}
		return
	}
	turn := &w.l.c.Turns[f.turn]
	if turn.Trace != nil && f.kind == content {
		w.trace(m, f, turn.Trace)
		return
	}
	from := f.base + m.Off
	w.put(m.End, format.Span{Name: spanName(turn.Role), Origin: format.FromSource, SrcStart: from, SrcEnd: from + m.End - m.Start})
}

// trace covers a part of a trace's text, one span a step. An inserted step
// stands at the source offset where it was put in, and covers none; a renamed one
// covers what it stands for.
func (w *tiler) trace(m jinja.Mark, f *leaf, t *format.Trace) {
	off, src := 0, f.base
	for i := range t.Steps {
		s := &t.Steps[i]
		a, b := max(off, m.Off), min(off+len(s.Text), m.Off+m.End-m.Start)
		if a < b {
			start, end := w.at, m.Start+b-m.Off
			if s.Origin.Edit == 0 {
				w.put(end, format.Span{Name: format.SpanSource, Origin: format.FromSource, SrcStart: src + a - off, SrcEnd: src + b - off})
			} else {
				w.put(end, format.Span{Name: SpanName(s.Origin.Behavior, s.Kind), Edit: s.Origin.Edit, Origin: format.FromGraft, SrcStart: src, SrcEnd: src + len(s.Was)})
				if (s.Kind == format.Control || s.Was != "") && b-a < len(s.Text) && w.err == nil {
					w.err = w.l.loss(f.turn, LossRewrite, s.Text)
				}
				if s.Kind == format.Control {
					w.s.Controls = append(w.s.Controls, format.Range{Start: start, End: end})
				}
			}
		}
		off += len(s.Text)
		src += len(s.Source())
	}
}

// spanName is the name of the spans of a role's text. Whatever is put to the
// model, a tool's result say, is named as the user's text is, and not trained.
func spanName(role string) string {
	switch role {
	case "system", "developer":
		return format.SpanSystem
	case "assistant":
		return format.SpanSource
	}
	return format.SpanUser
}
