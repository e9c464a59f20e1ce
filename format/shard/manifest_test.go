package shard_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/shard/internal/tiny"
)

// The build id moves with everything that a build is, and with nothing else.
func TestBuildID(t *testing.T) {
	_, m := build(t, 40)
	id := m.Root()
	data := slices.IndexFunc(m.Files, func(f shard.File) bool { return f.Role == shard.RoleData })
	lineage := slices.IndexFunc(m.Files, func(f shard.File) bool { return f.Role == shard.RoleLineage })
	for _, c := range []struct {
		name   string
		change func(*shard.Manifest)
		moves  bool
	}{
		{"a data file's digest", func(m *shard.Manifest) { m.Files[data].SHA256 = strings.Repeat("0", 64) }, true},
		{"a data file's path", func(m *shard.Manifest) { m.Files[data].Path += "x" }, true},
		{"a data file's rows", func(m *shard.Manifest) { m.Files[data].Rows++ }, true},
		{"a data file less", func(m *shard.Manifest) { m.Files = slices.Delete(m.Files, data, data+1) }, true},
		{"a data file twice", func(m *shard.Manifest) { m.Files = append(m.Files, m.Files[data]) }, true},
		{"two span names swapped", func(m *shard.Manifest) { m.SpanNames[5], m.SpanNames[6] = m.SpanNames[6], m.SpanNames[5] }, true},
		{"two span names joined", func(m *shard.Manifest) { m.SpanNames = append(m.SpanNames[:5:5], m.SpanNames[5]+m.SpanNames[6]) }, true},
		{"the tokenizer", func(m *shard.Manifest) { m.Tokenizer.SHA256 = strings.Repeat("0", 64) }, true},
		{"the seed", func(m *shard.Manifest) { m.Seed++ }, true},
		{"a lineage file's digest", func(m *shard.Manifest) { m.Files[lineage].SHA256 = strings.Repeat("0", 64) }, false},
		{"the recipe", func(m *shard.Manifest) { m.Recipe = []byte(`{}`) }, false},
		{"the weights", func(m *shard.Manifest) { m.Weights.Default = format.Int(3) }, false},
		{"the program", func(m *shard.Manifest) { m.Graft = "9" }, false},
	} {
		x := *m
		x.Files, x.SpanNames = slices.Clone(m.Files), slices.Clone(m.SpanNames)
		c.change(&x)
		if moved := x.Root() != id; moved != c.moves {
			t.Errorf("%s changed: build id moved %t, want %t", c.name, moved, c.moves)
		}
	}
}

func TestManifestRefused(t *testing.T) {
	dir, _ := build(t, 8)
	name := filepath.Join(dir, shard.ManifestName)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old, new, want string
		is             error
	}{
		{fmt.Sprintf(`"format": %d`, shard.Version), `"format": 99`, fmt.Sprintf("written in format version 99, this graft reads version %d", shard.Version), shard.ErrVersion},
		{`"seed": 7,`, `"seed": 7, "sede": 7,`, "sede", shard.ErrCorrupt},
		{`"seed": 7,`, `"seed": 7, "seed": 7,`, "duplicate", shard.ErrCorrupt},
		{`"seed": 7,`, `"seed": 8,`, "build_id is", shard.ErrCorrupt},
		{`"no answer": 2`, `"no answer": 3`, "records: 10 in, but 8 out and 3 refused", shard.ErrCorrupt},
		{`"no answer": 2`, `"no answer": -2`, `-2 refused for reason "no answer"`, shard.ErrCorrupt},
		{`"path": "records/part-00000.parquet"`, `"path": "../records/part-00000.parquet"`, "want a clean one within the folder", shard.ErrCorrupt},
		{`"path": "records/part-00000.parquet"`, `"path": "/etc/passwd"`, "want a clean one within the folder", shard.ErrCorrupt},
		{`"path": "records/part-00000.parquet"`, `"path": "zzz"`, "out of order", shard.ErrCorrupt},
		{`"role": "lineage"`, `"role": "secret"`, `role "secret"`, shard.ErrCorrupt},
		{`"rows": 8`, `"rows": 9`, "rows in records/", shard.ErrCorrupt},
		{`"user"`, `"system"`, `"system" is empty or given twice`, shard.ErrCorrupt},
		{`"default": "1"`, `"default": "1", "sauce": "2"`, `"sauce" matches no span name`, shard.ErrCorrupt},
		{`"default": "1"`, `"default": "0"`, "must be above 0", shard.ErrCorrupt},
		{`}`, `]`, "", shard.ErrCorrupt},
	} {
		text := string(good)
		if c.old == `"rows": 8` { // of records, not of lineage
			i := strings.Index(text, `"path": "records/`)
			text = text[:i] + strings.Replace(text[i:], c.old, c.new, 1)
		} else {
			text = strings.Replace(text, c.old, c.new, 1)
		}
		if text == string(good) {
			t.Fatalf("%q does not occur", c.old)
		}
		_, err := shard.ParseManifest("m.json", []byte(text))
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s -> %s: %v, want %q", c.old, c.new, err, c.want)
		}
	}
}

// Weights change without touching anything else, and bad ones not at all.
func TestSetWeights(t *testing.T) {
	dir, m := build(t, 8)
	w := shard.Weights{Default: format.Int(2)}
	if err := shard.SetWeights(dir, w); err != nil {
		t.Fatal(err)
	}
	got, diffs, err := shard.Verify(dir)
	if err != nil || len(diffs) > 0 || got.BuildID != m.BuildID || !got.Weights.Default.Equal(format.Int(2)) {
		t.Errorf("%v, %v, id %s, default %s", err, diffs, got.BuildID, got.Weights.Default)
	}
	w.Patterns = []shard.Pattern{{Glob: "nobody", Weight: format.Int(1)}}
	if err := shard.SetWeights(dir, w); err == nil {
		t.Error("a pattern for nobody was accepted")
	}
	if _, err := os.Stat(filepath.Join(dir, shard.ManifestName+".tmp")); err == nil {
		t.Error("a temporary file was left")
	}
}

