package augment

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/seed-cdf14512/graft/format/ingest"
)

// A table of rollouts says what the same lines of JSON say.
func TestRolloutsInParquet(t *testing.T) {
	type row struct {
		Question    string   `parquet:"question"`
		Prefix      string   `parquet:"prefix"`
		Steps       int32    `parquet:"steps"`
		Samples     []string `parquet:"samples,list"`
		Policy      string   `parquet:"policy"`
		Temperature float64  `parquet:"temperature"`
	}
	path := filepath.Join(t.TempDir(), "r.parquet")
	if err := parquet.WriteFile(path, []row{{"How many?", "One 1 + 1 = 2.\n", 1, []string{"2 + 2 = 5", "2 + 2 = 4"}, "p", 0.5}}); err != nil {
		t.Fatal(err)
	}
	var got []*Rollout
	if err := ReadRollouts(context.Background(), path, func(r *Rollout) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || len(got[0].Samples) != 2 || got[0].Samples[1] != "2 + 2 = 4" || *got[0].Steps != 1 ||
		got[0].ProblemID != ingest.ProblemID("", "How many?") || got[0].whose() != "policy p at temperature 0.5" {
		t.Errorf("got %+v", got[0])
	}
}

// What is no rollout is told with its line.
func TestRolloutsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		`{"question":"q","samples":["a"],"policy":"p","sample":1}`:    `unknown key "sample"`,
		`{"samples":["a"],"policy":"p"}`:                              "names no problem",
		`{"question":"q","samples":["a"]}`:                            "policy must say",
		`{"question":"q","samples":[],"policy":"p"}`:                  "samples must be",
		`{"question":"q","samples":[1],"policy":"p"}`:                 "samples[0]",
		`{"question":"q","samples":["a"],"policy":"p","steps":-1}`:    "steps is -1",
		`{"question":"q","samples":["a"],"policy":"p","steps":"two"}`: "steps is two",
		`{"question":"q","samples":["a"]`:                             "r.jsonl:2",
	} {
		path := filepath.Join(t.TempDir(), "r.jsonl")
		os.WriteFile(path, []byte(`{"question":"q","samples":["a"],"policy":"p"}`+"\n"+text+"\n"), 0o666)
		err := ReadRollouts(context.Background(), path, func(*Rollout) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "r.jsonl:2") {
			t.Errorf("%s: got %v, want %q at line 2", text, err, want)
		}
	}
}

// The place of a rollout is where the trace begins with its prefix, byte for byte
// but for the blanks at its end; anywhere else it has none.
func TestPlaceOfARollout(t *testing.T) {
	steps := ingest.Segment("One has 1 + 1 = 2.\nTwo has 2 + 2 = 4.\n#### 4")
	n := func(i int) *int { return &i }
	for _, row := range []struct {
		prefix string
		steps  *int
		only   bool
		want   int
	}{
		{"One has 1 + 1 = 2.\n", nil, false, 1}, {"One has 1 + 1 = 2.", nil, false, 1}, {"One has 1 + 1 = 2.\n", n(2), false, -1},
		{"One has 1 + 1 = 3.\n", nil, false, -1}, {"One has 1", nil, false, -1}, {"", n(1), true, 1}, {"", n(1), false, -1}, {"", n(0), false, 0},
		{"", n(9), true, -1}, {"One has 1 + 1 = 2.\nTwo has 2 + 2 = 4.\n", nil, false, 2}, {"One has 1 + 1 = 2.\nTwo has 2 + 2 = 4.\n#### 4", nil, false, -1},
	} {
		if got := (&Rollout{Prefix: row.prefix, Steps: row.steps}).at(steps, row.only); got != row.want {
			t.Errorf("%q %v: step %d, want %d", row.prefix, row.steps, got, row.want)
		}
	}
}
