package augment_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format/shard"
)

const variantUses = `
  - {use: attempts_stitch, select: {rate: 0.3}, with: {k: 3}}
  - {use: backtrack_token, select: {rate: 0.3}}
  - {use: pref_pair, select: {rate: 0.3}, with: {from: attempts}}
  - {use: verdict_record, select: {rate: 0.3}}
  - {use: scaffold, select: {rate: 0.3}}
  - {use: dots, select: {rate: 0.3}}
`

func variantBuild(t *testing.T, uses string, workers int) (string, *augment.Report) {
	shared := sharedData(t)
	return build(t, t.TempDir(), plain+"allow_eval: true\ngrade: {keep: right}\nbehaviors:\n  - {use: verification, select: {rate: 0.5}}\nvariants:"+uses+
		"shards: {validation: 0.1}\ntraces:\n  - path: "+filepath.Join(shared, "gsm8k/example_model_solutions.jsonl.gz")+"\n", augment.BuildOptions{Workers: workers})
}

// Derived records over real attempts: the rate asked for comes out, classes are
// exactly equal in each split, what is derived stays in its parent's split, and
// neither workers nor another variant changes a row.
func TestVariantsOverRealAttempts(t *testing.T) {
	out, rep := variantBuild(t, variantUses, 3)
	prove(t, out)
	for _, v := range rep.Variants {
		// off² > 9·n·0.3·0.7, in whole numbers
		if off := 10*v.Chosen - 3*v.Traces; off*off > 9*21*v.Traces {
			t.Errorf("%s: %d chosen of %d, asked for 3 in 10", v.Variant, v.Chosen, v.Traces)
		}
		if v.Records+v.Prompts+v.Pairs == 0 {
			t.Errorf("%s derived nothing", v.Variant)
		}
	}
	rows := tableRows(t, &shard.Records, filepath.Join(out, "records/part-00000.parquet"))
	split, classes := map[string]string{}, map[string]int{}
	for _, r := range rows {
		if was := split[r.ProblemID]; was != "" && was != r.Split {
			t.Errorf("problem %s stands in %s and in %s", r.ProblemID, was, r.Split)
		}
		split[r.ProblemID] = r.Split
		if r.Variant == "verdict_record" {
			classes[r.Split+" "+r.Answer]++
		}
	}
	for _, s := range []string{"train", "validation"} {
		if n := classes[s+" right"]; n == 0 || n != classes[s+" wrong"] {
			t.Errorf("%s: %d right and %d wrong verdicts", s, n, classes[s+" wrong"])
		}
	}
	one, _ := variantBuild(t, variantUses, 1)
	if a, b := manifest(t, out).BuildID, manifest(t, one).BuildID; a != b {
		t.Errorf("3 workers give build %s, one gives %s", a, b)
	}
	without := strings.Replace(variantUses, "\n  - {use: scaffold, select: {rate: 0.3}}", "", 1)
	without = strings.Replace(without, "\n  - {use: attempts_stitch, select: {rate: 0.3}, with: {k: 3}}", "", 1)
	fewer, _ := variantBuild(t, without, 2)
	var left []*shard.Record
	for _, r := range rows {
		if r.Variant != "attempts_stitch" {
			left = append(left, r)
		}
	}
	if d := cmp.Diff(left, tableRows(t, &shard.Records, filepath.Join(fewer, "records/part-00000.parquet"))); d != "" {
		t.Errorf("without two variants the rows of the others differ:\n%.2000s", d)
	}
}

// A byte of a source record in parents/ is changed, or a derivation left out, and
// the manifest made to agree: check finds it.
func TestTamperedParentsAreFound(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, out string) shard.File{
		"erasure": func(t *testing.T, out string) shard.File {
			path := filepath.Join(out, "parents/part-00000.parquet")
			rows := tableRows(t, &shard.Parents, path)
			for _, r := range rows {
				if r.Kind == shard.SourceParent {
					at := strings.IndexAny(r.Body, "12345678")
					r.Body = r.Body[:at] + string(r.Body[at]+1) + r.Body[at+1:]
					break
				}
			}
			return rewrite(t, &shard.Parents, path, rows)
		},
		"provenance": func(t *testing.T, out string) shard.File {
			path := filepath.Join(out, "derived/part-00000.parquet")
			return rewrite(t, &shard.Derivations, path, tableRows(t, &shard.Derivations, path)[1:])
		},
		"truth": func(t *testing.T, out string) shard.File {
			path := filepath.Join(out, "derived/part-00000.parquet")
			rows := tableRows(t, &shard.Derivations, path)
			for _, r := range rows {
				if r.Variant == "backtrack_token" {
					r.Truncated = false // it claims to be graded, and states no answer
					break
				}
			}
			return rewrite(t, &shard.Derivations, path, rows)
		},
	} {
		out, _ := variantBuild(t, variantUses, 2)
		f := spoil(t, out)
		m := manifest(t, out)
		for k := range m.Files {
			if strings.HasPrefix(m.Files[k].Path, filepath.Base(filepath.Dir(f.Path))+"/") {
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
		if !slices.ContainsFunc(c.Findings, func(f augment.Finding) bool { return f.Law == name }) {
			t.Errorf("want a finding of law %s, got %v", name, c.Findings)
		}
	}
}

func rewrite[T any](t *testing.T, table *shard.Table[T], path string, rows []*T) shard.File {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w, err := table.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return f
}
