package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Mark says that bytes of a text came from an input: bytes Start to End are
// bytes Off and following of input Src. A negative Off says that they were made
// from that input but are not its bytes: escaped, changed in case, formatted.
type Mark struct {
	Start, End int
	Src        int32
	Off        int
}

// Text is a string that remembers where it came from. Bytes under no mark are
// the template's. An empty text has an empty mark, so that what is printed
// shows where an empty input went.
type Text struct {
	S     string
	Marks []Mark // in order, without overlap
}

// NewText is the text of input src; inputs are numbered from 1.
func NewText(s string, src int32) *Text {
	if src == 0 {
		return &Text{S: s}
	}
	return &Text{S: s, Marks: []Mark{{0, len(s), src, 0}}}
}

var emptyText = &Text{}

func plain(s string) *Text {
	if s == "" {
		return emptyText
	}
	return &Text{S: s}
}

// slice is bytes a to b of t.
func (t *Text) slice(a, b int) *Text {
	if a == 0 && b == len(t.S) {
		return t
	}
	if a >= b {
		if len(t.Marks) == 0 {
			return emptyText
		}
		return &Text{Marks: []Mark{{0, 0, t.Marks[0].Src, max(t.Marks[0].Off, 0)}}}
	}
	return &Text{S: t.S[a:b], Marks: appendMarks(nil, t.Marks, a, b, -a)}
}

// appendMarks adds the parts of marks that lie in bytes a to b, moved by shift;
// a mark that carries on where the last one ends is joined to it.
func appendMarks(to, marks []Mark, a, b, shift int) []Mark {
	for _, m := range marks {
		if m.End <= a && m.Start != m.End || m.Start < a && m.End <= a {
			continue
		}
		if m.Start >= b && (m.Start != m.End || m.Start > b) {
			break
		}
		if m.Start < a {
			if m.Off >= 0 {
				m.Off += a - m.Start
			}
			m.Start = a
		}
		m.End = min(m.End, b)
		m.Start += shift
		m.End += shift
		if n := len(to); n > 0 && to[n-1].End == m.Start && to[n-1].Src == m.Src && follows(to[n-1], m) {
			to[n-1].End = m.End
			continue
		}
		to = append(to, m)
	}
	return to
}

func follows(a, b Mark) bool {
	if a.Off < 0 || b.Off < 0 {
		return a.Off < 0 && b.Off < 0
	}
	return a.Off+a.End-a.Start == b.Off
}

// made is a new string made from t: if it is not the same string, all of it is
// marked as made from the inputs that t came from.
func (t *Text) made(s string) *Text {
	if s == t.S {
		return t
	}
	if len(t.Marks) == 0 {
		return plain(s)
	}
	return &Text{S: s, Marks: []Mark{{0, len(s), t.Marks[0].Src, -1}}}
}

// A builder joins texts.
type builder struct {
	b     []byte
	marks []Mark
}

func (w *builder) text(t *Text) {
	if t.S == "" {
		if len(t.Marks) > 0 {
			w.marks = append(w.marks, Mark{len(w.b), len(w.b), t.Marks[0].Src, t.Marks[0].Off})
		}
		return
	}
	w.marks = appendMarks(w.marks, t.Marks, 0, len(t.S), len(w.b))
	w.b = append(w.b, t.S...)
}

func (w *builder) str(s string) { w.b = append(w.b, s...) }

// since takes what was written from byte n on out of the builder.
func (w *builder) since(n int) *Text {
	t := &Text{S: string(w.b[n:])}
	k := len(w.marks)
	for k > 0 && w.marks[k-1].Start >= n {
		k--
	}
	// A mark that began before n would have been joined across the border.
	if k > 0 && w.marks[k-1].End > n {
		k--
	}
	if k < len(w.marks) {
		t.Marks = appendMarks(nil, w.marks[k:], n, len(w.b), -n)
		if w.marks[k].Start < n {
			w.marks[k].End = n
			k++
		}
		w.marks = w.marks[:k]
	}
	w.b = w.b[:n]
	return t
}

// isSpace is Python's str.isspace of one character.
func isSpace(r rune) bool {
	return r >= 0x1c && r <= 0x1f || unicode.IsSpace(r)
}

// Blank is whether s is white space, as Python's strip sees it.
func Blank(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return !isSpace(c) }) < 0
}

func (t *Text) strip(left, right bool, cut func(rune) bool) *Text {
	a, b := 0, len(t.S)
	if left {
		a = b - len(strings.TrimLeftFunc(t.S, cut))
	}
	if right {
		b = a + len(strings.TrimRightFunc(t.S[a:], cut))
	}
	return t.slice(a, b)
}

// Python counts characters, we count bytes: these two go between.

func (t *Text) length() int {
	return utf8.RuneCountInString(t.S)
}

// at is the byte at which character i begins; i lies in 0..length.
func (t *Text) at(i int) int {
	if len(t.S) == t.length() {
		return i
	}
	b := 0
	for ; i > 0 && b < len(t.S); i-- {
		_, n := utf8.DecodeRuneInString(t.S[b:])
		b += n
	}
	return b
}
