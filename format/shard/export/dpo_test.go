package export

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/seed-cdf14512/graft/format/shard"
)

// withPairs is a build with n pairs, a third of them in validation.
func withPairs(t *testing.T, n int) (dir string, want map[string][]dpoRow) {
	dir, _ = build(t, 9, even())
	w, err := shard.Preferences.Create(filepath.Join(dir, "pairs/part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	want = map[string][]dpoRow{}
	for i := range n {
		split := [...]string{"train", "train", "validation"}[i%3]
		r := dpoRow{fmt.Sprint("p", i), fmt.Sprintf("Q%d?\n\"π\" \\", i), "right \u2028\n", fmt.Sprint("wrong ", i)}
		want[split] = append(want[split], r)
		if err := w.Write(&shard.Preference{PairID: r.ID, ProblemID: "q", Variant: "pref_pair", Split: split, Messages: []shard.Turn{{Role: "user", Content: "Q"}}, Prompt: r.Prompt, Chosen: r.Chosen, Rejected: r.Rejected}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	m, err := shard.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Path = "pairs/part-00000.parquet"
	m.Files = append(m.Files, f)
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir, want
}

// Lines and Parquet hold every pair of their split, in order, byte for byte: a
// trainer may take either.
func TestDPORows(t *testing.T) {
	dir, want := withPairs(t, 2000) // more than one row group
	out, rep, err := run(t, "dpo", dir, Options{})
	if err != nil || rep.Rows != 2000 || len(rep.Files) != 4 {
		t.Fatalf("%+v, %v", rep, err)
	}
	for split, rows := range want {
		data, err := os.ReadFile(filepath.Join(out, "data", split+"-00000-of-00001.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := parquet.Read[dpoRow](bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Errorf("%s as Parquet (-want +got):\n%.1000s", split, d)
		}
		text, err := os.ReadFile(filepath.Join(out, split+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		var lines []dpoRow
		for line := range bytes.Lines(text) {
			var r dpoRow
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, r)
		}
		if d := cmp.Diff(rows, lines); d != "" {
			t.Errorf("%s as lines (-want +got):\n%.1000s", split, d)
		}
	}
}
