package augment_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// Good records around bad ones come through, and every bad one is counted with
// its reason and its line; without quarantine the first one ends the build.
func TestHostileRecords(t *testing.T) {
	for _, c := range []struct {
		file    string
		in, out int64
		refused map[string]int64
		at      string // where the error without quarantine points
	}{
		{"lone-surrogate.jsonl", 3, 2, map[string]int64{"lone-surrogate": 1}, ":2:"},
		{"duplicate-key.jsonl", 3, 2, map[string]int64{"duplicate-key": 1}, ":2:"},
		{"invalid-utf8.jsonl", 3, 2, map[string]int64{"invalid-utf8": 1}, ":2:"},
		{"deep.jsonl", 3, 2, map[string]int64{"too-deep": 1}, ":2:"},
		{"syntax.jsonl", 5, 2, map[string]int64{"bad-json": 2, "trailing-data": 1}, ":2:"},
		{"special-tokens.jsonl", 2, 2, nil, ""},
		{"controls.jsonl", 2, 2, nil, ""},
		{"bom-and-blank.jsonl", 2, 2, nil, ""},
	} {
		t.Run(c.file, func(t *testing.T) {
			dir, err := filepath.Abs("../testdata/corpora/hostile")
			if err != nil {
				t.Fatal(err)
			}
			recipe := plain + behaviorsAt("1") + traces(c.file)
			out, rep := build(t, dir, recipe+"rejects: {quarantine: true}\n", augment.BuildOptions{})
			prove(t, out)
			balanced(t, out, rep)
			if rep.Records.In != c.in || rep.Records.Out != c.out {
				t.Errorf("%d records in and %d out, want %d and %d", rep.Records.In, rep.Records.Out, c.in, c.out)
			}
			if diff := cmp.Diff(rep.Records.Rejected, c.refused); diff != "" && len(rep.Records.Rejected)+len(c.refused) > 0 {
				t.Errorf("refused, got and want:\n%s", diff)
			}
			for _, j := range rejections(t, out) {
				if j.Behavior == "" && (j.File != c.file || j.Line < 2 || j.Detail == "") {
					t.Errorf("a rejection without its place or detail: %+v", j)
				}
			}
			_, err = augment.Build(context.Background(), load(t, dir, recipe), t.TempDir(), augment.BuildOptions{})
			switch {
			case c.at == "" && err != nil:
				t.Errorf("without quarantine: %v", err)
			case c.at != "" && (err == nil || !strings.Contains(err.Error(), c.file+c.at)):
				t.Errorf("without quarantine: %v, want an error at %s%s", err, c.file, c.at)
			}
		})
	}
}

// Numbers that ask for unbounded work, marks that never close, and lines of
// five megabytes cost neither the build nor the records beside them.
func TestAbsurdSizes(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("and another one, ", 5<<20/17)
	write(t, dir, map[string]string{
		"numbers.jsonl": read(t, "../testdata/corpora/hostile/numbers.jsonl"),
		"shapes.jsonl":  read(t, "../testdata/corpora/hostile/shapes.jsonl"),
		"long.jsonl": fmt.Sprintf(`{"question": "Long: %s 2 + 3?", "answer": "It is 2 + 3 = <<2+3=5>>5.\n#### 5"}`+"\n", long) +
			fmt.Sprintf(`{"question": "Long: 2 + 3?", "answer": "It is %s 2 + 3 = <<2+3=5>>5.\n#### 5"}`+"\n", strings.Repeat("<<", 1<<20)),
	})
	out, rep := build(t, dir, plain+behaviorsAt("1")+"rejects: {quarantine: true}\ngrade: {keep: any}\n"+traces("'*.jsonl'"), augment.BuildOptions{})
	prove(t, out)
	balanced(t, out, rep)
	if got := rep.Attempts.Refused["over-length"]; got != 4 {
		t.Errorf("%d attempts refused as over-length, want the two long ones, the number and the brackets: %v", got, rep.Attempts.Refused)
	}
	if rep.Records.In != 17 || rep.Records.Out < 7 {
		t.Errorf("%d records in and %d out: %v", rep.Records.In, rep.Records.Out, rep.Records.Rejected)
	}
}

// A special token that stands in a source is text: its control id stands where
// the template writes one, and nowhere else.
func TestSpecialTokensAsTextAreText(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": read(t, "../testdata/corpora/hostile/special-tokens.jsonl")})
	out, _ := build(t, dir, plain+behaviorsAt("1")+traces("in.jsonl"), augment.BuildOptions{})
	tok, err := token.Load([]byte(read(t, filepath.Join(out, "tokenizer.json"))))
	if err != nil {
		t.Fatal(err)
	}
	controls, said := 0, 0
	for _, r := range rows(t, out) {
		controls += len(r.Controls)
		said += strings.Count(r.Text, "<|im_end|>")
	}
	got := 0
	for _, f := range manifest(t, out).FilesOf("shards") {
		for _, row := range tableRows(t, &shard.Shards, filepath.Join(out, f.Path)) {
			for _, id := range row.InputIDs {
				for _, c := range []string{"<|im_start|>", "<|im_end|>", "<|endoftext|>"} {
					if want, ok := tok.ID(c); ok && id == want {
						got++
					}
				}
			}
		}
	}
	if got != controls || controls == 0 || said <= controls/2 {
		t.Errorf("%d control ids in shards, %d control ranges in records (<|im_end|> stands %d times in the texts)", got, controls, said)
	}
}

