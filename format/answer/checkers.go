package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Checker grades attempts at one kind of problem, and steps of them.
type Checker struct {
	Name string // as Problem.Checker names it
	Doc  string // a summary line, a blank line, the full explanation

	// Grade judges an attempt, given as its whole text or as its final answer
	// alone. Exact is right, False is wrong, Rounded is right to the last digit
	// written; Unknown neither proved nor refuted.
	Grade func(p *format.Problem, attempt string) Result

	// Step judges one step by itself: False if something it states is false,
	// Exact if it states something and all of it is exact. nil if steps of this
	// kind of problem cannot be judged alone.
	Step func(p *format.Problem, s *format.Step) format.Verdict

	// Steps judges the steps of an attempt together, where one rests on
	// another's definitions. nil if Step says all there is to say.
	Steps func(p *format.Problem, steps []format.Step) []format.Verdict
}

// Checkers is the table of checkers.
var Checkers = []Checker{
	{"number", "final numbers by exact value\n\nThe final answer is compared with the reference as a number: separators, units, currency and spelling do not count.", gradeNumber, stepClaims, nil},
	{"latex", "final formulas by normal form\n\nFractions, roots, multiples of pi, polynomials, intervals, sets, points and matrices by value; text by normalized text.", gradeLatex, stepClaims, nil},
	{"choice", "multiple choice by letter or by the text of the option\n\nB, (B), B) and the text of the second option are one answer.", gradeChoice, nil, nil},
	{"marks", "calculator marks of a solution\n\nRight if the final answer is, as for number; a step is judged by its marks alone.", gradeNumber, stepMarks, nil},
	{"arithmetic", "arithmetic stated in prose, by substitution\n\nDefinitions such as A = (3 + 4) are put into the expressions that name them, and every hop of every chain is computed again.", gradeNumber, stepClaims, Substitute},
	{"countdown", "Countdown derivations, found in the text\n\nEach number of the problem once, every operation right, the target reached: searched among the equations that the attempt states, never read from its own summary of them.", gradeCountdown, stepClaims, nil},
	{"game24", "Game of 24\n\nThe expression after Answer: uses each number once and has the value 24; without one, as for countdown.", gradeGame24, stepClaims, nil},
	{"igsm", "layered problems with a known graph, replayed from the text\n\nA final answer is compared as a number. Steps are worked through in order against the parameters that the question defines: letters, symbols, numbers, hops, and what is put off.", gradeNumber, nil, stepsReplay},
	{"edits", "repairs of a draft, edit by edit\n\nThe solution is worked out from the question. Every edit (delete, insert, replace) is carried out on the draft and must bring it one edit nearer to the solution, by Levenshtein's distance; the draft at the end is the answer.", gradeEdits, nil, stepsEdits},
	{"prosqa", "ProsQA: chains of is-a sentences\n\nEvery hop is a sentence of the question, and the hops lead to the class that is asked for.", gradeProsQA, stepProsQA, nil},
	{"text", "final answers by normalized text\n\nCase, blanks, quotes and the full stop do not count; different texts are different answers.", gradeText, nil, nil},
}

// Find returns the checker of that name, or nil.
func Find(name string) *Checker {
	for i := range Checkers {
		if Checkers[i].Name == name {
			return &Checkers[i]
		}
	}
	return nil
}

// FirstWrong returns the index of the first step that the checker finds false,
// or -1.
func (c *Checker) FirstWrong(p *format.Problem, steps []format.Step) int {
	if c.Steps != nil {
		for i, v := range c.Steps(p, steps) {
			if v == format.False {
				return i
			}
		}
		return -1
	}
	if c.Step != nil {
		for i := range steps {
			if c.Step(p, &steps[i]) == format.False {
				return i
			}
		}
	}
	return -1
}

// stated is the final answer of an attempt; a short attempt without any mark of
// one is the answer itself.
func finalOf(attempt string) (string, bool) {
	if a, _, _, ok := Final(attempt); ok {
		return a, true
	}
	if t := strings.TrimSpace(attempt); t != "" && len(t) <= 200 && strings.IndexByte(t, '\n') < 0 {
		return t, true
	}
	return "", false
}

// reference is the wanted answer; references may be whole solutions.
func reference(p *format.Problem) string {
	if a, _, _, ok := Final(p.Answer); ok {
		return a
	}
	return p.Answer
}

func gradeNumber(p *format.Problem, attempt string) Result {
	got, ok := finalOf(attempt)
	if !ok {
		return Result{format.Unknown, "value", "no final answer is marked"}
	}
	r := Equal(reference(p), got)
	if r.Verdict == format.Unknown && r.Method == "text" {
		if v, _, ok := soleNumber(got); ok { // "She earns $18 a day"
			r = Equal(reference(p), v)
			r.Detail = "the only number of the answer"
		}
	}
	return r
}

// soleNumber returns the number of s if it has exactly one.
func soleNumber(s string) (v string, at int, ok bool) {
	v, at, _, ok = LastNumber(s)
	if ok {
		for i := range at {
			if isDigit(s[i]) {
				return "", 0, false
			}
		}
		ok = !strings.ContainsAny(s, `\^_/`)
	}
	return v, at, ok
}

