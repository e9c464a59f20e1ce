package ingest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

func sniffGenerations(v *Value) int {
	if v.Has("question", "generations", "ground_truth") {
		return 95
	}
	return 0
}

func decodeGenerations(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "generations")
	if err != nil {
		return format.Record{}, err
	}
	a := attempt("", text)
	a.Answer = lastBoxed(text)
	return format.Record{
		Problem:  format.Problem{Question: question, Answer: v.Key("ground_truth").Text(), Checker: "number"},
		Attempts: []format.Attempt{a}, Meta: rest(v, "question", "generations", "ground_truth"),
	}, nil
}

// lastBoxed is what the last closed \boxed{…} of a text holds.
func lastBoxed(text string) string {
	const mark = `\boxed{`
	for end := len(text); ; {
		i := strings.LastIndex(text[:end], mark)
		if i < 0 {
			return ""
		}
		if body, ok := braced(text[i+len(mark) : end]); ok {
			return body
		}
		end = i
	}
}

// braced is s up to the brace that closes the one before it.
func braced(s string) (string, bool) {
	depth := 1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[:i], true
			}
		}
	}
	return "", false
}

func sniffOlymMath(v *Value) int {
	if v.Has("problem", "answer", "unique_id") && strings.HasPrefix(v.Key("unique_id").Str(), "OlymMATH") {
		return 100
	}
	return 0
}

func decodeOlymMath(v *Value) (format.Record, error) {
	question, err := needStr(v, "problem")
	if err != nil {
		return format.Record{}, err
	}
	return format.Record{
		Problem: format.Problem{Question: question, Answer: v.Key("answer").Text(), Checker: "latex"},
		Meta:    rest(v, "problem", "answer"),
	}, nil
}

func sniffMath(v *Value) int {
	switch {
	case v.Has("problem", "solution", "level", "subject"), v.Has("problem", "solution", "level", "type"):
		return 95
	case v.Has("problem", "solution"):
		return 70
	}
	return 0
}

func decodeMath(v *Value) (format.Record, error) {
	question, err := needStr(v, "problem")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "solution")
	if err != nil {
		return format.Record{}, err
	}
	a := attempt("reference", text)
	a.Label, a.Answer = format.Right, lastBoxed(text)
	p := format.Problem{Question: question, Answer: v.Key("answer").Text(), Checker: "latex"}
	if p.Answer == "" {
		p.Answer = a.Answer
	}
	return format.Record{
		Problem: p, Attempts: []format.Attempt{a},
		Eval: strings.HasPrefix(v.Key("unique_id").Str(), "test/"),
		Meta: rest(v, "problem", "solution", "answer"),
	}, nil
}

func sniffAPS(v *Value) int {
	if v.Has("question", "final_answer") && v.Get("reasoning_steps[0]").Has("solution_prefix", "mc_value") {
		return 100
	}
	return 0
}

// decodeAPS makes an attempt of every prefix that no other prefix goes on
// from: the others are beginnings of these. A prefix's value is the share of
// roll-outs from it that came out right, so it is a label only where the text
// is whole.
func decodeAPS(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	list := v.Key("reasoning_steps")
	if !list.Is(Array) {
		return format.Record{}, reject(BadSteps, "reasoning_steps must be an array")
	}
	type prefix struct {
		text  string
		value *Value
		at    int
	}
	all := make([]prefix, 0, len(list.Items))
	for i := range list.Items {
		text, err := needStr(&list.Items[i], "solution_prefix")
		if err != nil {
			return format.Record{}, err
		}
		text = strings.TrimLeft(strings.TrimPrefix(text, question), "\n")
		all = append(all, prefix{text, list.Items[i].Key("mc_value"), i})
	}
	// In order of their bytes, whatever goes on from a prefix follows it directly.
	slices.SortStableFunc(all, func(a, b prefix) int { return strings.Compare(a.text, b.text) })
	keep := all[:0]
	for i, p := range all {
		if i+1 == len(all) || !strings.HasPrefix(all[i+1].text, p.text) {
			keep = append(keep, p)
		}
	}
	slices.SortFunc(keep, func(a, b prefix) int { return a.at - b.at })
	rec := apsRecord(v, question)
	for _, p := range keep {
		rec.Attempts = append(rec.Attempts, valued(attempt("", p.text), p.text, p.value))
	}
	rec.Meta = append(rec.Meta, format.Field{Name: "prefixes", Value: strconv.Itoa(len(list.Items))})
	return rec, nil
}

func apsRecord(v *Value, question string) format.Record {
	return format.Record{
		Problem: format.Problem{Question: question, Answer: v.Key("final_answer").Text(), Checker: "latex"},
		Meta:    rest(v, "question", "final_answer", "reasoning_steps"),
	}
}

// valued finishes an attempt with its Monte Carlo value.
func valued(a format.Attempt, text string, value *Value) format.Attempt {
	a.Answer = lastBoxed(text)
	a.Truncated = a.Answer == ""
	if !a.Truncated {
		a.Label = verdict(value)
	}
	return a
}

func sniffTree(v *Value) int {
	if v.Has("question", "final_answer") && v.Key("reasoning_steps").Has("text", "mc_value", "children") {
		return 100
	}
	return 0
}

// treeLimit bounds the text of all paths of one tree: a hostile tree could
// repeat one long stem in every leaf.
const treeLimit = 64 << 20

