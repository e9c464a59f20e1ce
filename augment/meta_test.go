package augment_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format/shard"
)

// One job, many settings, one answer: law 3 on whole builds.

// behaviorsAt is the three behaviors at one rate, as a recipe has them.
func behaviorsAt(rate string) string {
	var b strings.Builder
	b.WriteString("behaviors:\n")
	for _, name := range []string{"verification", "reflection", "backtracking"} {
		fmt.Fprintf(&b, "  - {use: %s, select: {per: trace, rate: %s}}\n", name, rate)
	}
	return b.String()
}

// jobs are the recipes that every setting must agree on: many small partitions
// with documents that do not fit, and one global packing.
var jobs = map[string]string{
	"partitions": "version: 1\nseed: 7\nprompts: true\nrejects: {quarantine: true}\n" + behaviorsAt("0.5") +
		"tokenize: {max_tokens: 360, over_length: prompt}\nshards: {partition: 32, validation: 0.1}\n",
	"global": "version: 1\nseed: 8\nrejects: {quarantine: true}\n" + behaviorsAt("0.3") +
		"tokenize: {max_tokens: 700}\nshards: {pack: global, partition: 128, validation: 0.05}\n",
}

// inputLines are the lines of one input: the quickstart set, some records
// twice and thrice, and lines that are refused.
func inputLines(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, name := range []string{"builtin/quickstart.jsonl", "../testdata/corpora/unicode/scripts.jsonl",
		"../testdata/corpora/hostile/special-tokens.jsonl", "../testdata/corpora/tiny/repeated.jsonl"} {
		lines = append(lines, strings.SplitAfter(strings.TrimSuffix(read(t, name), "\n"), "\n")...)
	}
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\n")
	}
	lines = append(lines, lines[3], lines[40], lines[3])
	return append(lines, `{"question": "cut off`, `{"question": "x", "question": "y", "answer": "#### 1"}`)
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// load reads a recipe written in a test; its paths are relative to dir.
func load(t *testing.T, dir, recipe string) *augment.Plan {
	t.Helper()
	plan, ds, err := augment.Parse("test.yaml", []byte(recipe), dir, behaviors.Suite)
	if err != nil || plan == nil {
		t.Fatal(err, ds)
	}
	return plan
}

// build builds a recipe over the files of dir.
func build(t *testing.T, dir, recipe string, o augment.BuildOptions) (out string, rep *augment.Report) {
	t.Helper()
	out = t.TempDir()
	o.Version = "test"
	rep, err := augment.Build(context.Background(), load(t, dir, recipe), out, o)
	if err != nil {
		t.Fatal(err)
	}
	return out, rep
}

