package ingest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest.
const MaxDepth = 1000

// MaxValues is how many values one record may hold. A value costs some seventy
// bytes of memory, an item of [0,0,0] two bytes of text: without a bound, one
// hostile line of 64 MiB would ask for gigabytes.
const MaxValues = 1 << 20

// A fault is a syntax error with a position in the text that was parsed.
type fault struct {
	at     int
	reason Reason
	detail string
}

// A parser walks a text once. Besides building the tree it learns whether the
// text is in canonical form already, so that nothing need be written again.
type parser struct {
	text  string
	at    int
	depth int
	count int
	loose bool // the text is not canonical
	fault *fault
}

// parseValue parses one JSON text, with nothing but white space around it.
// Substrings of text end up in the tree.
func parseValue(text string) (v Value, canonical bool, bad *fault) {
	if !utf8.ValidString(text) {
		at := firstInvalid(text)
		return Value{}, false, &fault{at, InvalidUTF8, fmt.Sprintf("byte %#02x is not UTF-8", text[at])}
	}
	p := parser{text: text}
	p.space()
	if !p.value(&v) {
		return Value{}, false, p.fault
	}
	p.space()
	if p.at < len(text) {
		p.fail(TrailingData, "%s follows the end of the record", p.found())
		return Value{}, false, p.fault
	}
	return v, !p.loose, nil
}

func firstInvalid(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(s)
}

func (p *parser) fail(reason Reason, format string, args ...any) bool {
	p.fault = &fault{p.at, reason, fmt.Sprintf(format, args...)}
	return false
}

