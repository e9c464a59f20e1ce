package ingest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// countdown is a problem of combining numbers to a target.
func countdown(question string, numbers []string, target string) format.Problem {
	return format.Problem{Question: question, Checker: "countdown", Params: []format.Field{
		{Name: "numbers", Value: strings.Join(numbers, ",")},
		{Name: "target", Value: target},
	}}
}

// askCountdown words the question where the source has numbers only.
func askCountdown(numbers []string, target string) format.Problem {
	return countdown("Combine the numbers "+strings.Join(numbers, ", ")+" with +, -, * and / to make "+target+
		". Use each number exactly once.", numbers, target)
}

// worded says in Meta that the question is not the source's.
var worded = format.Field{Name: "question_by", Value: "graft"}

// whole reports whether every string is a whole number.
func whole(list []string) bool {
	for _, s := range list {
		if _, err := strconv.Atoi(s); err != nil {
			return false
		}
	}
	return len(list) > 0
}

func sniffRollout(v *Value) int {
	if v.Has("prompt", "completion", "parsed_results") {
		return 100
	}
	return 0
}

func decodeRollout(v *Value) (format.Record, error) {
	prompt, err := needStr(v, "prompt")
	if err != nil {
		return format.Record{}, err
	}
	completion, err := needStr(v, "completion")
	if err != nil {
		return format.Record{}, err
	}
	results := v.Key("parsed_results")
	var numbers []string
	if list := results.Key("initial_numbers"); list.Is(Array) {
		for i := range list.Items {
			numbers = append(numbers, list.Items[i].Text())
		}
	}
	target := results.Key("target").Text()
	if !whole(numbers) || target == "" {
		return format.Record{}, reject(BadField, "parsed_results must have initial_numbers and target")
	}
	system, text, echoed, headed := unecho(prompt, completion)
	rec := format.Record{Problem: countdown(prompt, numbers, target)}
	rec.Problem.System = system
	rec.Problem.Answer = target
	a := attempt(v.Key("adapter").Str(), text)
	a.Label = verdict(results.Key("solved"))
	// A search that reaches its goal may stop there, without a full stop.
	a.Truncated = cutOff(text, a.Trace.Steps) && !strings.HasSuffix(text, "Goal Reached")
	rec.Attempts = []format.Attempt{a}
	rec.Meta = rest(v, "prompt", "completion", "adapter")
	if echoed > 0 {
		rec.Meta = append(rec.Meta, format.Field{Name: "echoed_prompt_bytes", Value: strconv.Itoa(echoed)})
		if !headed {
			rec.Meta = append(rec.Meta, format.Field{Name: "assistant_header", Value: "missing"})
		}
	}
	return rec, nil
}

// unecho takes the chat prompt off a completion that repeats it: "system\n…\n
// user\n" prompt "\nassistant\n". It returns the system text, what the model
// said, and how many bytes were not the model's. Where the assistant's header is
// missing the model was not given one, and what it said begins behind the
// prompt. A completion that does not begin so is left whole.
func unecho(prompt, completion string) (system, text string, echoed int, headed bool) {
	head, ok := strings.CutPrefix(completion, "system\n")
	if !ok {
		return "", completion, 0, false
	}
	system, rest, ok := strings.Cut(head, "\nuser\n")
	if !ok {
		return "", completion, 0, false
	}
	said, ok := strings.CutPrefix(rest, prompt)
	if !ok {
		return "", completion, 0, false
	}
	text, headed = strings.CutPrefix(strings.TrimLeft(said, "\n"), "assistant\n")
	if !headed {
		text = strings.TrimPrefix(said, "\n")
	}
	return system, text, len(completion) - len(text), headed
}

func sniffD1Countdown(v *Value) int {
	in, out := v.Key("input"), v.Key("output")
	if in.Is(String) && out.Is(String) && len(v.Members) == 2 && len(in.text) < 100 &&
		whole(strings.Split(in.text, ",")) && whole([]string{out.text}) {
		return 90
	}
	return 0
}

func decodeD1Countdown(v *Value) (format.Record, error) {
	in, err := needStr(v, "input")
	if err != nil {
		return format.Record{}, err
	}
	numbers := strings.Split(in, ",")
	target := v.Key("output").Text()
	if !whole(numbers) || !whole([]string{target}) {
		return format.Record{}, reject(BadField, "input must be numbers between commas and output a number")
	}
	return format.Record{Problem: withAnswer(askCountdown(numbers, target), target), Meta: []format.Field{worded}}, nil
}

func withAnswer(p format.Problem, answer string) format.Problem { p.Answer = answer; return p }

func sniffSudoku(v *Value) int {
	if p := v.Key("Puzzle"); p.Is(String) && v.Has("Solution") && len(p.text) == 16 {
		return 95
	}
	return 0
}

