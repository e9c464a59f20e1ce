package ingest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// sharedFile finds a file of the shared data, or skips the test.
func sharedFile(t testing.TB, path string) string {
	t.Helper()
	root := os.Getenv("GRAFT_SHARED")
	for dir, _ := filepath.Abs("."); root == "" && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			root = filepath.Join(filepath.Dir(dir), "shared")
		}
	}
	full := filepath.Join(root, path)
	if _, err := os.Stat(full); err != nil {
		t.Skip("needs ../shared: " + path)
	}
	return full
}

// A setFile is one file of the shared data and what must come of it. Where in
// is -1 the README gives no count.
type setFile struct {
	path, container, reader string
	in, attempts            int
	rejected                map[Reason]int
	fails                   string // part of the error for a file that must be refused
}

var setFiles = []setFile{
	{"bigbench-mistake/dyck_languages.jsonl.gz", "jsonl", "bigbench-mistake", 907, 907, nil, ""},
	{"bigbench-mistake/logical_deduction.jsonl.gz", "jsonl", "bigbench-mistake", 263, 263, nil, ""},
	{"bigbench-mistake/multistep_arithmetic.jsonl.gz", "jsonl", "bigbench-mistake", 262, 262, nil, ""},
	{"bigbench-mistake/tracking_shuffled_objects.jsonl.gz", "jsonl", "bigbench-mistake", 266, 266, nil, ""},
	{"bigbench-mistake/word_sorting.jsonl.gz", "jsonl", "bigbench-mistake", 263, 263, nil, ""},
	{"countdown-sos/rollouts.jsonl.gz", "jsonl", "countdown-sos", 5495, 5464, map[Reason]int{EmptyTrace: 31}, ""},
	{"d1/4x4_test_sudoku.csv", "csv", "d1-sudoku", 500, 0, nil, ""},
	{"d1/countdown_cd3_test.jsonl.gz", "jsonl", "d1-countdown", 256, 0, nil, ""},
	{"d1/gsm8k_llada_512.jsonl.gz", "jsonl", "d1-generations", 147, 147, nil, ""},
	{"game24-tot/24.csv", "csv", "game24", 1362, 0, nil, ""},
	{"game24-tot/cot_sample100.jsonl.gz", "jsonl", "game24-cot", 92, 9200, nil, ""},
	{"game24-tot/tot_bfs.jsonl.gz", "jsonl", "game24-tot", 92, 460, nil, ""},
	{"gsm8k/example_model_solutions.jsonl.gz", "jsonl", "gsm8k-solutions", 1181, 4724, nil, ""},
	{"gsm8k/test.jsonl.gz", "jsonl", "gsm8k", 1181, 1181, nil, ""},
	{"gsm8k/train.jsonl.gz", "jsonl", "gsm8k", 6752, 6752, nil, ""},
	{"gsm8k/upstream_fixes.jsonl.gz", "jsonl", "gsm8k-fixes", 5, 8, map[Reason]int{InnerBroken: 1}, ""},
	{"mr-ben/biology.jsonl.gz", "jsonl", "mr-ben", 972, 972, nil, ""},
	{"mr-ben/chemistry.jsonl.gz", "jsonl", "mr-ben", 746, 746, nil, ""},
	{"mr-ben/math.jsonl.gz", "jsonl", "mr-ben", 846, 846, nil, ""},
	{"mr-gsm8k/mr_gsm8k_partial.jsonl.gz", "jsonl", "mr-gsm8k", 530, 530, nil, ""},
	{"olymmath/EN-HARD.jsonl.gz", "jsonl", "olymmath", 100, 0, nil, ""},
	{"olymmath/ZH-EASY.jsonl.gz", "jsonl", "olymmath", 100, 0, nil, ""},
	{"openr/math500.jsonl.gz", "jsonl", "math", 457, 457, nil, ""},
	{"openr/math_aps.jsonl.gz", "jsonl", "math-aps", 3, 124, nil, ""},
	{"openr/math_aps_tree.jsonl.gz", "jsonl", "math-aps-tree", 3, -1, nil, ""},
	{"parquet/apache/bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet", "parquet", "", 0, 0, nil, "column comment_col: 2002 bytes at 591 in a file of 533"},
	{"parquet/apache/bad_data/PARQUET-1481.parquet", "parquet", "", 0, 0, nil, "column Handle: type NULL"},
	{"parquet/apache/data/alltypes_plain.parquet", "parquet", "", 0, 0, nil, "column timestamp_col: type INT96"},
	{"parquet/apache/data/alltypes_plain.snappy.parquet", "parquet", "", 0, 0, nil, "column timestamp_col: type INT96"},
	{"parquet/apache/data/nested_lists.snappy.parquet", "parquet", "", 3, 0, map[Reason]int{NotARecord: 3}, ""},
	{"parquet/apache/data/nulls.snappy.parquet", "parquet", "", 8, 0, map[Reason]int{NotARecord: 8}, ""},
	{"parquet/kk_3ppl_test.parquet", "parquet", "knights-knaves", 100, 100, nil, ""},
	{"parquet/kk_5ppl_test.parquet", "parquet", "knights-knaves", 100, 100, nil, ""},
	{"prosqa/test.jsonl.gz", "jsonl", "prosqa", 450, 450, nil, ""},
	{"r1-traces/math500_deepseek_r1.jsonl.gz", "jsonl", "r1-traces", 20, 20, nil, ""},
	{"r1-traces/math500_r1distill_llama8b.jsonl.gz", "jsonl", "r1-traces", 20, 20, nil, ""},
	{"reflexion/hotpot_cot_5_trials.txt.gz", "hotpot-log", "hotpot-log", 500, 500, nil, ""},
	{"reflexion/mbpp_py.jsonl.gz", "jsonl", "reflexion-code", 360, 360, nil, ""},
	{"thought-anchors/traces.jsonl.gz", "jsonl", "thought-anchors", 32, 32, nil, ""},
	{"tora/gsm8k_tora70b.jsonl.gz", "jsonl", "tora", 1181, 1181, nil, ""},
}

