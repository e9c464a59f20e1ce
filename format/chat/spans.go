package chat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/chat/internal/jinja"
)

func textOf(v jinja.Value) string {
	if t, ok := v.(*jinja.Text); ok {
		return t.S
	}
	return ""
}

// RenderConversation writes the conversation into s, as Render does. A loss
// that is not accepted is a *[LossError].
//
// Bytes of a message are spans of its role, or of its trace's steps. What the
// template writes in an assistant's turn, between what it gives to a model as
// prompt and the end of the turn, is what the model must write: such spans are
// named source, with the template as their origin.
func (t *Template) RenderConversation(s *format.Sample, c Conversation) error {
	if t.prog == nil {
		return t.Render(s, c.Turns)
	}
	return t.prog.render(s, &c, false)
}

// PromptConversation writes the conversation and opens an assistant's turn.
func (t *Template) PromptConversation(s *format.Sample, c Conversation) error {
	if t.prog == nil {
		return t.Prompt(s, c.Turns)
	}
	return t.prog.render(s, &c, true)
}

// A stretch is where a turn stands in the rendered text.
type stretch struct {
	lo, hi   int // from its first byte to behind its last; lo < 0 if it left no trace
	from, to int // what a model writes, up to the turn end; from < 0 for other turns
	end      int // behind the turn end; to where there is none
}

// A layout is a rendered conversation on its way to spans.
type layout struct {
	p     *program
	c     *Conversation
	r     rendering
	turns []stretch

	written []jinja.Mark // the marks before pieces were adopted: between them, the template wrote
}

func (p *program) render(s *format.Sample, c *Conversation, prompt bool) error {
	if len(c.Turns) == 0 {
		return fmt.Errorf("no message to render")
	}
	r, err := p.run(c, len(c.Turns), prompt)
	if err != nil {
		return err
	}
	l := &layout{p: p, c: c, r: r, turns: make([]stretch, len(c.Turns))}
	l.place()
	if err := l.models(); err != nil {
		return err
	}
	if err := l.ends(prompt); err != nil {
		return err
	}
	l.adopt()
	if err := l.losses(); err != nil {
		return err
	}
	return l.write(s)
}

// said is whether a leaf is what a turn says, and not something beside it.
func (k field) said() bool { return k != extra }

func (l *layout) leaf(m jinja.Mark) *leaf { return &l.r.leaves[m.Src-1] }

// place finds where each turn stands.
func (l *layout) place() {
	for i := range l.turns {
		l.turns[i] = stretch{lo: -1, hi: -1, from: -1, to: -1, end: -1}
	}
	for _, m := range l.r.Marks {
		f := l.leaf(m)
		if f.turn < 0 || !f.kind.said() {
			continue
		}
		t := &l.turns[f.turn]
		if t.lo < 0 {
			t.lo = m.Start
		}
		t.hi = max(t.hi, m.End)
	}
}

// before is where the last byte of the turns in front of turn i ends.
func (l *layout) before(i int) int {
	at := 0
	for k := range i {
		at = max(at, l.turns[k].hi)
	}
	return at
}

// after is where the first byte of the turns behind turn i stands.
func (l *layout) after(i int) int {
	at := len(l.r.S)
	for k := i + 1; k < len(l.turns); k++ {
		if lo := l.turns[k].lo; lo >= 0 && lo >= l.turns[i].hi {
			at = min(at, lo)
		}
	}
	return at
}

// models finds where, in each assistant's turn, the model begins to write: the
// first byte behind what the template gives to it as prompt, or, where the
// template says so itself, the beginning of its generation block.
func (l *layout) models() error {
	for i := range l.turns {
		t := &l.turns[i]
		gens := l.r.Generation
		if l.c.Turns[i].Role != "assistant" {
			if err := l.ungenerated(i, gens); err != nil {
				return err
			}
			continue
		}
		t.from = t.lo
		if len(gens) > 0 && t.lo >= 0 {
			if err := l.generated(i, gens); err != nil {
				return err
			}
			continue
		}
		head := l.before(i)
		limit := t.lo
		if t.lo < 0 {
			limit = len(l.r.S)
		}
		if i == 0 || head >= limit {
			continue
		}
		ask, err := l.p.run(l.c, i, true)
		if err != nil {
			continue // the template opens no turn here: all in front of the text is its own
		}
		// The prompt and the text may differ in earlier turns, which some
		// templates write otherwise once an answer follows; what stands
		// behind the last byte of those turns is what is compared.
		prompt := layout{p: l.p, c: l.c, r: ask, turns: make([]stretch, i)}
		prompt.place()
		opening := ask.S[prompt.before(i):]
		n, most := 0, min(len(opening), limit-head)
		for n < most && opening[n] == l.r.S[head+n] {
			n++
		}
		t.from = head + n
		if t.lo < 0 {
			// An empty answer that the template did not print: it stands
			// where the model would begin.
			t.lo, t.hi = t.from, t.from
		}
	}
	return nil
}

// generated takes the generation blocks' word for what turn i's model writes.
func (l *layout) generated(i int, gens [][2]int) error {
	t := &l.turns[i]
	for _, g := range gens {
		if g[0] <= t.lo && g[1] >= t.hi {
			t.from = g[0]
			return nil
		}
	}
	if l.p.accept[LossGeneration] {
		return nil
	}
	return &LossError{Turn: i, Role: "assistant", Kind: LossGeneration, Lost: l.r.S[t.lo:t.hi]}
}

// ungenerated is an error where a generation block holds what no model wrote.
func (l *layout) ungenerated(i int, gens [][2]int) error {
	t := &l.turns[i]
	for _, g := range gens {
		if a, b := max(g[0], t.lo), min(g[1], t.hi); t.lo >= 0 && a < b && !l.p.accept[LossGeneration] {
			return &LossError{Turn: i, Role: l.c.Turns[i].Role, Kind: LossGeneration, Lost: l.r.S[a:b]}
		}
	}
	return nil
}

