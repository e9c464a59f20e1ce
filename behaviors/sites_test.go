package behaviors

import (
	"sync"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
)

var train struct {
	once sync.Once
	recs []*format.Record
}

// gsm8k is the training set, read once for all tests.
func gsm8k(t testing.TB) []*format.Record {
	augmenttest.Shared(t)
	train.once.Do(func() { train.recs = augmenttest.GSM8K(t, 0) })
	return train.recs
}

func TestSuiteIsValid(t *testing.T) {
	if err := Suite.Validate(); err != nil {
		t.Error(err)
	}
}

// On how many records of GSM8K a behavior can act at all decides what a rate in
// a recipe can reach.
func TestSitesOnGSM8K(t *testing.T) {
	recs := gsm8k(t)
	// Percent of the records. Reflection can only reach for what the text names:
	// a result and everything it lacks must have names, which three in ten have.
	least := map[string]int{"reflection": 25, "backtracking": 70, "verification": 70, "verify_answer": 50, "meta_tokens": 70, "subgoal_setting": 30, "wrong_then_fix": 70, "subgoal_compute": 20, "retry_weak": 30, "retry_miss": 30, "retry": 20}
	for _, b := range Suite.Behaviors {
		if graphs[b.Name] {
			continue // it needs parameters, of which GSM8K declares none
		}
		c := augment.NewCompiler(1, alone(t, b, augment.PerTrace))
		for _, rec := range recs {
			out, _ := c.Compile(rec, &rec.Attempts[0])
			if out.Erase() != rec.Attempts[0].Trace.Text() {
				t.Fatalf("%s: %s: the source is not what remains", b.Name, rec.ID)
			}
		}
		n := c.Counts[len(c.Counts)-1]
		t.Logf("%s: %d records, %d with sites (%.1f%%), %d sites, %d edited (%.1f%%), refused: %v", b.Name, n.Traces, n.WithSites,
			100*float64(n.WithSites)/float64(n.Traces), n.Sites, n.Edited, 100*float64(n.Edited)/float64(n.Traces), n.Rejections)
		if int(n.Edited)*100 < least[b.Name]*int(n.Traces) {
			t.Errorf("%s edits %d of %d records, fewer than %d%%", b.Name, n.Edited, n.Traces, least[b.Name])
		}
	}
}

// Sites runs on every trace of a corpus, most of which are not edited: it may
// allocate its list, and nothing else.
func TestSitesAllocateOnlyTheirList(t *testing.T) {
	rec := augmenttest.Record("r", "Ann has 48 clips, the shop has 5 boxes of 12 clips. How many of the clips are left?",
		"Ann sells 48/2 = <<48/2=24>>24 clips.\nThe boxes hold 5*12 = <<5*12=60>>60 clips.\nSo 24+60 = <<24+60=84>>84 clips are left.\n#### 84")
	for _, b := range Suite.Behaviors {
		p := augment.Pass{Problem: &rec.Problem, Attempt: &rec.Attempts[0], Graph: rec.Attempts[0].Graph, Params: b.Params}
		if n := testing.AllocsPerRun(100, func() { b.Sites(&p) }); n > 3 {
			t.Errorf("%s: %.0f allocations, want at most 3", b.Name, n)
		}
	}
}
