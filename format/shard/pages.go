package shard

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pq "github.com/parquet-go/parquet-go/format"
)

// checkPages walks the pages of a column chunk, and the zstd frame in each, by
// their headers alone: what it has passed can be decoded in memory that the
// headers promise.
func checkPages(r io.ReaderAt, m *pq.ColumnMetaData, wantRows int64) error {
	var protocol thrift.CompactProtocol
	w := window{r: r, end: chunkStart(m) + m.TotalCompressedSize}
	plain := pq.Plain // as the library writes values without a dictionary
	if m.Type == pq.ByteArray {
		plain = pq.DeltaLengthByteArray
	}
	values, rows, nulls := int64(0), int64(0), int64(0)
	for at := chunkStart(m); at < w.end; {
		b, err := w.get(at, 0, 256) // headers of ours have about 40 bytes: no statistics
		if err != nil {
			return err
		}
		if _, err := skipStruct(b, 0); err != nil {
			return fmt.Errorf("page header at %d: %w", at, err)
		}
		in := protocol.NewReaderFromBytes(b)
		var h pq.PageHeader
		if err := thrift.NewDecoder(in).Decode(&h); err != nil {
			return fmt.Errorf("page header at %d: %w", at, err)
		}
		at += int64(in.BytesRead())
		levels, packed, err := checkPage(&h, w.end-at, plain)
		if err != nil {
			return fmt.Errorf("page at %d: %w", at, err)
		}
		next := at + int64(h.CompressedPageSize)
		if packed {
			if err := checkFrame(&w, at+levels, next, int64(h.UncompressedPageSize)-levels); err != nil {
				return fmt.Errorf("page at %d: %w", at, err)
			}
		}
		if v := &h.DataPageHeaderV2.V; h.DataPageHeaderV2.Valid {
			values, rows, nulls = values+int64(v.NumValues), rows+int64(v.NumRows), nulls+int64(v.NumNulls)
		}
		at = next
	}
	// Checksums cover what pages hold, not their headers: the footer does.
	if values != m.NumValues || rows != wantRows || nulls != m.Statistics.NullCount {
		return fmt.Errorf("%d values, %d rows, %d nulls in its pages; %d, %d, %d in the footer", values, rows, nulls, m.NumValues, wantRows, m.Statistics.NullCount)
	}
	return nil
}

// checkPage returns how many bytes of levels stand before the page's frame, and
// whether there is a frame.
func checkPage(h *pq.PageHeader, room int64, plain pq.Encoding) (levels int64, packed bool, err error) {
	if h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > room || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPage {
		return 0, false, fmt.Errorf("%d bytes for %d, in a chunk with %d left (at most %d)", h.CompressedPageSize, h.UncompressedPageSize, room, maxPage)
	}
	switch {
	case h.Type == pq.DataPageV2 && h.DataPageHeaderV2.Valid:
		v := &h.DataPageHeaderV2.V
		if v.NumValues < 0 || v.NumValues > maxValues || v.NumRows < 0 || v.NumNulls < 0 || v.NumNulls > v.NumValues || v.RepetitionLevelsByteLength < 0 || v.DefinitionLevelsByteLength < 0 {
			return 0, false, fmt.Errorf("%d values, %d rows, %d nulls", v.NumValues, v.NumRows, v.NumNulls)
		}
		if v.Encoding != plain && v.Encoding != pq.RLEDictionary {
			return 0, false, fmt.Errorf("encoding %s, want %s or RLE_DICTIONARY", v.Encoding, plain)
		}
		levels = int64(v.RepetitionLevelsByteLength) + int64(v.DefinitionLevelsByteLength)
		if levels > int64(h.CompressedPageSize) || levels > int64(h.UncompressedPageSize) {
			return 0, false, fmt.Errorf("levels of %d bytes in a page of %d", levels, h.CompressedPageSize)
		}
		return levels, !v.IsCompressed.Valid || v.IsCompressed.V, nil
	case h.Type == pq.DictionaryPage && h.DictionaryPageHeader.Valid:
		if v := &h.DictionaryPageHeader.V; v.NumValues < 0 || v.NumValues > maxValues || v.Encoding != pq.Plain {
			return 0, false, fmt.Errorf("dictionary of %d values in encoding %s", v.NumValues, v.Encoding)
		}
		return 0, true, nil
	}
	return 0, false, fmt.Errorf("type %s, want DATA_PAGE_V2 or DICTIONARY_PAGE", h.Type)
}

// checkFrame accepts exactly one zstd frame from at to end that says that it
// holds want bytes: a second one would be decoded behind the first, unbounded.
func checkFrame(w *window, at, end, want int64) error {
	b, err := w.get(at, 1, zstd.HeaderMaxSize)
	if err != nil {
		return err
	}
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return fmt.Errorf("no zstd frame: %w", err)
	}
	// Under 256 bytes the encoder leaves the size out; one block bounds it then.
	if h.Skippable || h.HasFCS && h.FrameContentSize != uint64(want) || !h.HasFCS && want >= 256 {
		return fmt.Errorf("zstd frame of %d bytes (stated: %t), want %d", h.FrameContentSize, h.HasFCS, want)
	}
	at += int64(h.HeaderSize)
	for last, blocks := false, 1; !last; blocks++ {
		if b, err = w.get(at, 3, 3); err != nil {
			return err
		}
		block := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16
		last = block&1 != 0
		at += 3
		if !h.HasFCS && blocks > 1 {
			return fmt.Errorf("zstd frame of several blocks for %d bytes", want)
		}
		if block>>1&3 == 1 { // one byte, repeated
			at++
		} else {
			at += block >> 3
		}
	}
	if h.HasCheckSum {
		at += 4
	}
	if at != end {
		return fmt.Errorf("zstd frame ends at %d, its page at %d", at, end)
	}
	return nil
}

// A window reads ahead a little, so that small chunks take one read.
type window struct {
	r     io.ReaderAt
	end   int64
	start int64 // of buf in the file
	buf   []byte
	space [4096]byte
}

// get returns least to most bytes at the given place, as far as the end allows.
func (w *window) get(at int64, least, most int) ([]byte, error) {
	if at < 0 || at+int64(least) > w.end {
		return nil, errShort
	}
	most = int(min(int64(most), w.end-at))
	if at < w.start || at+int64(most) > w.start+int64(len(w.buf)) {
		n, err := w.r.ReadAt(w.space[:min(int64(len(w.space)), w.end-at)], at)
		if n < most {
			return nil, errors.Join(errShort, err)
		}
		w.start, w.buf = at, w.space[:n]
	}
	i := at - w.start
	return w.buf[i : i+int64(most)], nil
}
