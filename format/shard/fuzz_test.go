package shard_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/shard/internal/tiny"
)

// Whatever the bytes are, a reader gives rows that keep the law, or an error of
// ours; it neither panics nor allocates by a count that it has not checked.
func FuzzShardReader(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "out")
	if _, err := tiny.Build(dir, 6, shard.DefaultWeights()); err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"records/part-00000.parquet", "shards/train-00000.parquet", "prompts/part-00000.parquet", "lineage/part-00000.parquet"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
		f.Add(append(b[:len(b)/2:len(b)/2], b[len(b)/2+7:]...))
	}
	f.Add([]byte("PAR1"))
	f.Add([]byte("PAR1\xff\xff\xff\x7fPAR1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		readAll(t, &shard.Records, b)
		readAll(t, &shard.Shards, b)
		readAll(t, &shard.Prompts, b)
		readAll(t, &shard.Lineages, b)
	})
}

func readAll[T any](t *testing.T, table *shard.Table[T], b []byte) {
	r, err := table.OpenAt("fuzz", bytes.NewReader(b), int64(len(b)))
	if err == nil {
		for _, err = range r.Rows() {
		}
		r.Close()
	}
	if err != nil && !errors.Is(err, shard.ErrCorrupt) && !errors.Is(err, shard.ErrVersion) {
		t.Fatalf("%v: neither sentinel", err)
	}
}

// A manifest that is accepted says the same when it is written again.
func FuzzManifest(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "out")
	if _, err := tiny.Build(dir, 6, shard.DefaultWeights()); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, shard.ManifestName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(strings.Replace(string(good), `"default": "1"`, `"default": 0.5, "*.wrong": "0.25", "a*": 7`, 1)))
	f.Add([]byte(strings.Replace(string(good), `"format": 1`, `"format": 99999999999`, 1)))
	f.Add([]byte(`{"format":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := shard.ParseManifest("fuzz", b)
		if err != nil {
			if !errors.Is(err, shard.ErrCorrupt) && !errors.Is(err, shard.ErrVersion) {
				t.Fatalf("%v: neither sentinel", err)
			}
			return
		}
		again, err := json.Marshal(m, json.Deterministic(true), jsontext.AllowInvalidUTF8(false))
		if err != nil {
			t.Fatal(err)
		}
		n, err := shard.ParseManifest("again", again)
		if err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
		if n.BuildID != m.BuildID || len(n.Weights.Patterns) != len(m.Weights.Patterns) {
			t.Fatal("another manifest the second time")
		}
	})
}
