package augment_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/shard"
)

func wrongOnly(t *testing.T) (string, []*shard.Record) {
	out, _ := build(t, t.TempDir(), plain+"allow_eval: true\ngrade: {keep: wrong}\nbehaviors:\n  - {use: verification, select: {rate: 0.5}}\n"+
		"  - {use: backtracking, select: {rate: 0.5}}\ntraces:\n  - path: "+filepath.Join(sharedData(t), "gsm8k/example_model_solutions.jsonl.gz")+"\n", augment.BuildOptions{})
	return out, tableRows(t, &shard.Records, filepath.Join(out, "records/part-00000.parquet"))
}

// The arm of wrong answers over models' real attempts: behaviors are kept, and every
// final answer is one that the checker, asked here again, finds wrong.
func TestWrongOnly(t *testing.T) {
	out, rows := wrongOnly(t)
	prove(t, out)
	edited := 0
	for _, r := range rows {
		s, err := r.Sample()
		if err != nil {
			t.Fatal(err)
		}
		last := s.Messages[len(s.Messages)-1]
		got := answer.Find(s.Checker).Grade(&format.Problem{Answer: s.Answer, Checker: s.Checker}, s.Text[last.Start:last.End])
		if s.Grade != "wrong" || got.Verdict != format.False {
			t.Errorf("%s: the row says %s, the checker %s: %s", r.RecordID, s.Grade, got.Verdict, got.Detail)
		}
		if len(r.Edits) > 0 {
			edited++
		}
	}
	if t.Logf("%d wrong attempts, %d of them edited", len(rows), edited); len(rows) < 500 || edited < len(rows)/5 {
		t.Errorf("%d attempts, %d edited", len(rows), edited)
	}
}

// A right attempt among the wrong ones, and a wrong one that calls itself right, are
// found by check, though every digest agrees.
func TestWhatARecipeKeepsIsChecked(t *testing.T) {
	for name, spoil := range map[string]func(*shard.Record){
		"right among wrong": func(r *shard.Record) { r.Grade = "right" },
		"really right": func(r *shard.Record) {
			last := r.Messages[len(r.Messages)-1]
			got, _, _, _ := answer.Final(r.Text[last.Start:last.End])
			r.Answer = got
		},
	} {
		out, rows := wrongOnly(t)
		spoil(rows[0])
		f := rewrite(t, &shard.Records, filepath.Join(out, "records/part-00000.parquet"), rows)
		m := manifest(t, out)
		for k := range m.Files {
			if filepath.Dir(m.Files[k].Path) == "records" {
				f.Path = m.Files[k].Path
				m.Files[k] = f
			}
		}
		if err := m.Write(out); err != nil {
			t.Fatal(err)
		}
		c, err := augment.CheckDir(context.Background(), out, behaviors.Suite, augment.CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(c.Findings, func(f augment.Finding) bool { return f.Law == "truth" && f.Record == rows[0].RecordID }) {
			t.Errorf("%s: want a finding of law truth, got %v", name, c.Findings)
		}
	}
}

// The table says what recipes may say, no more and no less.
func TestFiltersAreThoseOfRecipes(t *testing.T) {
	for _, f := range augment.Filters {
		parse(t, plain+"grade: {keep: "+f.Keep+"}\n"+traces("builtin:quickstart"))
	}
	if n := len(augment.Filters); n != 4 {
		t.Errorf("%d filters, the recipe knows 4 words", n)
	}
}
