package jinja

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// number reads an integer or a floating-point literal.
func (l *lexer) number(rest string) {
	digits := func(i int, set string) int {
		for i < len(rest) && (strings.IndexByte(set, rest[i]) >= 0 || rest[i] == '_' && i+1 < len(rest) && strings.IndexByte(set, rest[i+1]) >= 0) {
			i++
		}
		return i
	}
	const decimal = "0123456789"
	n, float := digits(0, decimal), false
	if len(rest) > 1 && rest[0] == '0' {
		if set := map[byte]string{'x': decimal + "abcdefABCDEF", 'o': "01234567", 'b': "01"}[rest[1]|0x20]; set != "" {
			n = digits(2, set)
		}
	}
	if n < len(rest)-1 && rest[n] == '.' && rest[n+1] >= '0' && rest[n+1] <= '9' {
		n, float = digits(n+1, decimal), true
	}
	if n < len(rest) && rest[n]|0x20 == 'e' {
		k := n + 1
		if k < len(rest) && (rest[k] == '+' || rest[k] == '-') {
			k++
		}
		if end := digits(k, decimal); end > k {
			n, float = end, true
		}
	}
	text := strings.ReplaceAll(rest[:n], "_", "")
	var v Value
	k := tokInt
	if float {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && f == 0 {
			l.fail("%q is no number", text)
		}
		v, k = f, tokFloat
	} else if v = integer(text, 0); v == nil {
		l.fail("%q is no integer", text)
	}
	l.add(k, "", v)
	l.eat(l.pos + n)
}

// integer reads digits as an int64, or as a *big.Int where that cannot hold it;
// nil if they are no integer. Python allows leading zeros on zero alone.
func integer(s string, base int) Value {
	if base == 0 && strings.Trim(s, "0") == "" && s != "" {
		return int64(0)
	}
	if base == 0 && len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' {
		return nil
	}
	if i, err := strconv.ParseInt(s, base, 64); err == nil {
		return i
	}
	// Python refuses to read integers of more than 4,300 digits as well.
	if len(s) <= 4300 {
		if b, ok := new(big.Int).SetString(s, base); ok {
			return b
		}
	}
	return nil
}

// str reads a string literal with Python's escapes.
func (l *lexer) str(rest string) {
	quote := rest[0]
	var b strings.Builder
	for i := 1; i < len(rest); {
		switch c := rest[i]; {
		case c == quote:
			l.add(tokString, b.String(), nil)
			l.eat(l.pos + i + 1)
			return
		case c == '\\' && i+1 < len(rest):
			n, ok := unescape(&b, rest[i:])
			if !ok {
				l.fail("bad escape %.10q in a string", rest[i:])
				return
			}
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	l.fail("a string has no end: want %c", quote)
}

var simpleEscapes = map[byte]string{
	'\n': "", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// unescape writes the character that the escape at s stands for, and returns
// the escape's length. An escape that Python does not know stands for itself.
func unescape(b *strings.Builder, s string) (int, bool) {
	if text, ok := simpleEscapes[s[1]]; ok {
		b.WriteString(text)
		return 2, true
	}
	if s[1] >= '0' && s[1] <= '7' {
		n := 2
		for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '7' {
			n++
		}
		v, _ := strconv.ParseUint(s[1:n], 8, 32)
		b.WriteRune(rune(v))
		return n, true
	}
	width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[1]]
	if s[1] == 'N' {
		return 0, false
	}
	if width == 0 {
		b.WriteByte('\\')
		return 1, true
	}
	if len(s) < 2+width {
		return 0, false
	}
	v, err := strconv.ParseUint(s[2:2+width], 16, 32)
	if err != nil || !utf8.ValidRune(rune(v)) || v > utf8.MaxRune {
		return 0, false
	}
	b.WriteRune(rune(v))
	return 2 + width, true
}
