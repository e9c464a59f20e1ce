package augment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/shard"
)

const plain = "version: 1\nseed: 5\n"

// balanced holds the identities of law 4 against what a build reports and
// against what it wrote.
func balanced(t *testing.T, out string, r *augment.Report) {
	t.Helper()
	sum := func(m map[string]int64) (n int64) {
		for _, v := range m {
			n += v
		}
		return n
	}
	if got := r.Records.Out + r.Records.Prompts + sum(r.Records.Rejected); got != r.Records.In {
		t.Errorf("%d records in, %d accounted for: %+v", r.Records.In, got, r.Records)
	}
	if got := r.Attempts.Samples + sum(r.Attempts.Refused); got != r.Attempts.In {
		t.Errorf("%d attempts in, %d accounted for: %+v", r.Attempts.In, got, r.Attempts)
	}
	if got := r.Tokens.Packed + sum(r.Tokens.Refused); got != r.Tokens.Rendered {
		t.Errorf("%d tokens rendered, %d accounted for: %+v", r.Tokens.Rendered, got, r.Tokens)
	}
	if got := sum(r.Tokens.ByName); got != r.Tokens.Packed {
		t.Errorf("%d tokens packed, %d by name of span: %v", r.Tokens.Packed, got, r.Tokens.ByName)
	}
	var in int64
	for _, f := range r.Files {
		if in += f.In; !f.Balanced() {
			t.Errorf("%s does not add up: %+v", f.Path, f)
		}
	}
	if in != r.Records.In {
		t.Errorf("files have %d records, the report %d", in, r.Records.In)
	}
	lines := map[string]int64{}
	for _, j := range rejections(t, out) {
		if j.Behavior == "" && (j.Record == "" || r.Records.Rejected[j.Code] > 0) {
			lines[j.Code]++
		}
	}
	for code, n := range r.Records.Rejected {
		if lines[code] < n {
			t.Errorf("%d records refused as %s, %d lines in rejects.jsonl", n, code, lines[code])
		}
	}
}

func rejections(t *testing.T, out string) (all []augment.Rejection) {
	t.Helper()
	for line := range strings.Lines(read(t, filepath.Join(out, "rejects.jsonl"))) {
		var j augment.Rejection
		if err := json.Unmarshal([]byte(line), &j); err != nil {
			t.Fatalf("rejects.jsonl: %v: %s", err, line)
		}
		all = append(all, j)
	}
	return all
}

// Equal records are kept as often as they stand there, each with an identity
// of its own, and so with edits of its own.
func TestDuplicatesGetOrdinals(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": read(t, "../testdata/corpora/tiny/repeated.jsonl")})
	out, rep := build(t, dir, plain+behaviorsAt("0.5")+traces("in.jsonl"), augment.BuildOptions{})
	prove(t, out)
	got := rows(t, out)
	problems := map[string][]string{}
	for id, r := range got {
		problems[r.ProblemID] = append(problems[r.ProblemID], id)
	}
	if len(got) != 4 || rep.Records.Out != 4 || len(problems) != 2 {
		t.Fatalf("%d rows of %d problems, want 4 of 2: %v", len(got), len(problems), problems)
	}
	for _, ids := range problems {
		slices.SortFunc(ids, func(a, b string) int { return len(a) - len(b) })
		if len(ids) == 3 {
			slices.Sort(ids)
			base := strings.SplitN(ids[0], "-", 2)[0]
			for i, id := range ids {
				if i > 0 && !strings.HasPrefix(id, base+"-"+strconv.Itoa(i)) {
					t.Errorf("duplicate %d is called %s, want %s-%d", i, id, base, i)
				}
			}
		}
	}
	lines := map[int64]bool{}
	for _, f := range manifest(t, out).FilesOf("lineage") {
		for _, l := range tableRows(t, &shard.Lineages, filepath.Join(out, f.Path)) {
			lines[l.Line] = true
		}
	}
	if len(lines) != 4 {
		t.Errorf("lineage knows the lines %v of 1 to 4", slices.Collect(maps.Keys(lines)))
	}
}

// Records of evaluation sets stay out unless the recipe asks for them.
func TestEvaluationSetsAreRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": read(t, "../testdata/corpora/tiny/three.jsonl")})
	recipe := plain + "traces: [{path: in.jsonl, eval: true}, {path: builtin:quickstart}]\n"
	out, rep := build(t, dir, recipe, augment.BuildOptions{})
	balanced(t, out, rep)
	if rep.Records.Rejected["eval"] != 3 || rep.Records.Out != 317 {
		t.Errorf("%d of 3 records refused as eval, %d of 317 out", rep.Records.Rejected["eval"], rep.Records.Out)
	}
	_, rep = build(t, dir, recipe+"allow_eval: true\n", augment.BuildOptions{})
	if rep.Records.Out != 320 {
		t.Errorf("%d of 320 out with allow_eval", rep.Records.Out)
	}
}

