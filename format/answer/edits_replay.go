package answer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// The rules of a repair, beside [RuleQuestion], [RuleForm] and [RuleAnswer].
const (
	RuleEdit  Rule = "edit"  // the edit can be carried out: its place exists, and what it takes away stands there
	RuleNear  Rule = "near"  // it brings the draft one edit nearer to the solution, so no edit is wasted
	RuleCount Rule = "count" // the number of edits said to be left is right
)

// maxUnits bounds the lines or tokens of a draft, and of its solution.
const maxUnits = 400

// A Repair is a draft to be repaired, as a question states it.
type Repair struct {
	Unit          string   // line or token
	Draft, Target []string // units; the target is worked out from the question, never read from a reference
}

// Join writes units as a final answer does.
func (r *Repair) Join(units []string) string {
	if r.Unit == "line" {
		return strings.Join(units, "; ")
	}
	return strings.Join(units, " ")
}

// orders are the ways of saying an operation on the value so far.
var orders = []struct {
	word, sign string
	value      func(x, y format.Num) (format.Num, bool)
}{
	{"add ", " + ", func(x, y format.Num) (format.Num, bool) { return x.Add(y), true }},
	{"subtract ", " - ", func(x, y format.Num) (format.Num, bool) { return x.Sub(y), true }},
	{"multiply by ", " * ", func(x, y format.Num) (format.Num, bool) { return x.Mul(y), true }},
	{"divide by ", " / ", format.Num.Quo},
}

