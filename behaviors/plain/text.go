package plain

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// Bounds of what a template may do. Nothing in it runs for longer than its text,
// times the claims of a step squared: it has no recursion, and ranges over the
// lists of the step alone (lint.go).
const (
	maxText   = 1 << 13 // bytes that one step may have
	maxList   = 64      // claims of a step, and operands of a claim
	maxDigits = 64      // of a number in arithmetic
)

// A view is what a template sees. It is data: no method stands in it, so that
// nothing but the functions below can be called.
type view struct {
	Question string
	Step     stepView
	Claim    claimView // the one that the site is about
	Claims   []claimView
	Captures map[string]string
	Params   map[string]any
	Vars     map[string]string
}

type stepView struct{ Kind, Text string }

type claimView struct {
	Expr, Value string
	Args        []argView
}

type argView struct{ Text, Value, From string }

func viewOf(step *format.Step) (v stepView, claims []claimView) {
	for _, c := range step.Claims[:min(len(step.Claims), maxList)] {
		cv := claimView{Expr: c.Expr, Value: c.Value}
		for _, a := range c.Args[:min(len(c.Args), maxList)] {
			cv.Args = append(cv.Args, argView{a.Text, a.Value.String(), a.Binding.String()})
		}
		claims = append(claims, cv)
	}
	return stepView{step.Kind.String(), strings.TrimSpace(step.Text)}, claims
}

// A text is one template of a file.
type text struct {
	tpl *template.Template
}

// A voice is what the functions of one execution speak with.
type voice struct {
	pass *augment.Pass
	bank *augment.Bank
	vars map[string]string
}

var errLong = fmt.Errorf("a step of more than %d bytes", maxText)

// A bounded writer stops a template that writes too much.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxText {
		return 0, errLong
	}
	return b.Builder.Write(p)
}

// say executes the template.
func (t *text) say(v *view, s *voice) (string, error) {
	tpl, err := t.tpl.Clone() // functions belong to one execution
	if err != nil {
		return "", err
	}
	var out bounded
	if err := tpl.Funcs(s.functions()).Execute(&out, v); err != nil {
		code, exec := "template", template.ExecError{}
		if errors.Is(err, errLong) {
			code = "too-long"
		}
		if errors.As(err, &exec) {
			err = exec.Err
		}
		return "", augment.Refuse(code, "%s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return out.String(), nil
}

// functionDocs are all that a template can call.
var functionDocs = map[string]string{
	"say":      "a phrase of a section; the bank's vars are .Vars, or follow as name, value, …",
	"choose":   "one of its arguments, drawn evenly",
	"sentence": "with a capital first letter",
	"cat":      "its arguments, one after another",
	"add":      "the exact sum of two numbers", "sub": "the exact difference", "mul": "the exact product", "div": "the exact quotient",
	"less": "whether one number is less than another",
	"eq":   "whether the first is written as one of the others is", "ne": "whether two are written differently",
	"and": "", "or": "", "not": "", "len": "", "index": "",
}

func functionNames() []string { return slices.Sorted(maps.Keys(functionDocs)) }

func (s *voice) functions() template.FuncMap {
	calc := func(do func(a, b format.Num) (format.Num, error)) any {
		return func(x, y any) (string, error) {
			a, err := numberOf(x)
			if err != nil {
				return "", err
			}
			b, err := numberOf(y)
			if err != nil {
				return "", err
			}
			c, err := do(a, b)
			if err != nil {
				return "", err
			}
			_, err = numberOf(c.String())
			return c.String(), err
		}
	}
	return template.FuncMap{
		"say": s.phrase, "choose": s.choose, "sentence": prose.Sentence, "cat": cat,
		"add": calc(func(a, b format.Num) (format.Num, error) { return a.Add(b), nil }),
		"sub": calc(func(a, b format.Num) (format.Num, error) { return a.Sub(b), nil }),
		"mul": calc(func(a, b format.Num) (format.Num, error) { return a.Mul(b), nil }),
		"div": calc(func(a, b format.Num) (format.Num, error) {
			if b.Sign() == 0 {
				return a, fmt.Errorf("%s is divided by 0", a)
			}
			return format.FromRat(new(big.Rat).Quo(a.Rat(), b.Rat())), nil
		}),
		"less": func(x, y any) (bool, error) {
			a, err := numberOf(x)
			if err != nil {
				return false, err
			}
			b, err := numberOf(y)
			return a.Cmp(b) < 0, err
		},
		"eq": func(x any, list ...any) bool {
			return slices.ContainsFunc(list, func(y any) bool { return textOf(x) == textOf(y) })
		},
		"ne": func(x, y any) bool { return textOf(x) != textOf(y) },
	}
}

func numberOf(x any) (format.Num, error) {
	t := strings.ReplaceAll(strings.TrimLeft(textOf(x), "$"), ",", "")
	if len(t) > maxDigits {
		return format.Num{}, fmt.Errorf("a number of more than %d characters", maxDigits)
	}
	n, ok := format.ParseNum(t)
	if !ok {
		return n, fmt.Errorf("%q is no number", t)
	}
	return n, nil
}

func cat(list ...any) (string, error) {
	var b bounded
	for _, x := range list {
		if _, err := b.Write([]byte(textOf(x))); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func (s *voice) choose(list ...any) (any, error) {
	if len(list) == 0 {
		return nil, errors.New("choose wants something to choose from")
	}
	return list[s.pass.Rand.IntN(len(list))], nil
}

// phrase says a phrase of the bank, through the engine's speaker.
func (s *voice) phrase(section string, pairs ...any) (string, error) {
	if !slices.Contains(s.bank.Sections(), section) {
		return "", fmt.Errorf("the bank has no section [%s]", section)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("say %q: a var has no value", section)
	}
	var vars []string
	for _, name := range s.bank.Vars() {
		if v, ok := s.vars[name]; ok {
			vars = append(vars, name, v)
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		name := textOf(pairs[i])
		if !slices.Contains(s.bank.Vars(), name) {
			return "", fmt.Errorf("the bank declares no var %q", name)
		}
		vars = append(vars, name, textOf(pairs[i+1]))
	}
	return s.pass.Phrases.Say(section, vars...), nil
}

// parseText parses a template; functions are bound when it is executed.
func parseText(name, source string) (*text, error) {
	tpl, err := template.New(name).Option("missingkey=error").Funcs((&voice{}).functions()).Parse(source)
	if err != nil {
		return nil, err
	}
	return &text{tpl: tpl}, nil
}

func (t *text) root() *parse.ListNode { return t.tpl.Tree.Root }
