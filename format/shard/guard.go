package shard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	pq "github.com/parquet-go/parquet-go/format"
)

// The Parquet library believes the counts and sizes that it reads, and
// allocates by them; running out of memory is no panic that could be caught. So
// this file reads them first, and refuses what the bytes cannot hold.

const (
	maxFooter = 32 << 20  // 8,192 groups of a shards file need 6 MiB
	maxPage   = 256 << 20 // 256 KiB, and one row more: lines go to 64 MiB
	maxValues = 64 << 20  // in one column chunk
	maxDepth  = 32        // of a thrift value; the footer's is 7
)

var (
	errShort = errors.New("ends in the middle of a value")
	errDeep  = errors.New("nested too deeply")
)

// checkFooter finds and walks the footer of a Parquet file.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("%d bytes, too short for a Parquet file", size)
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return fmt.Errorf("ends with %q, want the magic \"PAR1\": truncated, or no Parquet file", tail[4:])
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if n > size-12 || n > maxFooter {
		return fmt.Errorf("footer of %d bytes in a file of %d (at most %d)", n, size, maxFooter)
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, size-8-n); err != nil {
		return err
	}
	if _, err := skipStruct(b, 0); err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	return nil
}

// The types of thrift's compact protocol.
const (
	tTrue, tFalse, tByte, tI16, tI32, tI64, tDouble, tBinary, tList, tSet, tMap, tStruct = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
)

func skipStruct(b []byte, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	for {
		if len(b) == 0 {
			return nil, errShort
		}
		field := b[0]
		b = b[1:]
		if field == 0 {
			return b, nil
		}
		var err error
		if field>>4 == 0 {
			if b, err = skipVarint(b); err != nil {
				return nil, err
			}
		}
		if t := field & 15; t != tTrue && t != tFalse { // a boolean field is its type
			if b, err = skipValue(b, t, depth); err != nil {
				return nil, err
			}
		}
	}
}

func skipValue(b []byte, t byte, depth int) ([]byte, error) {
	switch t {
	case tTrue, tFalse, tByte:
		return skipBytes(b, 1)
	case tI16, tI32, tI64:
		return skipVarint(b)
	case tDouble:
		return skipBytes(b, 8)
	case tBinary:
		n, w := binary.Uvarint(b)
		if w <= 0 {
			return nil, errShort
		}
		return skipBytes(b[w:], n)
	case tList, tSet:
		return skipList(b, depth)
	case tStruct:
		return skipStruct(b, depth+1)
	}
	return nil, fmt.Errorf("value of type %d, which no footer of ours has", t)
}

// skipList refuses a list whose items cannot all lie in what is left of b: a
// struct of these footers takes at least four bytes, anything else one.
func skipList(b []byte, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	if len(b) == 0 {
		return nil, errShort
	}
	n, t := uint64(b[0]>>4), b[0]&15
	b = b[1:]
	if n == 15 {
		var w int
		if n, w = binary.Uvarint(b); w <= 0 {
			return nil, errShort
		}
		b = b[w:]
	}
	least := uint64(1)
	if t == tStruct {
		least = 3
	}
	if n > uint64(len(b))/least {
		return nil, fmt.Errorf("list of %d items in %d bytes", n, len(b))
	}
	var err error
	for range n {
		if b, err = skipValue(b, t, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func skipVarint(b []byte) ([]byte, error) {
	_, w := binary.Uvarint(b)
	if w <= 0 {
		return nil, errShort
	}
	return b[w:], nil
}

func skipBytes(b []byte, n uint64) ([]byte, error) {
	if n > uint64(len(b)) {
		return nil, errShort
	}
	return b[n:], nil
}

// checkGroup refuses a row group whose chunks do not lie in the file.
func checkGroup(g *pq.RowGroup, most int, size int64) error {
	if g.NumRows < 1 || g.NumRows > int64(most) {
		return fmt.Errorf("%d rows, want 1 to %d", g.NumRows, most)
	}
	for i := range g.Columns {
		m := &g.Columns[i].MetaData
		start := chunkStart(m)
		if start < 4 || m.DataPageOffset < start || m.TotalCompressedSize < 0 || start > size || m.TotalCompressedSize > size-start ||
			m.DataPageOffset-start > m.TotalCompressedSize || m.NumValues < 0 || m.NumValues > maxValues {
			return fmt.Errorf("column %d: %d values in %d bytes at %d of %d", i, m.NumValues, m.TotalCompressedSize, start, size)
		}
		if m.Codec != pq.Zstd {
			return fmt.Errorf("column %d: compressed by %s, want ZSTD", i, m.Codec)
		}
	}
	return nil
}

func chunkStart(m *pq.ColumnMetaData) int64 {
	if m.DictionaryPageOffset != 0 {
		return m.DictionaryPageOffset
	}
	return m.DataPageOffset
}
