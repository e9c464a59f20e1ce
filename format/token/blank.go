package token

import (
	"strings"
	"unicode/utf8"
)

// A borders says after which characters which others may be joined by some rule of a
// SentencePiece vocabulary. Where none joins two neighbors, no token ever spans
// them: cutting there changes nothing, and lets the cache help. Only ASCII and the blank are told apart.
type borders struct {
	joined [utf8.RuneSelf + 1][3]uint64 // by the character before: the set of those after
	blank  bool                         // some rule joins text to a blank after it
	whole  bool                         // rules join bytes of characters that are no token: nothing is cut
}

// blankPlace is the place of blankMark beside the ASCII characters.
const blankPlace = utf8.RuneSelf

func (b *borders) join(left, right int) { b.joined[left][right>>6] |= 1 << (right & 63) }

func (b *borders) joins(left, right int) bool { return b.joined[left][right>>6]>>(right&63)&1 != 0 }

// add takes a rule into account.
func (b *borders) add(left, right string) {
	b.blank = b.blank || !strings.HasSuffix(left, blankMark) && strings.HasPrefix(right, blankMark)
	if left == "" || right == "" || isByteToken(left) || isByteToken(right) {
		b.whole = true
		return
	}
	before, after := int(left[len(left)-1]), int(right[0])
	if strings.HasSuffix(left, blankMark) {
		before = blankPlace
	}
	if before <= blankPlace && after < utf8.RuneSelf {
		b.join(before, after)
	}
}

// isByteToken says whether s is the token of a byte, as in <0x0A>.
func isByteToken(s string) bool { return len(s) == 6 && s[:3] == "<0x" && s[5] == '>' }

// end returns the end of the piece of s that begins at i.
func (b *borders) end(s string, i int) int {
	from := i
	for strings.HasPrefix(s[i:], blankMark) {
		i += len(blankMark)
	}
	if i > from && i < len(s) && s[i] < utf8.RuneSelf && !b.joins(blankPlace, int(s[i])) {
		return i
	}
	for i++; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			if c == blankMark[0] && strings.HasPrefix(s[i:], blankMark) {
				return i
			}
			continue
		}
		if before := s[i-1]; before < utf8.RuneSelf && !b.joins(int(before), int(c)) {
			return i
		}
	}
	return len(s)
}

// plainBlank encodes normalized text of SentencePiece style, which the rules see as one piece.
func (e *Encoder) plainBlank(ids, ends []int32, s string, base int) ([]int32, []int32) {
	whole := e.t.borders.blank || e.t.borders.whole || e.t.ignoreMerges
	for i := 0; i < len(s); {
		end := len(s)
		if !whole {
			end = e.t.borders.end(s, i)
		}
		ids, ends = e.piece(ids, ends, s[i:end], base+i)
		i = end
	}
	return ids, ends
}