// prove runs graft check on a build.
func prove(t *testing.T, out string) {
	t.Helper()
	c, err := augment.CheckDir(context.Background(), out, behaviors.Suite, augment.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Findings {
		t.Error(f)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func traces(paths ...string) string {
	return "traces: [{path: " + strings.Join(paths, "}, {path: ") + "}]\n"
}

// digests are the SHA-256 of every file of a build by path; kept says which
// count.
func digests(t *testing.T, out string, kept func(path string) bool) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(out, path)
		if name = filepath.ToSlash(name); !strings.HasPrefix(name, ".") && kept(name) {
			sum := sha256.Sum256([]byte(read(t, path)))
			got[name] = hex.EncodeToString(sum[:8])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 {
		t.Fatalf("%s holds no file of a build", out)
	}
	return got
}

func everything(string) bool { return true }

// theData are the files that the build id covers; lineage and reports may name
// input files.
func theData(path string) bool {
	return strings.HasPrefix(path, "records/") || strings.HasPrefix(path, "shards/") || strings.HasPrefix(path, "prompts/") || path == "tokenizer.json"
}

func manifest(t *testing.T, out string) *shard.Manifest {
	t.Helper()
	m, err := shard.ReadManifest(out)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Workers and processors change no byte of any file.
func TestWorkersChangeNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": strings.Join(inputLines(t), "\n") + "\n"})
	for name, job := range jobs {
		recipe := job + traces("in.jsonl")
		first, _ := build(t, dir, recipe, augment.BuildOptions{Workers: 1})
		prove(t, first)
		want := digests(t, first, everything)
		if m := manifest(t, first); name == "partitions" && len(m.FilesOf("records")) < 4 {
			t.Fatalf("only %d files of records: the job does not test partitions", len(m.FilesOf("records")))
		}
		for _, workers := range []int{1, 2, 8} {
			out, _ := build(t, dir, recipe, augment.BuildOptions{Workers: workers})
			if diff := cmp.Diff(want, digests(t, out, everything)); diff != "" {
				t.Errorf("%s: 1 worker and %d differ (-1 +%d):\n%s", name, workers, workers, diff)
			}
		}
		for _, procs := range []int{1, 2, 16} {
			was := runtime.GOMAXPROCS(procs)
			out, _ := build(t, dir, recipe, augment.BuildOptions{})
			runtime.GOMAXPROCS(was)
			if diff := cmp.Diff(want, digests(t, out, everything)); diff != "" {
				t.Errorf("%s: GOMAXPROCS=%d differs from one worker:\n%s", name, procs, diff)
			}
		}
	}
}

// However the same records lie in files, the data and the build id are the
// same; only lineage and reports may name other places.
func TestLayoutOfInputChangesNoData(t *testing.T) {
	lines := inputLines(t)
	whole := strings.Join(lines, "\n") + "\n"
	half := len(lines) / 2
	shuffled := slices.Clone(lines)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })

	many := map[string]string{}
	for i, l := range lines {
		many[fmt.Sprintf("many/%03d.jsonl", (i*37)%97)] += l + "\n"
	}
	layouts := []struct {
		name  string
		files map[string]string
		paths []string
	}{
		{"two files", map[string]string{"a.jsonl": strings.Join(lines[:half], "\n"), "b.jsonl": strings.Join(lines[half:], "\n")}, []string{"a.jsonl", "b.jsonl"}},
		{"the other one first", map[string]string{"a.jsonl": strings.Join(lines[:half], "\n"), "b.jsonl": strings.Join(lines[half:], "\n")}, []string{"b.jsonl", "a.jsonl"}},
		{"other names", map[string]string{"z/1.jsonl": strings.Join(lines[:half], "\n"), "y/2.jsonl": strings.Join(lines[half:], "\n")}, []string{"'*/*.jsonl'"}},
		{"shuffled", map[string]string{"s.jsonl": strings.Join(shuffled, "\n")}, []string{"s.jsonl"}},
		{"ninety-seven files", many, []string{"'many/*.jsonl'"}},
		{"gzip", map[string]string{"in.jsonl.gz": zipped(t, whole)}, []string{"in.jsonl.gz"}},
		{"zstd", map[string]string{"in.jsonl.zst": zstandard(t, whole)}, []string{"in.jsonl.zst"}},
		{"keys in another order", map[string]string{"k.jsonl": rewritten(lines)}, []string{"k.jsonl"}},
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": whole})
	for name, job := range jobs {
		first, rep := build(t, dir, job+traces("in.jsonl"), augment.BuildOptions{})
		want, id := digests(t, first, theData), manifest(t, first).BuildID
		wantLineage := digests(t, first, func(p string) bool { return strings.HasPrefix(p, "lineage/") })
		for _, l := range layouts {
			at := t.TempDir()
			write(t, at, l.files)
			out, got := build(t, at, job+traces(l.paths...), augment.BuildOptions{})
			if diff := cmp.Diff(want, digests(t, out, theData)); diff != "" {
				t.Errorf("%s: %s: the data differ:\n%s", name, l.name, diff)
			}
			if now := manifest(t, out).BuildID; now != id {
				t.Errorf("%s: %s: build id %s, want %s", name, l.name, now, id)
			}
			if diff := cmp.Diff(counts(rep), counts(got)); diff != "" {
				t.Errorf("%s: %s: the counts differ:\n%s", name, l.name, diff)
			}
			if cmp.Equal(wantLineage, digests(t, out, func(p string) bool { return strings.HasPrefix(p, "lineage/") })) && l.name == "shuffled" {
				t.Errorf("%s: lineage does not see that the lines were shuffled", name)
			}
		}
	}
}

// A plan without behaviors reads no graph and derives none; one whose behaviors
// never come to act derives them all. Both make the same rows.
func TestGraphsThatNothingReadsChangeNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": strings.Join(inputLines(t), "\n")})
	job := plain + "prompts: true\nrejects: {quarantine: true}\ngrade: {keep: any}\nshards: {validation: 0.1}\n" + traces("in.jsonl")
	without, _ := build(t, dir, job, augment.BuildOptions{})
	with, _ := build(t, dir, job+behaviorsAt("0"), augment.BuildOptions{})
	tables := func(path string) bool {
		return strings.HasSuffix(path, ".parquet") || strings.HasSuffix(path, ".jsonl")
	}
	if diff := cmp.Diff(digests(t, with, tables), digests(t, without, tables)); diff != "" {
		t.Errorf("with every graph derived (-) and with none (+):\n%s", diff)
	}
}

// counts are what of a report must not depend on where records stand.
func counts(r *augment.Report) any {
	c := *r
	c.Files, c.Outputs = nil, nil
	b, _ := json.Marshal(c)
	var v any
	json.Unmarshal(b, &v)
	return v
}

// rewritten are the same records with their keys the other way round and with
// escapes: other bytes, equal values. Lines that are no JSON stay.
func rewritten(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		var r struct{ Question, Answer string }
		if json.Unmarshal([]byte(l), &r) != nil || strings.Contains(l, `"y"`) {
			b.WriteString(l + "\n")
			continue
		}
		answer, _ := json.Marshal(r.Answer)
		question, _ := json.Marshal(r.Question)
		fmt.Fprintf(&b, "  { \"answer\":%s,\t\"question\" : %s }\n", answer, question)
	}
	return b.String()
}