// ends finds the end of each assistant's turn: the first special token that the
// template writes behind its text. The last answer has one, or eos_token is
// written where the template's options say so; earlier answers end with the
// same token, where the template writes it.
func (l *layout) ends(prompt bool) error {
	end, last := "", true
	for i := len(l.turns) - 1; i >= 0; i-- {
		t := &l.turns[i]
		if t.from < 0 && i == len(l.turns)-1 && l.c.Turns[i].Role == "assistant" && !prompt {
			return &LossError{Turn: i, Role: "assistant", Kind: LossTurn, Lost: l.c.Turns[i].Text}
		}
		if t.from < 0 {
			continue
		}
		t.to, t.end = t.hi, t.hi
		limit := l.after(i)
		l.p.tokens.each(l.r.S[t.hi:limit], func(a, b int) {
			token := l.r.S[t.hi+a : t.hi+b]
			switch {
			case t.end > t.hi:
				// eos_token right behind the turn end belongs to it.
				if token == l.p.eos && t.end == t.hi+a {
					t.end = t.hi + b
				}
			case l.p.tokens.special[token] && (last || token == end) && l.ours(t.hi+a, t.hi+b):
				t.to, t.end = t.hi+a, t.hi+b
			}
		})
		if last && t.end == t.hi && i == len(l.turns)-1 && !prompt {
			if !l.p.addEOS || l.p.eos == "" {
				return &LossError{Turn: i, Role: "assistant", Kind: LossEnd}
			}
			t.to = len(l.r.S)
			l.r.S += l.p.eos
			t.end = len(l.r.S)
		}
		if last {
			end = l.r.S[t.to:t.end]
			l.p.tokens.each(end, func(a, b int) {
				if a == 0 {
					end = end[:b]
				}
			})
		}
		last = false
	}
	return nil
}

// ours is whether the template wrote bytes a to b.
func (l *layout) ours(a, b int) bool {
	k, _ := slices.BinarySearchFunc(l.r.Marks, a, func(m jinja.Mark, at int) int {
		if m.End <= at {
			return -1
		}
		return 1
	})
	return k == len(l.r.Marks) || l.r.Marks[k].Start >= b
}

// adopt gives to a message what the template took out of it and wrote again:
// a piece that is missing between two pieces of a text, and stands between them
// in what was rendered, once, is that piece. (Templates cut the tags of
// reasoning off and put them back.)
func (l *layout) adopt() {
	marks := make([]jinja.Mark, 0, len(l.r.Marks)+4)
	for i, m := range l.r.Marks {
		f := l.leaf(m)
		if f.kind == content && m.Off >= 0 && m.End > m.Start && f.turn >= 0 {
			lo, off := l.turns[f.turn].from, 0
			if n := len(marks); n > 0 && marks[n-1].Src == m.Src && marks[n-1].Off >= 0 {
				lo, off = marks[n-1].End, marks[n-1].Off+marks[n-1].End-marks[n-1].Start
			}
			if lo >= 0 && lo < m.Start && off < m.Off && (off > 0 || !jinja.Blank(f.text[:m.Off])) && l.clear(i, lo) {
				piece, gap := f.text[off:m.Off], l.r.S[lo:m.Start]
				if k := strings.Index(gap, piece); k >= 0 && k == strings.LastIndex(gap, piece) {
					marks = append(marks, jinja.Mark{Start: lo + k, End: lo + k + len(piece), Src: m.Src, Off: off})
				} else {
					marks = l.pieces(marks, m, lo, off, f)
				}
			}
		}
		marks = append(marks, m)
	}
	l.adopted(joined(marks))
}

// joined makes one mark of those that carry on where the last one ends.
func joined(marks []jinja.Mark) []jinja.Mark {
	out := marks[:0]
	for _, m := range marks {
		if n := len(out); n > 0 && out[n-1].Src == m.Src && out[n-1].End == m.Start && out[n-1].Off >= 0 && m.Off == out[n-1].Off+m.Start-out[n-1].Start {
			out[n-1].End = m.End
			continue
		}
		out = append(out, m)
	}
	return out
}

// clear is whether no mark in front of mark i reaches beyond byte a.
func (l *layout) clear(i, a int) bool {
	return i == 0 || l.r.Marks[i-1].End <= a
}

// pieces adopts the tags of reasoning one by one, where the white space around
// them is not what it was.
func (l *layout) pieces(marks []jinja.Mark, m jinja.Mark, lo, off int, f *leaf) []jinja.Mark {
	for _, tag := range [...]string{"<think>", "</think>"} {
		piece, gap := f.text[off:m.Off], l.r.S[lo:m.Start]
		k, at := strings.Index(piece, tag), strings.Index(gap, tag)
		if k < 0 || at < 0 || strings.LastIndex(piece, tag) != k || strings.LastIndex(gap, tag) != at {
			continue
		}
		marks = append(marks, jinja.Mark{Start: lo + at, End: lo + at + len(tag), Src: m.Src, Off: off + k})
		lo, off = lo+at+len(tag), off+k+len(tag)
	}
	return marks
}

// adopted keeps the template's own marks for the search of control tokens, and
// takes the new ones for everything else.
func (l *layout) adopted(marks []jinja.Mark) {
	for i := range l.turns {
		t := &l.turns[i]
		if t.from < 0 {
			continue
		}
		for _, m := range marks {
			if f := l.leaf(m); f.turn == i && f.kind.said() && m.Start < t.lo {
				t.lo = m.Start
			}
		}
	}
	l.written, l.r.Marks = l.r.Marks, marks
}
