package augment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sync"
)

// A spill sorts source records by identity in flat memory, so that everything
// after it sees them in one order whatever the order of files, of workers or of
// lines. Records go to 256 buckets by the first byte of their digest; a bucket's
// bytes are kept in chunks, in memory as long as they are few and in one
// temporary file beyond that. Reading sorts one bucket at a time.
//
// Put may be called from many goroutines; Bucket only after the last Put.
type spill struct {
	dir     string
	limit   int64 // bytes kept in memory before chunks go to the file
	mu      sync.Mutex
	file    *os.File
	end     int64
	inCore  int64
	buckets [256]bucket
}

type bucket struct {
	mu     sync.Mutex
	tail   []byte
	chunks []chunk
	count  int64
	bytes  int64
}

// A chunk is a run of records: in memory, or at an offset of the file.
type chunk struct {
	data []byte
	off  int64
	n    int
}

const chunkSize = 128 << 10

// A spilled record is one canonical source record and where it came from.
type spilled struct {
	digest [32]byte
	input  uint32 // index of the file in the build's list
	line   int64
	start  int64
	end    int64
	raw    []byte
}

const spilledHeader = 32 + 4 + 3*8 + 4

func newSpill(dir string, limit int64) *spill { return &spill{dir: dir, limit: limit} }

// Put adds a record; raw is copied.
func (s *spill) Put(r *spilled) error {
	b := &s.buckets[r.digest[0]]
	b.mu.Lock()
	defer b.mu.Unlock()
	need := spilledHeader + len(r.raw)
	if len(b.tail)+need > chunkSize && len(b.tail) > 0 {
		if err := s.flush(b); err != nil {
			return err
		}
	}
	if cap(b.tail) == 0 {
		b.tail = make([]byte, 0, min(chunkSize, max(16<<10, need)))
	}
	t := append(b.tail, r.digest[:]...)
	t = binary.LittleEndian.AppendUint32(t, r.input)
	t = binary.LittleEndian.AppendUint64(t, uint64(r.line))
	t = binary.LittleEndian.AppendUint64(t, uint64(r.start))
	t = binary.LittleEndian.AppendUint64(t, uint64(r.end))
	t = binary.LittleEndian.AppendUint32(t, uint32(len(r.raw)))
	b.tail = append(t, r.raw...)
	b.count++
	b.bytes += int64(need)
	return nil
}

// flush moves a bucket's tail to a chunk. The caller holds the bucket.
func (s *spill) flush(b *bucket) error {
	s.mu.Lock()
	keep := s.inCore+int64(len(b.tail)) <= s.limit
	off := s.end
	if keep {
		s.inCore += int64(len(b.tail))
	} else {
		if s.file == nil {
			f, err := os.CreateTemp(s.dir, ".spill-*")
			if err != nil {
				s.mu.Unlock()
				return err
			}
			s.file = f
		}
		s.end += int64(len(b.tail))
	}
	s.mu.Unlock()
	if keep {
		b.chunks = append(b.chunks, chunk{data: b.tail, n: len(b.tail)})
		b.tail = make([]byte, 0, chunkSize)
		return nil
	}
	if _, err := s.file.WriteAt(b.tail, off); err != nil {
		return fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
	}
	b.chunks = append(b.chunks, chunk{off: off, n: len(b.tail)})
	b.tail = b.tail[:0]
	return nil
}

// Count is the number of records held.
func (s *spill) Count() int64 {
	var n int64
	for i := range s.buckets {
		n += s.buckets[i].count
	}
	return n
}

// Bucket reads one bucket, sorted by digest and, among equal digests, by place.
// The records share buf, which is grown and returned for reuse.
func (s *spill) Bucket(i int, buf []byte) ([]spilled, []byte, error) {
	b := &s.buckets[i]
	buf = slices.Grow(buf[:0], int(b.bytes))
	for _, c := range b.chunks {
		if c.data != nil {
			buf = append(buf, c.data...)
			continue
		}
		at := len(buf)
		buf = buf[:at+c.n]
		if _, err := s.file.ReadAt(buf[at:], c.off); err != nil {
			return nil, buf, fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
		}
	}
	buf = append(buf, b.tail...)
	records := make([]spilled, 0, b.count)
	for rest := buf; len(rest) > 0; {
		var r spilled
		copy(r.digest[:], rest)
		r.input = binary.LittleEndian.Uint32(rest[32:])
		r.line = int64(binary.LittleEndian.Uint64(rest[36:]))
		r.start = int64(binary.LittleEndian.Uint64(rest[44:]))
		r.end = int64(binary.LittleEndian.Uint64(rest[52:]))
		n := int(binary.LittleEndian.Uint32(rest[60:]))
		r.raw = rest[spilledHeader : spilledHeader+n : spilledHeader+n]
		rest = rest[spilledHeader+n:]
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b spilled) int {
		if c := bytes.Compare(a.digest[:], b.digest[:]); c != 0 {
			return c
		}
		if a.input != b.input {
			return int(a.input) - int(b.input)
		}
		if a.line != b.line {
			return sign(a.line - b.line)
		}
		return sign(a.start - b.start)
	})
	return records, buf, nil
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// Close removes what the spill keeps on disk.
func (s *spill) Close() error {
	if s.file == nil {
		return nil
	}
	name := s.file.Name()
	s.file.Close()
	return os.Remove(name)
}
