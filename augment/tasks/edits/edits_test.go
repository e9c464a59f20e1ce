package edits

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// sets are the settings that tests go over: lines and tokens, each operation alone.
func sets() (list []Params) {
	for _, granularity := range []string{"step", "token"} {
		for _, ops := range []string{"del", "ins", "sub", "del,ins,sub"} {
			p := Defaults
			p.Granularity, p.Ops, p.Rate, p.Limit = granularity, ops, 15, 200
			list = append(list, p)
		}
	}
	return list
}

// Twenty thousand repairs replay from question and text alone, are as long as the
// number of corruptions at most, and have the operations and the rate asked for.
func TestClean(t *testing.T) {
	n := 20_000 / len(sets())
	if testing.Short() {
		n /= 10
	}
	for _, p := range sets() {
		draw, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(5, 6))
		edits, units := 0, 0
		for range n {
			rec, err := draw(r)
			if err != nil {
				t.Fatal(err)
			}
			a := &rec.Attempts[0]
			if v := answer.ReplayEdits(&rec.Problem, a.Trace.Text()); v != nil {
				t.Fatalf("%s: step %d: %s\n%s\n%s", v.Rule, v.Step, v.Detail, rec.Problem.Question, a.Trace.Text())
			}
			checker := answer.Find(rec.Problem.Checker)
			if g := checker.Grade(&rec.Problem, a.Trace.Text()); g.Verdict != format.Exact {
				t.Fatalf("graded %s: %s\n%s", g.Verdict, g.Detail, a.Trace.Text())
			}
			for i, v := range checker.Steps(&rec.Problem, a.Trace.Steps) {
				if v != format.Exact {
					t.Fatalf("step %d is %s\n%s", i, v, a.Trace.Text())
				}
			}
			done := 0
			for _, m := range rec.Meta[2:] {
				k := 0
				fmt.Sscan(m.Value, &k)
				if done += k; k > 0 && !strings.Contains(p.Ops, m.Name) {
					t.Fatalf("%d of %s in a set with %s", k, m.Name, p.Ops)
				}
			}
			if got := len(a.Trace.Steps) - 1; got > done || got != 0 && done == 0 {
				t.Fatalf("%d edits repair %d corruptions", got, done)
			}
			edits += done
			repair, _ := answer.ReadRepair(rec.Problem.Question)
			units += len(repair.Target)
		}
		want := .15 * float64(units)
		if math.Abs(float64(edits)-want) > 4*math.Sqrt(want) { // standard errors, the seed being fixed
			t.Errorf("%s %s: %d of %d units are corrupted, want 15 of 100", p.Granularity, p.Ops, edits, units)
		}
	}
}

// faults are ways of getting the edit at step k wrong; it is found there, or at the
// step named.
var faults = map[string]func(lines []string, k int) ([]string, int){
	"place": func(l []string, k int) ([]string, int) {
		var at int
		op, rest, _ := strings.Cut(l[k], " ")
		_, body, _ := strings.Cut(rest, ": ")
		fmt.Sscan(rest, &at)
		l[k] = fmt.Sprintf("%s %d: %s", op, at+1, body)
		return l, k
	},
	"far place": func(l []string, k int) ([]string, int) {
		op, rest, _ := strings.Cut(l[k], " ")
		l[k] = op + " 9" + rest
		return l, k
	},
	"what stands there": func(l []string, k int) ([]string, int) {
		if strings.HasPrefix(l[k], "insert") {
			return nil, 0
		}
		l[k] = strings.Replace(l[k], ": ", ": 1", 1)
		return l, k
	},
	"new text": func(l []string, k int) ([]string, int) {
		if strings.HasPrefix(l[k], "delete") {
			return nil, 0
		}
		l[k] = strings.Replace(l[k], " (", "0 (", 1)
		return l, k
	},
	"another operation": func(l []string, k int) ([]string, int) {
		_, rest, _ := strings.Cut(l[k], " ")
		if strings.HasPrefix(l[k], "insert") {
			l[k] = "delete " + rest
		} else {
			l[k] = "insert " + rest
		}
		return l, k
	},
	"count": func(l []string, k int) ([]string, int) {
		l[k] = strings.Replace(l[k], " (", " (1", 1)
		return l, k
	},
	"left out": func(l []string, k int) ([]string, int) { return append(l[:k:k], l[k+1:]...), k },
	"said twice": func(l []string, k int) ([]string, int) {
		return append(append(l[:k+1:k+1], l[k]), l[k+1:]...), k + 1
	},
	"answer": func(l []string, k int) ([]string, int) {
		l[len(l)-1] += "1"
		return l, len(l) - 1
	},
	"answer early": func(l []string, k int) ([]string, int) { return append(l[:k:k], l[len(l)-1]), k },
}

