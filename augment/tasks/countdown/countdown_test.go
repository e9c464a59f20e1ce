package countdown

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

var sets = []struct {
	name string
	set  func(*Params)
}{
	{"solution", func(*Params) {}},
	{"solution, 2 to 6 numbers", func(p *Params) { p.Least, p.Numbers, p.To = 2, 6, 999 }},
	{"dfs", func(p *Params) { p.Trace = "dfs" }},
	{"dfs by factors, failures kept", func(p *Params) { p.Trace, p.Guide, p.Failures, p.Budget = "dfs", "factor", true, 30 }},
	{"beam", func(p *Params) { p.Trace = "beam" }},
	{"beam of 2, failures kept", func(p *Params) { p.Trace, p.Width, p.Failures = "beam", 2, true }},
}

// Every attempt is what it says: found ones are graded right by the checker that
// the problem names, from the text; failures are not; no step states anything
// false; and the answer of the problem solves it.
func TestGraded(t *testing.T) {
	checker := answer.Find("countdown")
	for _, s := range sets {
		p := Defaults
		s.set(&p)
		draw, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		right, wrong := 0, 0
		for i := range 1000 {
			rec, err := draw(r)
			if err != nil {
				t.Fatal(err)
			}
			a := &rec.Attempts[0]
			if err := format.CheckTrace(a.Trace); err != nil {
				t.Fatal(err)
			}
			text := a.Trace.Text()
			got := checker.Grade(&rec.Problem, text)
			if (got.Verdict == format.Exact) != (a.Label == format.Right) {
				t.Fatalf("%s, puzzle %d: graded %s (%s), labelled %s\n%s\n%s", s.name, i, got.Verdict, got.Detail, a.Label, rec.Problem.Question, text)
			}
			if at := checker.FirstWrong(&rec.Problem, a.Trace.Steps); at >= 0 {
				t.Fatalf("%s, puzzle %d: step %q is false", s.name, i, a.Trace.Steps[at].Text)
			}
			if got := checker.Grade(&rec.Problem, rec.Problem.Answer+" = "+param(&rec, "target")); got.Verdict != format.Exact {
				t.Fatalf("%s, puzzle %d: the answer %s is graded %s", s.name, i, rec.Problem.Answer, got.Verdict)
			}
			if a.Label == format.Right {
				right++
			} else {
				wrong++
			}
		}
		t.Logf("%s: %d right, %d wrong", s.name, right, wrong)
		if p.Failures != (wrong > 0) {
			t.Errorf("%s: %d failures", s.name, wrong)
		}
	}
}

func param(rec *format.Record, name string) string {
	for _, f := range rec.Problem.Params {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// A search visits what it says it visits: every state is the child of the one
// its address names, and no state is visited twice.
func TestSearchTree(t *testing.T) {
	p := Defaults
	p.Trace, p.Failures, p.Budget = "dfs", true, 60
	draw, _ := New(p)
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		rec, err := draw(r)
		if err != nil {
			t.Fatal(err)
		}
		left := map[string]string{"": strings.ReplaceAll(param(&rec, "numbers"), ",", "")}
		visited := 0
		for _, s := range rec.Attempts[0].Trace.Steps {
			if s.Kind != format.Branch {
				continue
			}
			visited++
			address, rest, _ := strings.Cut(strings.TrimPrefix(s.Text, "#"), ": ")
			parent := ""
			if at := strings.LastIndexByte(address, '.'); at >= 0 {
				parent = address[:at]
			}
			before, ok := left[parent]
			if _, twice := left[address]; !ok || twice {
				t.Fatalf("%q: visited before, or its parent was not", s.Text)
			}
			_, after, _ := strings.Cut(rest, "(left: ")
			after, _, _ = strings.Cut(after, ")")
			left[address] = after
			want := map[string]int{}
			for _, w := range strings.Fields(before) {
				want[w]++
			}
			words := strings.Fields(rest)
			want[words[0]]--
			want[words[2]]--
			want[words[4]]++
			for _, w := range strings.Fields(after) {
				want[w]--
			}
			for w, n := range want {
				if n != 0 {
					t.Fatalf("%q after %q: %s is %d times too often", s.Text, before, w, n)
				}
			}
		}
		if visited == 0 || visited > p.Budget {
			t.Fatalf("%d states visited, at most %d are allowed", visited, p.Budget)
		}
	}
}

// In the compact form every number is a token by itself: blanks stand between
// all of them.
func TestCompact(t *testing.T) {
	p := Defaults
	p.Compact, p.Trace = true, "dfs"
	draw, _ := New(p)
	rec, err := draw(rand.New(rand.NewPCG(5, 6)))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range strings.Fields(rec.Attempts[0].Trace.Text()) {
		w = strings.Trim(w, "()")
		if strings.Trim(w, "0123456789") != "" && len(w) > 1 {
			t.Errorf("%q is more than a number or a sign", w)
		}
	}
	if got := answer.Find("countdown").Grade(&rec.Problem, rec.Attempts[0].Trace.Text()); got.Verdict != format.Exact {
		t.Errorf("graded %s: %s", got.Verdict, got.Detail)
	}
}

func BenchmarkCountdown(b *testing.B) {
	for _, s := range sets {
		b.Run(s.name, func(b *testing.B) {
			p := Defaults
			s.set(&p)
			draw, err := New(p)
			if err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := draw(r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puzzles/s")
		})
	}
}
