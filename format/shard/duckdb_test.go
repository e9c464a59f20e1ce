package shard_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/shard/export"
	"github.com/seed-cdf14512/graft/format/shard/internal/tiny"
)

// python finds an interpreter that has DuckDB: $GRAFT_PYTHON, or python3.
func python(t *testing.T) string {
	t.Helper()
	py := os.Getenv("GRAFT_PYTHON")
	if py == "" {
		py = "python3"
	}
	if err := exec.Command(py, "-c", "import duckdb").Run(); err != nil {
		t.Skip("needs duckdb: no Python with package duckdb (python3, or $GRAFT_PYTHON)")
	}
	return py
}

// A build is readable as it is: counts, sums, erasure and one provenance query,
// by DuckDB and, where installed, pandas and datasets.
func TestDuckDB(t *testing.T) {
	py := python(t)
	dir, m := build(t, 120)
	census, problems := shard.Audit(dir)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	trl := filepath.Join(t.TempDir(), "trl")
	f, err := export.Find("trl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(dir, trl, export.Options{}); err != nil {
		t.Fatal(err)
	}
	s := tiny.Sample(5)
	k := slices.IndexFunc(s.Spans, func(x format.Span) bool { return x.Name == "backtracking.wrong" })
	spans, err := shard.TokenSpans(nil, &s, func(n string) (int32, bool) {
		i := slices.Index(tiny.SpanNames, n)
		return int32(i), i >= 0
	})
	if err != nil {
		t.Fatal(err)
	}
	token := int(spans[k-1].End) // the first token that begins in the wrong turn
	idSum, passes := 0, 0
	for i := range 120 {
		for _, id := range tiny.Sample(i).IDs {
			idSum += int(id)
		}
		if i%2 == 0 {
			passes += i % 4
		}
	}
	want := map[string]any{
		"records": 120, "n_tokens": m.Tokens.Out, "edits": 90, "facts": 180, "rows": census.Rows, "tokens": m.Tokens.Out,
		"seq_lengths": m.Tokens.Out, "id_sum": idSum, "documents": 120, "lineage": 120, "prompts": 60, "passes": passes,
		"prompt_user": 60, "erased": 120,
		"provenance": []any{s.IDs[token], "backtracking.wrong", 1, "backtracking", 2, `{"depth":1}`, s.Spans[k].SrcStart, "traces/ana.jsonl", 6, 1500},
	}

	cmd := exec.Command(py, "testdata/query.py", dir, s.RecordID, strconv.Itoa(token), trl)
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "HF_DATASETS_OFFLINE=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var got map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for _, also := range []string{"pandas", "datasets"} {
		if _, ok := got[also]; ok {
			want[also] = m.Tokens.Out
		} else {
			t.Logf("package %s is not installed: not tried", also)
		}
	}
	var plain map[string]any // as JSON has numbers
	b, _ := json.Marshal(want)
	if err := json.Unmarshal(b, &plain); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plain, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
