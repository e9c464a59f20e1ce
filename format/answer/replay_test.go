package answer_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

const halls = "The number of oval flower beds in each apple orchard equals 3.\n" +
	"The number of square flower beds in each apple orchard equals 2 more than oval flower beds in each apple orchard.\n" +
	"The number of apple orchards in each ashford manor equals 4 times the difference of plots in each apple orchard and oval flower beds in each apple orchard.\n" +
	"How many plots are there in each ashford manor?"

// One problem, spoiled in every way that a table can show: the first violated
// rule and its sentence.
func TestReplay(t *testing.T) {
	const good = "Let a be the number of oval flower beds in each apple orchard. a = 3.\n" +
		"Write b for the number of square flower beds in each apple orchard. b = 2 + a = 2 + 3 = 5.\n" +
		"Call c the number of plots in each apple orchard. c = a + b = 3 + 5 = 8.\n" +
		"Let d be the number of apple orchards in each ashford manor. d = 4 * (c - a) = 4 * (8 - 3) = 4 * 5 = 20.\n" +
		"Let e be the number of plots in each ashford manor. e = d * c = 20 * 8 = 160.\n" +
		"So the answer is 160."
	change := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("%q is not in the text", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for _, row := range []struct {
		name, text string
		rule       answer.Rule
		step       int
	}{
		{"as it is", good, "", 0},
		{"a sum in another order", change("c = a + b = 3 + 5", "c = b + a = 5 + 3"), "", 0},
		{"a product in another order", change("e = d * c = 20 * 8", "e = c * d = 8 * 20"), "", 0},
		{"a difference in another order", change("4 * (c - a) = 4 * (8 - 3)", "4 * (a - c) = 4 * (3 - 8)"), answer.RuleSymbols, 3},
		{"without its hop", change(" = 4 * 5 = 20", " = 20"), "", 0},
		{"a hop of nothing", change(" = 4 * 5 = 20", " = 4 * 5 = 4 * 5 = 20"), answer.RuleHop, 3},
		{"a hop with its brackets", change(" = 4 * 5 = 20", " = 4 * (5) = 4 * 5 = 20"), "", 0},
		{"an unequal hop", change(" = 4 * 5 = 20", " = 4 * 6 = 20"), answer.RuleValue, 3},
		{"numbers not put in", change("c = a + b = 3 + 5 = 8", "c = a + b = 3 + 4 = 7"), answer.RuleNumbers, 2},
		{"the category of something else", change("the number of plots in each apple", "the number of plants in each apple"), answer.RuleNode, 2},
		{"an equation with no name", change("Call c the number of plots in each apple orchard. ", ""), answer.RuleForm, 2},
		{"a letter taken", change("Write b for", "Write a for"), answer.RuleLetter, 1},
		{"an answer with nothing behind it", "So the answer is 160.", answer.RuleTarget, 0},
		{"a wrong answer", change("answer is 160", "answer is 161"), answer.RuleAnswer, 5},
		{"no answer", change("So the answer is 160.", ""), answer.RuleAnswer, 5},
		{"put off", "Let c be the number of plots in each apple orchard. It wants oval flower beds in each apple orchard and square flower beds in each apple orchard first.\n" +
			change("Call c the number of plots in each apple orchard.", "The number of plots in each apple orchard has the letter c."), "", 0},
		{"put off, the premise restated", "Let b be the number of square flower beds in each apple orchard. It equals 2 more than oval flower beds in each apple orchard, and oval flower beds in each apple orchard are not known.\n" +
			change("Write b for the number of square flower beds in each apple orchard.", "The number of square flower beds in each apple orchard has the letter b."), "", 0},
	} {
		v := answer.Replay(&format.Problem{Question: halls}, row.text)
		switch {
		case v == nil && row.rule != "":
			t.Errorf("%s: nothing found, want %s at %d", row.name, row.rule, row.step)
		case v != nil && (v.Rule != row.rule || v.Step != row.step):
			t.Errorf("%s: found %s at %d (%s), want %q at %d", row.name, v.Rule, v.Step, v.Detail, row.rule, row.step)
		}
	}
}

// A question whose values square themselves level by level asks for numbers
// without bound, and a text of half namings for a search without end.
func TestReplayHostile(t *testing.T) {
	var q strings.Builder
	q.WriteString("The number of ws in each b0 equals 9. The number of b0s in each b1 equals ws in each b0. ")
	for i := range 200 {
		n, m := strconv.Itoa(i+1), strconv.Itoa(i+2)
		q.WriteString("The number of b" + n + "s in each b" + m + " equals ws in each b" + n + ". ")
	}
	q.WriteString("How many ws are there in each b200?")
	p := &format.Problem{Question: q.String(), Params: []format.Field{{Name: "category", Value: "x: y"}}}
	if _, _, err := answer.ReadParams(p); err == nil || !strings.Contains(err.Error(), "more than 18 digits") {
		t.Errorf("error %v", err)
	}
	begun := time.Now()
	answer.Replay(&format.Problem{Question: halls}, strings.Repeat("The number of Let ", 100_000))
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

// Questions that define nothing, or one thing by itself, are refused in words.
func TestReadParams(t *testing.T) {
	for _, row := range []struct{ question, want string }{
		{halls, ""},
		{"What is 2 + 2?", "asks for no number"},
		{"The number of a in each b equals c in each d. The number of c in each d equals a in each b. How many a are there in each b?", "rests on itself"},
		{"The number of a in each b equals 1. The number of a in each b equals 2. How many a are there in each b?", "defined twice"},
		{"The number of a in each b equals 1 or 2. How many a are there in each b?", "no premise"},
		{"The number of a in each b equals 99999999999999999999. How many a are there in each b?", "no constant"},
		{"The number of a in each b equals the difference of a in each b. How many a are there in each b?", "1 operands"},
		{"The number of a in each b equals 4. How many x are there in each y?", "no such parameter"},
	} {
		_, _, err := answer.ReadParams(&format.Problem{Question: row.question})
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%.60q: error %v, want %q", row.question, err, row.want)
		}
	}
}

// The checker marks the step that breaks a rule, and knows nothing of what
// follows.
func TestReplayChecker(t *testing.T) {
	steps := []format.Step{
		{Kind: format.Setup, Text: "Let a be the number of oval flower beds in each apple orchard. "}, {Kind: format.Compute, Text: "a = 3.\n"},
		{Kind: format.Derive, Text: "Let b be the number of square flower beds in each apple orchard. b = 2 + a = 2 + 3"}, {Kind: format.Compute, Text: " = 6.\n"},
		{Kind: format.Answer, Text: "So the answer is 160."},
	}
	p := &format.Problem{Question: halls, Answer: "160"}
	c := answer.Find("igsm")
	got := c.Steps(p, steps)
	want := []format.Verdict{format.Unknown, format.Exact, format.False, format.Unknown, format.Unknown}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("step %d: %s, want %s", i, got[i], want[i])
		}
	}
	if r := c.Grade(p, "So the answer is 160."); r.Verdict != format.Exact {
		t.Errorf("graded %s", r.Verdict)
	}
}

