package shard

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pq "github.com/parquet-go/parquet-go/format"
)

// pageCut is the size at which a page ends after a row: a little less than
// pageBytes, as in the Parquet library.
const pageCut = pageBytes * 98 / 100

// kinds are the types that columns have, as the format names and writes them.
var kinds = map[reflect.Kind]struct {
	name     pq.Type
	encoding pq.Encoding
	library  parquet.Type
}{
	reflect.Int32:  {pq.Int32, pq.Plain, parquet.Int32Type},
	reflect.Int64:  {pq.Int64, pq.Plain, parquet.Int64Type},
	reflect.Bool:   {pq.Boolean, pq.Plain, parquet.BooleanType},
	reflect.String: {pq.ByteArray, pq.DeltaLengthByteArray, parquet.ByteArrayType},
}

// A chunk is one column of one row group: its pages as they are gathered, and then
// what the file says of them. Offsets count from the first byte of the chunk.
type chunk struct {
	column *column
	bounds bool // every page says its least and greatest value
	pages  []page
	used   int // of pages; the last of them is open

	meta  pq.ColumnMetaData
	at    []pq.PageLocation
	index bytes.Buffer // the encoded pq.ColumnIndex, which holds no offset
}

// open is the page that the next row goes to.
func (c *chunk) open() *page {
	if c.pages[c.used-1].size(c.column) >= pageCut {
		if c.used++; c.used > len(c.pages) {
			c.pages = append(c.pages, page{})
		}
		c.pages[c.used-1].reset()
	}
	return &c.pages[c.used-1]
}

func (c *chunk) reset() {
	c.used = 1
	c.pages[0].reset()
}

// A scratch is the memory that encoding a page takes, whatever the column.
type scratch struct {
	raw, body, rep, def []byte
	header              bytes.Buffer
}

// encode appends the chunk's pages to dst and describes them.
func (c *chunk) encode(dst []byte, s *scratch) ([]byte, error) {
	col, kind := c.column, kinds[c.column.kind]
	c.meta = pq.ColumnMetaData{Type: kind.name, Encoding: thrift.Slice[pq.Encoding]{kind.encoding}, PathInSchema: thrift.Slice[string](col.path), Codec: pq.Zstd}
	if col.lists > 0 {
		c.meta.Encoding = append(c.meta.Encoding, pq.RLE)
		slices.Sort(c.meta.Encoding)
	}
	c.at = nil
	indexer := kind.library.NewColumnIndexer(parquet.DefaultColumnIndexSizeLimit)
	var rep, def histogram
	rows := int64(0)
	for i := range c.used {
		p := &c.pages[i]
		size, err := s.encode(p, col, kind.encoding)
		if err != nil {
			return dst, fmt.Errorf("column %s: %w", strings.Join(col.path, "."), err)
		}
		packed := s.header.Len() + len(s.rep) + len(s.def) + len(s.body)
		c.at = append(c.at, pq.PageLocation{Offset: c.meta.TotalCompressedSize, CompressedPageSize: int32(packed), FirstRowIndex: rows})
		for _, part := range [][]byte{s.header.Bytes(), s.rep, s.def, s.body} {
			dst = append(dst, part...)
		}
		rows += int64(p.rows)
		m := &c.meta
		m.TotalCompressedSize += int64(packed)
		m.TotalUncompressedSize += int64(s.header.Len() + size)
		m.NumValues += p.values64(col)
		m.Statistics.NullCount += p.nulls(col)
		if col.kind == reflect.String {
			m.SizeStatistics.UnencodedByteArrayDataBytes += int64(len(p.values))
		}
		if col.lists > 0 {
			rep.page(p.rep, col.lists)
			def.page(p.def, col.lists)
		}
		var lo, hi parquet.Value
		if c.bounds {
			lo, hi = p.bounds(col.kind)
			c.widen(kind.library, lo, hi)
		}
		indexer.IndexPage(p.values64(col), p.nulls(col), lo, hi)
	}
	c.meta.EncodingStats = thrift.Slice[pq.PageEncodingStats]{{PageType: pq.DataPageV2, Encoding: kind.encoding, Count: int32(c.used)}}
	c.meta.SizeStatistics.RepetitionLevelHistogram, c.meta.SizeStatistics.DefinitionLevelHistogram = rep.all, def.all
	index := indexer.ColumnIndex()
	index.RepetitionLevelHistogram, index.DefinitionLevelHistogram = rep.pages, def.pages
	c.index.Reset()
	return dst, encodeThrift(&c.index, &index)
}

// widen makes the bounds of the chunk cover those of a page.
func (c *chunk) widen(t parquet.Type, lo, hi parquet.Value) {
	s := &c.meta.Statistics
	if s.MinValue == nil || t.Compare(lo, t.Kind().Value(s.MinValue)) < 0 {
		s.MinValue = lo.AppendBytes(make([]byte, 0, 8))
	}
	if s.MaxValue == nil || t.Compare(hi, t.Kind().Value(s.MaxValue)) > 0 {
		s.MaxValue = hi.AppendBytes(make([]byte, 0, 8))
	}
}

