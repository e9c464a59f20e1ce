package token

import (
	"encoding/binary"
	"slices"
	"strings"
)

// A set is a set of characters: ranges in order that do not touch.
type set []runeRange

const lastRune = 0x10FFFF

func newSet(ranges ...runeRange) set {
	slices.SortFunc(ranges, func(a, b runeRange) int { return int(a.first - b.first) })
	var s set
	for _, r := range ranges {
		if n := len(s); n > 0 && r.first <= s[n-1].last+1 {
			s[n-1].last = max(s[n-1].last, r.last)
		} else {
			s = append(s, r)
		}
	}
	return s
}

func runes(all ...rune) set {
	var ranges []runeRange
	for _, r := range all {
		ranges = append(ranges, runeRange{r, r})
	}
	return newSet(ranges...)
}

func (s set) or(t set) set { return newSet(slices.Concat(s, t)...) }

func (s set) and(t set) set { return s.not().or(t.not()).not() }

func (s set) not() set {
	var out set
	from := rune(0)
	for _, r := range s {
		if r.first > from {
			out = append(out, runeRange{from, r.first - 1})
		}
		from = r.last + 1
	}
	if from <= lastRune {
		out = append(out, runeRange{from, lastRune})
	}
	return out
}

func (s set) has(r rune) bool {
	_, ok := slices.BinarySearchFunc(s, r, func(x runeRange, r rune) int { return inRange(x.first, x.last, r) })
	return ok
}

// property returns a frozen set by its name, as the reference reads names: case,
// spaces, hyphens and underscores do not count.
func property(name string) (set, bool) {
	packed := packedProperty(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(name)))
	return unpack(packed), packed != ""
}

// shorthand returns the set of \s, \d, \w or \h.
func shorthand(letter byte) set { return unpack(packedProperty(`\` + string(letter))) }

// bareWord is \w where it stands outside a class: the reference's engine counts
// the superscripts and fractions of Latin-1 there.
func bareWord() set {
	return shorthand('w').or(runes('\u00b2', '\u00b3', '\u00b9', '\u00bc', '\u00bd', '\u00be'))
}

// wordSet is what counts as part of a word next to a token that must be a word alone.
func wordSet() set { return unpack(packedProperty("single_word")) }

// unpack reads ranges: how far each begins behind the last, and how long it is.
func unpack(packed string) set {
	var s set
	b := []byte(packed)
	at := rune(0)
	for len(b) > 0 {
		gap, n := binary.Uvarint(b)
		size, m := binary.Uvarint(b[n:])
		b = b[n+m:]
		s = append(s, runeRange{at + rune(gap), at + rune(gap+size)})
		at += rune(gap + size)
	}
	return s
}