func decodeSudoku(v *Value) (format.Record, error) {
	puzzle, solution := v.Key("Puzzle").Text(), v.Key("Solution").Text()
	if !grid(puzzle) || !grid(solution) {
		return format.Record{}, reject(BadField, "Puzzle and Solution must be 16 digits from 0 to 4")
	}
	return format.Record{
		Problem: format.Problem{
			Question: "Fill this 4x4 sudoku, rows one after the other, 0 for an empty cell: " + puzzle,
			Answer:   solution, Checker: "text",
			Params: []format.Field{{Name: "puzzle", Value: puzzle}},
		},
		Meta: append(rest(v, "Puzzle", "Solution"), worded),
	}, nil
}

func grid(s string) bool { return len(s) == 16 && strings.Trim(s, "01234") == "" }

func sniffGame24(v *Value) int {
	if v.Has("Rank", "Puzzles") {
		return 95
	}
	return 0
}

func decodeGame24(v *Value) (format.Record, error) {
	numbers := strings.Fields(v.Key("Puzzles").Text())
	if !whole(numbers) {
		return format.Record{}, reject(NoQuestion, "Puzzles must be whole numbers between spaces")
	}
	return format.Record{Problem: withAnswer(askCountdown(numbers, "24"), "24"), Meta: append(rest(v, "Puzzles"), worded)}, nil
}

func sniffGame24CoT(v *Value) int {
	if v.Has("idx", "ys", "infos") && v.Key("steps") == nil {
		return 95
	}
	return 0
}

func decodeGame24CoT(v *Value) (format.Record, error) {
	samples, err := stepList(v.Key("ys"), "ys")
	if err != nil {
		return format.Record{}, err
	}
	numbers, votes := puzzleOf(samples)
	if numbers == nil {
		return format.Record{}, reject(NoQuestion, "no first step of ys says what the numbers are")
	}
	rec, err := game24(v, numbers, samples)
	rec.Meta = append(rec.Meta, format.Field{Name: "puzzle_votes", Value: strconv.Itoa(votes)})
	return rec, err
}

// puzzleOf finds the numbers that most samples start from. A first step
// "a + b = c (left: c d e)" started from a, b, d and e. A model may misread
// the puzzle; most of a hundred do not.
func puzzleOf(samples []string) (numbers []string, votes int) {
	count := map[string]int{}
	best := ""
	for _, text := range samples {
		start := firstStep(text)
		if start == "" {
			continue
		}
		count[start]++
		if n := count[start]; n > votes || n == votes && start < best {
			best, votes = start, n
		}
	}
	if best == "" {
		return nil, 0
	}
	return strings.Fields(best), votes
}

// firstStep is what the first step of a sample started from, in order, or
// nothing if it has none of that form.
func firstStep(text string) string {
	line, _, ok := strings.Cut(strings.TrimPrefix(text, "Steps:\n"), "\n")
	expr, left, ok2 := strings.Cut(line, " (left: ")
	f := strings.Fields(expr)
	if !ok || !ok2 || len(f) != 5 || f[3] != "=" {
		return ""
	}
	numbers := strings.Fields(strings.TrimSuffix(left, ")"))
	at := slices.Index(numbers, f[4])
	if at < 0 {
		return ""
	}
	numbers = append(slices.Delete(numbers, at, at+1), f[0], f[2])
	if len(numbers) != 4 || !whole(numbers) {
		return ""
	}
	slices.SortFunc(numbers, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return strings.Join(numbers, " ")
}

func sniffGame24ToT(v *Value) int {
	if v.Has("idx", "ys", "infos", "steps") {
		return 95
	}
	return 0
}

func decodeGame24ToT(v *Value) (format.Record, error) {
	samples, err := stepList(v.Key("ys"), "ys")
	if err != nil {
		return format.Record{}, err
	}
	numbers := strings.Fields(v.Get("steps[0].x").Str())
	if !whole(numbers) {
		return format.Record{}, reject(NoQuestion, "steps[0].x must be whole numbers between spaces")
	}
	return game24(v, numbers, samples)
}

func game24(v *Value, numbers, samples []string) (format.Record, error) {
	rec := format.Record{Problem: withAnswer(askCountdown(numbers, "24"), "24"), Meta: append(rest(v, "ys", "infos", "steps"), worded)}
	for i, text := range samples {
		a := attempt("gpt-4", text)
		a.Label = verdict(v.Key("infos").At(i).Key("r"))
		if a.Answer = after(text, "Answer: "); a.Answer == "" {
			a.Truncated = true // the search stopped, or the sample was cut, before an answer
		}
		rec.Attempts = append(rec.Attempts, a)
	}
	return rec, nil
}
