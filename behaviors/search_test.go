package behaviors

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/augment/tasks/countdown"
	"github.com/seed-cdf14512/graft/behaviors/variants/backtracksearch"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// puzzles are Countdown puzzles with a solution each, as text: a search of every kind
// among them.
func puzzles(t testing.TB, n int) (list []*format.Record) {
	r := rand.New(rand.NewPCG(7, 11))
	for i := range n {
		p := countdown.Defaults
		p.Trace, p.Compact = []string{"solution", "solution", "dfs", "beam"}[i%4], i%8 == 1
		draw, err := countdown.New(p)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := draw(r)
		if err != nil {
			t.Fatal(err)
		}
		rec.ID = "puzzle-" + strconv.Itoa(i)
		rec.Attempts[0].Trace = format.Trace{ID: rec.ID, Steps: ingest.Segment(rec.Attempts[0].Trace.Text())}
		list = append(list, &rec)
	}
	return list
}

// searching are the settings that a search is tried with.
var searching = []backtracksearch.Params{
	{Strategy: "dfs", Wrong: 2, Follow: 1, From: "any", Budget: 120},
	{Strategy: "dfs", Wrong: 3, Follow: 2, From: "any", Budget: 1000},
	{Strategy: "dfs", Wrong: 0, From: "any", Budget: 120},
	{Strategy: "dfs", Wrong: 3, Follow: 2, From: "tree", Budget: 120},
	{Strategy: "bfs", Wrong: 2, Follow: 2, From: "any", Budget: 120},
	{Strategy: "beam", Wrong: 3, From: "any", Budget: 120},
	{Strategy: "dfs", Wrong: 3, Follow: 2, From: "any", Budget: 9, Failures: true},
}

func searchUse(t testing.TB, par *backtracksearch.Params) *augment.ResolvedVariant {
	use := resolved(t, backtracksearch.Variant)
	use.Params = par
	return use
}

// joined is what a derived record answers.
func joined(rec *format.Record, d augment.Derived) string {
	p := augment.Pass{Problem: &rec.Problem, Attempt: &rec.Attempts[0], Others: rec.Attempts}
	text, _ := p.Join(d.Answer)
	return text
}

// A searchFault changes the text of a search in one way; it reports whether it could.
type searchFault struct {
	name  string
	spoil func(r *rand.Rand, lines []string) ([]string, bool)
}

// onLine changes one of the lines that have a mark.
func onLine(mark string, change func(string) string) func(*rand.Rand, []string) ([]string, bool) {
	return func(r *rand.Rand, lines []string) ([]string, bool) {
		for _, i := range r.Perm(len(lines)) {
			if strings.Contains(lines[i], mark) {
				is := change(lines[i])
				was := lines[i]
				lines = slices.Clone(lines)
				lines[i] = is
				return lines, is != was
			}
		}
		return nil, false
	}
}

func swap(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}

var searchFaults = []searchFault{
	{"another number left", onLine("(left: ", swap("(left: ", "(left: 1"))},
	{"a number left that is not there", onLine("(left: ", swap("(left: ", "(left: 7 "))},
	{"another operand", onLine(" + ", swap(" + ", " + 1"))},
	{"another operation", onLine(" * ", swap(" * ", " + "))},
	{"another value", onLine(" = ", swap(" = ", " = 9"))},
	{"a state of another branch", onLine("#1", swap("#1", "#2"))},
	{"a state far off", onLine("#", swap("#", "#3.3."))},
	{"a way back to somewhere else", onLine("back to #", swap("back to #", "back to #5."))},
	{"wanted, and it is not", onLine("not wanted", swap("not wanted", "wanted"))},
	{"not wanted, and it is", onLine(", which is wanted", swap("which is wanted", "which is not wanted; back to #1"))},
	{"a state left out that others rest on", func(r *rand.Rand, lines []string) ([]string, bool) {
		for _, i := range r.Perm(len(lines)) {
			id, _, ok := strings.Cut(lines[i], ": ")
			if ok && slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(s, id+".") }) {
				return slices.Delete(slices.Clone(lines), i, i+1), true
			}
		}
		return nil, false
	}},
	{"a state twice", func(r *rand.Rand, lines []string) ([]string, bool) {
		i := r.IntN(len(lines))
		return slices.Insert(slices.Clone(lines), i, lines[i]), strings.HasPrefix(lines[i], "#")
	}},
	{"a dead end not given up", func(r *rand.Rand, lines []string) ([]string, bool) {
		for _, i := range r.Perm(len(lines) - 1) {
			if strings.HasPrefix(lines[i], "No way on") {
				return slices.Delete(slices.Clone(lines), i, i+1), true
			}
		}
		return nil, false
	}},
	{"the right way given up", func(r *rand.Rand, lines []string) ([]string, bool) {
		for i := range lines {
			if strings.HasPrefix(lines[i], "#") && strings.Contains(lines[i], ", which is wanted") {
				id, _, _ := strings.Cut(lines[i], ":")
				up := id[:strings.LastIndexByte(id, '.')]
				return slices.Insert(slices.Clone(lines), i, "No way on from "+up+"; back to "+up[:max(2, strings.LastIndexByte(up, '.'))]+".\n"), true
			}
		}
		return nil, false
	}},
}

