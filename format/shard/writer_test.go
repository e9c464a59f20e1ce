package shard_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/shard/internal/tiny"
)

func record(i int) *shard.Record {
	s := tiny.Sample(i)
	r := new(shard.Record)
	r.Of(&s)
	return r
}

// A file appears whole or not at all.
func TestWriterIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "records", "part-00000.parquet")
	names := func() string {
		all, _ := filepath.Glob(filepath.Join(dir, "records", "*"))
		for i := range all {
			all[i] = filepath.Base(all[i])
		}
		return strings.Join(all, " ")
	}
	w, err := shard.Records.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record(0)); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "part-00000.parquet.tmp" {
		t.Errorf("while writing: %s", got)
	}
	w.Abort()
	if got := names(); got != "" {
		t.Errorf("after Abort: %s", got)
	}
	if err := w.Write(record(1)); err == nil {
		t.Error("wrote after Abort")
	}
	if _, err := w.Close(); err == nil {
		t.Error("closed after Abort")
	}

	if w, err = shard.Records.Create(path); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record(0)); err != nil {
		t.Fatal(err)
	}
	bad := record(1)
	bad.Spans[1].Start++
	if err := w.Write(bad); err == nil || !strings.Contains(err.Error(), "row 1: record "+bad.RecordID) {
		t.Errorf("a gap between spans: %v", err)
	}
	if _, err := w.Close(); err == nil {
		t.Error("closed after a refused row: the caller would not notice the loss")
	}
	if got := names(); got != "" {
		t.Errorf("after the refused row: %s", got)
	}
}

// A caller that reuses its row writes what one with fresh rows writes, and the
// time between rows does not show.
func TestReusedRows(t *testing.T) {
	write := func(next func(i int) *shard.Record) []byte {
		path := filepath.Join(t.TempDir(), "x.parquet")
		w, err := shard.Records.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2500 { // three row groups
			if err := w.Write(next(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var one shard.Record
	a := write(func(i int) *shard.Record { s := tiny.Sample(i); one.Of(&s); return &one })
	b := write(func(i int) *shard.Record {
		if i%100 == 0 {
			runtime.GC() // pools of the library are emptied here
		}
		return record(i)
	})
	if !bytes.Equal(a, b) {
		t.Error("other bytes")
	}
}

// The largest file that a writer makes is refused one row more, and is read.
func TestWriterIsFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	w, err := shard.Shards.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	row := tinyRow(0, 1, 1)
	for range shard.Shards.MaxRows() {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r, err := shard.Shards.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	t.Logf("%d rows, %d bytes, opened in %v", f.Rows, f.Bytes, time.Since(start))
	if err := r.Row(f.Rows-1, row); err != nil {
		t.Error(err)
	}

	if w, err = shard.Shards.Create(path); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = w.Write(row)
	}
	if w.Rows() != int64(shard.Shards.MaxRows()) || !strings.Contains(err.Error(), "begin another file") {
		t.Errorf("after %d rows: %v", w.Rows(), err)
	}
}

// tinyRow is a row of docs documents of n tokens.
func tinyRow(seed, docs, n int) *shard.Row {
	r := new(shard.Row)
	ids := make([]int32, n)
	x := uint32(seed)*2654435761 + 1
	for d := range docs {
		for i := range ids {
			// Like text: few ids are most of the tokens.
			x = x*1664525 + 1013904223
			ids[i] = int32(x>>8) % (1 + int32(x>>24)*int32(x>>24)/2)
		}
		var spans []shard.TokenSpan
		for k := range 10 {
			spans = append(spans, shard.TokenSpan{End: int32(max(1, n*(k+1)/10)), Name: int32(k % 5), Edit: int32(k % 2)})
		}
		r.Append(fmt.Sprintf("%032x", seed*100+d), ids, spans)
	}
	return r
}

// The heap of a writer does not grow with its rows beyond the footer.
func TestWriterMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 60,000 records")
	}
	w, err := shard.Records.Create(filepath.Join(t.TempDir(), "x.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	heap := func() int64 {
		for range 3 { // groups at work come to their end, and the pools of encoders are emptied
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	r := record(0)
	var early int64
	for i := range 60000 {
		r.RecordID = fmt.Sprint(i)
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
		if i == 5000 {
			early = heap()
		}
	}
	grown := heap() - early
	t.Logf("heap grew by %d KiB over 55 row groups", grown>>10)
	if grown > 4<<20 {
		t.Errorf("heap grew by %d bytes over 55,000 records", grown)
	}
}
