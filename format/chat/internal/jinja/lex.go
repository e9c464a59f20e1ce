package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	tokEOF kind = iota
	tokData
	tokVarBegin
	tokVarEnd
	tokBlockBegin
	tokBlockEnd
	tokName
	tokString
	tokInt
	tokFloat
	tokOp
)

type token struct {
	kind kind
	text string // name, operator, or the value of a string or of data
	num  Value
	at   place
}

func (t token) is(kind kind, text string) bool { return t.kind == kind && t.text == text }

func (t token) String() string {
	switch t.kind {
	case tokEOF:
		return "the end of the template"
	case tokVarEnd:
		return "}}"
	case tokBlockEnd:
		return "%}"
	case tokInt, tokFloat:
		return "a number"
	}
	return strconv.Quote(t.text)
}

// A place is where in a template something stands, both from 1; columns count bytes.
type place struct{ line, column int32 }

func (p place) String() string { return fmt.Sprintf("line %d, column %d", p.line, p.column) }

// A SyntaxError is a template that cannot be read.
type SyntaxError struct {
	Line, Column int // from 1; columns count bytes
	Text         string
}

func syntaxError(at place, text string) *SyntaxError {
	return &SyntaxError{int(at.line), int(at.column), text}
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Text)
}

// A lexer cuts a template into tokens, with the white space control of
// trim_blocks and lstrip_blocks.
type lexer struct {
	src       string
	pos       int
	line      int32
	lineFrom  int  // where it begins
	lineStart bool // the last piece consumed ended with a newline
	out       []token
	err       error
}

// lex cuts src into tokens. Newlines become \n, and one at the very end goes.
func lex(src string) ([]token, error) {
	if !utf8.ValidString(src) {
		return nil, notUTF8(src)
	}
	src = strings.ReplaceAll(src, "\r\n", "\n")
	src = strings.ReplaceAll(src, "\r", "\n")
	src = strings.TrimSuffix(src, "\n")
	l := &lexer{src: src, line: 1, lineStart: true}
	for l.err == nil && l.pos < len(l.src) {
		l.root()
	}
	l.add(tokEOF, "", nil)
	return l.out, l.err
}

func (l *lexer) fail(format string, args ...any) {
	if l.err == nil {
		l.err = syntaxError(l.place(), fmt.Sprintf(format, args...))
	}
}

// place is where the lexer is.
func (l *lexer) place() place { return place{l.line, int32(l.pos - l.lineFrom + 1)} }

func (l *lexer) add(k kind, text string, num Value) {
	l.out = append(l.out, token{k, text, num, l.place()})
}

func notUTF8(src string) error {
	l := &lexer{src: src, line: 1}
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRuneInString(src[i:])
		if r == utf8.RuneError && n == 1 {
			l.eat(i)
			l.fail("byte 0x%02X is not UTF-8", src[i])
			break
		}
		i += n
	}
	return l.err
}

// eat moves on to byte end, counting lines.
func (l *lexer) eat(end int) {
	if end > l.pos {
		piece := l.src[l.pos:end]
		if n := strings.Count(piece, "\n"); n > 0 {
			l.line += int32(n)
			l.lineFrom = l.pos + strings.LastIndexByte(piece, '\n') + 1
		}
		l.lineStart = piece[len(piece)-1] == '\n'
		l.pos = end
	}
}

// root reads data up to the next tag, and the tag.
func (l *lexer) root() {
	rest := l.src[l.pos:]
	open := -1
	for i := 0; i+1 < len(rest); i++ {
		k := strings.IndexByte(rest[i:], '{')
		if k < 0 || i+k+1 >= len(rest) {
			break
		}
		i += k
		if c := rest[i+1]; c == '%' || c == '{' || c == '#' {
			open = i
			break
		}
	}
	if open < 0 {
		l.data(rest)
		l.eat(len(l.src))
		return
	}
	what, begin := rest[open+1], l.pos+open+2
	sign := byte(0)
	if begin < len(l.src) && (l.src[begin] == '-' || l.src[begin] == '+') {
		sign = l.src[begin]
		begin++
	}
	l.data(l.lstrip(rest[:open], sign, what != '{'))
	l.eat(l.pos + open)
	switch what {
	case '{':
		l.add(tokVarBegin, "{{", nil)
		l.eat(begin)
		l.tag(tokVarEnd)
	case '#':
		l.eat(begin)
		l.comment()
	default:
		if end := rawBegin(l.src, begin); end > 0 {
			l.eat(end)
			l.raw()
			return
		}
		l.add(tokBlockBegin, "{%", nil)
		l.eat(begin)
		l.tag(tokBlockEnd)
	}
}

func (l *lexer) data(s string) {
	if s != "" {
		l.add(tokData, s, nil)
	}
}

