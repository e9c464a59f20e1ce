package answer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// apart is Levenshtein's distance by one row of the textbook's table, forwards: not
// how EditDistance finds it.
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

// A script leads from any draft to any target, and none is shorter.
func TestEditScript(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := func() []string {
		s := make([]string, r.IntN(9))
		for i := range s {
			s[i] = string(rune('a' + r.IntN(3)))
		}
		return s
	}
	for range 10_000 {
		draft, target := letters(), letters()
		before := slices.Clone(draft)
		script := EditScript(draft, target)
		if len(script) != apart(draft, target) {
			t.Fatalf("%v to %v takes %d edits, not %d", draft, target, apart(draft, target), len(script))
		}
		now := draft
		for _, e := range script {
			var err error
			if now, err = e.Apply(now); err != nil {
				t.Fatalf("%v to %v: %s: %v", draft, target, e, err)
			}
			if got, _, ok, err := readEdit(e.String()); !ok || err != nil || got != e {
				t.Fatalf("%q reads as %+v, %v", e, got, err)
			}
		}
		if !slices.Equal(now, target) || !slices.Equal(draft, before) {
			t.Fatalf("%v (before: %v) became %v, not %v", draft, before, now, target)
		}
	}
}

const repairQuestion = "Start with 12. Then add 7, subtract 4, divide by 2.\n" +
	"The draft below may have errors. Repair it with as few edits as possible: delete, insert or replace one line at a time.\n" +
	"Draft:\n1: 12 + 7 = 19\n2: 19 - 4 = 16\n3: 3 + 3 = 6"

func TestReplayEdits(t *testing.T) {
	const final = "#### 12 + 7 = 19; 19 - 4 = 15; 15 / 2 = 7.5"
	two := "replace 2: 19 - 4 = 16 -> 19 - 4 = 15 (1 left)\nreplace 3: 3 + 3 = 6 -> 15 / 2 = 7.5 (0 left)\n"
	p := &format.Problem{Question: repairQuestion}
	for _, row := range []struct {
		name, text string
		rule       Rule
		step       int
	}{
		{"right", two + final, "", 0},
		{"the other order, no counts, words between", "The last line first.\nreplace 3: 3 + 3 = 6 -> 15 / 2 = 7.5\nThen\nreplace 2: 19 - 4 = 16 -> 19 - 4 = 15\n" + final, "", 0},
		{"two edits for one", "delete 3: 3 + 3 = 6\ninsert 3: 15 / 2 = 7.5\n", RuleNear, 0},
		{"wrong value", strings.Replace(two, "= 15 (1", "= 14 (1", 1) + final, RuleNear, 0},
		{"no such place", "delete 4: 3 + 3 = 6 (1 left)\n", RuleEdit, 0},
		{"something else stands there", strings.Replace(two, "replace 3: 3 + 3 = 6", "replace 3: 3 + 3 = 7", 1), RuleEdit, 1},
		{"count", strings.Replace(two, "(0 left)", "(1 left)", 1), RuleCount, 1},
		{"broken count", strings.Replace(two, "(0 left)", "(-1 left)", 1), RuleForm, 1},
		{"no place", "delete it\n", RuleForm, 0},
		{"stops early", "replace 2: 19 - 4 = 16 -> 19 - 4 = 15 (1 left)\n", RuleAnswer, 1},
		{"says so early", "replace 2: 19 - 4 = 16 -> 19 - 4 = 15 (1 left)\n" + final, RuleAnswer, 1},
		{"an edit too many", two + "delete 1: 12 + 7 = 19 (0 left)\n" + final, RuleNear, 2},
	} {
		v := ReplayEdits(p, row.text)
		switch {
		case v == nil && row.rule != "":
			t.Errorf("%s: nothing found, want %s", row.name, row.rule)
		case v != nil && (v.Rule != row.rule || v.Step != row.step):
			t.Errorf("%s: %s at %d (%s), want %q at %d", row.name, v.Rule, v.Step, v.Detail, row.rule, row.step)
		}
		whole := strings.Contains(row.text, "####")
		if g := gradeEdits(p, row.text).Verdict; whole && (g == format.Exact) != (row.rule == "") {
			t.Errorf("%s: graded %s", row.name, g)
		}
	}
	if g := gradeEdits(p, strings.TrimPrefix(final, "#### ")); g.Verdict != format.Exact {
		t.Errorf("the answer alone is graded %s: %s", g.Verdict, g.Detail)
	}
	if g := gradeEdits(p, "#### 12 + 7 = 19; 19 - 4 = 16; 3 + 3 = 6"); g.Verdict != format.False {
		t.Errorf("the draft as it stands is graded %s", g.Verdict)
	}
}

// What is no question of a repair says what is missing, and states nothing.
func TestReadRepair(t *testing.T) {
	for _, row := range [][3]string{
		{"Start with 12", "Begin with 12", `a task reads "Start with 5.`},
		{"subtract 4", "take away 4", "an operation is add, subtract"},
		{"divide by 2", "divide by 0", "has no value after 15"},
		{"one line", "one page", `one line at a time.`},
		{"\n2: 19", "\n7: 19", "line 2 of the draft"},
		{"\nDraft:", "\n", "no task and draft"},
	} {
		p := &format.Problem{Question: strings.Replace(repairQuestion, row[0], row[1], 1)}
		if _, err := ReadRepair(p.Question); err == nil || !strings.Contains(err.Error(), row[2]) {
			t.Errorf("%s for %s: %v, want %q", row[1], row[0], err, row[2])
		}
		if v := stepsEdits(p, []format.Step{{Text: "delete 1: x\n"}}); v[0] != format.Unknown {
			t.Errorf("%s for %s: a step is judged %s", row[1], row[0], v[0])
		}
	}
}

func FuzzReplayEdits(f *testing.F) {
	f.Add(repairQuestion, "replace 2: 19 - 4 = 16 -> 19 - 4 = 15 (1 left)\n#### x")
	f.Add(strings.Replace(repairQuestion, "one line", "one token", 1), "insert 99999999999999999999: x\ndelete -1: y -> z (9 left)")
	f.Fuzz(func(t *testing.T, question, text string) {
		p := &format.Problem{Question: question}
		if v := ReplayEdits(p, text); v == nil && gradeEdits(p, text+"\n").Verdict == format.False {
			t.Errorf("replayed and graded false: %q", text)
		}
	})
}
