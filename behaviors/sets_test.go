package behaviors

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// Traces that models wrote, with LaTeX, lists, loops, other scripts and broken
// endings: whatever is woven in must hold there, too.
func TestLawsHoldOnEverySet(t *testing.T) {
	root := filepath.Join(augmenttest.Shared(t), "data")
	c := augment.NewCompiler(9, uses(t, augment.PerSite))
	for _, set := range [...]string{"gsm8k", "openr", "r1-traces", "thought-anchors", "mr-gsm8k", "mr-ben", "tora", "d1", "bigbench-mistake", "countdown-sos"} {
		files, err := os.ReadDir(filepath.Join(root, set))
		if err != nil {
			t.Fatal(err)
		}
		traces, edits := 0, map[string]int{}
		for _, f := range files {
			seen, err := ingest.Peek(context.Background(), filepath.Join(root, set, f.Name()), 150, ingest.Options{})
			if err != nil {
				continue // prompts, tables of numbers: ingest has tests of its own
			}
			for i := range seen.Records {
				rec := seen.Records[i].Record
				if rec == nil {
					continue // refused
				}
				for j := range rec.Attempts {
					a := &rec.Attempts[j]
					if format.CheckTrace(a.Trace) != nil || len(a.Trace.Steps) == 0 {
						continue
					}
					a.Graph = answer.Derive(rec.Problem.Question, a.Trace.Steps)
					one := *rec
					one.Attempts = []format.Attempt{*a}
					out, _ := c.Compile(&one, &one.Attempts[0])
					if err := holds(&one, &out); err != nil {
						t.Errorf("%s %s: %v\n%s", set, rec.ID, err, augmenttest.Margin(out))
					}
					traces++
					for _, e := range out.Edits {
						edits[e.Behavior]++
					}
				}
			}
		}
		t.Logf("%s: %d traces, edits %v", set, traces, edits)
	}
}
