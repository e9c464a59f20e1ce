// Package prose is how behaviors read and write the sentences of a trace:
// numbers as they stand in text, sentences said again with other numbers, lists
// and names of quantities, and the white space that joins steps.
package prose

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Number is a number as it stands in a text, without sign and unit.
type Number struct {
	Start, End int
	Value      format.Num
}

// AppendNumbers appends the numbers of text: digits, commas between groups of
// three, a decimal point with digits after it. Digits inside a word, as in A4,
// ordinals, as in 4th, and the number of a list item are no numbers.
func AppendNumbers(dst []Number, text string) []Number {
	for n, ok := next(text, item(text)); ok; n, ok = next(text, n.End) {
		dst = append(dst, n)
	}
	return dst
}

// next finds the first number at or after text[i:].
func next(text string, i int) (n Number, ok bool) {
	for i < len(text) {
		c := text[i]
		if !digit(c) && (c != '.' || i+1 >= len(text) || !digit(text[i+1])) {
			i++
			continue
		}
		end := numberEnd(text, i)
		glued := i > 0 && (letter(text[i-1]) || text[i-1] == '_' || text[i-1] >= 0x80 && letterBefore(text, i)) && !times(text, i-1)
		if !glued && !ordinal(text[end:]) {
			if v, ok := value(text[i:end]); ok {
				return Number{i, end, v}, true
			}
		}
		i = end
	}
	return n, false
}

// value reads what numberEnd delimited; nearly always that is a few digits.
func value(s string) (format.Num, bool) {
	n := int64(0)
	for i := range len(s) {
		if !digit(s[i]) || i == 15 {
			return format.ParseNum(s)
		}
		n = n*10 + int64(s[i]-'0')
	}
	return format.Int(n), true
}

// item returns where the text of a list item begins: after "2. " or "2) ".
func item(s string) int {
	i := len(s) - len(strings.TrimLeft(s, " \t\n"))
	end := i
	for end < len(s) && digit(s[end]) {
		end++
	}
	if end > i && end+1 < len(s) && (s[end] == '.' || s[end] == ')') && (s[end+1] == ' ' || s[end+1] == '\t') {
		return end + 1
	}
	return 0
}

func numberEnd(s string, i int) int {
	start := i
	for i < len(s) && digit(s[i]) {
		i++
	}
	if n := i - start; n >= 1 && n <= 3 {
		for i+3 < len(s) && s[i] == ',' && digit(s[i+1]) && digit(s[i+2]) && digit(s[i+3]) && (i+4 == len(s) || !digit(s[i+4])) {
			i += 4
		}
	}
	if i+1 < len(s) && s[i] == '.' && digit(s[i+1]) {
		for i++; i < len(s) && digit(s[i]); i++ {
		}
	}
	return i
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// letterBefore reports whether the non-ASCII character before s[i] may be a
// letter; operators, quotes and currency signs are not.
func letterBefore(s string, i int) bool {
	for _, sign := range [...]string{"×", "÷", "−", "–", "·", "£", "€", "¥", "\u00a0", "’", "“", "—", "≈"} {
		if strings.HasSuffix(s[:i], sign) {
			return false
		}
	}
	return true
}

// times reports whether the x at s[i] stands between two numbers, as in 3x4.
func times(s string, i int) bool {
	return s[i]|0x20 == 'x' && (i == 0 || !letter(s[i-1]))
}

func ordinal(rest string) bool {
	if len(rest) < 2 || len(rest) > 2 && letter(rest[2]) {
		return false
	}
	switch rest[:2] {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}

// A Sub says that a number is to be replaced by another.
type Sub struct{ Old, New format.Num }

// Rewrite says a sentence again with some of its numbers replaced, each in the
// style in which it was written. ok is false where a new number cannot be
// written in that style.
func Rewrite(text string, subs []Sub) (out string, ok bool) {
	var b strings.Builder
	at := 0
	for n, more := next(text, item(text)); more; n, more = next(text, n.End) {
		for _, s := range subs {
			if !n.Value.Equal(s.Old) {
				continue
			}
			w, ok := Like(s.New, text[n.Start:n.End])
			if !ok {
				return "", false
			}
			b.WriteString(text[at:n.Start])
			b.WriteString(w)
			at = n.End
			break
		}
	}
	if at == 0 {
		return text, true
	}
	b.WriteString(text[at:])
	return b.String(), true
}

// Count says how often a number stands in text.
func Count(text string, x format.Num) (count int) {
	for n, ok := next(text, item(text)); ok; n, ok = next(text, n.End) {
		if n.Value.Equal(x) {
			count++
		}
	}
	return count
}

// Like writes x as the number like is written: with commas if it has them, with
// as many decimals if it is padded, as plain digits otherwise. ok is false for a
// number that is negative or has no short decimal.
func Like(x format.Num, like string) (string, bool) {
	s := x.String()
	if x.Sign() < 0 || strings.IndexByte(s, '/') >= 0 {
		return "", false
	}
	whole, frac, _ := strings.Cut(s, ".")
	_, pad, point := strings.Cut(like, ".")
	if len(frac) > 4 || point && len(pad) > 4 {
		return "", false
	}
	if point && (frac != "" || strings.HasSuffix(pad, "0")) {
		for len(frac) < len(pad) {
			frac += "0"
		}
	}
	if len(frac) == 1 && point && len(pad) == 2 {
		frac += "0"
	}
	if strings.IndexByte(like, ',') >= 0 {
		whole = Group(whole)
	}
	if frac != "" {
		return whole + "." + frac, true
	}
	return whole, true
}

// Group puts commas between groups of three digits.
func Group(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