// A tokenizer whose pattern graft does not know is run by an engine: a build
// with it is proved as any other, and a text on which the pattern does not end
// stops the build by name. It is refused nothing: whether a pattern ends in time
// is a machine's answer, and no byte of a build may depend on it.
func TestUnknownPatterns(t *testing.T) {
	dir := t.TempDir()
	file := read(t, "builtin/quickstart.tokenizer.json")
	known := regexp.MustCompile(`"Regex": *"[^"]*"`)
	if !known.MatchString(file) {
		t.Fatal("the tokenizer that ships with graft has no pattern to change")
	}
	with := func(pattern string) string {
		return known.ReplaceAllLiteralString(file, `"Regex": "`+pattern+`"`)
	}
	write(t, dir, map[string]string{
		"in.jsonl":      `{"question": "Has he 2 + 3?", "answer": "It is 2 + 3 = <<2+3=5>>5.\n#### 5"}` + "\n",
		"endless.jsonl": `{"question": "Has he ` + strings.Repeat("a", 64) + `!?", "answer": "It is 2 + 3 = <<2+3=5>>5.\n#### 5"}` + "\n",
		"words.json":    with(`[a-z]+(?=[^a-z])|[^a-z]+|[a-z]+`),
		"endless.json":  with(`(?:a|aa|a+)+b|\\s+|\\S`),
	})
	out, rep := build(t, dir, plain+behaviorsAt("1")+"tokenize: {tokenizer: words.json}\n"+traces("in.jsonl"), augment.BuildOptions{})
	prove(t, out)
	balanced(t, out, rep)
	_, err := augment.Build(context.Background(), load(t, dir, plain+"tokenize: {tokenizer: endless.json}\n"+traces("endless.jsonl")), t.TempDir(), augment.BuildOptions{})
	if err == nil || !strings.Contains(err.Error(), "endless.jsonl:1: ") || !strings.Contains(err.Error(), "the pattern tried for more than") {
		t.Errorf("a pattern that does not end: %v, want an error that names the record", err)
	}
}

// What cannot be read to its end is an error that names the file and says why.
func TestBrokenFiles(t *testing.T) {
	dir, err := filepath.Abs("../testdata/corpora/broken")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"truncated.jsonl.gz", "truncated.jsonl.gz"},
		{"flipped.jsonl.gz", "flipped.jsonl.gz"},
		{"truncated.parquet", "truncated.parquet"},
		{"no-footer.parquet", "no-footer.parquet"},
		{"truncated.json", "truncated.json"},
		{"empty.jsonl", "empty.jsonl"},
		{"blank.jsonl", "blank.jsonl"},
		{"missing.jsonl", "missing.jsonl"},
		{"'*.csv'", "*.csv"},
		{"builtin:slowstart", "slowstart"},
	} {
		t.Run(c.path, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			for _, quarantine := range []string{"false", "true"} {
				recipe := plain + traces(c.path) + "rejects: {quarantine: " + quarantine + "}\n"
				plan, ds, err := augment.Parse("test.yaml", []byte(recipe), dir, behaviors.Suite)
				if plan != nil {
					_, err = augment.Build(context.Background(), plan, out, augment.BuildOptions{})
				}
				if said := fmt.Sprint(err, ds); err == nil && !ds.Failed() || !strings.Contains(said, c.want) {
					t.Errorf("quarantine %s: %s, want an error that names %s", quarantine, said, c.want)
				}
			}
			if _, err := os.Lstat(out); err == nil {
				t.Error("a build that failed left its folder behind")
			}
		})
	}
}

// A Parquet file cut anywhere is refused, and never believed.
func TestTruncatedParquet(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": read(t, "../testdata/corpora/tiny/three.jsonl")})
	out, _ := build(t, dir, plain+traces("in.jsonl"), augment.BuildOptions{})
	whole := read(t, filepath.Join(out, "records", "part-00000.parquet"))
	for cut := len(whole) - 1; cut > 0; cut -= max(1, len(whole)/23) {
		write(t, dir, map[string]string{"cut.parquet": whole[:cut]})
		_, err := augment.Build(context.Background(), load(t, dir, plain+traces("cut.parquet")), filepath.Join(dir, "o"), augment.BuildOptions{})
		if err == nil || !strings.Contains(err.Error(), "cut.parquet") {
			t.Errorf("cut at %d of %d: %v", cut, len(whole), err)
		}
	}
}
