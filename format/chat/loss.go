package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/format/chat/internal/jinja"
)

// What a template can do to a conversation that is an error unless the recipe
// accepts it.
const (
	LossTrim       = "trim"       // white space at the edges of a text is dropped
	LossReasoning  = "reasoning"  // reasoning is dropped
	LossTurn       = "turn"       // a whole message is dropped
	LossText       = "text"       // a part of a text is dropped
	LossRewrite    = "rewrite"    // text is written otherwise: escaped, in another case
	LossRepeat     = "repeat"     // text is written twice
	LossOrder      = "order"      // a message stands in front of one that it follows
	LossCall       = "call"       // the name or an argument of a tool call is dropped
	LossGeneration = "generation" // the template's generation blocks leave an answer out
	LossEnd        = "end"        // nothing ends the last answer
)

// A Loss is a kind of loss, and what it means.
type Loss struct{ Name, Doc string }

// Losses lists what can be accepted. LossEnd cannot: AddEOS mends it.
var Losses = []Loss{
	{LossTrim, "drops white space at the edges of a text"},
	{LossReasoning, "drops reasoning"},
	{LossTurn, "drops a whole message"},
	{LossText, "drops a part of a text"},
	{LossRewrite, "writes a text otherwise than it was"},
	{LossRepeat, "writes a text twice"},
	{LossOrder, "writes a message in front of one that it follows"},
	{LossCall, "drops the name or an argument of a tool call"},
	{LossGeneration, "leaves an answer out of its generation blocks, or puts a question in"},
}

func isLoss(name string) bool {
	return slices.ContainsFunc(Losses, func(l Loss) bool { return l.Name == name })
}

func lossNames() string {
	names := make([]string, len(Losses))
	for i, l := range Losses {
		names[i] = l.Name
	}
	return strings.Join(names, ", ")
}

// A LossError says what a template did to a message.
type LossError struct {
	Turn int    // the message, from 0
	Role string // its role
	Kind string // one of the losses
	Lost string // the bytes concerned
}

func (e *LossError) Error() string {
	if e.Kind == LossEnd {
		return fmt.Sprintf("message %d (%s): the template writes no special token that ends it; add_eos writes the tokenizer's", e.Turn, e.Role)
	}
	doc := ""
	for _, l := range Losses {
		if l.Name == e.Kind {
			doc = l.Doc
		}
	}
	lost, rest := e.Lost, ""
	if len(lost) > 60 {
		cut := 60
		for !utf8.RuneStart(lost[cut]) {
			cut--
		}
		lost, rest = lost[:cut], fmt.Sprintf(" and %d bytes more", len(lost)-cut)
	}
	return fmt.Sprintf("message %d (%s): the template %s: %s%s; accept: [%s] allows it", e.Turn, e.Role, doc, strconv.Quote(lost), rest, e.Kind)
}

// losses compares what stands in the text with what the messages say, byte by
// byte, and returns the first loss that is not accepted.
func (l *layout) losses() error {
	covers := make([][]jinja.Mark, len(l.r.leaves))
	for _, m := range l.r.Marks {
		if f := l.leaf(m); f.turn >= 0 && f.kind.said() && m.End > m.Start {
			covers[m.Src-1] = append(covers[m.Src-1], m)
		}
	}
	at, shown := 0, make([]bool, len(l.turns))
	for i := range covers {
		if len(covers[i]) > 0 {
			shown[l.r.leaves[i].turn] = true
		}
	}
	for i := range l.r.leaves {
		f := &l.r.leaves[i]
		if f.turn < 0 || !f.kind.said() || f.text == "" {
			continue
		}
		if err := l.lossOf(f, covers[i], shown[f.turn]); err != nil {
			return err
		}
	}
	for i, t := range l.turns {
		if t.lo >= 0 && t.lo < at && t.hi > t.lo && !l.p.accept[LossOrder] {
			return l.loss(i, LossOrder, l.r.S[t.lo:t.hi])
		}
		at = max(at, t.hi)
	}
	return nil
}

func (l *layout) loss(turn int, kind, lost string) error {
	return &LossError{Turn: turn, Role: l.c.Turns[turn].Role, Kind: kind, Lost: lost}
}

// lossOf is the first loss of one text that is not accepted.
func (l *layout) lossOf(f *leaf, marks []jinja.Mark, shown bool) error {
	var first error
	report := func(kind, lost string) {
		if first == nil && lost != "" && !l.p.accept[kind] {
			first = l.loss(f.turn, kind, lost)
		}
	}
	if f.kind == call {
		if len(marks) == 0 {
			report(LossCall, f.text)
		}
		return first
	}
	if !shown && f.kind == content && !jinja.Blank(f.text) && !strings.Contains(f.text, endThink) {
		report(LossTurn, f.text)
		return first
	}
	at, rewritten := 0, false
	for _, m := range marks {
		if m.Off < 0 {
			rewritten = true
			report(LossRewrite, f.text[at:])
			continue
		}
		end := m.Off + m.End - m.Start
		switch {
		case m.Off < at:
			report(LossRepeat, f.text[m.Off:end])
		case m.Off > at && !rewritten:
			report(dropped(f, at, m.Off), f.text[at:m.Off])
		}
		at, rewritten = max(at, end), false
	}
	if at < len(f.text) && !rewritten {
		report(dropped(f, at, len(f.text)), f.text[at:])
	}
	return first
}

// endThink ends reasoning within a text.
const endThink = "</think>"

// dropped is the kind of loss that bytes a to b of a text are.
func dropped(f *leaf, a, b int) string {
	if jinja.Blank(f.text[a:b]) {
		return LossTrim
	}
	if f.kind == reasoning {
		return LossReasoning
	}
	if k := strings.LastIndex(f.text, endThink); k >= 0 && jinja.Blank(f.text[min(k+len(endThink), b):b]) && a <= k+len(endThink) {
		return LossReasoning
	}
	return LossText
}