// Every planted lie about a build is found by reading it.
func TestAuditFindsLies(t *testing.T) {
	for _, c := range []struct {
		name string
		lie  func(t *testing.T, dir string, m *shard.Manifest)
		want string
	}{
		{"a packed row is missing", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "shards/train-00000.parquet", &shard.Shards, func(i int, r *shard.Row) bool { return i != 1 })
		}, "do not hold the same documents"},
		{"a document names another record", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "shards/train-00000.parquet", &shard.Shards, func(i int, r *shard.Row) bool { r.RecordID[0] = r.RecordID[1]; return true })
		}, "do not hold the same documents"},
		{"wrong text passed off as the source's", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "shards/train-00000.parquet", &shard.Shards, func(i int, r *shard.Row) bool {
				for k := range r.SpanEdit {
					if r.SpanName[k] == 5 {
						r.SpanName[k] = 3
						return true
					}
				}
				return true
			})
		}, "do not hold the same documents"},
		{"a record is missing", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "records/part-00000.parquet", &shard.Records, func(i int, r *shard.Record) bool { return i != 3 })
			m.Attempts.Out--
			m.Attempts.In--
		}, "do not hold the same documents"},
		{"an id beyond the vocabulary", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "shards/train-00000.parquet", &shard.Shards, func(i int, r *shard.Row) bool { r.InputIDs[0] = tiny.Vocab; return true })
		}, "has id 32768, the vocabulary has 32768"},
		{"tokens do not add up", func(t *testing.T, dir string, m *shard.Manifest) { m.Tokens.In++; m.Tokens.Out++ }, "tokens packed, the manifest says"},
		{"rows longer than the capacity", func(t *testing.T, dir string, m *shard.Manifest) { m.Capacity = 400 }, "the capacity is 400"},
		{"a source byte changed", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "records/part-00000.parquet", &shard.Records, func(i int, r *shard.Record) bool {
				r.Text = strings.Replace(r.Text, "There are", "There Are", 1)
				return true
			})
		}, "without its edits the text has SHA-256"},
		{"an edit passed off as source", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "records/part-00000.parquet", &shard.Records, func(i int, r *shard.Record) bool {
				for k := range r.Spans {
					if r.Spans[k].Name == "backtracking.wrong" {
						r.Spans[k].Edit, r.Spans[k].Origin = 0, "source"
					}
				}
				return true
			})
		}, "without its edits the text has SHA-256"},
		{"records in another split", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "records/part-00000.parquet", &shard.Records, func(i int, r *shard.Record) bool { r.Split = "train"; return true })
		}, "do not hold the same documents"},
		{"an untrained turn end", func(t *testing.T, dir string, m *shard.Manifest) {
			rewrite(t, dir, m, "shards/train-00000.parquet", &shard.Shards, func(i int, r *shard.Row) bool {
				for k := range r.SpanName {
					if r.SpanName[k] == 4 {
						r.SpanName[k] = 0
					}
				}
				return true
			})
		}, "not a turn end"},
	} {
		dir, m := build(t, 64)
		if _, problems := shard.Audit(dir); len(problems) > 0 {
			t.Fatal(problems)
		}
		c.lie(t, dir, m)
		if err := m.Write(dir); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		_, problems := shard.Audit(dir)
		if !slices.ContainsFunc(problems, func(err error) bool { return strings.Contains(err.Error(), c.want) }) {
			t.Errorf("%s: problems %v, want %q", c.name, problems, c.want)
		}
	}
}

// rewrite replaces a file by one with changed rows, and tells the manifest.
func rewrite[T any](t *testing.T, dir string, m *shard.Manifest, name string, table *shard.Table[T], change func(int, *T) bool) {
	t.Helper()
	path := filepath.Join(dir, name)
	r, err := table.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w, err := table.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for row, err := range r.Rows() {
		if err == nil && change(i, row) {
			err = w.Write(row)
		}
		if err != nil {
			t.Fatal(err)
		}
		i++
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	f.Path = name
	m.Files[slices.IndexFunc(m.Files, func(g shard.File) bool { return g.Path == name })] = f
}

func TestJoin(t *testing.T) {
	a, _ := build(t, 30)
	b, mb := build(t, 30)
	var order []*shard.Record
	rewrite(t, b, mb, "records/part-00000.parquet", &shard.Records, func(i int, r *shard.Record) bool {
		order = append(order, r)
		if i == 7 {
			r.Answer = "changed"
		}
		return i != 11
	})
	mb.Attempts.Out, mb.Attempts.In = 29, 29
	if err := mb.Write(b); err != nil {
		t.Fatal(err)
	}
	same, changed, only := 0, "", ""
	for p, err := range shard.Join(a, b) {
		switch {
		case err != nil:
			t.Fatal(err)
		case p.B == nil:
			only += p.ID
		case p.A == nil:
			t.Errorf("%s: only in b", p.ID)
		case p.A.Answer != p.B.Answer:
			changed += p.ID
		case p.A.RecordID == p.ID && p.B.RecordID == p.ID:
			same++
		}
	}
	if same != 28 || changed != order[7].RecordID || only != order[11].RecordID {
		t.Errorf("%d same, changed %q, only in a %q", same, changed, only)
	}
}
