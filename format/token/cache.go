package token

import "hash/maphash"

const (
	longestCached = 48      // bytes of a piece; longer ones seldom come twice
	fullCache     = 1 << 17 // pieces; a full cache is emptied
)

// A cache remembers how pieces were encoded. It is emptied when full, which
// costs time and changes nothing.
type cache struct {
	seed   maphash.Seed
	slots  []cached
	used   int
	keys   []byte
	tokens []ended
}

// cached is one piece: its single id, or where its tokens begin.
type cached struct {
	hash uint64
	key  uint32
	id   int32
	size uint8
	n    uint8 // 0 is a free slot
}

type ended struct{ id, end int32 }

func (c *cache) find(hash uint64, p string) *cached {
	if len(c.slots) == 0 {
		return nil
	}
	for i := hash & uint64(len(c.slots)-1); ; i = (i + 1) & uint64(len(c.slots)-1) {
		s := &c.slots[i]
		if s.n == 0 {
			return nil
		}
		if s.hash == hash && int(s.size) == len(p) && string(c.keys[s.key:s.key+uint32(s.size)]) == p {
			return s
		}
	}
}

func (c *cache) add(hash uint64, p string, ids, ends []int32, base int) {
	if c.used*2 >= len(c.slots) {
		c.grow()
	}
	s := cached{hash: hash, key: uint32(len(c.keys)), size: uint8(len(p)), n: uint8(len(ids)), id: ids[0]}
	c.keys = append(c.keys, p...)
	if len(ids) > 1 {
		s.id = int32(len(c.tokens))
		for i, id := range ids {
			c.tokens = append(c.tokens, ended{id, ends[i] - int32(base)})
		}
	}
	c.put(s)
	c.used++
}

func (c *cache) put(s cached) {
	i := s.hash & uint64(len(c.slots)-1)
	for c.slots[i].n != 0 {
		i = (i + 1) & uint64(len(c.slots)-1)
	}
	c.slots[i] = s
}

func (c *cache) grow() {
	if c.used >= fullCache {
		clear(c.slots)
		c.used, c.keys, c.tokens = 0, c.keys[:0], c.tokens[:0]
		return
	}
	old := c.slots
	c.slots = make([]cached, max(1<<10, 4*len(old)))
	for _, s := range old {
		if s.n != 0 {
			c.put(s)
		}
	}
}
