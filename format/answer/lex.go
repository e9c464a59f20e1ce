package answer

import (
	"strings"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/format"
)

// The lexer is written by hand and works on bytes: claims are looked for in
// every line of every trace, most of which hold none.

func isDigit(c byte) bool { return c-'0' <= 9 }

func isLetter(c byte) bool { return (c|0x20)-'a' < 26 }

// space returns the length of the blank at s[i:], 0 if there is none. A line
// break is no blank: nothing that is checked here spans lines.
func space(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch s[i] {
	case ' ', '\t':
		return 1
	case 0xC2:
		if strings.HasPrefix(s[i:], "\u00a0") {
			return 2
		}
	case 0xE2:
		for _, sp := range [...]string{"\u2009", "\u202f", "\u200b"} {
			if strings.HasPrefix(s[i:], sp) {
				return 3
			}
		}
	case '\\':
		if i+1 < len(s) && strings.IndexByte(",;:! ", s[i+1]) >= 0 {
			return 2
		}
	}
	return 0
}

func skipSpace(s string, i int) int {
	for {
		n := space(s, i)
		if n == 0 {
			return i
		}
		i += n
	}
}

// number returns the end of the unsigned number at s[i:], or i. Commas belong
// to it where they separate groups of three digits, a point where a digit
// follows.
func number(s string, i int) int {
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if n := i - start; n >= 1 && n <= 3 && s[start] != '0' {
		for group(s, i) {
			i += 4
		}
	}
	if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		for i++; i < len(s) && isDigit(s[i]); i++ {
		}
	}
	return i
}

// group reports whether s[i:] is a comma and exactly three digits.
func group(s string, i int) bool {
	return i+3 < len(s) && s[i] == ',' && isDigit(s[i+1]) && isDigit(s[i+2]) && isDigit(s[i+3]) &&
		(i+4 == len(s) || !isDigit(s[i+4]))
}

// value reads s, which number delimited.
func value(s string) (format.Num, bool) {
	if len(s) <= 15 {
		n := int64(0)
		for i := 0; ; i++ {
			if i == len(s) {
				return format.Int(n), i > 0
			}
			if !isDigit(s[i]) {
				break
			}
			n = n*10 + int64(s[i]-'0')
		}
	}
	return format.ParseNum(s)
}

// currency returns the length of the currency sign at s[i:], 0 if none.
func currency(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch s[i] {
	case '$':
		return 1
	case '\\':
		if strings.HasPrefix(s[i:], `\$`) {
			return 2
		}
	case 0xC2:
		if strings.HasPrefix(s[i:], "£") || strings.HasPrefix(s[i:], "¥") {
			return 2
		}
	case 0xE2:
		if strings.HasPrefix(s[i:], "€") {
			return 3
		}
	}
	return 0
}

// percent returns the length of the percent sign at s[i:], 0 if none.
func percent(s string, i int) int {
	if i < len(s) && s[i] == '%' {
		return 1
	}
	if strings.HasPrefix(s[i:], `\%`) {
		return 2
	}
	return 0
}

// quotient is the operator // of whole numbers, rounded down.
const quotient = '\\'

// operators beyond single ASCII bytes, with the ASCII operator each stands for.
var operators = [...]struct {
	text string
	op   byte
}{
	{"×", '*'}, {"·", '*'}, {"⋅", '*'}, {"∙", '*'}, {"÷", '/'}, {"−", '-'}, {"–", '-'},
	{`\times`, '*'}, {`\cdot`, '*'}, {`\div`, '/'},
}

// operator returns the binary operator at s[i:] and its length, 0 if none. The
// letter x multiplies only where an operand follows it.
func operator(s string, i int) (op byte, n int) {
	if i >= len(s) {
		return 0, 0
	}
	switch c := s[i]; c {
	case '+', '-', '^':
		return c, 1
	case '/':
		if strings.HasPrefix(s[i:], "//") {
			return quotient, 2
		}
		return c, 1
	case '*':
		if strings.HasPrefix(s[i:], "**") {
			return '^', 2
		}
		return c, 1
	case 'x', 'X':
		if j := skipSpace(s, i+1); j < len(s) && (isDigit(s[j]) || s[j] == '$' || s[j] == '(' || s[j] == '.') {
			return '*', 1
		}
	case 0xC2, 0xC3, 0xE2, '\\':
		for _, o := range operators {
			if strings.HasPrefix(s[i:], o.text) && (c != '\\' || i+len(o.text) == len(s) || !isLetter(s[i+len(o.text)])) {
				return o.op, len(o.text)
			}
		}
	}
	return 0, 0
}

// units returns the end of the unit words at s[i:] ("slices", "cards/row",
// "packs of the neighbor's balloons"), or i. Words that join clauses or scale
// a number are no units; neither is a lone letter, which may be a variable.
func units(s string, i int) int {
	end := i
	for words := 0; words < 8; words++ {
		j := skipSpace(s, end)
		if j < len(s) && s[j] == '/' && j+1 < len(s) && isLetter(s[j+1]) {
			j++
		}
		if _, n := operator(s, j); n > 0 && j < len(s) {
			return end
		}
		k := word(s, j)
		if k == j || joins(s[j:k]) {
			return end
		}
		if k-j == 1 { // a lone letter may be a variable, but for the article
			if n := skipSpace(s, k); s[j] != 'a' || j == end || word(s, n) < n+2 {
				return end
			}
		}
		end = k
	}
	return end
}

// word returns the end of the word at s[i:], or i. Apostrophes, inner hyphens
// and accented letters belong to it; CJK does, too, as one word.
func word(s string, i int) int {
	start := i
	for i < len(s) {
		c := s[i]
		switch {
		case isLetter(c):
			i++
		case c == '\'' || c == '-':
			if i == start || i+1 == len(s) || !isLetter(s[i+1]) {
				return i
			}
			i++
		case c == 0xC3 && i+1 < len(s) && s[i+1] != 0x97 && s[i+1] != 0xB7:
			i += 2
		case strings.HasPrefix(s[i:], "’") && i > start:
			i += 3
		case c >= 0xE3 && c <= 0xE9 && utf8.FullRuneInString(s[i:]) && !strings.HasPrefix(s[i:], "。") && !strings.HasPrefix(s[i:], "、"):
			i += 3
		default:
			return min(i, len(s))
		}
	}
	return min(i, len(s))
}

// joins reports whether w cannot be a unit: it begins another clause, or it
// scales or changes the number before it.
func joins(w string) bool {
	switch w {
	case "and", "or", "so", "then", "is", "are", "was", "were", "to", "because", "since", "if", "when", "but",
		"plus", "minus", "times", "divided", "by", "equals", "equal", "than", "thus", "therefore", "which", "will",
		"hundred", "thousand", "million", "billion", "trillion", "dozen", "half", "squared", "cubed", "percent",
		"remainder", "mod", "more", "less", "fewer", "we", "he", "she", "they", "has", "have", "had":
		return true
	}
	return false
}
