package shard_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/shard/internal/tiny"
)

func build(t testing.TB, n int) (string, *shard.Manifest) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	m, err := tiny.Build(dir, n, shard.DefaultWeights())
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

func TestBuildIsWhole(t *testing.T) {
	dir, want := build(t, 300)
	got, diffs, err := shard.Verify(dir)
	if err != nil || len(diffs) > 0 {
		t.Fatal(err, diffs)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("manifest read is not manifest written (-want +got):\n%s", d)
	}
	census, problems := shard.Audit(dir)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if census.Records != 300 || census.Documents != 300 || census.Tokens != want.Tokens.Out || census.Edits != 225 || census.Prompts != 150 {
		t.Errorf("census %+v", census)
	}
	if census.Spans["backtracking.wrong"] == 0 || census.Trained == 0 || census.Trained >= census.Tokens {
		t.Errorf("census %+v", census)
	}
}

// Records come back as the samples that they were made from.
func TestRecordRoundTrip(t *testing.T) {
	dir, _ := build(t, 40)
	r, err := shard.Records.Open(filepath.Join(dir, "records/part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	i := 0
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		got, err := row.Sample()
		if err != nil {
			t.Fatal(err)
		}
		want := tiny.Sample(i)
		if int(row.NTokens) != len(want.IDs) {
			t.Errorf("n_tokens %d, want %d", row.NTokens, len(want.IDs))
		}
		want.IDs, want.Ends = nil, nil
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("record %d (-want +got):\n%s", i, d)
		}
		i++
	}
	if i != 40 {
		t.Fatalf("%d rows, want 40", i)
	}
}

// Two builds of the same records are the same bytes, file by file.
func TestSameBytes(t *testing.T) {
	a, _ := build(t, 200)
	b, _ := build(t, 200)
	for _, f := range []string{"records/part-00000.parquet", "lineage/part-00000.parquet", "shards/train-00000.parquet", "shards/validation-00000.parquet", "prompts/part-00000.parquet", "manifest.json"} {
		x, err := os.ReadFile(filepath.Join(a, f))
		if err != nil {
			t.Fatal(err)
		}
		if y, _ := os.ReadFile(filepath.Join(b, f)); !bytes.Equal(x, y) {
			t.Errorf("%s: other bytes the second time", f)
		}
	}
}

// Rows read at random are the rows read in order.
func TestRandomRows(t *testing.T) {
	dir, _ := build(t, 400)
	r, err := shard.Shards.Open(filepath.Join(dir, "shards/train-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []*shard.Row
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if len(all) < 40 {
		t.Fatalf("%d rows: too few for several row groups", len(all))
	}
	for k := range 3 * len(all) {
		i := k * 31 % len(all)
		var got shard.Row
		if err := r.Row(int64(i), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&got, all[i]) {
			t.Fatalf("row %d read alone differs", i)
		}
	}
	if err := r.Row(int64(len(all)), new(shard.Row)); err == nil {
		t.Error("a row behind the last was read")
	}
}

func TestVerifyTellsApart(t *testing.T) {
	dir, _ := build(t, 64)
	at := func(p string) string { return filepath.Join(dir, p) }
	flip(t, at("records/part-00000.parquet"), 2000)
	if err := os.Remove(at("stats.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("shards/train-00001.parquet"), []byte("PAR1"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(at("prompts/part-00000.parquet"), 100); err != nil {
		t.Fatal(err)
	}
	_, diffs, err := shard.Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range diffs {
		got = append(got, d.Path+" "+d.Kind)
	}
	want := []string{"prompts/part-00000.parquet changed", "records/part-00000.parquet changed", "shards/train-00001.parquet extra", "stats.json missing"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func flip(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 1
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// No flipped bit gets through a reader as another row: it is refused, or it
// stood where nothing is read.
func TestFlippedBits(t *testing.T) {
	dir, _ := build(t, 24)
	b, err := os.ReadFile(filepath.Join(dir, "shards/train-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(b []byte) (rows []*shard.Row, err error) {
		r, err := shard.Shards.OpenAt("flipped", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil, err
		}
		for row, err := range r.Rows() {
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
		return rows, nil
	}
	want, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range b {
		b[i] ^= 0x20
		got, err := read(b)
		b[i] ^= 0x20
		if err != nil {
			refused++
			if !errors.Is(err, shard.ErrCorrupt) && !errors.Is(err, shard.ErrVersion) {
				t.Fatalf("byte %d: %v: neither sentinel", i, err)
			}
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("byte %d flipped: read other rows without an error:\n%s", i, cmp.Diff(want, got))
		}
	}
	t.Logf("%d of %d flipped bytes refused", refused, len(b))
	for n := range b {
		if _, err := read(b[:n]); !errors.Is(err, shard.ErrCorrupt) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestWrongFiles(t *testing.T) {
	dir, _ := build(t, 8)
	_, err := shard.Shards.Open(filepath.Join(dir, "records/part-00000.parquet"))
	if !errors.Is(err, shard.ErrCorrupt) || !strings.Contains(err.Error(), `table "records", want "shards"`) {
		t.Errorf("records opened as shards: %v", err)
	}
	if _, err := shard.Shards.Open(dir); !errors.Is(err, shard.ErrCorrupt) {
		t.Errorf("folder opened as shards: %v", err)
	}
	path := filepath.Join(dir, "shards/train-00000.parquet")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(b, []byte("graft.format"))
	b[i+len("graft.format")+2] = '9' // past the next field's header and length
	_, err = shard.Shards.OpenAt("later.parquet", bytes.NewReader(b), int64(len(b)))
	if !errors.Is(err, shard.ErrVersion) || !strings.Contains(err.Error(), `"9"`) {
		t.Errorf("version 9: %v", err)
	}
}