// Searches of every setting are sound, grade right, have the dead ends that they are
// asked for, and are refused with any fault, 100 of each kind.
func TestSearchesAreProved(t *testing.T) {
	recs := puzzles(t, 200)
	r := rand.New(rand.NewPCG(4, 4))
	planted := map[string]int{}
	for k := range searching {
		par := &searching[k]
		use, sound, cut, refused, dead := searchUse(t, par), 0, 0, 0, 0
		for _, rec := range recs {
			_, made, errs := augment.TryVariant(use, 1, rec, 0, nil, nil, nil)
			for i := range made {
				if errs[i] != nil {
					t.Fatalf("%+v: %s: %v\n%s", *par, rec.ID, errs[i], joined(rec, made[i]))
				}
				text := joined(rec, made[i])
				dead += strings.Count(text, "No way on") + strings.Count(text, "not wanted")
				if sound++; made[i].Truncated {
					cut++
				}
			}
			if len(made) == 0 {
				refused++
			}
			for _, f := range searchFaults {
				if planted[f.name] >= 100 || par.Wrong == 0 || made == nil {
					continue
				}
				hit := false
				_, _, errs := augment.TryVariant(use, 1, rec, 0, nil, nil, func(p *augment.Pass, d *augment.Derived) { hit = spoil(r, f, d) })
				if !hit {
					continue
				}
				if planted[f.name]++; errs[0] == nil {
					t.Errorf("%+v: %s: accepted", *par, f.name)
				}
			}
		}
		t.Logf("%s of %d wrong, %d followed, from %s: %d sound, %d cut off, %d not made, %.1f dead ends", par.Strategy, par.Wrong, par.Follow, par.From, sound, cut, refused, float64(dead)/float64(max(1, sound)))
		if sound < len(recs)*9/10 || par.Failures != (cut > 0) || (dead > 0) != (par.Wrong > 0) {
			t.Errorf("%+v: %d of %d, %d cut off, %d dead ends", *par, sound, len(recs), cut, dead)
		}
	}
	for _, f := range searchFaults {
		if planted[f.name] < 100 {
			t.Errorf("%s: planted %d times only", f.name, planted[f.name])
		}
	}
}

// spoil plants a fault in the lines that a record says itself.
func spoil(r *rand.Rand, f searchFault, d *augment.Derived) bool {
	var lines []string
	for i := range d.Answer {
		if d.Answer[i].Parent == "" {
			lines = append(lines, d.Answer[i].Text)
		}
	}
	tail := slices.Clone(d.Answer[len(lines):])
	lines, ok := f.spoil(r, lines)
	if !ok {
		return false
	}
	d.Answer = nil
	for _, l := range lines {
		kind := format.Branch
		switch {
		case strings.HasPrefix(l, "No way") || strings.HasPrefix(l, "The budget"):
			kind = format.Return
		case !strings.HasPrefix(l, "#"):
			kind = format.Setup
		}
		d.Answer = append(d.Answer, augment.Stamped(kind, l))
	}
	d.Answer = append(d.Answer, tail...)
	return true
}

