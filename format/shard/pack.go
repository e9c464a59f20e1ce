package shard

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
)

// Bins says which documents share a row: bin i holds the documents
// Docs[Starts[i]:Starts[i+1]], by their indexes in the list of lengths.
type Bins struct {
	Docs   []int32
	Starts []int32
}

// Len is the number of bins.
func (b Bins) Len() int { return max(0, len(b.Starts)-1) }

// Bin returns the documents of bin i, in order.
func (b Bins) Bin(i int) []int32 { return b.Docs[b.Starts[i]:b.Starts[i+1]] }

// PackStats counts what a packing did. TokensIn = TokensPacked + TokensRefused
// always holds; Slots - TokensPacked slots are waste.
type PackStats struct {
	Docs          int64 `json:"docs"`
	Bins          int64 `json:"bins"`
	TokensIn      int64 `json:"tokens_in"`
	TokensPacked  int64 `json:"tokens_packed"`
	TokensRefused int64 `json:"tokens_refused"`
	Slots         int64 `json:"slots"` // bins × capacity
}

// LowerBound is the number of bins below which nobody can go.
func (s PackStats) LowerBound() int64 {
	if s.Bins == 0 {
		return 0
	}
	c := s.Slots / s.Bins
	return (s.TokensPacked + c - 1) / c
}

// Add adds the counts of another packing of the same capacity.
func (s *PackStats) Add(t PackStats) {
	s.Docs += t.Docs
	s.Bins += t.Bins
	s.TokensIn += t.TokensIn
	s.TokensPacked += t.TokensPacked
	s.TokensRefused += t.TokensRefused
	s.Slots += t.Slots
}

// Pack puts whole documents of the given lengths into bins of the given
// capacity by best-fit decreasing: the longest first, each into the fullest bin
// that has room. It is exact and needs O(n + capacity) memory and time: bins of
// equal room form a list, and a bitmap finds the next list that is not empty.
//
// A document that is empty, or longer than the capacity, is refused: its index
// is in refused, in order, and it stands in no bin. What becomes of it is the
// caller's policy.
//
// The result depends on the arguments alone. Bins come in an order permuted by
// seed, so that full ones do not all come first; documents of one bin in the
// order of their indexes.
func Pack(lengths []int32, capacity int, seed [32]byte) (bins Bins, refused []int32, stats PackStats, err error) {
	if capacity < 1 || capacity > 1<<28 {
		return bins, nil, stats, fmt.Errorf("capacity is %d tokens, want 1 to %d", capacity, 1<<28)
	}
	if int64(len(lengths)) > 1<<31-2 {
		return bins, nil, stats, fmt.Errorf("%d documents in one packing, at most %d", len(lengths), 1<<31-2)
	}
	for i, n := range lengths {
		stats.TokensIn += int64(n)
		if n < 1 || int(n) > capacity {
			refused = append(refused, int32(i))
			stats.TokensRefused += int64(n)
		}
	}
	binOf, count := bestFit(byLength(lengths, capacity), lengths, capacity)
	bins = collect(binOf, permute(count, seed))
	stats.Docs, stats.Bins = int64(len(bins.Docs)), int64(count)
	stats.TokensPacked, stats.Slots = stats.TokensIn-stats.TokensRefused, int64(count)*int64(capacity)
	return bins, refused, stats, nil
}

// byLength lists the documents that fit, longest first, equal ones by index.
func byLength(lengths []int32, capacity int) []int32 {
	ends := make([]int32, capacity+2)
	n := int32(0)
	for _, l := range lengths {
		if l >= 1 && int(l) <= capacity {
			ends[l]++
			n++
		}
	}
	at := int32(0)
	for l := capacity; l >= 1; l-- {
		ends[l], at = at, at+ends[l]
	}
	order := make([]int32, n)
	for i, l := range lengths {
		if l >= 1 && int(l) <= capacity {
			order[ends[l]] = int32(i)
			ends[l]++
		}
	}
	return order
}

// bestFit returns the bin of every document, -1 for those not in order.
func bestFit(order, lengths []int32, capacity int) (binOf []int32, count int32) {
	binOf = make([]int32, len(lengths))
	for i := range binOf {
		binOf[i] = -1
	}
	head := make([]int32, capacity+1) // head[r]: one more than a bin with room r; 0 for none
	var next []int32                  // next[b]: one more than another bin with the same room
	set := newBitset(capacity + 1)
	for _, doc := range order {
		need := int(lengths[doc])
		room := set.next(need)
		var b int32
		if room < 0 {
			b, room = count, capacity
			count++
			next = append(next, 0)
		} else {
			b = head[room] - 1
			if head[room] = next[b]; head[room] == 0 {
				set.clear(room)
			}
		}
		binOf[doc] = b
		if left := room - need; left > 0 { // a full bin needs no finding
			if head[left] == 0 {
				set.set(left)
			}
			next[b], head[left] = head[left], b+1
		}
	}
	return binOf, count
}

// collect lists the documents of each bin; place[b] is the bin's new number.
func collect(binOf, place []int32) Bins {
	starts := make([]int32, len(place)+1)
	for _, b := range binOf {
		if b >= 0 {
			starts[place[b]+1]++
		}
	}
	for i := range place {
		starts[i+1] += starts[i]
	}
	docs, at := make([]int32, starts[len(place)]), append([]int32(nil), starts...)
	for doc, b := range binOf {
		if b >= 0 {
			docs[at[place[b]]] = int32(doc)
			at[place[b]]++
		}
	}
	return Bins{Docs: docs, Starts: starts}
}

// permute shuffles 0 … n-1 by a stream of our own making, so that no release of
// Go can change it: ChaCha8 is specified, the bounded draw is written out here.
func permute(n int32, seed [32]byte) []int32 {
	p := make([]int32, n)
	for i := range p {
		p[i] = int32(i)
	}
	r := rand.NewChaCha8(seed)
	for i := len(p) - 1; i > 0; i-- {
		j, _ := bits.Mul64(r.Uint64(), uint64(i)+1)
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// A bitset finds the next set bit in three steps, for up to 2^18 bits, and a
// few more beyond.
type bitset [][]uint64 // each level has one bit for a word of the level below

func newBitset(n int) bitset {
	var s bitset
	for {
		n = (n + 63) / 64
		s = append(s, make([]uint64, n))
		if n == 1 {
			return s
		}
	}
}

func (s bitset) set(i int) {
	for _, level := range s {
		level[i>>6] |= 1 << (i & 63)
		i >>= 6
	}
}

func (s bitset) clear(i int) {
	for _, level := range s {
		level[i>>6] &^= 1 << (i & 63)
		if level[i>>6] != 0 {
			return
		}
		i >>= 6
	}
}

// next is the lowest set bit that is at least i, or -1.
func (s bitset) next(i int) int {
	for k := range s {
		if i>>6 >= len(s[k]) {
			return -1
		}
		if w := s[k][i>>6] >> (i & 63); w != 0 {
			i += bits.TrailingZeros64(w)
			for ; k > 0; k-- {
				i = i<<6 + bits.TrailingZeros64(s[k-1][i])
			}
			return i
		}
		i = i>>6 + 1
	}
	return -1
}
