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

// A doc is one document's place in the store. Its name stands there too: in
// memory, a corpus of many million documents would be mostly names.
type doc struct {
	off    int64
	tokens int32
	spans  int32
	name   int32 // bytes of the record's id
}

// A stored document as it comes back.
type stored struct {
	record string
	ids    []int32
	spans  []shard.TokenSpan
}

func newDocStore(dir string, limit int) *docStore { return &docStore{dir: dir, limit: limit} }

// Add stores a document.
func (s *docStore) Add(record string, ids []int32, spans []shard.TokenSpan) error {
	s.docs = append(s.docs, doc{off: s.base + int64(len(s.buf)), tokens: int32(len(ids)), spans: int32(len(spans)), name: int32(len(record))})
	for _, id := range ids {
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(id))
	}
	for _, sp := range spans {
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(sp.End))
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(sp.Name))
		s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(sp.Edit))
	}
	s.buf = append(s.buf, record...)
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

// Get reads document i into d, whose slices are reused.
func (s *docStore) Get(i int, d *stored) error {
	at := &s.docs[i]
	n := 4*int(at.tokens) + 12*int(at.spans) + int(at.name)
	var b []byte
	if at.off >= s.base {
		b = s.buf[at.off-s.base:][:n]
	} else {
		if cap(s.read) < n {
			s.read = make([]byte, n)
		}
		b = s.read[:n]
		if _, err := s.file.ReadAt(b, at.off); err != nil {
			return fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
		}
	}
	next := func() int32 {
		v := int32(binary.LittleEndian.Uint32(b))
		b = b[4:]
		return v
	}
	d.ids, d.spans = d.ids[:0], d.spans[:0]
	for range at.tokens {
		d.ids = append(d.ids, next())
	}
	for range at.spans {
		d.spans = append(d.spans, shard.TokenSpan{End: next(), Name: next(), Edit: next()})
	}
	d.record = string(b)
	return nil
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
