package augment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/format"
)

// appendNumbers appends every number that stands in text: digits with commas
// between groups and a decimal point. A sign is left out, because in prose a
// hyphen is one more often than not; so a number and its negative are both said.
func appendNumbers(nums []format.Num, text string) []format.Num {
	for i := 0; i < len(text); {
		if c := text[i]; c < '0' || c > '9' {
			i++
			continue
		}
		j := i
		for j < len(text) && (isDigit(text[j]) || (text[j] == ',' || text[j] == '.') && j+1 < len(text) && isDigit(text[j+1])) {
			j++
		}
		if n, ok := format.ParseNum(text[i:j]); ok {
			nums = append(nums, n)
		} else {
			// 1,2,3 is a list: take its members one by one.
			for _, part := range strings.Split(text[i:j], ",") {
				if n, ok := format.ParseNum(part); ok {
					nums = append(nums, n)
				}
			}
		}
		i = j
	}
	return nums
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// statedValue reads the value of a claim as written, with its currency or
// percent sign.
func statedValue(s string) (format.Num, bool) {
	s = strings.TrimSpace(s)
	s = strings.TrimLeft(s, "$€£¥")
	s = strings.TrimRight(s, "% ")
	return format.ParseNum(s)
}

// phraseAt finds name in text as whole words, or returns -1. The first letter
// may be a capital, as at the beginning of a sentence.
func phraseAt(text, name string) int {
	if name == "" {
		return -1
	}
	for from := 0; from < len(text); {
		i := strings.Index(text[from:], name[1:])
		if i < 0 {
			return -1
		}
		at := from + i - 1
		from += i + 1
		if at < 0 || !sameLetter(text[at], name[0]) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(name):])
		if !wordRune(before) && !wordRune(after) {
			return at
		}
	}
	return -1
}

func sameLetter(a, b byte) bool {
	return a == b || a|0x20 == b|0x20 && a|0x20 >= 'a' && a|0x20 <= 'z'
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func hasPhrase(text, name string) bool { return phraseAt(text, name) >= 0 }

// maskPhrase blanks every occurrence of name, so that a shorter name inside it
// is not found again.
func maskPhrase(text, name string) string {
	for at := phraseAt(text, name); at >= 0; at = phraseAt(text, name) {
		text = text[:at] + strings.Repeat("\x00", len(name)) + text[at+len(name):]
	}
	return text
}
