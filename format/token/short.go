package token

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
	"unicode/utf8"
	"unsafe"
)

// A key is a piece of at most longestKey bytes, in the order of the text from the
// lowest byte of lo on, with its size in the highest byte of hi: comparing two
// words compares pieces.
type key struct{ lo, hi uint64 }

const longestKey = 15

// keyMask keeps the bytes of a piece by its size.
type keyMask [16]key

func newKeyMask() (m keyMask) {
	for n := range m {
		m[n] = key{1<<(8*min(n, 8)) - 1, 1<<(8*max(n-8, 0)) - 1}
	}
	return m
}

// keyOf returns the key of p, which has 1 to longestKey bytes.
func keyOf(p string) (k key) {
	for i := len(p) - 1; i >= 8; i-- {
		k.hi = k.hi<<8 | uint64(p[i])
	}
	for i := min(len(p), 8) - 1; i >= 0; i-- {
		k.lo = k.lo<<8 | uint64(p[i])
	}
	k.hi |= uint64(len(p)) << 56
	return k
}

// A shortPiece is a piece and its tokens: half a cache line.
type shortPiece struct {
	key  key
	ids  [mostInline]int32
	ends uint32 // a byte for the end of each token, then how many there are; 0 is a free slot
}

const (
	mostInline  = 3       // tokens of a shortPiece
	probes      = 4       // slots in which a piece may stand
	firstShorts = 1 << 11 // slots
	mostShorts  = 1 << 17
)

// shorts remembers how short pieces were encoded. A piece stands in one of a few
// slots and may lose it to another, so no text can make a search long;
// the hash is keyed at random, so none can make all pieces want the same.
type shorts struct {
	slots []shortPiece // probes-1 more than the size by which shift cuts the hash
	shift uint
	seed  key
	used  int
	evict int
}

func newShorts() shorts {
	return shorts{seed: key{rand.Uint64(), rand.Uint64()}, slots: make([]shortPiece, firstShorts+probes-1), shift: uint(64 - bits.TrailingZeros(firstShorts))}
}

// at returns the first slot of k.
func (c *shorts) at(k key) uint64 {
	hi, lo := bits.Mul64(k.lo^c.seed.lo, k.hi^c.seed.hi)
	return (hi ^ lo) >> (c.shift & 63)
}

func (c *shorts) find(k key) *shortPiece {
	near := (*[probes]shortPiece)(c.slots[c.at(k):])
	for i := range near {
		if s := &near[i]; (s.key.lo^k.lo)|(s.key.hi^k.hi) == 0 {
			return s
		}
	}
	return nil
}

// add remembers the tokens of the piece that begins at base.
func (c *shorts) add(k key, ids, ends []int32, base int) {
	if len(ids) > mostInline {
		return
	}
	s := shortPiece{key: k, ends: uint32(len(ids)) << 24}
	for i, id := range ids {
		s.ids[i] = id
		s.ends |= uint32(ends[i]-int32(base)) << (8 * i)
	}
	if 2*c.used >= len(c.slots) && len(c.slots) < mostShorts {
		c.grow()
	}
	if !c.put(s) {
		c.slots[c.at(k)+uint64(c.evict%probes)] = s
		c.evict++
	}
}

func (c *shorts) put(s shortPiece) bool {
	at := c.at(s.key)
	for i := at; i < at+probes; i++ {
		if c.slots[i].ends == 0 {
			c.slots[i] = s
			c.used++
			return true
		}
	}
	return false
}

// grow makes four times the room. A piece that finds no slot is forgotten.
func (c *shorts) grow() {
	old := c.slots
	c.slots = make([]shortPiece, 4*(len(old)-probes+1)+probes-1)
	c.shift -= 2
	c.used = 0
	for _, s := range old {
		if s.ends != 0 {
			c.put(s)
		}
	}
}

// appendTo appends the tokens of s, a piece that begins at base.
func (s *shortPiece) appendTo(ids, ends []int32, base int) ([]int32, []int32) {
	for i := range s.ends >> 24 {
		ids = append(ids, s.ids[i%mostInline])
		ends = append(ends, int32(base)+int32(s.ends>>(8*i)&255))
	}
	return ids, ends
}

// load8 reads 8 bytes, the first one lowest.
func load8(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// asciiEnd returns the end of the ASCII characters from i on.
func asciiEnd(s string, i int) int {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; i+8 <= len(b); i += 8 {
		if high := load8(b, i) & 0x8080808080808080; high != 0 {
			return i + bits.TrailingZeros64(high)>>3
		}
	}
	for i < len(b) && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// room makes place for n more.
func room(s []int32, n int) []int32 {
	if cap(s)-len(s) < n {
		return slices.Grow(s, n)
	}
	return s
}
