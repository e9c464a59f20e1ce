package ingest

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

func sniffHotpot(v *Value) int {
	if v.Has("agents", "text", "trial") && strings.HasPrefix(v.Key("text").Str(), "Context: ") {
		return 100
	}
	return 0
}

// decodeHotpot takes a block of the log apart: context and question, then
// thought and action, which are the trace, then what the environment said.
func decodeHotpot(v *Value) (format.Record, error) {
	text := v.Key("text").Str()
	question, rest, ok := strings.Cut(text, "\nThought: ")
	if !ok {
		return format.Record{}, reject(EmptyTrace, "the block has no line that begins with Thought:")
	}
	if !strings.Contains(question, " Question: ") {
		return format.Record{}, reject(NoQuestion, "the block has no Question: before its Thought:")
	}
	trace, said, ok := strings.Cut("Thought: "+rest, "\nObservation: ")
	if !ok {
		return format.Record{}, reject(BadField, "the block has no line that begins with Observation:")
	}
	a := attempt("", trace) // the log names no model
	a.Answer = strings.TrimSuffix(after(trace, "Action: Finish["), "]")
	switch verdictLine, _, _ := strings.Cut(said, "\n"); {
	case strings.HasSuffix(verdictLine, "INCORRECT"):
		a.Label = format.WrongLabel
	case strings.HasSuffix(verdictLine, "CORRECT"):
		a.Label = format.Right
	}
	return format.Record{
		Set:      "hotpot-log",
		Problem:  format.Problem{Question: question, Answer: after(said, "Correct answer: "), Checker: "text"},
		Attempts: []format.Attempt{a},
		Meta: []format.Field{{Name: "trial", Value: v.Key("trial").Str()}, {Name: "agents", Value: v.Key("agents").Str()},
			{Name: "observation", Value: said}},
	}, nil
}

func sniffReflexion(v *Value) int {
	if v.Has("prompt", "test", "is_solved", "reflections") {
		return 100
	}
	return 0
}

func decodeReflexion(v *Value) (format.Record, error) {
	question, err := needStr(v, "prompt")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "solution")
	if err != nil {
		return format.Record{}, err
	}
	a := attempt("gpt-4", text)
	a.Label = verdict(v.Key("is_solved"))
	rec := format.Record{
		Problem: format.Problem{Question: question, Params: []format.Field{
			{Name: "test", Value: v.Key("test").Str()}, {Name: "entry_point", Value: v.Key("entry_point").Str()}}},
		Attempts: []format.Attempt{a},
		Meta:     rest(v, "prompt", "test", "entry_point", "solution", "is_solved", "reflections"),
	}
	if list := v.Key("reflections"); list.Is(Array) && len(list.Items) > 0 {
		rec.Meta = append(rec.Meta, format.Field{Name: "reflections", Value: list.Text()})
	}
	return rec, nil
}

func sniffPlain(v *Value) int {
	if q, a := v.Key("question"), v.Key("answer"); q.Is(String) && a.Is(String) {
		return 40
	}
	return 0
}

func decodePlain(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "answer")
	if err != nil {
		return format.Record{}, err
	}
	return format.Record{
		Problem:  format.Problem{Question: question},
		Attempts: []format.Attempt{attempt("", text)},
		Meta:     rest(v, "question", "answer"),
	}, nil
}
