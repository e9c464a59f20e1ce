package behaviors

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// tried are records with attempts, right and wrong: the set's own solution, the
// same with its last number changed all through the last line, and another.
func tried(t testing.TB, n int) []*format.Record {
	recs := gsm8k(t)[:n]
	out := make([]*format.Record, len(recs))
	for i, src := range recs {
		text := src.Attempts[0].Trace.Text()
		at := strings.LastIndex(text, "#### ")
		if at < 0 {
			continue
		}
		rec := &format.Record{ID: src.ID, Problem: src.Problem}
		rec.Problem.Answer, rec.Problem.Checker = strings.TrimSpace(text[at+5:]), "number"
		long := strings.Replace(text, "\n", "\nWait, let me see that again. It holds.\nHold on, is that so? It is.\n", 1)
		for k, body := range []string{long, text[:at] + "#### 900" + strings.ReplaceAll(text[at+5:], ",", ""), text[:at] + "#### 800" + strings.ReplaceAll(text[at+5:], ",", "")} {
			id := src.ID
			if k > 0 {
				id = fmt.Sprintf("%s.a%d", id, k)
			}
			rec.Attempts = append(rec.Attempts, format.Attempt{Trace: format.Trace{ID: id, Steps: ingest.Segment(body)}})
		}
		out[i] = rec
	}
	return slices.DeleteFunc(out, func(r *format.Record) bool { return r == nil })
}

func resolved(t testing.TB, v *augment.Variant) *augment.ResolvedVariant {
	bank, err := augment.ParseBank(v.Name, v.Phrases)
	if err != nil {
		t.Fatal(err)
	}
	return &augment.ResolvedVariant{Variant: v, Params: v.Params, ParamsJSON: "{}", Bank: bank}
}

// measure stands for a tokenizer in which every byte is a token.
func measure(text string) int { return len(text) }

func compiledOf(t testing.TB, rec *format.Record) *format.Trace {
	c := augment.NewCompiler(1, alone(t, Suite.Find("verification"), augment.PerTrace))
	one := *rec
	one.Attempts = rec.Attempts[:1:1]
	out, _ := c.Compile(&one, &one.Attempts[0])
	return &out
}

// A derivedFault spoils a derived record in one way; it reports whether it could.
type derivedFault struct {
	name  string
	spoil func(*augment.Pass, *augment.Derived) bool
}

// every list of segments of a record.
func lists(d *augment.Derived) []*[]augment.Segment {
	return []*[]augment.Segment{&d.Question, &d.Answer, &d.Chosen, &d.Rejected}
}

func anySegment(d *augment.Derived, stamped bool) *augment.Segment {
	for _, l := range lists(d) {
		for i := range *l {
			if s := &(*l)[i]; (s.Parent == "") == stamped {
				*l = slices.Clone(*l)
				return &(*l)[i]
			}
		}
	}
	return nil
}

func onSegment(stamped bool, do func(*augment.Segment)) func(*augment.Pass, *augment.Derived) bool {
	return func(_ *augment.Pass, d *augment.Derived) bool {
		s := anySegment(d, stamped)
		if s != nil {
			do(s)
		}
		return s != nil
	}
}

var derivedFaults = []derivedFault{
	{"a parent's segment begins a byte late", onSegment(false, func(s *augment.Segment) { s.Start++ })},
	{"a parent's segment ends a byte early", onSegment(false, func(s *augment.Segment) { s.End-- })},
	{"a parent's segment runs past its end", onSegment(false, func(s *augment.Segment) { s.End += 100000 })},
	{"a segment of nobody", onSegment(false, func(s *augment.Segment) { s.Parent = "nobody" })},
	{"a segment trained that is wrong, or the reverse", onSegment(false, func(s *augment.Segment) { s.Wrong = !s.Wrong })},
	{"another part of the parent", onSegment(false, func(s *augment.Segment) { s.Part = "rectified" })},
	{"a false equation in what is stamped", onSegment(true, func(s *augment.Segment) { s.Text += " After all, 2 + 2 = 5." })},
	{"another role for what is stamped", onSegment(true, func(s *augment.Segment) {
		if s.Kind = format.Probe; s.Text == "" {
			s.Text = "x"
		}
	})},
	{"no proof", func(_ *augment.Pass, d *augment.Derived) bool { d.Proof.Grade = ""; return true }},
	{"another form", func(_ *augment.Pass, d *augment.Derived) bool {
		if d.Form == augment.PairForm {
			d.Form = augment.PromptForm
		} else {
			d.Form = augment.PairForm
		}
		return true
	}},
	{"two lines exchanged", func(p *augment.Pass, d *augment.Derived) bool {
		if d.Question != nil || len(d.Answer) < 5 || !strings.Contains(p.Problem.Question, " in each ") {
			return false
		}
		n := len(d.Answer) // the answer, what is asked, and what it rests on
		d.Answer = slices.Clone(d.Answer)
		d.Answer[n-2], d.Answer[1] = d.Answer[1], d.Answer[n-2]
		return true
	}},
	{"a premise left out", func(_ *augment.Pass, d *augment.Derived) bool {
		if len(d.Question) < 3 {
			return false
		}
		d.Question = d.Question[1:]
		return true
	}},
	{"a premise after what is asked", func(_ *augment.Pass, d *augment.Derived) bool {
		if len(d.Question) < 3 {
			return false
		}
		n := len(d.Question)
		d.Question = slices.Clone(d.Question)
		d.Question[n-2], d.Question[n-1] = d.Question[n-1], d.Question[n-2]
		return true
	}},
	{"no parents", func(_ *augment.Pass, d *augment.Derived) bool { d.Parents = nil; return true }},
	{"a parent that is not at hand first", func(_ *augment.Pass, d *augment.Derived) bool {
		d.Parents = append([]string{"nobody"}, d.Parents...)
		return true
	}},
	{"a segment said twice", func(_ *augment.Pass, d *augment.Derived) bool {
		for _, l := range lists(d) {
			if n := len(*l); n > 0 {
				*l = append(slices.Clone(*l), (*l)[n-1])
				return true
			}
		}
		return false
	}},
	{"the last segment left out", func(_ *augment.Pass, d *augment.Derived) bool {
		for _, l := range lists(d) {
			if n := len(*l); n > 0 {
				*l = (*l)[:n-1]
				return true
			}
		}
		return false
	}},
	{"the attempt is not what the verdict says", func(p *augment.Pass, d *augment.Derived) bool {
		verdicts := []string{"wrong", "right", "right"} // the other way round
		p.Verdicts = verdicts
		return true
	}},
	{"the wrong verdict is told", func(_ *augment.Pass, d *augment.Derived) bool {
		if d.Truth == "" {
			return false
		}
		d.Truth = map[string]string{"right": "wrong", "wrong": "right"}[d.Truth]
		return true
	}},
	{"a note that does not hold", func(_ *augment.Pass, d *augment.Derived) bool {
		if len(d.Notes) == 0 {
			return false
		}
		d.Notes = slices.Clone(d.Notes)
		d.Notes[0].Value = "9"
		return true
	}},
	{"the answer told in a hint", func(p *augment.Pass, d *augment.Derived) bool {
		if d.Form != augment.PromptForm || len(d.Answer) == 0 {
			return false
		}
		d.Answer = slices.Clone(d.Answer)
		d.Answer[0] = augment.Whole(p.Attempt)
		return true
	}},
	{"a wrong step that is right", func(p *augment.Pass, d *augment.Derived) bool {
		for _, l := range lists(d) {
			for i := range *l {
				if s := &(*l)[i]; s.Kind == format.Wrong && s.Parent == "" {
					*l = slices.Clone(*l)
					(*l)[i].Text = p.Steps()[0].Text
					return len(d.Answer) < 3 && len(d.Chosen) == 0
				}
			}
		}
		return false
	}},
}

