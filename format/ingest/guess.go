package ingest

import "strings"

// A role is what a field can be to a record, with the names that say so, the
// plainest first, and the types it may have.
type role struct {
	set   func(m *Mapping, path string)
	fits  func(v *Value) bool
	names []string
}

func isText(v *Value) bool   { return v.Is(String) && v.text != "" }
func isScalar(v *Value) bool { return v.Is(Bool) || v.Is(Number) || v.Is(String) && len(v.text) < 64 }
func isTexts(v *Value) bool  { list, ok := texts(v); return ok && len(list) > 0 }

// guessed are the roles in the order in which they choose their fields.
var guessed = []role{
	{func(m *Mapping, p string) { m.Question = p }, isText,
		[]string{"question", "problem", "query", "prompt", "instruction", "input", "puzzle", "task", "quiz", "text"}},
	{func(m *Mapping, p string) { m.Steps = p }, isTexts,
		[]string{"steps", "reasoning_steps", "solution_steps", "model_steps", "cot_steps", "chain"}},
	{func(m *Mapping, p string) { m.Traces = []string{p} }, func(v *Value) bool { return isText(v) || isTexts(v) },
		[]string{"trace", "reasoning", "rationale", "cot", "chain_of_thought", "solution", "response", "completion", "generation",
			"generations", "responses", "solutions", "outputs", "output", "model_output", "thinking", "explanation", "samples", "code"}},
	{func(m *Mapping, p string) { m.Answer = p }, func(v *Value) bool { return isText(v) || isScalar(v) },
		[]string{"reference_answer", "ground_truth", "gold", "gt", "target", "answer", "final_answer", "expected", "gt_answer"}},
	{func(m *Mapping, p string) { m.Final = p }, isScalar,
		[]string{"extracted_answer", "predicted_answer", "prediction", "pred", "model_answer"}},
	{func(m *Mapping, p string) { m.Label = p }, isScalar,
		[]string{"is_correct", "correct", "label", "solved", "is_solved", "correctness", "reward", "score"}},
	{func(m *Mapping, p string) { m.Author = p }, isScalar, []string{"model", "model_name", "author", "generator", "adapter"}},
	{func(m *Mapping, p string) { m.System = p }, isText, []string{"system", "system_prompt"}},
	{func(m *Mapping, p string) { m.Choices = p }, func(v *Value) bool { return isTexts(v) || isText(v) },
		[]string{"choices", "options"}},
}

// guess proposes a mapping for records that no reader knows. ok is false if
// no field looks like a question.
func guess(frames []Frame) (m Mapping, ok bool) {
	for _, f := range frames {
		v, err := ParseValue(f.Raw)
		if f.Err != nil || err != nil || !v.Is(Object) {
			continue
		}
		fields := leaves(v, "", 3, nil)
		taken := map[string]bool{}
		m = Mapping{}
		for _, r := range guessed {
			// One list of steps is an attempt already.
			if path := choose(fields, taken, r); path != "" && (m.Steps == "" || r.names[0] != "trace") {
				r.set(&m, path)
				taken[path] = true
			}
		}
		if m.Question != "" {
			return m, true
		}
	}
	return Mapping{}, false
}

type leaf struct {
	path, name string
	value      *Value
}

// leaves lists the fields down to some depth, the shallow ones first.
func leaves(v *Value, prefix string, depth int, all []leaf) []leaf {
	for i := range v.Members {
		m := &v.Members[i]
		all = append(all, leaf{prefix + m.Key, strings.ToLower(m.Key), &m.Value})
	}
	if depth == 1 {
		return all
	}
	for i := range v.Members {
		if m := &v.Members[i]; m.Value.Is(Object) {
			all = leaves(&m.Value, prefix+m.Key+".", depth-1, all)
		}
	}
	return all
}

// choose is the path of the field that fits a role best: by name, then by a
// name that ends in one of the role's names.
func choose(fields []leaf, taken map[string]bool, r role) string {
	for _, same := range []func(name, want string) bool{
		func(name, want string) bool { return name == want },
		func(name, want string) bool { return strings.HasSuffix(name, "_"+want) },
	} {
		for _, want := range r.names {
			for _, f := range fields {
				if !taken[f.path] && same(f.name, want) && r.fits(f.value) {
					return f.path
				}
			}
		}
	}
	return ""
}
