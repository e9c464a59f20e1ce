package shard

import (
	"encoding/binary"
	"slices"
	"time"
	"unsafe"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	pq "github.com/parquet-go/parquet-go/format"
)

// A group is one row group: it gathers rows on the goroutine of its writer, and is
// encoded and compressed on one of its own.
type group struct {
	chunks []chunk
	rows   int
	weight int // bytes, as the table counts them

	scratch scratch
	body    []byte // all chunks, encoded
	err     error
	took    time.Duration
	done    chan struct{} // closed when body or err is there
}

func newGroup(columns []column) *group {
	g := &group{chunks: make([]chunk, len(columns))}
	for i := range columns {
		g.chunks[i] = chunk{column: &columns[i], bounds: bounded(&columns[i]), pages: make([]page, 1), used: 1}
	}
	return g
}

// bounded leaves bounds to the columns of the row itself, and takes them from text
// and from what lies in lists: whole texts would stand in headers and footer.
func bounded(c *column) bool {
	return len(c.path) == 1 && !slices.Contains([]string{"text", "answer", "ground_truth", "params"}, c.path[0])
}

// add copies a row into the group.
func (g *group) add(row unsafe.Pointer, weight int) {
	for i := range g.chunks {
		c := &g.chunks[i]
		c.open().add(c.column, row)
	}
	g.rows++
	g.weight += weight
}

func (g *group) reset() {
	for i := range g.chunks {
		g.chunks[i].reset()
	}
	g.rows, g.weight, g.body = 0, 0, g.body[:0]
}

// encode makes the group's bytes.
func (g *group) encode() {
	defer close(g.done)
	begun := time.Now()
	defer func() { g.took = time.Since(begun) }()
	for i := range g.chunks {
		if g.body, g.err = g.chunks[i].encode(g.body, &g.scratch); g.err != nil {
			return
		}
	}
}

// A footer gathers what stands behind the groups of a file.
type footer struct {
	file    pq.FileMetaData
	indexes []byte // of the columns of all groups
	sizes   []int  // of each of them
	at      []pq.OffsetIndex
}

// add notes a group whose first byte stands at an offset of the file.
func (f *footer) add(g *group, offset int64) {
	row := pq.RowGroup{NumRows: int64(g.rows), FileOffset: offset, Ordinal: int16(len(f.file.RowGroups)), SortingColumns: thrift.Slice[pq.SortingColumn]{},
		Columns: make(thrift.Slice[pq.ColumnChunk], 0, len(g.chunks))}
	for i := range g.chunks {
		c := &g.chunks[i]
		c.meta.DataPageOffset = offset
		for k := range c.at {
			c.at[k].Offset += offset
		}
		offset += c.meta.TotalCompressedSize
		row.TotalByteSize += c.meta.TotalUncompressedSize
		row.TotalCompressedSize += c.meta.TotalCompressedSize
		row.Columns = append(row.Columns, pq.ColumnChunk{MetaData: c.meta})
		f.indexes, f.sizes = append(f.indexes, c.index.Bytes()...), append(f.sizes, c.index.Len())
		f.at = append(f.at, pq.OffsetIndex{PageLocations: c.at})
	}
	f.file.NumRows += row.NumRows
	f.file.RowGroups = append(f.file.RowGroups, row)
}

// write writes the indexes and the footer of a file of which so many bytes are
// written already.
func (f *footer) write(to *counter) error {
	n := 0
	each := func(do func(c *pq.ColumnChunk) error) error {
		n = 0
		for i := range f.file.RowGroups {
			for k := range f.file.RowGroups[i].Columns {
				if err := do(&f.file.RowGroups[i].Columns[k]); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	}
	rest := f.indexes
	err := each(func(c *pq.ColumnChunk) error {
		c.ColumnIndexOffset, c.ColumnIndexLength = to.n, int32(f.sizes[n])
		_, err := to.Write(rest[:f.sizes[n]])
		rest = rest[f.sizes[n]:]
		return err
	})
	if err != nil {
		return err
	}
	encoder := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(to))
	err = each(func(c *pq.ColumnChunk) error {
		c.OffsetIndexOffset = to.n
		err := encoder.Encode(&f.at[n])
		c.OffsetIndexLength = int32(to.n - c.OffsetIndexOffset)
		return err
	})
	if err != nil {
		return err
	}
	begun := to.n
	if err := encoder.Encode(&f.file); err != nil {
		return err
	}
	_, err = to.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(to.n-begun)), magic...))
	return err
}
