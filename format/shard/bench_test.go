package shard_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/format/shard"
)

// cpu is the processor time of this process: the clock on the wall also measures
// what else the machine does.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func rows(n int) []*shard.Row {
	out := make([]*shard.Row, n)
	for i := range out {
		out[i] = tinyRow(i, 12, 170)
	}
	return out
}

func writeShards(b *testing.B, rows []*shard.Row) (path string, tokens int) {
	path = filepath.Join(b.TempDir(), "x.parquet")
	w, err := shard.Shards.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			b.Fatal(err)
		}
		tokens += len(r.InputIDs)
	}
	f, err := w.Close()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(f.Bytes)/float64(tokens), "bytes/token")
	return path, tokens
}

func BenchmarkShardWrite(b *testing.B) {
	in := rows(1000)
	b.ReportAllocs()
	tokens, start := 0, cpu()
	for b.Loop() {
		_, n := writeShards(b, in)
		tokens += n
	}
	b.ReportMetric(float64(tokens)/(cpu()-start).Seconds()/1e6, "Mtokens/cpu-s")
}

func BenchmarkShardRead(b *testing.B) {
	path, _ := writeShards(b, rows(1000))
	b.ReportAllocs()
	tokens, start := 0, cpu()
	for b.Loop() {
		r, err := shard.Shards.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for row, err := range r.Rows() {
			if err != nil {
				b.Fatal(err)
			}
			tokens += len(row.InputIDs)
		}
		r.Close()
	}
	b.ReportMetric(float64(tokens)/(cpu()-start).Seconds()/1e6, "Mtokens/cpu-s")
}

func BenchmarkShardRandomRow(b *testing.B) {
	path, _ := writeShards(b, rows(4000))
	r, err := shard.Shards.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var row shard.Row
	i, start := int64(0), cpu()
	for b.Loop() {
		i = (i + 1597*16 + 7) % r.NumRows()
		if err := r.Row(i, &row); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu()-start).Seconds()*1e3/float64(b.N), "cpu-ms/row")
}

func BenchmarkRecordWrite(b *testing.B) {
	w, err := shard.Records.Create(filepath.Join(b.TempDir(), "x.parquet"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { w.Abort() }()
	in := make([]*shard.Record, 512)
	for i := range in {
		in[i] = record(i)
	}
	b.ReportAllocs()
	start := cpu()
	for b.Loop() {
		if w.Rows() == int64(shard.Records.MaxRows()) {
			w.Abort()
			w, _ = shard.Records.Create(filepath.Join(b.TempDir(), "x.parquet"))
		}
		r := in[w.Rows()%512]
		b.SetBytes(int64(len(r.Text)))
		if err := w.Write(r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-start).Nanoseconds())/float64(b.N)/1e3, "cpu-µs/record")
}
