package augment

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/strict"
)

// A TestResult is what one of a recipe's tests came to.
type TestResult struct {
	Name     string         `json:"name"`
	Text     string         `json:"text" jsonschema:"the compiled trace"`
	Edits    map[string]int `json:"edits" jsonschema:"number of edits by behavior"`
	Rejects  []string       `json:"rejects" jsonschema:"codes of the refused edits"`
	Failures Diagnostics    `json:"failures"`
}

// OK reports whether all that the test asks for holds.
func (t TestResult) OK() bool { return !t.Failures.Failed() }

// RunTests compiles the traces of the recipe's tests with its behaviors, every
// rate taken as 1, and says which expectations do not hold. The tests in the file
// of a behavior without Go run with that behavior alone, at its defaults.
func RunTests(p *Plan) (results []TestResult) {
	defer p.close()
	uses := slices.Clone(p.Uses)
	always := format.Int(1)
	for i := range uses {
		uses[i].Select.Rate = &always
	}
	results = p.runTests("", p.Recipe.Tests, p.places, uses)
	for _, u := range p.Uses {
		if f := u.Behavior.File; f != nil {
			alone := ResolvedUse{Behavior: u.Behavior, Params: u.Behavior.Params, Select: Select{Per: PerTrace, Rate: &always}}
			if text, err := strict.Canonical(alone.Params); err == nil {
				alone.ParamsJSON = string(text)
			}
			if bank, err := ParseBank(u.Behavior.Name, u.Behavior.Phrases); err == nil {
				alone.Bank = bank
			}
			results = append(results, p.runTests(u.Behavior.Name+".", f.Tests, f.Places, []ResolvedUse{alone})...)
		}
	}
	return results
}

func (p *Plan) runTests(prefix string, tests []LintTest, places *strict.Decoder, uses []ResolvedUse) []TestResult {
	results := make([]TestResult, len(tests))
	for i := range tests {
		t := tester{plan: p, places: places, test: &tests[i], ptr: fmt.Sprintf("tests[%d]", i)}
		t.Name = prefix + cmp.Or(t.test.Name, t.ptr)
		t.guarded(NewCompiler(p.Recipe.Seed, uses))
		results[i] = t.TestResult
	}
	return results
}

type tester struct {
	TestResult
	plan   *Plan
	places *strict.Decoder
	test   *LintTest
	ptr    string
}

func (t *tester) failf(ptr, text string, args ...any) {
	d := *t.places
	d.Found = nil
	d.At(t.ptr+ptr, TestFailed, text, args...)
	t.Failures = append(t.Failures, d.Found...)
}

// guarded runs the test; a behavior that cannot work at all fails it.
func (t *tester) guarded(c *Compiler) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *Stop:
			t.failf("", "%v", p)
		default:
			panic(p)
		}
	}()
	t.run(c)
}

func (t *tester) run(c *Compiler) {
	rec, err := t.test.Trace.record()
	if err != nil {
		t.failf(".trace", "%v", err)
		return
	}
	if t.plan.Recipe.Grade.Checker != "" {
		rec.Problem.Checker = t.plan.Recipe.Grade.Checker
	}
	source := &rec.Attempts[0]
	source.Graph = answer.Derive(rec.Problem.Question, source.Trace.Steps)
	trace, refused := c.Compile(&rec, source)
	t.Text, t.Edits = trace.Text(), map[string]int{}
	for _, e := range trace.Edits {
		t.Edits[e.Behavior]++
	}
	for _, r := range refused {
		t.Rejects = append(t.Rejects, r.Behavior+": "+r.Code)
	}
	t.laws(&rec, source, trace)
	t.expect(trace, refused)
}

// laws are what holds of every compiled trace, asked for or not.
func (t *tester) laws(rec *format.Record, source *format.Attempt, trace format.Trace) {
	if err := format.CheckTrace(trace); err != nil {
		t.failf("", "the compiled trace breaks the law of traces: %v", err)
	}
	if trace.Erase() != source.Trace.Text() {
		t.failf("", "without its edits the compiled trace is not its source")
	}
	if rec.Problem.Answer == "" {
		return
	}
	before, detail := gradeAttempt(&rec.Problem, source, source.Trace.Text())
	if before != "right" {
		t.failf(".trace.answer", "the checker %s finds the source trace %s: %s", rec.Problem.Checker, before, detail)
	}
	after := *source
	after.Trace = trace
	if now, detail := gradeAttempt(&rec.Problem, &after, after.Trace.Text()); now != before {
		t.failf("", "the source grades %s, the compiled trace %s: %s", before, now, detail)
	}
}

func (t *tester) expect(trace format.Trace, refused []Rejection) {
	e := t.test.Expect
	for i, want := range e.Contains {
		if !strings.Contains(t.Text, want) {
			t.failf(fmt.Sprintf(".expect.contains[%d]", i), "%q does not stand in the compiled trace %q", want, t.Text)
		}
	}
	for i, no := range e.Absent {
		if strings.Contains(t.Text, no) {
			t.failf(fmt.Sprintf(".expect.absent[%d]", i), "%q stands in the compiled trace %q", no, t.Text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Edits)) {
		if got := t.Edits[name]; got != e.Edits[name] {
			t.failf(strict.Join(".expect.edits", name), "%d edits by %s, want %d; refused: %v", got, name, e.Edits[name], t.Rejects)
		}
	}
	for i, code := range e.Rejects {
		if !slices.ContainsFunc(refused, func(r Rejection) bool { return r.Code == code }) {
			t.failf(fmt.Sprintf(".expect.rejects[%d]", i), "no edit was refused for %q; refused: %v", code, t.Rejects)
		}
	}
	if e.Answer != "" {
		if got, ok := finalAnswer(t.Text); !ok || answer.Equal(e.Answer, got).Verdict != format.Exact {
			t.failf(".expect.answer", "the compiled trace states %q, want %q", got, e.Answer)
		}
	}
}

func finalAnswer(text string) (string, bool) {
	if got, _, _, ok := answer.Final(text); ok {
		return got, true
	}
	got, _, _, ok := answer.LastNumber(text)
	return got, ok
}

// record reads the trace as ingest would read a record with listed steps.
func (t *TestTrace) record() (format.Record, error) {
	raw, err := strict.Canonical(t)
	if err != nil {
		return format.Record{}, err
	}
	canonical, err := ingest.Canonical(raw)
	if err != nil {
		return format.Record{}, err
	}
	reader, err := ingest.Mapping{Name: "test", Question: "prompt", Answer: "answer", Steps: "steps", Checker: "number"}.Reader()
	if err != nil {
		return format.Record{}, err
	}
	rec, err := ingest.Decode(reader, canonical, sha256.Sum256(canonical))
	if err == nil && (len(rec.Attempts) == 0 || len(rec.Attempts[0].Trace.Steps) == 0) {
		err = fmt.Errorf("the trace has no text")
	}
	return rec, err
}
