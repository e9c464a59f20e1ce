package augment

import (
	"strings"
	"testing"
)

const testedRecipe = `version: 1
traces: [{path: a.jsonl}]
behaviors:
  - use: alpha
    select: {rate: 0}
tests:
  - name: sum
    trace:
      prompt: Ann has 2 pens and buys 3. How many has she?
      steps: ["2+3 = <<2+3=5>>5 pens.", "#### 5"]
      answer: "5"
    expect: {contains: [5 pens], absent: [Wait], edits: {alpha: 0}, answer: "5"}
`

func runTests(t *testing.T, text string) []TestResult {
	t.Helper()
	p, ds := parseDemo(t, text)
	if p == nil {
		t.Fatalf("refused:\n%s", ds)
	}
	return RunTests(p)
}

func TestLintTestPasses(t *testing.T) {
	for _, r := range runTests(t, testedRecipe) {
		if !r.OK() || r.Text != "2+3 = <<2+3=5>>5 pens.\n#### 5" {
			t.Errorf("%s: %q\n%s", r.Name, r.Text, r.Failures)
		}
	}
}

// Every expectation can fail, and says where it stands.
func TestLintTestFails(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"contains: [5 pens]", "contains: [6 pens]", `r.yaml:12:25: tests[0].expect.contains[0]: "6 pens" does not stand in`},
		{"absent: [Wait]", "absent: [pens]", `tests[0].expect.absent[0]: "pens" stands in`},
		{"alpha: 0", "alpha: 1", `tests[0].expect.edits.alpha: 0 edits by alpha, want 1`},
		{`answer: "5"}`, `answer: "6"}`, `tests[0].expect.answer: the compiled trace states "5", want "6"`},
		{`answer: "5"}`, `rejects: [no_sites]}`, `tests[0].expect.rejects[0]: no edit was refused for "no_sites"`},
		{"      answer: \"5\"\n", "      answer: \"7\"\n", `tests[0].trace.answer: the checker number finds the source trace wrong`},
	} {
		if !strings.Contains(testedRecipe, c.from) {
			t.Fatalf("recipe has no %q", c.from)
		}
		r := runTests(t, strings.Replace(testedRecipe, c.from, c.to, 1))[0]
		if r.OK() || !strings.Contains(r.Failures.String(), c.want) {
			t.Errorf("%s: got %q, want %s", c.to, r.Failures.String(), c.want)
		}
	}
}
