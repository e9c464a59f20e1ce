package token

import "unicode/utf8"

// UnicodeVersion names the tables that decide classes and normal forms. It
// belongs into the manifest of whatever was tokenized.
const UnicodeVersion = "classes 16.0, normal forms as tokenizers 0.23.2"

// A class is a set of the properties that pre-tokenizers ask for.
type class uint8

const (
	letter class = 1 << iota // \p{L}
	number                   // \p{N}
	space                    // \s
	punct                    // \p{P}
	symbol                   // \p{S}
	mark                     // \p{M}
	upper                    // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
	lower                    // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
)

func classOf(r rune) class {
	return class(classBlocks[int(classIndex[r>>7])<<7|int(r&127)])
}

// peek returns the class and the size of the character at i; size 0 means the end.
// A byte that is not UTF-8 counts as one U+FFFD.
func peek(s string, i int) (class, int) {
	if i >= len(s) {
		return 0, 0
	}
	if b := s[i]; b < utf8.RuneSelf {
		return class(classBlocks[b]), 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	return classOf(r), n
}

// run returns the end of the characters from i on that are in set.
func run(s string, i int, set class) int {
	for i < len(s) {
		if b := s[i]; b < utf8.RuneSelf {
			if class(classBlocks[b])&set == 0 {
				return i
			}
			i++
			continue
		}
		c, n := peek(s, i)
		if c&set == 0 {
			return i
		}
		i += n
	}
	return i
}

// runNot returns the end of the characters from i on that are not in set.
func runNot(s string, i int, set class) int {
	for i < len(s) {
		c, n := peek(s, i)
		if c&set != 0 {
			return i
		}
		i += n
	}
	return i
}

type runeRange struct{ first, last rune }

type markRange struct {
	first, last rune
	class       uint8
}

type decomposition struct {
	from rune
	to   string
}

type composition struct{ first, second, to rune }
