package ingest

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// opening is a phrase at the start of a step that gives its kind away.
type opening struct {
	phrase string // lower case
	kind   format.Kind
}

var openings = [...]opening{
	{"#### ", format.Answer},
	{"a: ", format.Answer},
	{"answer:", format.Answer},
	{"**answer", format.Answer},
	{"**final answer", format.Answer},
	{"final answer", format.Answer},
	{"the answer is", format.Answer},
	{"so the answer is", format.Answer},
	{"the final answer", format.Answer},
	{"therefore, the final answer", format.Answer},
	{"solution:", format.Answer},
	{"operations:", format.Answer},
	{"result:", format.Answer},
	{"action: finish[", format.Answer},

	{"check", format.Check},
	{"let me check", format.Check},
	{"let me double", format.Check},
	{"let me verify", format.Check},
	{"let's check", format.Check},
	{"let's double", format.Check},
	{"let's verify", format.Check},
	{"to check", format.Check},
	{"to verify", format.Check},
	{"verify", format.Check},
	{"wait, let me check", format.Check},
	{"wait, let me verify", format.Check},
	{"we can check", format.Check},
	{"we can verify", format.Check},

	{"let ", format.Setup},
	{"given ", format.Setup},
	{"suppose ", format.Setup},
	{"assume ", format.Setup},
	{"define ", format.Setup},
	{"denote ", format.Setup},
	{"we are given", format.Setup},
	{"we are asked", format.Setup},
	{"we need to", format.Setup},
	{"we have these numbers", format.Setup},
	{"okay, so i have", format.Setup},
	{"the question asks", format.Setup},
	{"the problem asks", format.Setup},
	{"first, i need to", format.Setup},
	{"current state", format.Setup},
}

// openingsAt holds the openings by first letter, so that a step is compared
// with those few that can match.
var openingsAt = func() (t [128][]opening) {
	for _, o := range openings {
		t[o.phrase[0]] = append(t[o.phrase[0]], o)
	}
	return t
}()

// label gives every step its kind by simple rules: what it opens with, then
// whether it computes. They are a first reading; whether a computation can be
// checked is decided elsewhere. The last step that holds a \boxed is the
// answer.
func label(steps []format.Step) {
	boxed := -1
	for i := range steps {
		s := &steps[i]
		s.Kind = kindOf(s.Text)
		if s.Kind != format.Answer && strings.Contains(s.Text, `\boxed`) {
			boxed = i
		}
	}
	if boxed >= 0 {
		steps[boxed].Kind = format.Answer
	}
}

func kindOf(text string) format.Kind {
	body := strings.TrimLeft(text, " \t\r\n`-")
	kind := format.Derive
	if body != "" && body[0] < 128 {
		first := body[0]
		if first >= 'A' && first <= 'Z' {
			first |= 0x20
		}
		for _, o := range openingsAt[first] {
			if hasFold(body, o.phrase) {
				kind = o.kind
				break
			}
		}
	}
	if (kind == format.Derive || kind == format.Setup) && computes(text) {
		return format.Compute
	}
	return kind
}

// hasFold reports whether s begins with the lower-case phrase, whatever the
// case of its ASCII letters.
func hasFold(s, phrase string) bool {
	if len(s) < len(phrase) {
		return false
	}
	for i := range len(phrase) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != phrase[i] {
			return false
		}
	}
	return true
}

// computes reports whether text holds a calculator mark, or an equals sign
// with a digit somewhere before it and a number right after it.
func computes(text string) bool {
	from := 0
	digit := false
	for {
		n := strings.IndexByte(text[from:], '=')
		if n < 0 {
			return false
		}
		digit = digit || strings.ContainsAny(text[from:from+n], "0123456789")
		from += n + 1
		if !digit {
			continue
		}
		rest := text[from:]
		command := false // within \frac, \left and the like
	number:
		for i := 0; i < len(rest) && i < 16; i++ { // past spaces, signs and commands
			switch c := rest[i]; {
			case c-'0' <= 9:
				return true
			case c == '\\':
				command = true
			case isLetter(c) && command:
			case c == ' ' || c == '$' || c == '-' || c == '(' || c == '{' || c == '<' || c == '.':
				command = false
			default:
				break number
			}
		}
	}
}
