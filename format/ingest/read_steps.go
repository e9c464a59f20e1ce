package ingest

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

func sniffMRBen(v *Value) int {
	if v.Has("Question", "Model_Solution_Steps", "Model_Solution_First_Error_Step") {
		return 100
	}
	return 0
}

func decodeMRBen(v *Value) (format.Record, error) {
	question, err := needStr(v, "Question")
	if err != nil {
		return format.Record{}, err
	}
	items, err := stepList(v.Key("Model_Solution_Steps"), "Model_Solution_Steps")
	if err != nil {
		return format.Record{}, err
	}
	a := listed(v.Key("Sampled_Model").Str(), items)
	a.Label = verdict(v.Key("Model_Solution_Correctness"))
	if _, letter, ok := strings.Cut(items[len(items)-1], "Choice_"); ok {
		a.Answer = strings.TrimSpace(letter)
	}
	err = firstError(&a, v.Key("Model_Solution_First_Error_Step"), 1,
		joined(v.Key("Model_Solution_Error_Reason")), joined(v.Key("Model_Solution_Rectified_First_Error_Step")))
	if err != nil {
		return format.Record{}, err
	}
	p := format.Problem{Question: question, Answer: v.Key("Ground_Truth_Answer").Text(), Checker: "choice", Choices: options(v.Key("Options").Str())}
	if fixed := v.Key("Ground_Truth_Answer_Modified").Text(); fixed != "" {
		p.Answer = fixed // the annotators' correction of the set they drew on
	}
	return format.Record{
		Problem: p, Attempts: []format.Attempt{a},
		Meta: rest(v, "Question", "Options", "Model_Solution_Steps", "Model_Solution_First_Error_Step", "Sampled_Model",
			"Model_Solution_Error_Reason", "Model_Solution_Rectified_First_Error_Step", "Model_Solution_Correctness"),
	}, nil
}

// joined is a string, or the strings of an array a line each.
func joined(v *Value) string {
	if list, ok := texts(v); ok {
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return strings.Join(list, "\n")
	}
	if s := v.Str(); s != "N/A" {
		return s
	}
	return ""
}

// options cuts a list of choices a line each, "A: …"; a line that begins with
// no letter and colon goes on with the choice before it.
func options(text string) []string {
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		begins := len(line) > 1 && line[0] == byte('A'+len(list)) && line[1] == ':'
		switch {
		case begins || len(list) == 0 && strings.TrimSpace(line) != "":
			list = append(list, line)
		case len(list) > 0:
			list[len(list)-1] += "\n" + line
		}
	}
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

func sniffMistake(v *Value) int {
	if v.Has("input", "steps", "target", "mistake_index") {
		return 100
	}
	return 0
}

func decodeMistake(v *Value) (format.Record, error) {
	question, err := needStr(v, "input")
	if err != nil {
		return format.Record{}, err
	}
	items, err := stepList(v.Key("steps"), "steps")
	if err != nil {
		return format.Record{}, err
	}
	target := v.Key("target").Text()
	a := listed("", items)
	if answer := v.Key("answer"); answer.Is(String) {
		a.Answer = answer.Str()
		a.Label = labelled(a.Answer == target)
	}
	if err := firstError(&a, v.Key("mistake_index"), 0, "", ""); err != nil {
		return format.Record{}, err
	}
	return format.Record{
		Problem:  format.Problem{Question: question, Answer: target, Checker: mistakeChecker(target)},
		Attempts: []format.Attempt{a},
		Meta:     rest(v, "input", "steps", "target", "answer", "mistake_index"),
	}, nil
}

// mistakeChecker tells the five tasks apart by what their targets look like.
func mistakeChecker(target string) string {
	if _, ok := format.ParseNum(target); ok {
		return "number"
	}
	if len(target) == 3 && target[0] == '(' && target[2] == ')' && isLetter(target[1]) {
		return "choice"
	}
	return "text"
}

func sniffProsQA(v *Value) int {
	if v.Has("question", "answer", "steps", "edges", "idx_to_symbol") {
		return 100
	}
	return 0
}

func decodeProsQA(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	answer, err := needStr(v, "answer")
	if err != nil {
		return format.Record{}, err
	}
	items, err := stepList(v.Key("steps"), "steps")
	if err != nil {
		return format.Record{}, err
	}
	a := listed("reference", append(items, answer))
	a.Trace.Steps[len(a.Trace.Steps)-1].Kind = format.Answer
	a.Label, a.Answer = format.Right, answer
	p := format.Problem{Question: question, Answer: answer, Checker: "prosqa"}
	for _, name := range [...]string{"edges", "idx_to_symbol", "root", "target", "neg_target"} {
		if f := v.Key(name); f != nil {
			p.Params = append(p.Params, format.Field{Name: name, Value: f.Text()})
		}
	}
	return format.Record{Problem: p, Attempts: []format.Attempt{a},
		Meta: rest(v, "question", "answer", "steps", "edges", "idx_to_symbol", "root", "target", "neg_target")}, nil
}

func sniffKnights(v *Value) int {
	if v.Has("quiz", "cot_repeat_steps", "solution_text_format") {
		return 100
	}
	return 0
}

// decodeKnights makes one trace of the head, the steps, the foot and the
// solution in the form in which the set wants it answered.
func decodeKnights(v *Value) (format.Record, error) {
	question, err := needStr(v, "quiz")
	if err != nil {
		return format.Record{}, err
	}
	middle, err := stepList(v.Key("cot_repeat_steps"), "cot_repeat_steps")
	if err != nil {
		return format.Record{}, err
	}
	solution, err := needStr(v, "solution_text_format")
	if err != nil {
		return format.Record{}, err
	}
	items := make([]string, 0, len(middle)+3)
	if head := v.Key("cot_head").Str(); head != "" {
		items = append(items, head)
	}
	items = append(items, middle...)
	if foot := v.Key("cot_foot").Str(); foot != "" {
		items = append(items, foot)
	}
	a := listed("generator", append(items, solution))
	a.Trace.Steps[len(a.Trace.Steps)-1].Kind = format.Answer
	a.Label, a.Answer = format.Right, solution
	p := format.Problem{Question: question, Answer: solution, Checker: "text"}
	for _, name := range [...]string{"names", "solution", "statements"} {
		if f := v.Key(name); f != nil {
			p.Params = append(p.Params, format.Field{Name: name, Value: f.Text()})
		}
	}
	return format.Record{Problem: p, Attempts: []format.Attempt{a}, Eval: v.Get("extra_info.split").Str() == "test",
		Meta: rest(v, "quiz", "cot_head", "cot_repeat_steps", "cot_foot", "solution_text_format", "names", "solution", "statements")}, nil
}
