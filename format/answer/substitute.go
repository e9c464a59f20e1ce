package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// Substitute judges the steps of an attempt at evaluating an expression (the
// question, with or without its equals sign). A definition A = (3 + 4) is kept
// as what A stands for; a chain A + B = 7 - 2 = 5 is computed with what its
// letters were found to be; a decomposition "A + B", where A = … and B = …,
// must have the value of the question. A wrong value, once stated, is what
// later steps may build on: only the step that makes it is false.
func Substitute(p *format.Problem, steps []format.Step) []format.Verdict {
	s := substitution{question: strings.TrimRight(strings.TrimSpace(p.Question), "= ")}
	verdicts := make([]format.Verdict, len(steps))
	for i := range steps {
		verdicts[i] = s.step(steps[i].Text)
	}
	return verdicts
}

type substitution struct {
	question string
	defined  [26]string // what a letter was said to stand for
	value    [26]format.Num
	known    [26]bool
	last     format.Num
	computed bool
}

func (s *substitution) step(text string) format.Verdict {
	if open := strings.IndexByte(text, '"'); open >= 0 {
		if end := strings.IndexByte(text[open+1:], '"'); end >= 0 {
			return s.decompose(text[open+1:open+1+end], text[open+1+end:])
		}
	}
	worst := format.Unknown
	for _, part := range sentences(text) {
		switch v := s.chain(part); {
		case v == format.False:
			return v
		case v == format.Exact:
			worst = v
		}
	}
	return worst
}

// sentences splits a step where a chain cannot go on.
func sentences(text string) []string { return strings.Split(text, ". ") }

// decompose reads: "(A * B) - C", where A = …, B = … and C = ….
func (s *substitution) decompose(pattern, where string) format.Verdict {
	for i := range where {
		if where[i]-'A' >= 26 || i > 0 && isLetter(where[i-1]) || i+1 < len(where) && isLetter(where[i+1]) {
			continue
		}
		rest := strings.TrimLeft(where[i+1:], " ")
		if !strings.HasPrefix(rest, "=") {
			continue
		}
		s.defined[where[i]-'A'] = arithmetic(rest[1:])
	}
	filled := s.fill(pattern, func(k int) string {
		if s.defined[k] == "" {
			return ""
		}
		return "(" + s.defined[k] + ")"
	})
	want, ok := Eval(s.question)
	got, ok2 := Eval(filled)
	switch {
	case !ok:
		return format.Unknown
	case !ok2 || !got.Equal(want):
		return format.False
	}
	return format.Exact
}

// arithmetic is the longest prefix of s that consists of digits, signs and
// parentheses, without blanks around it.
func arithmetic(s string) string {
	i := 0
	for i < len(s) && (isDigit(s[i]) || strings.IndexByte("+-*/() .", s[i]) >= 0) {
		i++
	}
	return strings.Trim(s[:i], " .")
}

// fill puts something in place of each single capital letter; "" where a letter
// has nothing to put in.
func (s *substitution) fill(expr string, with func(int) string) string {
	var b strings.Builder
	for i := range len(expr) {
		c := expr[i]
		if c-'A' >= 26 {
			b.WriteByte(c)
			continue
		}
		v := with(int(c - 'A'))
		if v == "" {
			return ""
		}
		b.WriteString(v)
	}
	return b.String()
}

// chain judges one chain of equalities. Its first member may be a letter, which
// it defines, or an expression of letters.
func (s *substitution) chain(text string) format.Verdict {
	parts := strings.Split(text, "=")
	if len(parts) < 2 {
		return s.answer(text)
	}
	head := lastExpression(parts[0])
	letter := -1
	var want format.Num
	have := false
	switch {
	case len(head) == 1 && head[0]-'A' < 26:
		letter = int(head[0] - 'A')
		if d := s.defined[letter]; d != "" {
			want, have = Eval(d)
		}
	case head != "":
		filled := s.fill(head, func(k int) string {
			if !s.known[k] {
				return ""
			}
			return "(" + s.value[k].String() + ")"
		})
		want, have = Eval(filled)
	}
	verdict := format.Unknown
	for i, part := range parts[1:] {
		part = strings.TrimSpace(part)
		if i == len(parts)-2 {
			part = arithmetic(part)
		}
		v, ok := Eval(part)
		if !ok {
			if i == 0 && letter >= 0 && have && sameText(part, s.defined[letter]) {
				continue // copied as it was defined, with its loose parentheses
			}
			return format.False // what cannot be computed is no step of a computation
		}
		if have && !v.Equal(want) {
			verdict = format.False
		} else if have && verdict != format.False {
			verdict = format.Exact
		}
		want, have = v, true
	}
	if have {
		s.last, s.computed = want, true
		if letter >= 0 {
			s.value[letter], s.known[letter] = want, true
		}
	}
	return verdict
}

func sameText(a, b string) bool {
	return strings.ReplaceAll(a, " ", "") == strings.ReplaceAll(b, " ", "")
}

// lastExpression is the end of s that can be an expression: "Let's calculate A"
// gives A, "the final equation is (A + B) * C" the formula.
func lastExpression(s string) string {
	i := len(s)
	for i > 0 {
		c := s[i-1]
		single := c-'A' < 26 && (i < 2 || !isLetter(s[i-2])) && (i == len(s) || !isLetter(s[i]))
		if !single && !isDigit(c) && strings.IndexByte("+-*/() ", c) < 0 {
			break
		}
		i--
	}
	return strings.TrimSpace(s[i:])
}

// answer judges "So the answer is x": it must be what was computed last.
func (s *substitution) answer(text string) format.Verdict {
	a, _, _, ok := Final(text)
	v, ok2 := format.ParseNum(a)
	if !ok || !ok2 || !s.computed {
		return format.Unknown
	}
	if v.Equal(s.last) {
		return format.Exact
	}
	return format.False
}
