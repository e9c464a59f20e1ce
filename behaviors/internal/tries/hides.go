package tries

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Hides reports whether a text tells nothing of the problem's answer: it states no
// final answer; no number in it has the answer's value; and the answer, or the
// option that it names, does not stand in it as a word.
func Hides(p *augment.Pass, text string) bool {
	if _, _, _, ok := answer.Final(text); ok {
		return false
	}
	truth := strings.TrimSpace(p.Problem.Answer)
	if truth == "" {
		return true
	}
	if v, ok := format.ParseNum(strings.ReplaceAll(truth, ",", "")); ok {
		for _, n := range prose.AppendNumbers(nil, text) {
			if n.Value.Abs().Equal(v.Abs()) {
				return false
			}
		}
	}
	if stands(text, truth) {
		return false
	}
	for _, c := range p.Problem.Choices {
		if rest, ok := option(c, truth); ok && stands(text, rest) {
			return false
		}
	}
	return true
}

// option is the text of the option that a letter names: of "(B) a dog" for B.
func option(choice, letter string) (string, bool) {
	head, rest, ok := strings.Cut(choice, ")")
	if !ok {
		head, rest, ok = strings.Cut(choice, ".")
	}
	return strings.TrimSpace(rest), ok && strings.EqualFold(strings.Trim(head, " ("), strings.Trim(letter, " ()."))
}

// stands reports whether words stand in a text as words, in either case.
func stands(text, words string) bool {
	text, words = strings.ToLower(text), strings.ToLower(words)
	for at := 0; words != ""; {
		i := strings.Index(text[at:], words)
		if i < 0 {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(words):])
		if !inWord(before) && !inWord(after) {
			return true
		}
		at = i + 1
	}
	return false
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// Note is the value of a derived record's note, or empty.
func Note(d *augment.Derived, name string) string {
	for _, n := range d.Notes {
		if n.Name == name {
			return n.Value
		}
	}
	return ""
}