// permutes are the variants that act on problems with parameters.
var permutes = map[string]bool{"premise_permute": true, "chain_permute": true, "early_solve": true}

// Every sound derivation is accepted, and every kind of unsound one is refused,
// 100 of each where there are as many: a proof that has never refused anything
// proves nothing.
func TestUnsoundDerivationsAreRefused(t *testing.T) {
	recs := tried(t, 400)
	compiled := make([]*format.Trace, len(recs))
	for i := range recs {
		augment.TryVariant(resolved(t, Suite.FindVariant("shortcut")), 1, recs[i], 0, nil, nil, nil) // derives the graph
		compiled[i] = compiledOf(t, recs[i])
	}
	stitched, woven := recs, compiled
	for _, v := range Suite.Variants {
		if recs, compiled = stitched, woven; permutes[v.Name] {
			recs, compiled = problems(t)[:200], make([]*format.Trace, 200)
		}
		if v.Name == "backtrack_search" {
			recs, compiled = puzzles(t, 200), make([]*format.Trace, 200)
		}
		use, sound, planted := resolved(t, v), 0, 0
		for _, f := range append([]derivedFault{{}}, derivedFaults...) {
			hits := 0
			for i, rec := range recs {
				if hits >= 100 {
					break
				}
				var hit []bool
				_, made, errs := augment.TryVariant(use, 1, rec, 0, compiled[i], measure, func(p *augment.Pass, d *augment.Derived) {
					hit = append(hit, f.spoil != nil && f.spoil(p, d))
				})
				for k := range made {
					var code string
					if r, ok := errs[k].(*augment.Refusal); ok {
						code = r.Code
					}
					switch {
					case f.spoil == nil && errs[k] == nil:
						sound++
					case f.spoil == nil && code != "reveals":
						t.Fatalf("%s: %s: a sound record is refused: %v", v.Name, rec.ID, errs[k])
					case f.spoil != nil && hit[k]:
						if hits++; errs[k] == nil {
							t.Errorf("%s: %s: accepted in %s: %+v", v.Name, f.name, rec.ID, made[k])
							hits = 100
						}
					}
				}
			}
			planted += hits
		}
		t.Logf("%s: %d sound, %d unsound of %d kinds refused", v.Name, sound, planted, len(derivedFaults))
		if sound < 30 || planted < 100 {
			t.Errorf("%s: %d sound and %d unsound records, too few to tell", v.Name, sound, planted)
		}
	}
}

// A record is derived alike whatever else was derived before it, and from a copy of
// its source: what a variant makes depends on its key alone.
func TestDerivationsAreIndependent(t *testing.T) {
	for i, rec := range tried(t, 60) {
		again := tried(t, 60)[i]
		compiled := compiledOf(t, rec)
		for k := range Suite.Variants {
			v := Suite.Variants[len(Suite.Variants)-1-k] // another order
			_, a, _ := augment.TryVariant(resolved(t, v), 5, rec, 0, compiled, measure, nil)
			_, b, _ := augment.TryVariant(resolved(t, v), 5, again, 0, compiled, measure, nil)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("%s of %s: %+v, then %+v", v.Name, rec.ID, a, b)
			}
		}
	}
}

// What each variant makes of one record is kept as text.
func TestVariantGoldens(t *testing.T) {
	for _, v := range Suite.Variants {
		if _, err := os.Stat("testdata/" + v.Name + ".txtar"); err != nil {
			continue // it needs a problem of its own kind, and has its test beside it
		}
		augmenttest.RunVariant(t, v, func(r *format.Record) *format.Trace { return compiledOf(t, r) })
	}
}