// No text makes the replay panic, and a violation lies inside the text.
func FuzzReplay(f *testing.F) {
	f.Add(halls, "Let a be the number of oval flower beds in each apple orchard. a = 3.\nSo the answer is 160.", "")
	f.Add(halls, "Define oval flower beds in each apple orchard as a; so a = 3.", "23")
	f.Add("The number of a in each b equals 1 more than the sum of c in each d, e in each f and g in each h. How many a are there in each b?", "a = (((", "5")
	f.Fuzz(func(t *testing.T, question, text, mod string) {
		p := &format.Problem{Question: question}
		if mod != "" {
			p.Params = []format.Field{{Name: "mod", Value: mod}}
		}
		if v := answer.Replay(p, text); v != nil && (v.At < 0 || v.At > len(text) || v.Step < 0 || v.Detail == "") {
			t.Errorf("%+v in %d bytes", v, len(text))
		}
		var steps []format.Step
		for i, line := range strings.SplitAfter(text, "\n") {
			steps = append(steps, format.Step{ID: i + 1, Text: line})
		}
		if g := answer.BindParams(p, steps); g != nil {
			for _, n := range g.Nodes {
				if n.Step > 0 {
					_ = steps[n.Step-1].Text[n.Start:n.End]
				}
			}
		}
	})
}
