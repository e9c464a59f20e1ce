package augment

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/seed-cdf14512/graft/format/shard"
)

// A docStore keeps the tokens and token spans of documents until they are
// packed: in memory as long as they are few, in a temporary file beyond that.
// It is written by one goroutine and then read in any order.
type docStore struct {
	dir   string
	limit int
	buf   []byte // not yet written, or everything
	file  *os.File
	base  int64 // offset of buf[0]
	docs  []doc
	read  []byte
}

// A doc is one document's place in the store.
type doc struct {
	off    int64
	tokens int32
	spans  int32
	record string
}

func newDocStore(dir string, limit int) *docStore { return &docStore{dir: dir, limit: limit} }

// Add stores a document.
func (s *docStore) Add(record string, ids []int32, spans []shard.TokenSpan) error {
	s.docs = append(s.docs, doc{off: s.base + int64(len(s.buf)), tokens: int32(len(ids)), spans: int32(len(spans)), record: record})
	for _, id := range ids {
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(id))
	}
	for _, sp := range spans {
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(sp.End))
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(sp.Name))
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(sp.Edit))
	}
	if len(s.buf) < s.limit {
		return nil
	}
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, ".tokens-*")
		if err != nil {
			return err
		}
		s.file = f
	}
	if _, err := s.file.WriteAt(s.buf, s.base); err != nil {
		return fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
	}
	s.base += int64(len(s.buf))
	s.buf = s.buf[:0]
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

// Get appends document i to ids and spans.
func (s *docStore) Get(i int, ids []int32, spans []shard.TokenSpan) ([]int32, []shard.TokenSpan, error) {
	d := &s.docs[i]
	n := 4*int(d.tokens) + 12*int(d.spans)
	var b []byte
	if d.off >= s.base {
		b = s.buf[d.off-s.base:][:n]
	} else {
		if cap(s.read) < n {
			s.read = make([]byte, n)
		}
		b = s.read[:n]
		if _, err := s.file.ReadAt(b, d.off); err != nil {
			return ids, spans, fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
		}
	}
	for range d.tokens {
		ids = append(ids, int32(binary.LittleEndian.Uint32(b)))
		b = b[4:]
	}
	for range d.spans {
		spans = append(spans, shard.TokenSpan{End: int32(binary.LittleEndian.Uint32(b)), Name: int32(binary.LittleEndian.Uint32(b[4:])), Edit: int32(binary.LittleEndian.Uint32(b[8:]))})
		b = b[12:]
	}
	return ids, spans, nil
}

// Reset empties the store for the next partition.
func (s *docStore) Reset() {
	s.buf, s.docs, s.base = s.buf[:0], s.docs[:0], 0
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
