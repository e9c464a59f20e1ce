package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
)

// toyNames are the span names of toy builds.
var toyNames = []string{"template", "user", "source", "end", "slip.wrong", "slip.fix"}

const toyVocab = 40

// toyLengths are the documents of a toy row: the sizes at which tiles begin and
// end, and the smallest.
var toyLengths = []int{1, 2, 63, 64, 65, 127}

// toyDoc is a document that can be learned: each token follows from the one
// before. Its spans are a template, a question, an answer with a slip and its
// fix, and an end.
func toyDoc(seed, n int) (ids []int32, ends, names []int32) {
	id := int32(seed % (toyVocab - 2))
	for range n {
		ids = append(ids, id)
		id = (id*3 + 7) % (toyVocab - 2)
	}
	ids[n-1] = toyVocab - 1
	at := 0
	for name, share := range []int{8, 6, 3, 0, 4, 12} { // parts of n; in the order of toyNames
		if share == 0 {
			continue
		}
		if end := at + n/share; end < n && (end > at || at > 0) {
			ends, names, at = append(ends, int32(end)), append(names, int32(name)), end
		}
	}
	return ids, append(ends, int32(n)), append(names, 3)
}

// toyRow packs documents into a row.
func toyRow(row int, lengths []int) *shard.Row {
	r := new(shard.Row)
	for d, n := range lengths {
		at := int32(len(r.InputIDs))
		ids, ends, names := toyDoc(row*7+d*3, n)
		r.InputIDs = append(r.InputIDs, ids...)
		r.SeqLengths = append(r.SeqLengths, int32(n))
		r.RecordID = append(r.RecordID, fmt.Sprintf("record-%d-%d", row, d))
		for i := range ends {
			r.SpanEnd = append(r.SpanEnd, at+ends[i])
			r.SpanName = append(r.SpanName, names[i])
			r.SpanEdit = append(r.SpanEdit, 0)
		}
	}
	return r
}

// toyRows are rows of different lengths.
func toyRows(n, seed int) (rows []*shard.Row) {
	for i := range n {
		k := len(toyLengths) - i%3
		rows = append(rows, toyRow(seed+i, toyLengths[i%2:k]))
	}
	return rows
}

// toyBuild writes a build of the given rows by split.
func toyBuild(t testing.TB, splits map[string][]*shard.Row) string {
	t.Helper()
	dir := t.TempDir()
	m := &shard.Manifest{Graft: "test", Recipe: []byte("{}"), Capacity: 1024, SpanNames: toyNames, Weights: shard.DefaultWeights()}
	for name, rows := range splits {
		w, err := shard.Shards.Create(filepath.Join(dir, "shards", name+"-00000.parquet"))
		must(t, err)
		for _, r := range rows {
			must(t, w.Write(r))
		}
		f, err := w.Close()
		must(t, err)
		m.Files = append(m.Files, f)
	}
	tok, err := shard.WriteFile(filepath.Join(dir, tokenizerName), shard.RoleData, strings.NewReader("{}"))
	must(t, err)
	m.Files = append(m.Files, tok)
	m.Tokenizer = shard.Tokenizer{SHA256: tok.SHA256, Vocab: toyVocab}
	must(t, m.Write(dir))
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// toyRun is a run of a tiny model on a build.
func toyRun(t testing.TB, build, more string) *SFT {
	t.Helper()
	text := fmt.Sprintf(`version: 1
seed: 5
model: {fresh: {family: qwen3, width: 16, layers: 2, heads: 2, kv_heads: 1, ffn: 24}}
data: {build: %s}
batch: {tokens: 700, accumulate: 2}
optimizer: {lr: 0.01, schedule: wsd, warmup: 2}
out: %s
%s`, build, filepath.Join(t.TempDir(), "run"), more)
	run, ds, err := ParseSFT("/run.yaml", []byte(text))
	must(t, err)
	if run == nil {
		t.Fatal(ds)
	}
	return run
}

// opened is a run that is ready to train.
func opened(t testing.TB, run *SFT) *sft {
	t.Helper()
	s := &sft{SFT: run, Options: Options{Note: func(string) {}}}
	t.Cleanup(func() { s.close() })
	must(t, s.open())
	must(t, s.start())
	return s
}

func trained(t testing.TB, run *SFT) *Report {
	t.Helper()
	r, err := run.Train(context.Background(), Options{})
	must(t, err)
	return r
}

// bytesOf are the files of a run that follow from the run alone, by name.
func bytesOf(t testing.TB, out string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		name, _ := filepath.Rel(out, path)
		if err != nil || d.IsDir() || name == timingName || name == ".lock" || strings.HasPrefix(name, "events.") {
			return err
		}
		b, err := os.ReadFile(path)
		files[name] = string(b)
		return err
	}))
	return files
}

func sameRun(t testing.TB, what, a, b string) {
	t.Helper()
	x, y := bytesOf(t, a), bytesOf(t, b)
	for name := range x {
		if x[name] != y[name] {
			t.Errorf("%s: %s differs", what, name)
		}
	}
	if len(x) != len(y) || len(x) < 5 {
		t.Errorf("%s: %d files and %d", what, len(x), len(y))
	}
}

func remove(parts ...string) error { return os.RemoveAll(filepath.Join(parts...)) }