// A build of which nothing would be left is an error that says why.
func TestEverythingRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": read(t, "../testdata/corpora/tiny/three.jsonl")})
	_, err := augment.Build(context.Background(), load(t, dir, plain+"traces: [{path: in.jsonl, eval: true}]\n"), filepath.Join(dir, "out"), augment.BuildOptions{})
	if err == nil || !strings.Contains(err.Error(), "all of 3 records were refused") || !strings.Contains(err.Error(), "allow_eval") {
		t.Errorf("err = %v, want one that says that all 3 belong to an evaluation set", err)
	}
}

// A document that is too long is refused whole, or kept as a prompt; never cut.
func TestOverLengthPolicy(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"in.jsonl": read(t, "builtin/quickstart.jsonl")})
	recipe := plain + behaviorsAt("0.3") + traces("in.jsonl") + "tokenize: {max_tokens: 200, over_length: %s}\n"
	out, refuse := build(t, dir, fmt.Sprintf(recipe, "refuse"), augment.BuildOptions{})
	prove(t, out)
	balanced(t, out, refuse)
	long := refuse.Attempts.Refused["over-length"]
	if long == 0 || long == refuse.Attempts.In || refuse.Records.Prompts != 0 {
		t.Fatalf("%d of %d attempts are over-length, %d prompts: the test needs some and not all", long, refuse.Attempts.In, refuse.Records.Prompts)
	}
	for _, r := range rows(t, out) {
		if r.NTokens > 200 {
			t.Errorf("record %s has %d tokens", r.RecordID, r.NTokens)
		}
	}
	out, prompt := build(t, dir, fmt.Sprintf(recipe, "prompt"), augment.BuildOptions{})
	prove(t, out)
	balanced(t, out, prompt)
	if prompt.Records.Prompts != long || prompt.Records.Out != refuse.Records.Out {
		t.Errorf("%d prompts and %d compiled, want %d and %d", prompt.Records.Prompts, prompt.Records.Out, long, refuse.Records.Out)
	}
}

// The report, the data card and the manifest speak of the same build.
func TestReportNamesTheBuild(t *testing.T) {
	out, rep := build(t, ".", plain+traces("builtin:quickstart"), augment.BuildOptions{})
	id := manifest(t, out).BuildID
	if rep.BuildID != id {
		t.Errorf("the report says build %s, the manifest %s", rep.BuildID, id)
	}
	for _, name := range []string{"README.md", "stats.json"} {
		if !strings.Contains(read(t, filepath.Join(out, name)), id) {
			t.Errorf("%s does not name build %s", name, id)
		}
	}
}

// One record makes a whole build.
func TestEveryStageHasItsTime(t *testing.T) {
	_, rep := build(t, t.TempDir(), plain+"shards: {partition: 64}\n"+behaviorsAt("0.5")+traces("builtin:quickstart"), augment.BuildOptions{})
	for s, took := range rep.Times {
		if stage := augment.Stage(s); took <= 0 && stage != augment.StageDerive || took > time.Hour {
			t.Errorf("%s took %v", stage, took)
		}
	}
}

func TestOneRecord(t *testing.T) {
	dir, _ := filepath.Abs("../testdata/corpora/tiny")
	out, rep := build(t, dir, plain+behaviorsAt("1")+traces("one.jsonl"), augment.BuildOptions{Workers: 8})
	prove(t, out)
	balanced(t, out, rep)
	if rep.Records.In != 1 || len(rows(t, out)) != 1 || rep.Attempts.Edited != 1 {
		t.Errorf("%+v", rep.Records)
	}
}

// Each container gives the records of the same three lines.
func TestContainersAgree(t *testing.T) {
	dir, _ := filepath.Abs("../testdata/corpora/tiny")
	want, _ := build(t, dir, plain+traces("three.jsonl"), augment.BuildOptions{})
	for _, name := range []string{"array.json", "three.jsonl.gz"} {
		out, _ := build(t, dir, plain+traces(name), augment.BuildOptions{})
		if a, b := manifest(t, want).BuildID, manifest(t, out).BuildID; a != b {
			t.Errorf("%s: build id %s, three.jsonl has %s", name, b, a)
		}
	}
	out, _ := build(t, dir, plain+traces("no-newline.jsonl"), augment.BuildOptions{})
	if got := len(rows(t, out)); got != 2 {
		t.Errorf("%d rows of a file without a last line break, want 2", got)
	}
}
