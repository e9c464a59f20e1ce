package augment

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"

	"github.com/seed-cdf14512/graft/format/shard"
)

// A docStore keeps the tokens and token spans of documents until they are
// packed: in memory as long as they are few, in a temporary file beyond that.
// It is written by one goroutine and then read in any order.
type docStore struct {
	dir    string
	limit  int // bytes in memory
	file   *os.File
	end    int64 // bytes of the file in use
	blocks []block
	inCore int // words of the blocks in memory
	free   [][]int32
	docs   []doc
	read   []int32
	raw    []byte
}

// A block is a run of whole documents, as words: ids, three words a span, and the
// name. It lies in memory, or at an offset of the file.
type block struct {
	words []int32
	off   int64 // of the file, once words is nil
}

// blockWords is the size of a block, unless one document is larger.
const blockWords = 1 << 20

// A doc is one document's place in the store. Its name stands there too: in
// memory, a corpus of many million documents would be mostly names.
type doc struct {
	block, at int32 // the first word, in its block
	tokens    int32
	spans     int32
	name      int32 // bytes of the record's id
}

// words is how much of a block a document takes.
func (d *doc) words() int { return int(d.tokens) + 3*int(d.spans) + (int(d.name)+3)/4 }

// A stored document as it comes back; its ids hold until the next one does.
type stored struct {
	record string
	ids    []int32
	spans  []shard.TokenSpan
}

func newDocStore(dir string, limit int) *docStore { return &docStore{dir: dir, limit: limit} }

// Add stores a document.
func (s *docStore) Add(record string, ids []int32, spans []shard.TokenSpan) error {
	d := doc{tokens: int32(len(ids)), spans: int32(len(spans)), name: int32(len(record))}
	w, err := s.room(d.words())
	if err != nil {
		return err
	}
	d.block, d.at = int32(len(s.blocks)-1), int32(len(*w))
	s.docs = append(s.docs, d)
	*w = append(*w, ids...)
	for _, sp := range spans {
		*w = append(*w, sp.End, sp.Name, sp.Edit)
	}
	for rest := record; rest != ""; {
		var four [4]byte
		rest = rest[copy(four[:], rest):]
		*w = append(*w, int32(binary.LittleEndian.Uint32(four[:])))
	}
	s.inCore += d.words()
	return nil
}

// room is the block that has place for n words more. Where memory is full, all
// that stands in it goes to the file first.
func (s *docStore) room(n int) (*[]int32, error) {
	if k := len(s.blocks) - 1; k >= 0 && s.blocks[k].words != nil && cap(s.blocks[k].words)-len(s.blocks[k].words) >= n {
		return &s.blocks[k].words, nil
	}
	if s.inCore > 0 && 4*(s.inCore+n) > s.limit {
		if err := s.spill(); err != nil {
			return nil, err
		}
	}
	var words []int32
	if k := len(s.free) - 1; k >= 0 && cap(s.free[k]) >= n {
		words, s.free = s.free[k], s.free[:k]
	} else {
		words = make([]int32, 0, max(n, min(blockWords, s.limit/4)))
	}
	s.blocks = append(s.blocks, block{words: words})
	return &s.blocks[len(s.blocks)-1].words, nil
}

// spill writes the blocks in memory to the file.
func (s *docStore) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, ".tokens-*")
		if err != nil {
			return err
		}
		s.file = f
	}
	for i := range s.blocks {
		b := &s.blocks[i]
		if b.words == nil {
			continue
		}
		s.raw = s.raw[:0]
		for _, w := range b.words {
			s.raw = binary.LittleEndian.AppendUint32(s.raw, uint32(w))
		}
		if _, err := s.file.WriteAt(s.raw, s.end); err != nil {
			return fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
		}
		s.free = append(s.free, b.words[:0])
		*b = block{off: s.end}
		s.end += int64(len(s.raw))
	}
	s.inCore = 0
	return nil
}

// Lengths are the documents' lengths in tokens.
func (s *docStore) Lengths() []int32 {
	n := make([]int32, len(s.docs))
	for i := range s.docs {
		n[i] = s.docs[i].tokens
	}
	return n
}

// Get reads document i into d, whose slices are reused.
func (s *docStore) Get(i int, d *stored) error {
	at := &s.docs[i]
	words, err := s.words(at)
	if err != nil {
		return err
	}
	d.ids, words = words[:at.tokens:at.tokens], words[at.tokens:]
	d.spans = d.spans[:0]
	for range at.spans {
		d.spans = append(d.spans, shard.TokenSpan{End: words[0], Name: words[1], Edit: words[2]})
		words = words[3:]
	}
	s.raw = s.raw[:0]
	for _, w := range words {
		s.raw = binary.LittleEndian.AppendUint32(s.raw, uint32(w))
	}
	d.record = string(s.raw[:at.name])
	return nil
}

// words are those of a document.
func (s *docStore) words(d *doc) ([]int32, error) {
	b, n := &s.blocks[d.block], d.words()
	if b.words != nil {
		return b.words[d.at:][:n], nil
	}
	s.raw = slices.Grow(s.raw[:0], 4*n)[:4*n]
	if _, err := s.file.ReadAt(s.raw, b.off+4*int64(d.at)); err != nil {
		return nil, fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
	}
	s.read = s.read[:0]
	for ; n > 0; n-- {
		s.read = append(s.read, int32(binary.LittleEndian.Uint32(s.raw[4*len(s.read):])))
	}
	return s.read, nil
}

// Reset empties the store for the next partition.
func (s *docStore) Reset() {
	for i := range s.blocks {
		if w := s.blocks[i].words; w != nil {
			s.free = append(s.free, w[:0])
		}
	}
	s.blocks, s.docs, s.end, s.inCore = s.blocks[:0], s.docs[:0], 0, 0
}

// Close removes what the store keeps on disk.
func (s *docStore) Close() error {
	if s.file == nil {
		return nil
	}
	name := s.file.Name()
	s.file.Close()
	return os.Remove(name)
}