// A branch that may lead to the target is no dead end, whoever gave it up.
func TestLiveBranchIsRefused(t *testing.T) {
	rec := puzzle24("4 * 5 = 20 (left: 6 10 20)\n10 - 6 = 4 (left: 4 20)\n20 + 4 = 24 (left: 24)\nAnswer: 4 * 5 + (10 - 6) = 24\n")
	par := backtracksearch.Params{Strategy: "dfs", Wrong: 3, Follow: 0, From: "any", Budget: 50}
	_, _, errs := augment.TryVariant(searchUse(t, &par), 1, rec, 0, nil, nil, func(p *augment.Pass, d *augment.Derived) {
		d.Answer = append([]augment.Segment{d.Answer[0], augment.Stamped(format.Branch, "#1: 10 - 6 = 4 (left: 4 5 4).\n"),
			augment.Stamped(format.Return, "No way on from #1; back to #0.\n")}, d.Answer[len(d.Answer)-4:]...)
	})
	if len(errs) != 1 || errs[0] == nil || !strings.Contains(errs[0].Error(), "may lead to 24") {
		t.Errorf("errors %v", errs)
	}
}

func puzzle24(text string) *format.Record {
	return &format.Record{ID: "p", Problem: format.Problem{Question: "Make 24 of 4, 5, 6, 10.", Answer: "24", Checker: "countdown",
		Params: []format.Field{{Name: "numbers", Value: "4,5,6,10"}, {Name: "target", Value: "24"}}},
		Attempts: []format.Attempt{{Trace: format.Trace{ID: "p", Steps: ingest.Segment(text)}}}}
}

// Searches are written as they were.
func TestSearchGoldens(t *testing.T) {
	rec := puzzle24("4 * 5 = 20 (left: 6 10 20)\n10 - 6 = 4 (left: 4 20)\n20 + 4 = 24 (left: 24)\nAnswer: 4 * 5 + (10 - 6) = 24\n")
	var b strings.Builder
	for k := range searching {
		par := &searching[k]
		_, made, _ := augment.TryVariant(searchUse(t, par), 3, rec, 0, nil, nil, nil)
		b.WriteString("== " + par.Strategy + " wrong " + strconv.Itoa(par.Wrong) + " follow " + strconv.Itoa(par.Follow) + " from " + par.From + "\n")
		for i := range made {
			b.WriteString(joined(rec, made[i]) + "-- " + made[i].Proof.Detail + "\n")
		}
	}
	const file = "testdata/backtrack_search.golden"
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// The trees of published searches of the game of 24 become searches with the dead
// ends that they tried.
func TestSearchOfPublishedTrees(t *testing.T) {
	par := backtracksearch.Params{Strategy: "dfs", Wrong: 3, Follow: 2, From: "tree", Budget: 200}
	for _, file := range []string{"tot_bfs.jsonl.gz", "cot_sample100.jsonl.gz"} {
		seen, err := ingest.Peek(context.Background(), filepath.Join(augmenttest.Shared(t), "data", "game24-tot", file), 100, ingest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		made, dead := 0, 0
		for k := range seen.Records {
			rec := seen.Records[k].Record
			if rec == nil {
				continue
			}
			for i, before := 0, made; i < len(rec.Attempts) && made < before+2; i++ {
				_, list, errs := augment.TryVariant(searchUse(t, &par), 1, rec, i, nil, nil, nil)
				for k := range list {
					if errs[k] != nil {
						t.Fatalf("%s: %v\n%s", rec.ID, errs[k], joined(rec, list[k]))
					}
					made++
					dead += strings.Count(joined(rec, list[k]), "No way on")
				}
			}
		}
		t.Logf("%s: %d puzzles, %d searches, %d dead ends", file, len(seen.Records), made, dead)
		if made == 0 {
			t.Errorf("%s: no search of %d puzzles", file, len(seen.Records))
		}
	}
}