// encode makes the parts of a page: header, levels and body. size is that of what
// follows the header before it was compressed.
func (s *scratch) encode(p *page, col *column, encoding pq.Encoding) (size int, err error) {
	s.rep, s.def = s.rep[:0], s.def[:0]
	s.header.Reset()
	if col.lists > 0 {
		levels := rle.Encoding{BitWidth: bits.Len8(col.lists)}
		if s.rep, err = levels.EncodeLevels(s.rep, p.rep); err != nil {
			return 0, err
		}
		if s.def, err = levels.EncodeLevels(s.def, p.def); err != nil {
			return 0, err
		}
	}
	raw := p.values
	switch col.kind {
	case reflect.Bool:
		raw = s.pack(p.values)
	case reflect.String:
		if s.raw, err = new(delta.LengthByteArrayEncoding).EncodeByteArray(s.raw[:0], p.values, append(p.offsets, uint32(len(p.values)))); err != nil {
			return 0, err
		}
		raw = s.raw
	}
	if size = len(s.rep) + len(s.def) + len(raw); size > math.MaxInt32 {
		return 0, fmt.Errorf("a page of %d bytes, at most %d", size, math.MaxInt32)
	}
	if s.body, err = pageCodec.Encode(s.body[:0], raw); err != nil {
		return 0, err
	}
	crc := crc32.Update(crc32.Update(crc32.ChecksumIEEE(s.rep), crc32.IEEETable, s.def), crc32.IEEETable, s.body)
	h := pq.PageHeader{Type: pq.DataPageV2, UncompressedPageSize: int32(size), CompressedPageSize: int32(len(s.rep) + len(s.def) + len(s.body)), CRC: int32(crc)}
	h.DataPageHeaderV2.Set(pq.DataPageHeaderV2{
		NumValues: int32(p.values64(col)), NumNulls: int32(p.nulls(col)), NumRows: int32(p.rows), Encoding: encoding,
		DefinitionLevelsByteLength: int32(len(s.def)), RepetitionLevelsByteLength: int32(len(s.rep)), IsCompressed: thrift.New(true),
	})
	return size, encodeThrift(&s.header, &h)
}

// pack makes bits of booleans, the first in the lowest bit.
func (s *scratch) pack(values []byte) []byte {
	s.raw = append(s.raw[:0], make([]byte, (len(values)+7)/8)...)
	for i, v := range values {
		s.raw[i/8] |= v << (i % 8)
	}
	return s.raw
}

func encodeThrift(to *bytes.Buffer, v any) error {
	return thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(to)).Encode(v)
}

// values64 is the number of values as the format counts them: an empty list is a
// null.
func (p *page) values64(c *column) int64 {
	if c.lists > 0 {
		return int64(len(p.def))
	}
	return int64(p.count)
}

func (p *page) nulls(c *column) int64 { return p.values64(c) - int64(p.count) }

// bounds are the least and the greatest value of a page of a column without lists.
func (p *page) bounds(kind reflect.Kind) (lo, hi parquet.Value) {
	switch kind {
	case reflect.Int32:
		a, b := extremes(p.count, func(i int) int32 { return int32(binary.LittleEndian.Uint32(p.values[4*i:])) }, cmp.Compare)
		return parquet.Int32Value(a), parquet.Int32Value(b)
	case reflect.Int64:
		a, b := extremes(p.count, func(i int) int64 { return int64(binary.LittleEndian.Uint64(p.values[8*i:])) }, cmp.Compare)
		return parquet.Int64Value(a), parquet.Int64Value(b)
	case reflect.Bool:
		return parquet.BooleanValue(slices.Min(p.values) != 0), parquet.BooleanValue(slices.Max(p.values) != 0)
	}
	ends := append(p.offsets, uint32(len(p.values)))
	a, b := extremes(p.count, func(i int) []byte { return p.values[ends[i]:ends[i+1]] }, bytes.Compare)
	return parquet.ByteArrayValue(a), parquet.ByteArrayValue(b)
}

func extremes[V any](n int, at func(int) V, compare func(a, b V) int) (lo, hi V) {
	lo, hi = at(0), at(0)
	for i := 1; i < n; i++ {
		switch v := at(i); {
		case compare(v, lo) < 0:
			lo = v
		case compare(v, hi) > 0:
			hi = v
		}
	}
	return lo, hi
}

// A histogram counts levels: of each page, one behind the other, and of all.
type histogram struct{ all, pages []int64 }

func (h *histogram) page(levels []byte, most byte) {
	if h.all == nil {
		h.all = make([]int64, most+1)
	}
	h.pages = append(h.pages, make([]int64, most+1)...)
	last := h.pages[len(h.pages)-int(most)-1:]
	rest := int64(len(levels))
	for l := byte(1); l <= most; l++ {
		last[l] = int64(bytes.Count(levels, []byte{l})) // vectorized, unlike a loop over the levels
		rest -= last[l]
	}
	last[0] = rest
	for l, n := range last {
		h.all[l] += n
	}
}