func zipped(t *testing.T, s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.String()
}

func zstandard(t *testing.T, s string) string {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// rows are the compiled rows of a build by record id.
func rows(t *testing.T, out string) map[string]shard.Record {
	t.Helper()
	got := map[string]shard.Record{}
	for _, f := range manifest(t, out).FilesOf("records") {
		for _, r := range tableRows(t, &shard.Records, filepath.Join(out, filepath.FromSlash(f.Path))) {
			got[r.RecordID] = *r
		}
	}
	return got
}

// tableRows are the rows of one file, none of them sharing memory.
func tableRows[T any](t *testing.T, table *shard.Table[T], path string) (all []*T) {
	t.Helper()
	r, err := table.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range r.NumRows() {
		row := new(T)
		if err := r.Row(i, row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

// The size of partitions and the way of packing decide where a row stands, and
// nothing about what it says. One record alone is compiled as among others.
func TestRowsDoNotDependOnTheirNeighbors(t *testing.T) {
	lines := inputLines(t)[:60]
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": strings.Join(lines, "\n"), "one.jsonl": lines[17]})
	head := "version: 1\nseed: 3\n" + behaviorsAt("0.6") + traces("in.jsonl")
	small, _ := build(t, dir, head+"shards: {partition: 8}\n", augment.BuildOptions{})
	prove(t, small)
	want := rows(t, small)
	for _, shards := range []string{"{partition: 1}", "{partition: 65536}", "{pack: global}"} {
		out, _ := build(t, dir, head+"shards: "+shards+"\n", augment.BuildOptions{})
		if diff := cmp.Diff(want, rows(t, out)); diff != "" {
			t.Errorf("shards: %s: other rows:\n%s", shards, diff)
		}
	}
	out, _ := build(t, dir, strings.Replace(head, "in.jsonl", "one.jsonl", 1), augment.BuildOptions{})
	alone := rows(t, out)
	if len(alone) != 1 {
		t.Fatalf("%d rows of one record", len(alone))
	}
	for id, r := range alone {
		if diff := cmp.Diff(want[id], r); diff != "" {
			t.Errorf("record %s alone differs from the same among %d:\n%s", id, len(lines), diff)
		}
	}
}

// A seed is the only chance there is: another seed changes the edits, and no
// source text.
func TestSeedChangesEditsOnly(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": strings.Join(inputLines(t)[:120], "\n")})
	job := behaviorsAt("0.5") + traces("in.jsonl")
	a, _ := build(t, dir, "version: 1\nseed: 1\n"+job, augment.BuildOptions{})
	b, _ := build(t, dir, "version: 1\nseed: 2\n"+job, augment.BuildOptions{})
	one, two := rows(t, a), rows(t, b)
	if len(one) != 120 || len(two) != 120 {
		t.Fatalf("%d and %d rows of 120 records", len(one), len(two))
	}
	same := 0
	for id, r := range one {
		if r.SourceSum != two[id].SourceSum {
			t.Errorf("record %s: the source text differs between seeds", id)
		}
		if r.Text == two[id].Text {
			same++
		}
	}
	if same > 60 { // neither seed edits a record in one case of eight
		t.Errorf("%d of %d rows are the same under two seeds", same, len(one))
	}
}

// A record that two entries of a recipe read, one of them as an evaluation
// set, is the same build whichever entry stands first.
func TestOrderOfEntriesChangesNoData(t *testing.T) {
	dir := t.TempDir()
	lines := inputLines(t)[:20]
	write(t, dir, map[string]string{"train.jsonl": strings.Join(lines, "\n"), "eval.jsonl": strings.Join(lines[5:9], "\n")})
	const train, eval = "{path: train.jsonl}", "{path: eval.jsonl, eval: true}"
	head := "version: 1\nseed: 3\n" + behaviorsAt("0.6")
	a, _ := build(t, dir, head+"traces: ["+train+", "+eval+"]\n", augment.BuildOptions{})
	b, _ := build(t, dir, head+"traces: ["+eval+", "+train+"]\n", augment.BuildOptions{})
	if diff := cmp.Diff(digests(t, a, theData), digests(t, b, theData)); diff != "" {
		t.Errorf("the order of the recipe's entries changes the data:\n%s", diff)
	}
}
