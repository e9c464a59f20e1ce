package ingest

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

const finalMark = "#### "

func sniffGSM8K(v *Value) int {
	q, a := v.Key("question"), v.Key("answer")
	if q.Is(String) && a.Is(String) && strings.Contains(a.text, finalMark) {
		return 95
	}
	return 0
}

func decodeGSM8K(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "answer")
	if err != nil {
		return format.Record{}, err
	}
	a := attempt("reference", text)
	a.Label, a.Answer = format.Right, after(text, finalMark)
	return format.Record{
		Problem:  format.Problem{Question: question, Answer: a.Answer, Checker: "number"},
		Attempts: []format.Attempt{a},
		Meta:     rest(v, "question", "answer"),
	}, nil
}

func sniffSolutions(v *Value) int {
	if !v.Has("question", "ground_truth") {
		return 0
	}
	for i := range v.Members {
		if v.Members[i].Value.Has("is_correct", "solution") {
			return 100
		}
	}
	return 0
}

func decodeSolutions(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	truth, err := needStr(v, "ground_truth")
	if err != nil {
		return format.Record{}, err
	}
	rec := format.Record{
		Problem: format.Problem{Question: question, Answer: after(truth, "A: "), Checker: "number"},
		Meta:    []format.Field{{Name: "ground_truth", Value: truth}},
	}
	for i := range v.Members {
		m := &v.Members[i]
		if !m.Value.Has("is_correct", "solution") {
			continue
		}
		text, err := needStr(&m.Value, "solution")
		if err != nil {
			return format.Record{}, err
		}
		a := attempt(m.Key, text)
		a.Label, a.Answer = verdict(m.Value.Key("is_correct")), after(text, "A: ")
		rec.Attempts = append(rec.Attempts, a)
	}
	return rec, nil
}

func sniffFixes(v *Value) int {
	if v.Has("before", "after", "file", "line") {
		return 100
	}
	return 0
}

// decodeFixes makes a problem of a proposed correction, with the old answer as
// an attempt that the proposer holds wrong and the new one as one he holds
// right. Whether upstream took the correction is not known.
func decodeFixes(v *Value) (format.Record, error) {
	var sides [2]format.Record
	for i, field := range [...]string{"before", "after"} {
		text, err := needStr(v, field)
		if err != nil {
			return format.Record{}, err
		}
		inner, _, bad := parseValue(text)
		if bad != nil {
			return format.Record{}, reject(InnerBroken, "%s is no JSON record: %s at byte %d", field, bad.detail, bad.at)
		}
		if sides[i], err = decodeGSM8K(&inner); err != nil {
			return format.Record{}, err
		}
	}
	old, rec := sides[0], sides[1]
	old.Attempts[0].Author, old.Attempts[0].Label = "before", format.WrongLabel
	rec.Attempts[0].Author = "after"
	rec.Attempts = []format.Attempt{old.Attempts[0], rec.Attempts[0]}
	rec.Eval = v.Key("file").Str() == "test.jsonl"
	rec.Meta = rest(v, "before", "after")
	if old.Problem.Question != rec.Problem.Question {
		rec.Meta = append(rec.Meta, format.Field{Name: "question_before", Value: old.Problem.Question})
	}
	return rec, nil
}

func sniffMRGSM8K(v *Value) int {
	if v.Has("question", "model_output_steps", "ground_truth_answer") {
		return 100
	}
	return 0
}

func decodeMRGSM8K(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	items, err := stepList(v.Key("model_output_steps"), "model_output_steps")
	if err != nil {
		return format.Record{}, err
	}
	a := listed("", items)
	a.Label = verdict(v.Key("model_output_answer_correctness"))
	a.Answer = after(strings.Join(items, "\n"), finalMark)
	const first = "model_output_solution_first_error_step"
	const why = "model_output_solution_first_error_reason"
	rec := format.Record{
		Problem: format.Problem{Question: question, Answer: v.Key("ground_truth_answer").Text(), Checker: "number"},
		Meta:    rest(v, "question", "model_output_steps", "ground_truth_answer", first, why),
	}
	if err := firstError(&a, v.Key(first), 1, v.Key(why).Text(), ""); err != nil {
		return format.Record{}, err
	}
	rec.Attempts = []format.Attempt{a}
	return rec, nil
}

// firstError adds the published first wrong step, counted from base, to an
// attempt whose steps are listed. Null, "N/A", an empty string and numbers
// below base say that there is none.
func firstError(a *format.Attempt, step *Value, base int, reason, rectified string) error {
	if !step.Is(Number) && (!step.Is(String) || step.Str() == "N/A" || step.Str() == "") {
		return nil
	}
	n, ok := step.Int()
	if !ok {
		return reject(BadField, "first wrong step is %.40q, no whole number", step.Text())
	}
	if n < base {
		return nil
	}
	if n-base >= len(a.Trace.Steps) {
		return reject(BadField, "first wrong step is %d of %d, counted from %d", n, len(a.Trace.Steps), base)
	}
	a.Errors = []format.StepError{{Step: n - base, Reason: reason, Rectified: rectified}}
	return nil
}

func sniffTora(v *Value) int {
	if v.Has("question", "code", "pred", "gt") {
		return 100
	}
	return 0
}

func decodeTora(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	outputs, err := stepList(v.Key("code"), "code")
	if err != nil {
		return format.Record{}, err
	}
	rec := format.Record{
		Problem: format.Problem{Question: question, Answer: v.Key("gt").Text(), Checker: "number"},
		Meta:    rest(v, "question", "code", "pred", "gt"),
	}
	for i, text := range outputs {
		a := attempt("ToRA", text)
		a.Answer = v.Key("pred").At(i).Text()
		rec.Attempts = append(rec.Attempts, a)
	}
	return rec, nil
}