// Each kind of fault, planted a hundred times in each set, is found, at its step.
func TestFaults(t *testing.T) {
	for name, plant := range faults {
		for _, p := range sets() {
			if name == "what stands there" && p.Ops == "del" || name == "new text" && p.Ops == "ins" {
				continue // such a set has only the other kind of edit
			}
			draw, err := New(p)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(7, 8))
			for planted := 0; planted < 100; {
				rec, err := draw(r)
				if err != nil {
					t.Fatal(err)
				}
				steps := rec.Attempts[0].Trace.Steps
				if len(steps) < 2 {
					continue // nothing to get wrong
				}
				lines := strings.Split(rec.Attempts[0].Trace.Text(), "\n")
				lines, want := plant(lines, r.IntN(len(steps)-1))
				if lines == nil || name == "place" && serves(&rec, lines, want) {
					continue
				}
				planted++
				text := strings.Join(lines, "\n")
				v := answer.ReplayEdits(&rec.Problem, text)
				if v == nil || v.Step != want {
					t.Fatalf("%s, %s %s: found %+v, want it at %d\n%s\n%s", name, p.Granularity, p.Ops, v, want, rec.Problem.Question, text)
				}
				var cut []format.Step
				for i, l := range strings.SplitAfter(text, "\n") {
					cut = append(cut, format.Step{ID: i + 1, Text: l})
				}
				if got := answer.Find("edits").FirstWrong(&rec.Problem, cut); got != want {
					t.Fatalf("%s: the checker finds step %d wrong, want %d\n%s", name, got, want, text)
				}
			}
		}
	}
}

// serves reports whether a line is an edit that brings the draft nearer to the
// target where it stands: then another place is another way, and no fault. Both
// are worked out here, by the textbook's table, not by the oracle.
func serves(rec *format.Record, lines []string, k int) bool {
	r, _ := answer.ReadRepair(rec.Problem.Question)
	before := r.Draft
	after := before
	for i := range k + 1 {
		op, rest, _ := strings.Cut(lines[i][:strings.LastIndex(lines[i], " (")], " ")
		place, body, _ := strings.Cut(rest, ": ")
		var at int
		fmt.Sscan(place, &at)
		was, now, _ := strings.Cut(body, " -> ")
		before = after
		switch {
		case op == "insert" && at <= len(before)+1:
			after = slices.Insert(slices.Clone(before), at-1, body)
		case op == "insert" || at > len(before) || before[at-1] != was:
			return false
		case op == "delete":
			after = slices.Delete(slices.Clone(before), at-1, at)
		default:
			after = slices.Clone(before)
			after[at-1] = now
		}
	}
	return apart(after, r.Target) < apart(before, r.Target)
}

// apart is Levenshtein's distance.
func apart(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		corner := row[0]
		row[0] = i + 1
		for j := range b {
			swap := corner
			if a[i] != b[j] {
				swap++
			}
			corner, row[j+1] = row[j+1], min(swap, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// What the settings may not be is said with what they may.
func TestCheck(t *testing.T) {
	for want, set := range map[string]func(*Params){
		`ops has "swap"`:    func(p *Params) { p.Ops = "del,swap" },
		`ops has ""`:        func(p *Params) { p.Ops = "" },
		"least is 9":        func(p *Params) { p.Least = 9 },
		"granularity is":    func(p *Params) { p.Granularity = "byte" },
		`trace is "script,`: func(p *Params) { p.Trace = "script,answer" },
	} {
		p := Defaults
		set(&p)
		if _, err := New(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
