package behaviors

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
)

// fromFiles are the example behaviors that are written in YAML.
func fromFiles(t testing.TB) (list []*augment.Behavior) {
	const dir = "../testdata/behaviors"
	for _, name := range [...]string{"verification.yaml", "reflection.yaml", "backtracking.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b, ds := Suite.Open(augment.Source{Name: name, Data: data, Beside: os.DirFS(dir), Dir: dir})
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		list = append(list, b)
	}
	return list
}

// Rates of behaviors from files mean what those of behaviors in Go mean.
func TestRateOfFilesIsWhatIsAskedFor(t *testing.T) {
	recs := gsm8k(t)
	rate, _ := format.Frac(3, 10)
	for _, b := range fromFiles(t) {
		of, chosen := int64(0), int64(0)
		for seed := uint64(1); of < 20000; seed++ {
			list := alone(t, b, augment.PerSite)
			list[0].Select.Rate = &rate
			c := augment.NewCompiler(seed, list)
			for _, rec := range recs {
				c.Compile(rec, &rec.Attempts[0])
			}
			chosen, of = chosen+c.Counts[0].Chosen, of+c.Counts[0].Sites
		}
		t.Logf("%s: %d chosen of %d, %.4f", b.Name, chosen, of, float64(chosen)/float64(of))
		if off := 10*chosen - 3*of; off*off > 9*21*of {
			t.Errorf("%s: %d chosen of %d, asked for 3 in 10", b.Name, chosen, of)
		}
	}
}

// What a behavior from a file writes does not depend on the others, and theirs not
// on it.
func TestFilesAreIndependent(t *testing.T) {
	files := fromFiles(t)
	suite := Suite.With(files)
	var all []augment.ResolvedUse
	for i, b := range suite.Behaviors {
		if b.Nests {
			continue
		}
		u := augmenttest.Use(t, b, "{}", augment.PerSite)
		u.Rank = i
		all = append(all, u)
	}
	recs := gsm8k(t)[:60]
	whole := augment.NewCompiler(5, all)
	edits := 0
	for _, b := range files {
		var rest []augment.ResolvedUse
		for _, u := range all {
			if u.Behavior != b {
				rest = append(rest, u)
			}
		}
		others := augment.NewCompiler(5, rest)
		for _, rec := range recs {
			out, refused := whole.Compile(rec, &rec.Attempts[0])
			if slices.ContainsFunc(refused, func(r augment.Rejection) bool { return r.Code == "same-error" && strings.Contains(r.Detail, b.Name) }) {
				continue // another gave way to it
			}
			want, _ := others.Compile(rec, &rec.Attempts[0])
			edits += len(out.Edits) - len(want.Edits)
			if got := without(out, b.Name); got != want.Text() {
				t.Fatalf("%s without %s: got %q, want %q", rec.ID, b.Name, got, want.Text())
			}
			if err := holds(rec, &out); err != nil {
				t.Errorf("%s: %v\n%s", rec.ID, err, augmenttest.Margin(out))
			}
		}
	}
	if edits == 0 {
		t.Error("no behavior from a file wrote anything")
	}
}
