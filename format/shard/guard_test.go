package shard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	pq "github.com/parquet-go/parquet-go/format"
)

// withFooter is the shortest file around a footer.
func withFooter(footer string, length int) []byte {
	b := append([]byte("PAR1"), footer...)
	b = binary.LittleEndian.AppendUint32(b, uint32(length))
	return append(b, "PAR1"...)
}

// Counts that the bytes cannot hold are refused before anything is allocated.
func TestHostileFooter(t *testing.T) {
	huge := "\xff\xff\xff\xff\x07" // 2^31-1 as a varint
	for _, c := range []struct {
		name, footer string
		length       int
		want         string
	}{
		{"length beyond the file", "", 1 << 30, "footer of 1073741824 bytes"},
		{"schema of 2^31 elements", "\x15\x02\x19\xfc" + huge + "\x00", -1, "list of 2147483647 items"},
		{"name of 2^31 bytes", "\x15\x02\x19\x1c\x48" + huge + "\x00\x00", -1, "in the middle of a value"},
		{"structs without end", strings.Repeat("\x1c", 100), -1, "nested too deeply"},
		{"lists without end", "\x19" + strings.Repeat("\x19", 100), -1, "nested too deeply"},
		{"a map", "\x1b\x01\x55\x02\x02\x00", -1, "value of type 11"},
		{"cut short", "\x15", -1, "in the middle of a value"},
		{"nothing", "", 0, "in the middle of a value"},
	} {
		n := c.length
		if n < 0 {
			n = len(c.footer)
		}
		b := withFooter(c.footer, n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Shards.OpenAt("hostile", bytes.NewReader(b), int64(len(b)))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: allocated %d bytes", c.name, n)
		}
	}
}

func TestHostilePage(t *testing.T) {
	page := func(change func(*pq.PageHeader)) *pq.PageHeader {
		h := &pq.PageHeader{Type: pq.DataPageV2, CompressedPageSize: 100, UncompressedPageSize: 400}
		h.DataPageHeaderV2.Valid = true
		h.DataPageHeaderV2.V.NumValues, h.DataPageHeaderV2.V.NumRows = 100, 10
		if change != nil {
			change(h)
		}
		return h
	}
	if _, packed, err := checkPage(page(nil), 100, pq.Plain); err != nil || !packed {
		t.Fatal(packed, err)
	}
	for _, c := range []struct {
		name   string
		change func(*pq.PageHeader)
	}{
		{"longer than its chunk", func(h *pq.PageHeader) { h.CompressedPageSize = 101 }},
		{"negative size", func(h *pq.PageHeader) { h.CompressedPageSize = -1 }},
		{"2 GiB when unpacked", func(h *pq.PageHeader) { h.UncompressedPageSize = 1<<31 - 1 }},
		{"2^31 values", func(h *pq.PageHeader) { h.DataPageHeaderV2.V.NumValues = 1<<31 - 1 }},
		{"negative values", func(h *pq.PageHeader) { h.DataPageHeaderV2.V.NumValues = -1 }},
		{"more nulls than values", func(h *pq.PageHeader) { h.DataPageHeaderV2.V.NumNulls = 101 }},
		{"levels longer than the page", func(h *pq.PageHeader) { h.DataPageHeaderV2.V.RepetitionLevelsByteLength = 101 }},
		{"another encoding", func(h *pq.PageHeader) { h.DataPageHeaderV2.V.Encoding = pq.ByteStreamSplit }},
		{"another type", func(h *pq.PageHeader) { h.Type = pq.IndexPage }},
		{"header of another type", func(h *pq.PageHeader) { h.DataPageHeaderV2.Valid = false }},
	} {
		if _, _, err := checkPage(page(c.change), 100, pq.Plain); err == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
}

func TestHostileFrame(t *testing.T) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false))
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	frame := func(n int) []byte { return enc.EncodeAll(make([]byte, n), nil) }
	check := func(b []byte, want int64) error {
		return checkFrame(&window{r: bytes.NewReader(b), end: int64(len(b))}, 0, int64(len(b)), want)
	}
	for _, n := range []int{1, 100, 255, 256, 70000, 1 << 20} {
		if err := check(frame(n), int64(n)); err != nil {
			t.Errorf("frame of %d bytes: %v", n, err)
		}
	}
	for _, c := range []struct {
		name string
		b    []byte
		want int64
	}{
		{"more than the header says", frame(1 << 20), 1000},
		{"a second frame behind the first", append(frame(1000), frame(1<<20)...), 1000},
		{"bytes behind the frame", append(frame(1000), 0), 1000},
		{"cut short", frame(1000)[:10], 1000},
		{"no frame", []byte("0123456789abcdefghij"), 20},
		{"nothing", nil, 0},
	} {
		if err := check(c.b, c.want); err == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
}
