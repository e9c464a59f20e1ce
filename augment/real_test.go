package augment_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
)

// Every set of the real data goes through with all identities in balance, and
// what came of it is proved from the files alone. Of the Countdown rollouts,
// which are as long as all else together, a sample will do.
func TestRealData(t *testing.T) {
	shared := sharedData(t)
	recipe := strings.ReplaceAll(read(t, "../testdata/recipes/all-sets.yaml"), "../../../shared/data", filepath.ToSlash(shared))
	at := strings.Index(recipe, "  - {path: "+filepath.ToSlash(shared)+"/countdown-sos/")
	end := at + strings.Index(recipe[at:], "\n") + 1
	first, last := strings.Index(recipe, "traces:\n")+len("traces:\n"), strings.Index(recipe, "behaviors:\n")
	for name, c := range map[string]struct {
		recipe string
		limit  int
		want   map[string]int64
	}{
		"all but Countdown": {recipe[:at] + recipe[end:], 0, map[string]int64{"gsm8k/train.jsonl.gz": 6752, "mr-ben/math.jsonl.gz": 846, "d1/4x4_test_sudoku.csv": 500, "parquet/kk_3ppl_test.parquet": 100}},
		"Countdown":         {recipe[:first] + recipe[at:end] + recipe[last:], 400, map[string]int64{"countdown-sos/rollouts.jsonl.gz": 400}},
	} {
		out, rep := build(t, ".", c.recipe, augment.BuildOptions{Limit: c.limit})
		balanced(t, out, rep)
		prove(t, out)
		for _, f := range rep.Files {
			if f.In == 0 || f.Out+f.Prompts == 0 {
				t.Errorf("%s: %s: %d records in, none out", name, f.Path, f.In)
			}
			t.Logf("%-75s %-18s %5d = %5d + %4d %v", f.Path[len(f.Path)-min(75, len(f.Path)):], f.Reader, f.In, f.Out, f.Prompts, f.Rejected)
		}
		for path, in := range c.want {
			i := slices.IndexFunc(rep.Files, func(f augment.FileLedger) bool { return strings.HasSuffix(f.Path, path) })
			if i < 0 || rep.Files[i].In != in {
				t.Errorf("%s: %s was not read, or not its %d records", name, path, in)
			}
		}
	}
}

// sharedData is the folder of real data beside the checkout.
func sharedData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("GRAFT_SHARED")
	if dir == "" {
		dir, _ = filepath.Abs("../../shared")
	}
	dir = filepath.Join(dir, "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("needs ../shared: " + err.Error())
	}
	return dir
}