// lstrip drops what white space control drops in front of a tag.
func (l *lexer) lstrip(text string, sign byte, block bool) string {
	if sign == '-' {
		return strings.TrimRightFunc(text, isSpace)
	}
	if sign == '+' || !block {
		return text
	}
	at := strings.LastIndexByte(text, '\n') + 1
	if (at > 0 || l.lineStart) && strings.TrimFunc(text[at:], isSpace) == "" {
		return text[:at]
	}
	return text
}

// tagEnd is the length of the end mark at s ("%}", "-%}", with the white space
// that it takes along), or 0.
func tagEnd(s, mark string, plus, newline bool) int {
	n := 0
	switch {
	case strings.HasPrefix(s, mark):
		n = len(mark)
		if newline && strings.HasPrefix(s[n:], "\n") {
			n++
		}
	case strings.HasPrefix(s, "-"+mark):
		n = len(s) - len(strings.TrimLeftFunc(s[1+len(mark):], isSpace))
	case plus && strings.HasPrefix(s, "+"+mark):
		n = 1 + len(mark)
	}
	return n
}

func (l *lexer) comment() {
	for i := l.pos; i < len(l.src); i++ {
		k := strings.IndexByte(l.src[i:], '#')
		if k < 0 {
			break
		}
		i += k
		// The sign before the mark belongs to it.
		from := i
		if i > l.pos && (l.src[i-1] == '-' || l.src[i-1] == '+') {
			from--
		}
		if n := tagEnd(l.src[from:], "#}", true, true); n > 0 {
			l.eat(from + n)
			return
		}
	}
	l.fail("a comment has no end: want #}")
}

// rawBegin is the end of a raw tag whose name may begin at byte i, or 0.
func rawBegin(src string, i int) int {
	s := strings.TrimLeftFunc(src[i:], isSpace)
	if !strings.HasPrefix(s, "raw") {
		return 0
	}
	s = strings.TrimLeftFunc(s[3:], isSpace)
	if n := tagEnd(s, "%}", false, false); n > 0 {
		return len(src) - len(s) + n
	}
	return 0
}

func (l *lexer) raw() {
	for i := l.pos; i < len(l.src); i++ {
		k := strings.Index(l.src[i:], "{%")
		if k < 0 {
			break
		}
		i += k
		s, sign := l.src[i+2:], byte(0)
		if s != "" && (s[0] == '-' || s[0] == '+') {
			sign, s = s[0], s[1:]
		}
		s = strings.TrimLeftFunc(s, isSpace)
		if !strings.HasPrefix(s, "endraw") {
			continue
		}
		s = strings.TrimLeftFunc(s[6:], isSpace)
		if n := tagEnd(s, "%}", true, true); n > 0 {
			l.data(l.lstrip(l.src[l.pos:i], sign, true))
			l.eat(len(l.src) - len(s) + n)
			return
		}
	}
	l.fail("a raw block has no end: want {%% endraw %%}")
}

// operators, longest first.
var operators = []string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"}

var closers = map[string]string{"(": ")", "[": "]", "{": "}"}

// tag reads the tokens of a tag up to its end mark. Inside brackets an end mark
// is no end mark.
func (l *lexer) tag(end kind) {
	mark := "%}"
	if end == tokVarEnd {
		mark = "}}"
	}
	var open []string
	for l.err == nil {
		rest := l.src[l.pos:]
		if rest == "" {
			l.fail("a tag has no end: want %s", mark)
			return
		}
		if len(open) == 0 {
			if n := tagEnd(rest, mark, end == tokBlockEnd, end == tokBlockEnd); n > 0 {
				l.add(end, mark, nil)
				l.eat(l.pos + n)
				return
			}
		}
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case isSpace(r):
			l.eat(l.pos + size)
		case r >= '0' && r <= '9':
			l.number(rest)
		case r == '_' || unicode.IsLetter(r):
			n := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			if n < 0 {
				n = len(rest)
			}
			l.add(tokName, rest[:n], nil)
			l.eat(l.pos + n)
		case r == '"' || r == '\'':
			l.str(rest)
		default:
			open = l.operator(rest, open)
		}
	}
}

func (l *lexer) operator(rest string, open []string) []string {
	for _, op := range operators {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		if want := closers[op]; want != "" {
			open = append(open, want)
		} else if op == ")" || op == "]" || op == "}" {
			if len(open) == 0 || open[len(open)-1] != op {
				l.fail("unexpected %q", op)
				return open
			}
			open = open[:len(open)-1]
		}
		l.add(tokOp, op, nil)
		l.eat(l.pos + len(op))
		return open
	}
	r, _ := utf8.DecodeRuneInString(rest)
	l.fail("unexpected character %q", r)
	return open
}
