package behaviors

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// many is n problems, or as many as GRAFT_PROBLEMS says.
func many(t *testing.T, n int) []*format.Record {
	if more, err := strconv.Atoi(os.Getenv("GRAFT_PROBLEMS")); err == nil {
		return drawn(t, more)
	}
	return problems(t)[:n]
}

// Whatever is woven into problems with parameters, the text is replayed clean,
// and erasing gives the source. GRAFT_PROBLEMS sets how many problems (400).
func TestCompiledTextReplays(t *testing.T) {
	recs := many(t, 400)
	c := augment.NewCompiler(8, together(t, "", nil))
	edits := 0
	for _, rec := range recs {
		out, _ := c.Compile(rec, &rec.Attempts[0])
		edits += len(out.Edits)
		if v := answer.Replay(&rec.Problem, out.Text()); v != nil {
			t.Fatalf("%s: %s at byte %d: %s\n%s", rec.ID, v.Rule, v.At, v.Detail, augmenttest.Margin(out))
		}
		if out.Erase() != rec.Attempts[0].Trace.Text() {
			t.Fatalf("%s: erasing leaves\n%s", rec.ID, out.Erase())
		}
		if err := format.CheckTrace(out); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d records, %d edits", len(recs), edits)
	if edits < 5*len(recs) {
		t.Errorf("%d edits in %d records", edits, len(recs))
	}
}

// says is what each behavior says at each step, renamed steps left out.
func said(out *format.Trace) map[string]string {
	m := map[string]string{}
	for i := range out.Steps {
		s := &out.Steps[i]
		if e := s.Origin.Edit; e > 0 && s.Was == "" {
			m[s.Origin.Behavior+" "+strconv.Itoa(out.Edits[e-1].Step)] += s.Text
		}
	}
	return m
}

// With another rate of one behavior every other one says what it said wherever
// both acted; without it, what remains is what erasing its spans leaves. No edit is
// given up because of another behavior's: all that hold alone hold together.
func TestGraphBehaviorsAreIndependent(t *testing.T) {
	recs := many(t, 100)
	all := augment.NewCompiler(4, together(t, "", nil))
	for name := range graphs {
		more := augment.NewCompiler(4, together(t, "", map[string]int64{name: 7}))
		rest := augment.NewCompiler(4, together(t, name, nil))
		both := 0
		for _, rec := range recs {
			whole, refused := all.Compile(rec, &rec.Attempts[0])
			other, refused2 := more.Compile(rec, &rec.Attempts[0])
			apart, refused3 := rest.Compile(rec, &rec.Attempts[0])
			settled(t, refused, refused2, refused3)
			a, b := said(&whole), said(&other)
			for at, text := range a {
				if strings.HasPrefix(at, name+" ") || b[at] == "" {
					continue
				}
				if both++; b[at] != text {
					t.Fatalf("%s with more of %s: %s says %q, was %q", rec.ID, name, at, b[at], text)
				}
			}
			if got, want := without(restored(whole, name), name), apart.Text(); got != want {
				t.Fatalf("%s without %s:\n%s\nwant\n%s", rec.ID, name, got, want)
			}
		}
		t.Logf("%s: %d records, %d edits of others where both acted", name, len(recs), both)
	}
}

// settled fails where an edit was given up because of another one.
func settled(t *testing.T, lists ...[]augment.Rejection) {
	t.Helper()
	for _, list := range lists {
		for _, r := range list {
			if strings.HasPrefix(r.Code, "replay-") || r.Code == "introduced-already" {
				t.Fatalf("%s: %s at step %d does not hold together with the others: %s, %s", r.Record, r.Behavior, r.Step, r.Code, r.Detail)
			}
		}
	}
}

// restored puts back what a behavior renamed.
func restored(t format.Trace, behavior string) format.Trace {
	steps := append([]format.Step(nil), t.Steps...)
	for i := range steps {
		if s := &steps[i]; s.Was != "" && s.Origin.Behavior == behavior {
			s.Text, s.Was, s.Origin = s.Was, "", format.Origin{}
		}
	}
	t.Steps = steps
	return t
}
