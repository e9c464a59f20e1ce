package plain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/behaviors/backtracking"
	"github.com/seed-cdf14512/graft/behaviors/reflection"
	"github.com/seed-cdf14512/graft/behaviors/verification"
	"github.com/seed-cdf14512/graft/format"
)

const examples = "../../testdata/behaviors"

// open reads one of the example behaviors.
func open(t testing.TB, name string) *augment.Behavior {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(examples, name))
	if err != nil {
		t.Fatal(err)
	}
	b, ds := Open(augment.Source{Name: name, Data: data, Beside: os.DirFS(examples), Dir: examples})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	if b.File.Close != nil {
		t.Cleanup(b.File.Close)
	}
	return b
}

// The three behaviors that exist in Go and in YAML write the same text: called by
// the same name and version, they draw the same chance.
func TestYAMLWritesWhatGoWrites(t *testing.T) {
	recs := augmenttest.GSM8K(t, 400)
	for _, row := range []struct {
		b      *augment.Behavior
		params string
	}{
		{verification.Behavior, "{}"}, {verification.Behavior, `{"where":"before-answer"}`}, {verification.Behavior, `{"route":"parts"}`},
		{reflection.Behavior, "{}"}, {reflection.Behavior, `{"missing":1,"opening":false}`},
		{backtracking.Behavior, "{}"}, {backtracking.Behavior, `{"distance":3,"least":1}`}, {backtracking.Behavior, `{"slip":"operand"}`},
	} {
		y := *open(t, row.b.Name+".yaml")
		y.Name, y.Version = row.b.Name, row.b.Version
		for _, per := range [...]string{augment.PerTrace, augment.PerSite} {
			inGo := augment.NewCompiler(7, []augment.ResolvedUse{augmenttest.Use(t, row.b, row.params, per)})
			inYAML := augment.NewCompiler(7, []augment.ResolvedUse{use(t, &y, row.params, per)})
			edits, differ := 0, 0
			for _, rec := range recs {
				want, _ := inGo.Compile(rec, &rec.Attempts[0])
				got, _ := inYAML.Compile(rec, &rec.Attempts[0])
				edits += len(want.Edits)
				if got.Text() != want.Text() {
					if differ++; differ < 3 {
						t.Errorf("%s %s: got\n%s\nwant\n%s", row.b.Name, row.params, augmenttest.Margin(got), augmenttest.Margin(want))
					}
				}
			}
			g, w := inYAML.Counts[0], inGo.Counts[0]
			t.Logf("%s %s per %s: %d sites, %d edits in %d records, %d records differ", row.b.Name, row.params, per, w.Sites, edits, len(recs), differ)
			if g.Sites != w.Sites || g.Edits != w.Edits || edits == 0 {
				t.Errorf("%s %s: %d sites and %d edits, want %d and %d", row.b.Name, row.params, g.Sites, g.Edits, w.Sites, w.Edits)
			}
		}
	}
}

// use resolves a use of a behavior from a file: params are decoded as a recipe
// decodes them.
func use(t testing.TB, b *augment.Behavior, params, per string) augment.ResolvedUse {
	t.Helper()
	p, err := b.ParseParams(params)
	if err != nil {
		t.Fatal(err)
	}
	bank, err := augment.ParseBank(b.Name, b.Phrases)
	if err != nil {
		t.Fatal(err)
	}
	one := format.Int(1)
	return augment.ResolvedUse{Behavior: b, Params: p, ParamsJSON: params, Select: augment.Select{Per: per, Rate: &one}, Bank: bank}
}

// The banks of the examples are those of the behaviors in Go.
func TestBanksAreTheSame(t *testing.T) {
	for _, b := range []*augment.Behavior{verification.Behavior, reflection.Behavior, backtracking.Behavior} {
		if got := open(t, b.Name+".yaml").Phrases; strings.TrimSpace(got) != strings.TrimSpace(b.Phrases) {
			t.Errorf("%s.yaml has other phrases than the behavior in Go", b.Name)
		}
	}
}