// readAll reads a file as a build would and calls each with what came of every
// frame.
func readAll(path string, each func(f Frame, it Item, rec format.Record, err error)) (Sniffed, error) {
	ctx := context.Background()
	s, err := Sniff(ctx, path, Options{})
	if err != nil {
		return s, err
	}
	return s, Frames(ctx, path, Options{}, func(f Frame) error {
		var rec format.Record
		it, err := Options{}.Parse(path, f)
		if err == nil && s.Reader == nil {
			err = reject(NotARecord, "no reader")
		} else if err == nil {
			rec, err = Decode(s.Reader, it.Canonical, it.Digest)
		}
		each(f, it, rec, err)
		return nil
	})
}

// Every file of every set: what goes in comes out, as a record or as a
// rejection with its reason, and the counts are the published ones.
func TestEverySet(t *testing.T) {
	t.Logf("%-62s %-10s %-16s %6s %6s %8s %8s  rejected", "file", "container", "reader", "in", "out", "attempts", "steps")
	for _, want := range setFiles {
		path := sharedFile(t, filepath.Join("data", want.path))
		in, out, attempts, steps := 0, 0, 0, 0
		rejected := map[Reason]int{}
		s, err := readAll(path, func(f Frame, it Item, rec format.Record, err error) {
			in++
			if err != nil {
				if ReasonOf(err) == "" {
					t.Errorf("%s:%d: an error that is no refusal: %v", want.path, f.Line, err)
				}
				rejected[ReasonOf(err)]++
				return
			}
			out++
			attempts += len(rec.Attempts)
			for _, a := range rec.Attempts {
				steps += len(a.Trace.Steps)
				if err := format.CheckTrace(a.Trace); err != nil {
					t.Errorf("%s:%d: %v", want.path, f.Line, err)
				}
			}
			checkRecord(t, fmt.Sprintf("%s:%d", want.path, f.Line), &rec)
		})
		name := ""
		if s.Reader != nil {
			name = s.Reader.Name
		}
		reasons := []string{}
		refused := 0
		for _, r := range slices.Sorted(maps.Keys(rejected)) {
			reasons = append(reasons, fmt.Sprintf("%s %d", r, rejected[r]))
			refused += rejected[r]
		}
		if err != nil {
			reasons = append(reasons, "FILE: "+err.Error()[len(filepath.Dir(path))+1:])
		}
		t.Logf("%-62s %-10s %-16s %6d %6d %8d %8d  %s", want.path, s.Container, name, in, out, attempts, steps, strings.Join(reasons, ", "))
		if in != out+refused {
			t.Errorf("%s: %d in, %d out, %d rejected", want.path, in, out, refused)
		}
		if s.Container != want.container || name != want.reader {
			t.Errorf("%s: read as %s by %q, want %s by %q", want.path, s.Container, name, want.container, want.reader)
		}
		if in != want.in || want.attempts >= 0 && attempts != want.attempts || !maps.Equal(rejected, want.rejected) {
			t.Errorf("%s: %d in, %d attempts, rejected %v; want %d, %d, %v", want.path, in, attempts, rejected, want.in, want.attempts, want.rejected)
		}
		if (err == nil) != (want.fails == "") || err != nil && !strings.Contains(err.Error(), want.fails) {
			t.Errorf("%s: error %v, want one with %q", want.path, err, want.fails)
		}
	}
}

// checkRecord holds what every record of every set must satisfy.
func checkRecord(t *testing.T, at string, rec *format.Record) {
	t.Helper()
	if len(rec.ID) != 32 || len(rec.Problem.ID) != 32 || rec.Set == "" || rec.Problem.Question == "" {
		t.Errorf("%s: incomplete record: id %q, problem %q, set %q", at, rec.ID, rec.Problem.ID, rec.Set)
	}
	for i, a := range rec.Attempts {
		want := rec.ID
		if i > 0 {
			want = fmt.Sprintf("%s.a%d", rec.ID, i)
		}
		if a.Trace.ID != want {
			t.Errorf("%s: attempt %d: trace ID %q, want %q", at, i, a.Trace.ID, want)
		}
		for _, e := range a.Errors {
			if e.Step < 0 || e.Step >= len(a.Trace.Steps) {
				t.Errorf("%s: attempt %d: wrong step %d of %d", at, i, e.Step, len(a.Trace.Steps))
			}
		}
	}
}
