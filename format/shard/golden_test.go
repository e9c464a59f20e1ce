package shard_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/seed-cdf14512/graft/format/shard"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// The format is kept as text: schemas, settings and rows of a tiny build. A
// change here is a change of the format; see version.go.
func TestGolden(t *testing.T) {
	dir, m := build(t, 9)
	var b strings.Builder
	for _, f := range m.Files {
		switch strings.SplitN(f.Path, "/", 2)[0] {
		case "records":
			dump(t, &b, dir, f, &shard.Records)
		case "lineage":
			dump(t, &b, dir, f, &shard.Lineages)
		case "shards":
			dump(t, &b, dir, f, &shard.Shards)
		case "prompts":
			dump(t, &b, dir, f, &shard.Prompts)
		}
	}
	manifest, err := os.ReadFile(filepath.Join(dir, shard.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "== %s\n%s", shard.ManifestName, manifest)
	const golden = "testdata/build.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("the format changed (-want +got; -update rewrites):\n%s", d)
	}
}

func dump[T any](t *testing.T, b *strings.Builder, dir string, f shard.File, table *shard.Table[T]) {
	t.Helper()
	name := filepath.Join(dir, f.Path)
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := parquet.OpenFile(in, f.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	md := p.Metadata()
	fmt.Fprintf(b, "== %s: %d rows\n%s\ncreated by %q\n", f.Path, f.Rows, p.Schema(), md.CreatedBy)
	for _, kv := range md.KeyValueMetadata {
		fmt.Fprintf(b, "%s = %q\n", kv.Key, kv.Value)
	}
	for _, c := range md.RowGroups[0].Columns {
		fmt.Fprintf(b, "%s: %v %v\n", strings.Join(c.MetaData.PathInSchema, "."), c.MetaData.Codec, c.MetaData.Encoding)
	}
	r, err := table.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(b, "%s\n", line)
	}
}

// The build id of a build of 500 records, one for each version, kept for ever:
// it moves when a library or a setting changes a byte. Then raise Version.
func TestDigests(t *testing.T) {
	b, err := os.ReadFile("testdata/digests.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, m := build(t, 500)
	want := fmt.Sprintf("%d %s", shard.Version, m.BuildID)
	for line := range strings.Lines(string(b)) {
		if line == want+"\n" {
			return
		}
	}
	t.Errorf("testdata/digests.txt has no line %q", want)
}