// WorkOut writes what "Start with 5. Then add 3, divide by 2." comes to, a line an
// operation: 5 + 3 = 8. It is the solution that a draft is held against.
func WorkOut(task string) (lines []string, err error) {
	rest, ok := strings.CutPrefix(task, "Start with ")
	first, list, ok2 := strings.Cut(rest, ". Then ")
	x, ok3 := format.ParseNum(first)
	if !ok || !ok2 || !ok3 || !strings.HasSuffix(list, ".") {
		return nil, fmt.Errorf("found %q; a task reads \"Start with 5. Then add 3, divide by 2.\"", clip(task))
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(list, "."), ", ") {
		if len(lines) == maxUnits {
			return nil, fmt.Errorf("more than %d operations", maxUnits)
		}
		line := ""
		for _, o := range orders {
			if by, ok := strings.CutPrefix(part, o.word); ok {
				y, ok := format.ParseNum(by)
				value, ok2 := o.value(x, y)
				if !ok || !ok2 {
					return nil, fmt.Errorf("%q has no value after %s", clip(part), x)
				}
				line = x.String() + o.sign + y.String() + " = " + value.String()
				x = value
			}
		}
		if line == "" {
			return nil, fmt.Errorf("found %q; an operation is add, subtract, multiply by or divide by, and a number", clip(part))
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// Units cuts the lines of a solution into what an edit takes whole: the lines
// themselves, or tokens, with a semicolon between two lines.
func (r *Repair) Units(lines []string) []string {
	if r.Unit == "line" {
		return lines
	}
	return strings.Fields(strings.Join(lines, " ; "))
}

// ReadRepair reads a question of graft gen edits: the task, the unit, the draft.
func ReadRepair(question string) (*Repair, error) {
	task, rest, ok := strings.Cut(strings.TrimSpace(question), "\n")
	head, draft, ok2 := strings.Cut(rest, "\nDraft:")
	if !ok || !ok2 {
		return nil, fmt.Errorf("the question has no task and draft")
	}
	lines, err := WorkOut(task)
	if err != nil {
		return nil, err
	}
	r := &Repair{Unit: "token"}
	if strings.HasSuffix(head, "one line at a time.") {
		r.Unit = "line"
	} else if !strings.HasSuffix(head, "one token at a time.") {
		return nil, fmt.Errorf("the question does not end with \"one line at a time.\" or \"one token at a time.\" before its draft")
	}
	r.Target = r.Units(lines)
	if r.Unit == "token" {
		r.Draft = strings.Fields(draft)
	} else if draft != "" {
		for i, line := range strings.Split(draft, "\n")[1:] {
			unit, ok := strings.CutPrefix(line, strconv.Itoa(i+1)+": ")
			if !ok {
				return nil, fmt.Errorf("line %d of the draft is %q; it must begin with %d and a colon", i+1, clip(line), i+1)
			}
			r.Draft = append(r.Draft, unit)
		}
	}
	if max(len(r.Draft), len(r.Target)) > maxUnits {
		return nil, fmt.Errorf("more than %d %ss", maxUnits, r.Unit)
	}
	return r, nil
}

// ReplayEdits carries out the edits that stand in a text, a line each, on the draft
// of the question, and returns the first rule that is broken, or nil. An edit is
//
//	delete 3: 15 + 3 = 18 (2 left)
//	insert 3: 15 * 3 = 45 (1 left)
//	replace 2: 19 - 4 = 16 -> 19 - 4 = 15 (0 left)
//
// where the number left may be missing; places are those of the draft as it stands.
// The solution is worked out from the question, and every edit is held to
// Levenshtein's distance to it. Other lines state nothing; #### states the draft at
// the end. Violation.Step counts edits and the answer.
func ReplayEdits(p *format.Problem, text string) *Violation {
	r, err := ReadRepair(p.Question)
	if err != nil {
		return &Violation{Rule: RuleQuestion, Detail: err.Error()}
	}
	draft, left, step, at := r.Draft, EditDistance(r.Draft, r.Target), 0, 0
	fail := func(rule Rule, detail string, args ...any) *Violation {
		return &Violation{Rule: rule, Step: step, At: at, Detail: fmt.Sprintf(detail, args...)}
	}
	for line := range strings.Lines(text) {
		stated := strings.TrimSpace(line)
		if final, ok := strings.CutPrefix(stated, "####"); ok {
			if got, want := strings.TrimSpace(final), r.Join(draft); got != want {
				return fail(RuleAnswer, "the answer is %q, the edits lead to %q", clip(got), clip(want))
			}
			if left > 0 {
				return fail(RuleAnswer, "%d edits are missing", left)
			}
			return nil
		}
		e, count, ok, err := readEdit(stated)
		if err != nil {
			return fail(RuleForm, "%v", err)
		}
		if ok {
			if draft, err = e.Apply(draft); err != nil {
				return fail(RuleEdit, "%v", err)
			}
			switch now := EditDistance(draft, r.Target); {
			case now != left-1:
				return fail(RuleNear, "%q leaves %d edits, before it %d were left", clip(e.String()), now, left)
			case count >= 0 && count != now:
				return fail(RuleCount, "%d are said to be left, %d are", count, now)
			}
			left--
			step++
		}
		at += len(line)
	}
	if left > 0 {
		return fail(RuleAnswer, "%d edits are missing", left)
	}
	return nil
}

// readEdit reads an edit and the number said to be left, -1 if none is; ok is false
// for a line that is no edit.
func readEdit(line string) (e Edit, left int, ok bool, err error) {
	op, rest, _ := strings.Cut(line, " ")
	place, body, colon := strings.Cut(rest, ": ")
	e.Op = op
	if op != "delete" && op != "insert" && op != "replace" {
		return e, -1, false, nil
	}
	at, err := strconv.Atoi(place)
	if !colon || err != nil {
		return e, -1, false, fmt.Errorf("found %q; an edit reads \"%s 2: \" and what it changes", clip(line), op)
	}
	e.At, left = at, -1
	if open := strings.LastIndex(body, " ("); open >= 0 && strings.HasSuffix(body, " left)") {
		if left, err = strconv.Atoi(strings.TrimSuffix(body[open+2:], " left)")); err != nil || left < 0 {
			return e, -1, false, fmt.Errorf("found %q; the number left is written (2 left)", clip(body[open:]))
		}
		body = body[:open]
	}
	switch op {
	case "delete":
		e.Was = body
	case "insert":
		e.Now = body
	default:
		if e.Was, e.Now, ok = strings.Cut(body, " -> "); !ok {
			return e, -1, false, fmt.Errorf("found %q; a replacement is written with ->", clip(body))
		}
	}
	return e, left, true, nil
}

// stepsEdits judges the steps of a repair together.
func stepsEdits(p *format.Problem, steps []format.Step) []format.Verdict {
	return upTo(steps, ReplayEdits(p, format.Trace{Steps: steps}.Text()))
}

// gradeEdits wants the repaired draft, and where edits stand in the attempt, that
// they are right and lead to it.
func gradeEdits(p *format.Problem, attempt string) Result {
	r, err := ReadRepair(p.Question)
	if err != nil {
		return Result{format.Unknown, "edits", err.Error()}
	}
	got, ok := finalOf(attempt)
	if !ok {
		return Result{format.Unknown, "edits", "no final answer is marked"}
	}
	if strings.Join(strings.Fields(got), " ") != r.Join(r.Target) {
		return Result{format.False, "edits", "the repaired draft is not the solution"}
	}
	if strings.Contains(attempt, "####") && strings.TrimSpace(attempt[:strings.LastIndex(attempt, "####")]) != "" {
		if v := ReplayEdits(p, attempt); v != nil {
			return Result{format.False, "edits", string(v.Rule) + ": " + v.Detail}
		}
	}
	return Result{format.Exact, "edits", ""}
}
