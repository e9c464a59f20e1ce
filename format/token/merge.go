package token

import "math/bits"

// A rule joins two neighboring tokens into the one that its rank makes. The
// lowest rank goes first, and of equals the leftmost. In a tokenizer.json every
// rule has a rank of its own; in a rank file all ways to make a token share its.
type rule struct {
	left, right int32
	rank        uint32
}

// rules finds the rank of a pair: an open-addressing table of rules, tagged
// with part of the hash so that a miss, the usual case, costs one look.
type rules struct {
	list  []rule
	to    []int32  // by rank: the token that is made
	slots []uint64 // tag << 32 | index of the rule + 1; 0 is free
	shift uint
}

const noRank = 1<<32 - 1

func hashPair(left, right int32) uint64 {
	hi, lo := bits.Mul64((uint64(uint32(left))<<32|uint64(uint32(right)))^0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
	return hi ^ lo
}

func newRules(list []rule, to []int32) rules {
	size := bits.Len(uint(len(list)*2 + 1))
	r := rules{list: list, to: to, slots: make([]uint64, 1<<size), shift: uint(64 - size)}
	for index, m := range list {
		h := hashPair(m.left, m.right)
		i := h >> r.shift
		for r.slots[i] != 0 {
			i = (i + 1) & uint64(len(r.slots)-1)
		}
		r.slots[i] = h<<32 | uint64(index+1)
	}
	return r
}

// rank returns the rank of the pair, or noRank.
func (r *rules) rank(left, right int32) uint32 {
	h := hashPair(left, right)
	for i := h >> r.shift; ; i = (i + 1) & uint64(len(r.slots)-1) {
		s := r.slots[i]
		if s == 0 {
			return noRank
		}
		if uint32(s>>32) == uint32(h) {
			if m := &r.list[uint32(s)-1]; m.left == left && m.right == right {
				return m.rank
			}
		}
	}
}

// A part is a token being merged. rank is that of the pair it makes with its right neighbor.
type part struct {
	id   int32
	end  int32
	rank uint32
	next int32 // long pieces only: index of the neighbors, -1 if none
	prev int32
}

// A merger holds the scratch of one piece.
type merger struct {
	parts []part
	heap  []uint64 // rank << 32 | index of the left symbol
	work  int      // parts looked at, for the test that nothing is quadratic
}

// longPiece is where the heap overtakes the scan of all pairs.
const longPiece = 96

// merge applies the rules to m.parts, which are ranked, until none applies.
func (m *merger) merge(r *rules) {
	if len(m.parts) <= longPiece {
		m.short(r)
	} else {
		m.long(r)
	}
}

func (m *merger) short(r *rules) {
	parts := m.parts
	for len(parts) > 1 {
		at, best := 0, uint32(noRank)
		m.work += len(parts)
		for i := range parts {
			if parts[i].rank < best {
				at, best = i, parts[i].rank
			}
		}
		if best == noRank {
			break
		}
		end := parts[at+1].end
		copy(parts[at+1:], parts[at+2:])
		parts = parts[:len(parts)-1]
		parts[at].id, parts[at].end, parts[at].rank = r.to[best], end, noRank
		if at+1 < len(parts) {
			parts[at].rank = r.rank(parts[at].id, parts[at+1].id)
		}
		if at > 0 {
			parts[at-1].rank = r.rank(parts[at-1].id, parts[at].id)
		}
	}
	m.parts = parts
}

// long does the same with a heap, in n log n. An entry whose pair has changed is
// recognized by its rank and dropped.
func (m *merger) long(r *rules) {
	parts := m.parts
	m.heap = m.heap[:0]
	for i := range parts {
		parts[i].prev, parts[i].next, parts[i].rank = int32(i-1), int32(i+1), noRank
	}
	parts[len(parts)-1].next = -1
	for i := 0; i+1 < len(parts); i++ {
		m.pair(r, int32(i))
	}
	for len(m.heap) > 0 {
		top := m.pop()
		m.work++
		at, rank := int32(uint32(top)), uint32(top>>32)
		s := &parts[at]
		if s.rank != rank {
			continue
		}
		gone := &parts[s.next]
		s.id, s.end, s.next = r.to[rank], gone.end, gone.next
		gone.rank, gone.id = noRank, -1
		if s.next >= 0 {
			parts[s.next].prev = at
		}
		m.pair(r, at)
		if s.prev >= 0 {
			m.pair(r, s.prev)
		}
	}
	kept := 0
	for i := int32(0); i >= 0; {
		next := parts[i].next
		parts[kept] = parts[i]
		kept++
		i = next
	}
	m.parts = parts[:kept]
}

// pair ranks the symbol at i with its right neighbor and queues what it finds.
func (m *merger) pair(r *rules, i int32) {
	s := &m.parts[i]
	s.rank = noRank
	if s.next < 0 {
		return
	}
	if s.rank = r.rank(s.id, m.parts[s.next].id); s.rank != noRank {
		m.push(uint64(s.rank)<<32 | uint64(uint32(i)))
	}
}

func (m *merger) push(x uint64) {
	h := append(m.heap, x)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if h[up] <= x {
			break
		}
		h[i], i = h[up], up
	}
	h[i] = x
	m.heap = h
}

func (m *merger) pop() uint64 {
	h := m.heap
	top, x := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	i := 0
	for {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && h[down+1] < h[down] {
			down++
		}
		if h[down] >= x {
			break
		}
		h[i], i = h[down], down
	}
	if len(h) > 0 {
		h[i] = x
	}
	m.heap = h
	return top
}
