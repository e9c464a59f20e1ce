// Package chat renders conversations: messages become one text, tiled by spans
// that say who wrote what.
//
// Spans are laid down while the text is written, by one function, so that text
// and spans cannot drift. The templates that tokenizers ship with ([Load]) are
// programs; their text remembers, byte by byte, which message it came from, so
// that nothing is searched for and a message that a template drops or rewrites
// is noticed ([LossError]). What a template writes itself is marked as template,
// its control tokens as ranges to be encoded by id: a control token's name that
// stands in a message is plain text and stays so.
package chat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Turn is one message of a conversation: plain text, or a trace.
type Turn struct {
	Role  string // system, user or assistant; templates of tokenizers may know more
	Text  string
	Trace *format.Trace // for an assistant turn whose steps become spans; Text is then unused

	// What follows is for the templates of tokenizers; the built-in ones refuse it.

	Reasoning string // reasoning apart from the text, as reasoning_content
	Fields    []byte // a JSON object of further fields: tool_calls, name, content in parts
}

// A Template writes the text between and around messages.
type Template struct {
	Name string
	Doc  string
	open func(w *writer, role string) // before a message
	shut func(w *writer, role string) // after a message; marks the turn end of an assistant
	// Controls are the control tokens that the template writes; the tokenizer
	// must know each.
	Controls []string

	Sum  [32]byte // SHA-256 of the source, for a template of a tokenizer
	prog *program // of a template of a tokenizer; open and shut are then unused
}

// Templates are the built-in templates.
var Templates = []*Template{
	{
		Name: "chatml",
		Doc:  "<|im_start|>role, newline, text, <|im_end|>, newline: the format of Qwen and many others",
		open: func(w *writer, role string) {
			w.control("<|im_start|>", format.SpanTemplate)
			w.put(role+"\n", format.SpanTemplate, format.FromTemplate)
		},
		shut: func(w *writer, role string) {
			w.control("<|im_end|>", endName(role))
			w.put("\n", format.SpanTemplate, format.FromTemplate)
		},
		Controls: []string{"<|im_start|>", "<|im_end|>"},
	},
	{
		Name: "plain",
		Doc:  "the messages with an empty line between them and <|endoftext|> after each answer: for base models",
		open: func(*writer, string) {},
		shut: func(w *writer, role string) {
			if role == "assistant" {
				w.control("<|endoftext|>", format.SpanEnd)
				return
			}
			w.put("\n\n", format.SpanTemplate, format.FromTemplate)
		},
		Controls: []string{"<|endoftext|>"},
	},
}

// Find returns the built-in template with the given name, or nil.
func Find(name string) *Template {
	for _, t := range Templates {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// endName names the span of a turn end: the end of an assistant's turn is
// trained with it, every other is the template's.
func endName(role string) string {
	if role == "assistant" {
		return format.SpanEnd
	}
	return format.SpanTemplate
}

// Render writes the turns into s: Text, Messages, Spans and Controls are set,
// everything else is left alone. Slices of s are reused.
func (t *Template) Render(s *format.Sample, turns []Turn) error {
	if len(turns) == 0 {
		return fmt.Errorf("no message to render")
	}
	if t.prog != nil {
		return t.RenderConversation(s, Conversation{Turns: turns})
	}
	w := writer{sample: s}
	bytes, spans := size(turns)
	w.b.Grow(bytes)
	s.Messages, s.Spans, s.Controls = slices.Grow(s.Messages[:0], len(turns)), slices.Grow(s.Spans[:0], spans), slices.Grow(s.Controls[:0], 2*len(turns))
	for i := range turns {
		turn := &turns[i]
		name, ok := spanNames[turn.Role]
		if turn.Reasoning != "" || turn.Fields != nil {
			return fmt.Errorf("message %d has reasoning or fields of its own; the built-in templates write text alone", i)
		}
		if !ok {
			return fmt.Errorf("message %d has role %q; the built-in templates know system, user and assistant", i, turn.Role)
		}
		t.open(&w, turn.Role)
		start := w.b.Len()
		if turn.Trace != nil {
			w.trace(turn.Trace)
		} else {
			w.source(turn.Text, name)
		}
		s.Messages = append(s.Messages, format.Message{Role: turn.Role, Start: start, End: w.b.Len()})
		t.shut(&w, turn.Role)
	}
	s.Text = w.b.String()
	return nil
}

// Prompt writes the turns and then opens an assistant's turn: the text that a
// model continues.
func (t *Template) Prompt(s *format.Sample, turns []Turn) error {
	if t.prog != nil {
		return t.PromptConversation(s, Conversation{Turns: turns})
	}
	if err := t.Render(s, turns); err != nil {
		return err
	}
	w := writer{sample: s}
	w.b.WriteString(s.Text)
	t.open(&w, "assistant")
	s.Text = w.b.String()
	return nil
}

var spanNames = map[string]string{"system": format.SpanSystem, "user": format.SpanUser, "assistant": format.SpanSource}

// size is about how many bytes and spans the turns take.
func size(turns []Turn) (bytes, spans int) {
	for i := range turns {
		bytes += len(turns[i].Text) + 64
		spans += 3
		if t := turns[i].Trace; t != nil {
			spans += len(t.Steps)
			for k := range t.Steps {
				bytes += len(t.Steps[k].Text)
			}
		}
	}
	return bytes, spans
}

// A writer grows text, spans and control ranges together.
type writer struct {
	b      strings.Builder
	sample *format.Sample
}

func (w *writer) add(text string, span format.Span) {
	if text == "" {
		return
	}
	span.Start = w.b.Len()
	w.b.WriteString(text)
	span.End = w.b.Len()
	w.sample.Spans = append(w.sample.Spans, span)
}

func (w *writer) put(text, name string, origin format.Source) {
	// Two template spans side by side are one: they differ in nothing.
	if n := len(w.sample.Spans); n > 0 && name == format.SpanTemplate && w.sample.Spans[n-1].Name == name {
		w.b.WriteString(text)
		w.sample.Spans[n-1].End = w.b.Len()
		return
	}
	w.add(text, format.Span{Name: name, Origin: origin})
}

func (w *writer) control(token, name string) {
	start := w.b.Len()
	w.put(token, name, format.FromTemplate)
	w.sample.Controls = append(w.sample.Controls, format.Range{Start: start, End: w.b.Len()})
}

func (w *writer) source(text, name string) {
	w.add(text, format.Span{Name: name, Origin: format.FromSource, SrcEnd: len(text)})
}

// trace writes one span a step. Source offsets count the source's bytes alone:
// an inserted step stands at the offset where it was put in, and covers none; a
// renamed one covers what it stands for.
func (w *writer) trace(t *format.Trace) {
	at := 0
	for i := range t.Steps {
		s := &t.Steps[i]
		if s.Origin.Edit == 0 {
			w.add(s.Text, format.Span{Name: format.SpanSource, Origin: format.FromSource, SrcStart: at, SrcEnd: at + len(s.Text)})
			at += len(s.Text)
			continue
		}
		start := w.b.Len()
		w.add(s.Text, format.Span{Name: SpanName(s.Origin.Behavior, s.Kind), Edit: s.Origin.Edit, Origin: format.FromGraft, SrcStart: at, SrcEnd: at + len(s.Was)})
		at += len(s.Was)
		if s.Kind == format.Control {
			w.sample.Controls = append(w.sample.Controls, format.Range{Start: start, End: w.b.Len()})
		}
	}
}

// SpanName is the name of the spans that a behavior's steps of one kind get.
func SpanName(behavior string, kind format.Kind) string { return behavior + "." + kind.String() }