// found describes what stands at the parser's place, for an error.
func (p *parser) found() string {
	if p.at >= len(p.text) {
		return "the end of the record"
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return strconv.QuoteRune(r)
}

func (p *parser) space() {
	for p.at < len(p.text) && isJSONSpace(p.text[p.at]) {
		p.at++
		p.loose = true
	}
}

func isJSONSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func (p *parser) value(v *Value) bool {
	if p.at >= len(p.text) {
		return p.fail(BadJSON, "a value is missing at the end of the record")
	}
	if p.count++; p.count > MaxValues {
		return p.fail(TooLarge, "more than %d values in one record", MaxValues)
	}
	switch c := p.text[p.at]; {
	case c == '"':
		v.Type = String
		return p.str(v)
	case c == '{':
		return p.object(v)
	case c == '[':
		return p.array(v)
	case c == '-' || c >= '0' && c <= '9':
		return p.number(v)
	}
	for _, lit := range [...]struct {
		text string
		typ  Type
	}{{"null", Null}, {"true", Bool}, {"false", Bool}} {
		if strings.HasPrefix(p.text[p.at:], lit.text) {
			p.at += len(lit.text)
			v.Type, v.text = lit.typ, lit.text
			return true
		}
	}
	return p.fail(BadJSON, "%s where a value must begin", p.found())
}

func (p *parser) enter() bool {
	if p.depth++; p.depth > MaxDepth {
		return p.fail(TooDeep, "nested deeper than %d", MaxDepth)
	}
	p.at++
	p.space()
	return true
}

// next consumes a comma or the closing byte; more is true after a comma.
func (p *parser) next(closing byte) (more, ok bool) {
	p.space()
	if p.at < len(p.text) {
		switch p.text[p.at] {
		case ',':
			p.at++
			p.space()
			return true, true
		case closing:
			p.at++
			p.depth--
			return false, true
		}
	}
	return false, p.fail(BadJSON, "%s where ',' or '%c' must stand", p.found(), closing)
}

func (p *parser) array(v *Value) bool {
	v.Type = Array
	if !p.enter() {
		return false
	}
	if p.at < len(p.text) && p.text[p.at] == ']' {
		p.at++
		p.depth--
		return true
	}
	for {
		v.Items = append(v.Items, Value{})
		if !p.value(&v.Items[len(v.Items)-1]) {
			return false
		}
		if more, ok := p.next(']'); !more {
			return ok
		}
	}
}

// fewKeys is how many keys are compared one by one before a map takes over.
const fewKeys = 16

func (p *parser) object(v *Value) bool {
	v.Type = Object
	if !p.enter() {
		return false
	}
	if p.at < len(p.text) && p.text[p.at] == '}' {
		p.at++
		p.depth--
		return true
	}
	v.Members = make([]Member, 0, 4)
	var seen map[string]bool
	for {
		if p.at >= len(p.text) || p.text[p.at] != '"' {
			return p.fail(BadJSON, "%s where a key must begin", p.found())
		}
		var key Value
		start := p.at
		if key.Type = String; !p.str(&key) {
			return false
		}
		name := key.Str()
		if n := len(v.Members); n > 0 && name <= v.Members[n-1].Key {
			p.loose = true
		}
		if duplicate(v.Members, &seen, name) {
			p.at = start
			return p.fail(DuplicateKey, "key %.100q stands twice in one object", name)
		}
		p.space()
		if p.at >= len(p.text) || p.text[p.at] != ':' {
			return p.fail(BadJSON, "%s where ':' must follow key %.100q", p.found(), name)
		}
		p.at++
		p.space()
		v.Members = append(v.Members, Member{Key: name})
		if !p.value(&v.Members[len(v.Members)-1].Value) {
			return false
		}
		if more, ok := p.next('}'); !more {
			return ok
		}
	}
}

// duplicate reports whether name is among the members, and keeps the map of
// names once there are too many to compare.
func duplicate(members []Member, seen *map[string]bool, name string) bool {
	if len(members) < fewKeys {
		for i := range members {
			if members[i].Key == name {
				return true
			}
		}
		return false
	}
	if *seen == nil {
		*seen = make(map[string]bool, 4*fewKeys)
		for i := range members {
			(*seen)[members[i].Key] = true
		}
	}
	if (*seen)[name] {
		return true
	}
	(*seen)[name] = true
	return false
}

func (p *parser) number(v *Value) bool {
	start := p.at
	if p.text[p.at] == '-' {
		p.at++
	}
	whole := p.at
	if n := p.digits(); n == 0 || n > 1 && p.text[whole] == '0' {
		return p.fail(BadJSON, "a number must begin with one digit that is not 0, or be 0")
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		if p.digits() == 0 {
			return p.fail(BadJSON, "%s where a digit must follow the decimal point", p.found())
		}
	}
	if p.at < len(p.text) && p.text[p.at]|0x20 == 'e' {
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		if p.digits() == 0 {
			return p.fail(BadJSON, "%s where a digit of the exponent must stand", p.found())
		}
	}
	v.Type, v.text = Number, p.text[start:p.at]
	return true
}

func (p *parser) digits() (n int) {
	for ; p.at < len(p.text) && p.text[p.at]-'0' <= 9; p.at++ {
		n++
	}
	return n
}

// stops marks the bytes at which the scan of a string must look closer.
var stops = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

func (p *parser) str(v *Value) bool {
	p.at++
	start, text := p.at, p.text
	for i := p.at; ; {
		for i < len(text) && !stops[text[i]] {
			i++
		}
		if p.at = i; i == len(text) {
			return p.fail(BadJSON, "a string is not closed")
		}
		switch c := text[i]; {
		case c == '"':
			v.text = text[start:i]
			p.at++
			return true
		case c == '\\':
			v.escaped = true
			n, loose := p.escape()
			if n == 0 {
				return false
			}
			if loose {
				v.loose, p.loose = true, true
			}
			i += n
		default:
			return p.fail(BadJSON, "control character %#02x in a string must be escaped", c)
		}
	}
}

// escape checks the escape at the parser's place and returns its length, and
// whether the canonical form would write it otherwise; length 0 is a fault.
func (p *parser) escape() (n int, loose bool) {
	rest := p.text[p.at:]
	if len(rest) < 2 {
		p.fail(BadJSON, "a string is not closed")
		return 0, false
	}
	switch rest[1] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		return 2, false
	case '/':
		return 2, true
	case 'u':
	default:
		p.fail(BadJSON, "unknown escape %.2q", rest)
		return 0, false
	}
	r, ok := hex4(rest[2:])
	if !ok {
		p.fail(BadJSON, "four hexadecimal digits must follow \\u")
		return 0, false
	}
	if !utf16.IsSurrogate(r) {
		return 6, !(r < 0x20 && shortEscapes[r] == 0 && rest[4] == '0'+byte(r>>4) && rest[5] == lowerHex[r&15])
	}
	if len(rest) >= 12 && rest[6] == '\\' && rest[7] == 'u' {
		if low, ok := hex4(rest[8:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return 12, true
		}
	}
	p.fail(LoneSurrogate, "%.6s is half of a surrogate pair", rest)
	return 0, false
}

func hex4(s string) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape decodes a string that the parser has accepted.
func unescape(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case 'b', 'f', 'n', 'r', 't':
			out.WriteByte("\b\f\n\r\t"[strings.IndexByte("bfnrt", c)])
		case 'u':
			r, _ := hex4(s)
			s = s[4:]
			if utf16.IsSurrogate(r) {
				low, _ := hex4(s[2:])
				r, s = utf16.DecodeRune(r, low), s[6:]
			}
			out.WriteRune(r)
		default:
			out.WriteByte(c)
		}
	}
}