func gradeLatex(p *format.Problem, attempt string) Result {
	want := reference(p)
	if got, ok := finalOf(attempt); ok {
		return Equal(want, got)
	}
	if at := strings.LastIndex(attempt, "</think>"); at >= 0 {
		attempt = attempt[at:]
	}
	if got, _, _, ok := LastMath(attempt); ok {
		r := Equal(want, got)
		r.Detail = strings.TrimSpace("the last formula " + r.Detail)
		if r.Verdict == format.Exact {
			return r
		}
		// The last formula is a guess at the answer, so it may prove it right,
		// never wrong.
		return Result{format.Unknown, r.Method, "no final answer is marked"}
	}
	if concludes(attempt, want) {
		return Result{format.Exact, "text", "subject of the concluding sentence"}
	}
	return Result{format.Unknown, "text", "no final answer is marked"}
}

// concludes reports whether want is one capitalized word, and the last sentence
// a conclusion about it: "Thus, Evelyn's average speed is the largest."
func concludes(attempt, want string) bool {
	want = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(want), `\text{`), "}")
	if len(want) < 3 || want[0]-'A' >= 26 || word(want, 0) != len(want) {
		return false
	}
	text := strings.TrimRight(attempt, " \n.*")
	at := max(strings.LastIndex(text, ". "), strings.LastIndexByte(text, '\n')) + 1
	last := strings.TrimLeft(text[at:], " *")
	for _, so := range [...]string{"Thus, ", "Therefore, ", "So, ", "Hence, ", "So "} {
		if rest, ok := strings.CutPrefix(last, so); ok {
			rest, ok = strings.CutPrefix(rest, want)
			return ok && (strings.HasPrefix(rest, "'s ") || strings.HasPrefix(rest, "’s ") || strings.HasPrefix(rest, " ")) &&
				!strings.Contains(rest, " not ") && !strings.Contains(rest, "n't ")
		}
	}
	return false
}

func gradeText(p *format.Problem, attempt string) Result {
	got, ok := finalOf(attempt)
	if !ok {
		got = attempt
	}
	if normalText(tidy(got)) == normalText(tidy(p.Answer)) {
		return Result{format.Exact, "text", ""}
	}
	return Result{format.False, "text", "the texts differ"}
}

func gradeChoice(p *format.Problem, attempt string) Result {
	want := choice(p, reference(p))
	got, ok := finalOf(attempt)
	if !ok || want < 0 {
		return Result{format.Unknown, "choice", "no option is named"}
	}
	switch g := choice(p, got); g {
	case -1:
		return Result{format.Unknown, "choice", "no option is named"}
	case want:
		return Result{format.Exact, "choice", ""}
	}
	return Result{format.False, "choice", "another option"}
}

// choice returns the index of the option that s names, by letter or by text;
// -1 if none.
func choice(p *format.Problem, s string) int {
	s = strings.TrimSpace(strings.TrimRight(tidy(s), "."))
	s = strings.TrimSuffix(strings.TrimPrefix(s, `\text{`), "}")
	n := max(len(p.Choices), 5)
	letter := strings.TrimLeft(s, "( ")
	if letter != "" {
		rest := strings.TrimLeft(letter[1:], " ")
		lone := rest == "" || rest[0] == ')' || rest[0] == ':' || rest[0] == '.' && len(p.Choices) > 0
		if k := int(letter[0]|0x20) - 'a'; isLetter(letter[0]) && k < n && lone {
			rest = strings.TrimLeft(rest, ").: ")
			if rest == "" || len(p.Choices) > k && normalText(rest) == normalText(optionText(p.Choices[k])) {
				return k
			}
		}
	}
	found := -1
	for i, c := range p.Choices {
		if normalText(optionText(c)) == normalText(s) || normalText(c) == normalText(s) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// optionText is an option without its letter.
func optionText(c string) string {
	t := strings.TrimLeft(strings.TrimSpace(c), "(")
	if len(t) > 2 && isLetter(t[0]) && (t[1] == ')' || t[1] == ':' || t[1] == '.') {
		return strings.TrimSpace(t[2:])
	}
	return strings.TrimSpace(c)
}

func stepClaims(_ *format.Problem, s *format.Step) format.Verdict { return judge(s, false) }

func stepMarks(_ *format.Problem, s *format.Step) format.Verdict { return judge(s, true) }

// judge is the verdict on what a step states: false if one claim is, exact if
// all are, unknown if there is none or one is.
func judge(s *format.Step, marks bool) format.Verdict {
	claims := s.Claims
	if claims == nil {
		claims = Claims(s.Text)
	}
	worst, any := format.Exact, false
	for _, c := range claims {
		if marks && !c.Mark {
			continue
		}
		any = true
		switch v := CheckClaim(c); {
		case v == format.False:
			return v
		case v == format.Unknown || v == format.Rounded && worst == format.Exact:
			worst = v
		}
	}
	if !any {
		return format.Unknown
	}
	return worst
}