// decodeTree makes an attempt of every leaf: the texts from below the root,
// which is the question, down to it.
func decodeTree(v *Value) (format.Record, error) {
	question, err := needStr(v, "question")
	if err != nil {
		return format.Record{}, err
	}
	rec := apsRecord(v, question)
	total := 0
	var path []string
	var walk func(n *Value, depth int) error
	walk = func(n *Value, depth int) error {
		text, err := needStr(n, "text")
		if err != nil {
			return err
		}
		children := n.Key("children")
		if depth > 0 || text != question {
			path = append(path, text)
			defer func() { path = path[:len(path)-1] }()
		}
		if children.Is(Array) && len(children.Items) > 0 {
			for i := range children.Items {
				if err := walk(&children.Items[i], depth+1); err != nil {
					return err
				}
			}
			return nil
		}
		whole := strings.Join(path, "\n")
		if total += len(whole); total > treeLimit {
			return reject(TooLarge, "the paths of the tree hold more than %d bytes", treeLimit)
		}
		rec.Attempts = append(rec.Attempts, valued(attempt("", whole), whole, n.Key("mc_value")))
		return nil
	}
	err = walk(v.Key("reasoning_steps"), 0)
	return rec, err
}

func sniffR1(v *Value) int {
	if v.Has("problem", "ground_truth", "full_response") {
		return 95
	}
	return 0
}

func decodeR1(v *Value) (format.Record, error) {
	question, err := needStr(v, "problem")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "full_response")
	if err != nil {
		return format.Record{}, err
	}
	a := attempt(v.Key("model_name").Str(), text)
	a.Label = verdict(v.Key("is_correct"))
	a.Answer = v.Key("extracted_answer").Text()
	a.Truncated = cutOff(text, a.Trace.Steps)
	return format.Record{
		Problem:  format.Problem{Question: question, Answer: v.Key("ground_truth").Text(), Checker: "latex"},
		Attempts: []format.Attempt{a},
		Meta: rest(v, "problem", "prompt", "ground_truth", "full_response", "reasoning_trace", "answer_text", "model_name",
			"is_correct", "extracted_answer"),
	}, nil
}

func sniffAnchors(v *Value) int {
	if v.Has("problem", "base_solution", "chunks_labeled") {
		return 100
	}
	return 0
}

func decodeAnchors(v *Value) (format.Record, error) {
	question, err := needStr(v, "problem.problem")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "base_solution.solution")
	if err != nil {
		return format.Record{}, err
	}
	a := format.Attempt{Author: v.Key("model").Str(), Label: verdict(v.Get("base_solution.is_correct")),
		Answer: v.Get("base_solution.answer").Text()}
	var missing int
	a.Trace.Steps, missing = chunked(text, v.Key("chunks_labeled"))
	a.Truncated = cutOff(text, a.Trace.Steps)
	meta := []format.Field{{Name: "id", Value: v.Key("id").Text()}, {Name: "prompt", Value: v.Get("base_solution.prompt").Text()},
		{Name: "level", Value: v.Get("problem.level").Text()}, {Name: "type", Value: v.Get("problem.type").Text()},
		{Name: "left_in_source", Value: "problem.gt_solution,base_solution.full_cot,chunks_labeled.*"}}
	if missing > 0 {
		meta = append(meta, format.Field{Name: "chunks_not_found", Value: strconv.Itoa(missing)})
	}
	return format.Record{
		Problem:  format.Problem{Question: question, Answer: v.Get("problem.gt_answer").Text(), Checker: "latex"},
		Attempts: []format.Attempt{a}, Meta: meta,
	}, nil
}

// chunkKinds are the kinds of the set's function tags.
var chunkKinds = map[string]format.Kind{
	"problem_setup":           format.Setup,
	"plan_generation":         format.Setup,
	"active_computation":      format.Compute,
	"self_checking":           format.Check,
	"final_answer_emission":   format.Answer,
	"fact_retrieval":          format.Derive,
	"result_consolidation":    format.Derive,
	"uncertainty_management":  format.Derive,
	"uncertainty_acknowledge": format.Derive,
}

// chunked cuts a text where the source's chunks begin. The chunks lack the
// white space between them, so each is looked for behind the one before; one
// that is not found is counted and begins no step.
func chunked(text string, chunks *Value) (steps []format.Step, missing int) {
	if !chunks.Is(Array) {
		return Segment(text), 0
	}
	var starts []int
	var kinds []format.Kind
	at := 0
	for i := range chunks.Items {
		chunk := strings.TrimSpace(chunks.Items[i].Key("chunk").Str())
		n := strings.Index(text[at:], chunk)
		if chunk == "" || n < 0 {
			missing++
			continue
		}
		start := at + n
		at = start + len(chunk)
		if len(starts) == 0 {
			start = 0 // what stands before the first chunk is part of it
		}
		starts = append(starts, start)
		kinds = append(kinds, chunkKinds[chunks.Items[i].Get("function_tags[0]").Str()])
	}
	if len(starts) == 0 {
		return Segment(text), missing
	}
	end := skipSpace(text, at)
	for i, start := range starts {
		stop := end
		if i+1 < len(starts) {
			stop = starts[i+1]
		}
		if stop > start {
			steps = append(steps, format.Step{ID: len(steps) + 1, Kind: kinds[i], Text: text[start:stop]})
		}
	}
	for _, s := range Segment(text[end:]) { // what the source did not chunk
		s.ID = len(steps) + 1
		steps = append(steps, s)
	}
	return steps, missing
}
