package token

import (
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// The scanners of Qwen2, Llama-3 and cl100k, and the search for short pieces, are one
// loop here for the text that is nearly all text: ASCII. Wherever a byte above
// that range could decide where a piece ends, the loop stops and
// leaves that piece to the scanner.

// A kind is a set of what the patterns ask of an ASCII character.
type kind uint8

const (
	kindLetter kind = 1 << iota
	kindHead        // may stand before the letters of a word: no letter, digit, line end or apostrophe
	kindDigit
	kindSpace
	kindLine // line end, which is a space too
	kindSymbol
	kindQuote // the apostrophe, which is a symbol too
	kindHigh  // not ASCII
)

func newKinds() (k [256]kind) {
	for b := range k {
		c := classOf(rune(b))
		switch {
		case b >= utf8.RuneSelf:
			k[b] = kindHigh
		case c&letter != 0:
			k[b] = kindLetter
		case c&number != 0:
			k[b] = kindDigit
		case newline(byte(b)):
			k[b] = kindSpace | kindLine
		case c&space != 0:
			k[b] = kindSpace | kindHead
		case b == '\'':
			k[b] = kindSymbol | kindQuote
		default:
			k[b] = kindSymbol | kindHead
		}
	}
	return k
}

// asciiWords is what the loop needs of a tokenizer.
type asciiWords struct {
	digits int // most in a piece; 0 if the pattern is none of the three
	kinds  [256]kind
	masks  keyMask
	single [256]int32 // ids of the bytes
}

const (
	asciiWindow = 24 // bytes from the begin of a piece that may be read
	asciiChunk  = 64 // tokens written without looking for room
)

// words encodes s by one of the three patterns.
func (e *Encoder) words(ids, ends []int32, s string, base int) ([]int32, []int32) {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for i := 0; i < len(s); {
		ids, ends, i = e.ascii(ids, ends, b, i, base)
		if rest := len(s) - i; rest < asciiWindow {
			// The end of the text, with bytes behind it that decide nothing.
			for j := copy(e.tail[:], b[i:]); j < len(e.tail); j++ {
				e.tail[j] = 0xFF
			}
			var n int
			ids, ends, n = e.ascii(ids, ends, e.tail[:], 0, base+i)
			i += n
		}
		if i < len(s) {
			end := e.t.scan(s, i)
			ids, ends = e.piece(ids, ends, s[i:end], base+i)
			i = end
		}
	}
	return ids, ends
}

// ascii encodes pieces of b from i on, and returns where it stopped: before a
// piece that it cannot decide, or near the end.
func (e *Encoder) ascii(ids, ends []int32, b []byte, i, base int) ([]int32, []int32, int) {
	a := &e.t.ascii
	for i+asciiWindow <= len(b) {
		ids, ends = room(ids, asciiChunk), room(ends, asciiChunk)
		toIDs := (*[asciiChunk]int32)(ids[len(ids) : len(ids)+asciiChunk])
		toEnds := (*[asciiChunk]int32)(ends[len(ends) : len(ends)+asciiChunk])
		n, end := 0, 0
		for n <= asciiChunk-mostInline && i+asciiWindow <= len(b) {
			k := a.kinds[b[i]]
			if k == kindDigit && a.digits == 1 {
				toIDs[n&(asciiChunk-1)] = a.single[b[i]]
				i++
				toEnds[n&(asciiChunk-1)] = int32(base + i)
				n++
				continue
			}
			if (k|k>>1&a.kinds[b[i+1]])&kindLetter != 0 {
				end = asciiLetters(b, i+1)
			} else {
				end = a.other(b, i, k)
			}
			size := end - i
			if uint(size-1) >= longestKey {
				break
			}
			mask := &a.masks[size&15]
			p := key{load8(b, i) & mask.lo, load8(b, i+8)&mask.hi | uint64(size)<<56}
			c := e.shorts.find(p)
			if c == nil {
				break
			}
			toIDs[n&(asciiChunk-1)] = c.ids[0]
			toEnds[n&(asciiChunk-1)] = int32(base+i) + int32(c.ends&255)
			n++
			for j := uint32(1); j < c.ends>>24; j++ {
				toIDs[n&(asciiChunk-1)] = c.ids[j%mostInline]
				toEnds[n&(asciiChunk-1)] = int32(base+i) + int32(c.ends>>(8*j)&255)
				n++
			}
			i, end = end, 0
		}
		ids, ends = ids[:len(ids)+n], ends[:len(ends)+n]
		if end < 0 {
			break
		}
		if end > 0 {
			ids, ends = e.piece(ids, ends, view(b[i:end]), base+i)
			i = end
		}
	}
	return ids, ends, i
}

// asciiLetters returns the end of the letters from i on, or -1 if a byte that is not
// ASCII ends them.
func asciiLetters(b []byte, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		x := load8(b, i)
		y := (x | 0x20*ones) &^ high
		letters := (y + (0x80-'a')*ones) &^ (y + (0x7F-'z')*ones) &^ x & high
		if others := letters ^ high; others != 0 {
			i += bits.TrailingZeros64(others) >> 3
			if b[i] >= utf8.RuneSelf {
				return -1
			}
			return i
		}
	}
	return -1
}

// other returns the end of a piece that is no plain word, or -1. k is the kind of b[i].
func (a *asciiWords) other(b []byte, i int, k kind) int {
	switch {
	case k&kindQuote != 0:
		if n := contractionFold(view(b), i); n > 0 {
			return i + n
		}
		if a.kinds[b[i+1]] == kindLetter {
			return asciiLetters(b, i+1)
		}
	case k == kindDigit:
		return a.number(b, i)
	}
	if a.kinds[b[i+1]]&kindHigh != 0 {
		return -1
	}
	j := i
	if b[i] == ' ' {
		j++
	}
	if a.kinds[b[j]]&kindSymbol != 0 {
		return a.symbols(b, j+1)
	}
	if k&kindSpace != 0 {
		return a.blank(b, i)
	}
	return -1
}

func (a *asciiWords) number(b []byte, i int) int {
	for n := 0; n < a.digits; n++ {
		switch a.kinds[b[i+n]] {
		case kindDigit:
		case kindHigh:
			return -1
		default:
			return i + n
		}
	}
	return i + a.digits
}

// symbols returns the end of the symbols from i on and the line ends after them.
func (a *asciiWords) symbols(b []byte, i int) int {
	for i < len(b) && a.kinds[b[i]]&kindSymbol != 0 {
		i++
	}
	if i == len(b) || b[i] >= utf8.RuneSelf {
		return -1
	}
	for i < len(b) && newline(b[i]) {
		i++
	}
	if i == len(b) {
		return -1
	}
	return i
}

// blank is scanLines.
func (a *asciiWords) blank(b []byte, i int) int {
	end, line := i, 0
	for ; end < len(b) && a.kinds[b[end]]&kindSpace != 0; end++ {
		if newline(b[end]) {
			line = end + 1
		}
	}
	switch {
	case end == len(b) || b[end] >= utf8.RuneSelf:
		return -1
	case line > 0:
		return line
	case end == i+1:
		return end
	}
	return end - 1
}
