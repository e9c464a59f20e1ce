package plain

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/behaviors/backtracking"
	"github.com/seed-cdf14512/graft/behaviors/reflection"
	"github.com/seed-cdf14512/graft/behaviors/verification"
	"github.com/seed-cdf14512/graft/format"
)

// inPython opens the example in Python, or skips the test.
func inPython(t *testing.T) *augment.Behavior {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	return open(t, "recheck.yaml")
}

// records are n records whose traces have six computations that a check can undo.
func records(n int) (list []*format.Record) {
	for i := range n {
		a, b := 12+i%7, 3+i%5
		var steps strings.Builder
		total := a * b
		steps.WriteString("The shelves hold " + equation(a, "*", b, total) + " pens.\n")
		for k, add := range [...]int{101, 211, 307, 401, 503} {
			steps.WriteString("After delivery " + string(rune('A'+k)) + " there are " + equation(total, "+", add, total+add) + " pens.\n")
			total += add
		}
		q := "A shop has " + strconv.Itoa(a) + " shelves of " + strconv.Itoa(b) + " pens. Five deliveries bring 101, 211, 307, 401 and 503 pens. How many pens are there?"
		list = append(list, augmenttest.Record("shop-"+strconv.Itoa(i), q, steps.String()+"#### "+strconv.Itoa(total)))
	}
	return list
}

func equation(a int, op string, b, c int) string {
	return strconv.Itoa(a) + " " + op + " " + strconv.Itoa(b) + " = " + strconv.Itoa(c)
}

// A behavior in another language keeps to the rate that the recipe asks for, within
// three standard errors: of sites, and of traces. What is counted are the edits that
// stand in the texts.
func TestProgramsKeepTheRate(t *testing.T) {
	b := inPython(t)
	recs := records(100)
	rate, _ := format.Frac(3, 10)
	for _, row := range []struct {
		per    string
		enough int64
	}{{augment.PerSite, 20000}, {augment.PerTrace, 5000}} {
		u := use(t, b, "{}", row.per)
		u.Select.Rate = &rate
		var of, edits int64
		for seed := uint64(1); of < row.enough; seed++ {
			c := augment.NewCompiler(seed, []augment.ResolvedUse{u})
			for _, rec := range recs {
				out, refused := c.Compile(rec, &rec.Attempts[0])
				if len(refused) > 0 {
					t.Fatalf("%s: %v", rec.ID, refused)
				}
				if n := strings.Count(out.Text(), "\n") - strings.Count(out.Erase(), "\n"); n != len(out.Edits) {
					t.Fatalf("%s: %d edits, %d lines more than the source", rec.ID, len(out.Edits), n)
				}
				edits += int64(len(out.Edits))
			}
			if n := c.Counts[0]; row.per == augment.PerSite {
				of += n.Sites
			} else {
				of += n.WithSites
			}
		}
		t.Logf("per %s: %d edits of %d, %.4f", row.per, edits, of, float64(edits)/float64(of))
		// off² > 9·n·0.3·0.7, in whole numbers: (10·edits-3·n)² > 9·21·n
		if off := 10*edits - 3*of; off*off > 9*21*of {
			t.Errorf("per %s: %d edits of %d, asked for 3 in 10", row.per, edits, of)
		}
	}
}

// What the program writes does not depend on the other behaviors of the recipe, nor
// what they write on it: taking one away leaves what the rest write alone.
func TestProgramsAreIndependent(t *testing.T) {
	var all []augment.ResolvedUse
	for i, b := range []*augment.Behavior{backtracking.Behavior, reflection.Behavior, verification.Behavior, inPython(t)} {
		u := use(t, b, "{}", augment.PerSite)
		u.Rank = i
		all = append(all, u)
	}
	recs := records(20)
	written, openings := map[string]int{}, map[string]bool{}
	for i := range all {
		name := all[i].Behavior.Name
		rest := append(append([]augment.ResolvedUse(nil), all[:i]...), all[i+1:]...)
		whole, others := augment.NewCompiler(5, all), augment.NewCompiler(5, rest)
		alone := augment.NewCompiler(5, all[i:i+1])
		for _, rec := range recs {
			w, _ := whole.Compile(rec, &rec.Attempts[0])
			o, _ := others.Compile(rec, &rec.Attempts[0])
			a, _ := alone.Compile(rec, &rec.Attempts[0])
			if got, want := only(w, func(by string) bool { return by != name }), o.Text(); got != want {
				t.Fatalf("%s without %s: got %q, want %q", rec.ID, name, got, want)
			}
			if got, want := only(w, func(by string) bool { return by == name }), a.Text(); got != want {
				t.Fatalf("%s with %s alone: got %q, want %q", rec.ID, name, got, want)
			}
			written[name] += len(a.Edits)
			for _, s := range a.Steps {
				if s.Origin.Behavior == "recheck" {
					word, _, _ := strings.Cut(s.Text, " ")
					openings[word] = true
				}
			}
		}
	}
	if len(openings) < 3 {
		t.Errorf("the seeds make the program say %v only", openings)
	}
	for _, name := range []string{"recheck", "backtracking", "verification"} {
		if written[name] == 0 {
			t.Errorf("%s wrote nothing, so that its independence says nothing", name)
		}
	}
}

// only is the source with the edits of some behaviors.
func only(t format.Trace, keep func(behavior string) bool) string {
	var b strings.Builder
	for _, s := range t.Steps {
		if s.Origin.Edit == 0 || keep(s.Origin.Behavior) {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}
