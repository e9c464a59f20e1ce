package igsm

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// clippedFaults spoil a solution in the grammar of the original, given by
// sentences: faults of a sentence are found at it.
var clippedFaults = []fault{
	{"a parameter that does not exist", answer.RuleNode, func(s *solved) (int, bool) {
		i := s.r.IntN(len(s.lines))
		s.lines[i] = strings.Replace(s.lines[i], " in each ", " in each lost ", 1)
		return i, true
	}},
	{"worked out before its parents", answer.RuleParents, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return len(s.node(j).Parents) > 0 })
		if !ok {
			return 0, false
		}
		i := j
		for _, p := range s.node(j).Parents {
			i = min(i, s.line(p))
		}
		line := s.lines[j]
		s.lines = slices.Insert(slices.Delete(s.lines, j, j+1), i, line)
		return i, true
	}},
	{"a letter given twice", answer.RuleLetter, func(s *solved) (int, bool) {
		j := 1 + s.r.IntN(len(s.lines)-1)
		at, was := strings.Index(s.lines[j], "; ")-1, strings.Index(s.lines[j-1], "; ")-1
		s.lines[j] = s.lines[j][:at] + s.lines[j-1][was:was+1] + s.lines[j][at+1:]
		return j, true
	}},
	{"another operation", answer.RuleSymbols, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return strings.Count(s.lines[j], " + ") == 2 && strings.Count(s.lines[j], "; ") == 1 })
		if ok {
			s.lines[j] = strings.ReplaceAll(s.lines[j], " + ", " - ")
		}
		return j, ok
	}},
	{"a number not put in", answer.RuleNumbers, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return strings.Count(s.lines[j], " = ") == 3 })
		if ok {
			parts := strings.Split(s.lines[j], " = ")
			parts[2] = bumpOne(s.r, parts[2])
			s.lines[j] = strings.Join(parts, " = ")
		}
		return j, ok
	}},
	{"a wrong value", answer.RuleValue, func(s *solved) (int, bool) {
		j := s.r.IntN(len(s.lines))
		if len(s.node(j).Parents) == 0 {
			return 0, false
		}
		at := strings.LastIndexByte(s.lines[j], ' ')
		s.lines[j] = s.lines[j][:at+1] + bump(s.lines[j][at+1:])
		return j, true
	}},
	{"taken back although it is not locked", answer.RuleLocked, func(s *solved) (int, bool) {
		j := s.r.IntN(len(s.lines))
		s.insert(j, "Define "+s.node(j).Name+" as BACK")
		return j, true
	}},
	{"what is asked for left out", answer.RuleTarget, func(s *solved) (int, bool) {
		last := len(s.lines) - 1
		s.lines = s.lines[:last]
		return last, true
	}},
}

// The grammar of the original, 100 times each kind of fault; and what is taken
// back because it is locked is no fault.
func TestClippedFaults(t *testing.T) {
	p := Defaults
	p.Mod, p.Envelope, p.MinOp = 23, false, 8
	g, r := fresh(t, p), rand.New(rand.NewPCG(9, 10))
	clipped := func() (*format.Record, *solved) {
		rec, s := solution(t, g, r)
		s.lines = strings.Split(strings.TrimSuffix(rec.Attempts[0].Trace.Text(), "."), ". ")
		return rec, s
	}
	for _, f := range clippedFaults {
		planted := 0
		for tries := 0; planted < 100 && tries < 10_000; tries++ {
			rec, s := clipped()
			step, ok := f.spoil(s)
			if !ok {
				continue
			}
			planted++
			text := strings.Join(s.lines, ". ") + "."
			v := answer.Replay(&rec.Problem, text)
			if v == nil || v.Step != step || v.Rule != f.rule {
				t.Fatalf("%s: planted at %d under %s, found %+v\n%s\n%s", f.name, step, f.rule, v, rec.Problem.Question, text)
			}
		}
		if planted < 100 {
			t.Errorf("%s: planted only %d times", f.name, planted)
		}
	}
	for range 500 {
		rec, s := clipped()
		i := s.r.IntN(len(s.lines) - 1)
		if j, _, ok := s.locked(i); ok {
			s.insert(i, "Define "+s.node(j).Name+" as BACK")
		}
		if v := answer.Replay(&rec.Problem, strings.Join(s.lines, ". ")+"."); v != nil {
			t.Fatalf("%+v\n%s", v, strings.Join(s.lines, ". "))
		}
	}
}

// The replay speaks the names and premises of the original, too, where the
// problem says what belongs to which category.
func TestClippedOriginal(t *testing.T) {
	p := &format.Problem{
		Question: "The number of each Red Hall's Oak Desk equals 5 more than each Red Hall's Elm Desk. " +
			"The number of each Red Hall's Elm Desk equals 4. The number of each Blue Hall's Oak Desk equals 3 times as much as the difference of each Red Hall's Desk and each Red Hall's Elm Desk. " +
			"How many Oak Desk does each Blue Hall have?",
		Params: []format.Field{{Name: "mod", Value: "23"}, {Name: "category", Value: "Desk: Oak Desk, Elm Desk"}},
	}
	good := "Define each Red Hall's Elm Desk as p; so p = 4. Define each Red Hall's Oak Desk as q; so q = 5 + p = 5 + 4 = 9. " +
		"Define each Red Hall's Desk as r; so r = p + q = 4 + 9 = 13. Define each Blue Hall's Oak Desk as s; t = r - p = 13 - 4 = 9; so s = 3 * t = 3 * 9 = 4."
	for _, row := range []struct {
		text string
		rule answer.Rule
		step int
	}{
		{good, "", 0},
		{strings.Replace(good, "r - p = 13 - 4 = 9", "p - r = 4 - 13 = 14", 1), answer.RuleSymbols, 3},
		{strings.Replace(good, "3 * 9 = 4", "3 * 9 = 27", 1), answer.RuleValue, 3},
		{strings.Replace(good, "r = p + q = 4 + 9", "r = q + p = 9 + 4", 1), "", 0},
	} {
		v := answer.Replay(p, row.text)
		if (v == nil) != (row.rule == "") || v != nil && (v.Rule != row.rule || v.Step != row.step) {
			t.Errorf("%s\nfound %+v, want %q at %d", row.text, v, row.rule, row.step)
		}
	}
}
