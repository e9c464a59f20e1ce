package answer

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Rule is a law that a solution of a problem with a known graph must keep.
type Rule string

// The rules, in the order in which a sentence is held to them.
const (
	RuleQuestion Rule = "question"     // the question can be read
	RuleForm     Rule = "form"         // the sentence is in the grammar
	RuleNode     Rule = "node"         // the parameter named exists
	RuleLetter   Rule = "letter"       // letters are injective, and recalled as they were given
	RuleTwice    Rule = "solved-twice" // a parameter is worked out once
	RuleParents  Rule = "parents"      // what it rests on has been worked out
	RulePremise  Rule = "premise"      // a premise restated is the premise
	RuleSymbols  Rule = "symbols"      // the letters say what the equation says, but for the order of + and ×
	RuleNumbers  Rule = "numbers"      // the numbers are what the letters stand for
	RuleHop      Rule = "hop"          // each hop carries out one operation
	RuleValue    Rule = "value"        // each hop is equal to the one before
	RuleLocked   Rule = "locked"       // what is put off cannot be worked out yet
	RuleMissing  Rule = "missing"      // what is named as missing is exactly what is
	RuleLeak     Rule = "leak"         // no value is claimed for what is put off
	RuleTarget   Rule = "target"       // what is asked for is worked out
	RuleAnswer   Rule = "answer"       // the answer stated is its value
)

// A Violation is the first rule that a solution breaks.
type Violation struct {
	Rule   Rule
	Step   int // which sentence, from 0: those that name a parameter or state the answer count
	At     int // its first byte in the text
	Detail string
}

// Replay works a solution through from its rendered text alone, against the
// parameters that the question defines, and returns the first rule that it
// breaks, or nil. It reads the line form of package igsm, with or without hops,
// premises restated and steps put off, and the clipped grammar of the original
// ("Define … as x; so x = …").
func Replay(p *format.Problem, text string) *Violation {
	return new(Replayer).Replay(p, text)
}

// Clipped reports whether a solution is in the clipped grammar of the original, whose
// steps [BindParams] does not bind.
func Clipped(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "Define ") }

// A replay is one solution being worked through.
type replay struct {
	*paramReader
	target   format.NodeID
	letterOf []byte             // by parameter, from the first; 0 where none is given
	nodeOf   [128]format.NodeID // what each letter stands for
	temps    [128]temp          // the same in the clipped grammar
	solved   []byte             // by parameter, 1 where it is worked out
	step, at int
	last     format.NodeID
	longest  []format.NodeID // all parameters, the longest name first
	answered bool
}

func (r *replay) fail(rule Rule, detail string, args ...any) *Violation {
	return &Violation{Rule: rule, Step: r.step, At: r.at, Detail: fmt.Sprintf(detail, args...)}
}

func (r *replay) name(id format.NodeID) string { return r.nodes[id-1].Name }

// namings are the ways of giving a letter to a parameter; a recall speaks of a
// letter that was given before.
var namings = [...]struct {
	before, between string
	letterLast      bool
	recall          bool
}{
	{before: "Let ", between: " be the number of "},
	{before: "Write ", between: " for the number of "},
	{before: "Call ", between: " the number of "},
	{before: "The number of ", between: " has the letter ", letterLast: true, recall: true},
}

// A naming is where a sentence names a parameter.
type naming struct {
	letter byte
	name   string
	recall bool
	start  int
	end    int // byte after the sentence's full stop
}

// maxNaming bounds the words between a naming and its end.
const maxNaming = 400

func findNaming(line string) (n naming, ok bool) {
	for _, f := range namings {
		for from := 0; ; {
			at := strings.Index(line[from:], f.before)
			if at < 0 {
				break
			}
			from += at + len(f.before)
			rest := line[from:min(len(line), from+maxNaming)]
			if f.letterLast {
				name, after, found := strings.Cut(rest, f.between)
				if found && len(after) > 1 && isLetter(after[0]) && (after[1] == '.' || after[1] == ',') {
					return naming{after[0], name, f.recall, from - len(f.before), from + len(name) + len(f.between) + 2}, true
				}
				continue
			}
			if len(rest) < 2 || !isLetter(rest[0]) || !strings.HasPrefix(rest[1:], f.between) {
				continue
			}
			name := rest[1+len(f.between):]
			end := strings.IndexAny(name, ".,;")
			if end < 0 {
				end = len(name)
			}
			return naming{line[from], name[:end], f.recall, from - len(f.before), min(len(line), from+1+len(f.between)+end+1)}, true
		}
	}
	return naming{}, false
}

// forget takes everything back that a solution has done, also the parameters that
// it defined beyond the known ones of the question.
func (r *replay) forget(known int) {
	for _, n := range r.nodes[known:] {
		delete(r.byName, n.Name)
	}
	r.nodes, r.signs = r.nodes[:known], r.signs[:known]
	if len(r.longest) > known {
		r.longest = r.longest[:0]
	}
	r.letterOf, r.solved = r.letterOf[:0], r.solved[:0]
	r.grow()
	r.nodeOf, r.temps = [128]format.NodeID{}, [128]temp{}
	r.step, r.at, r.last, r.answered = 0, 0, -1, false
}

// find is the parameter of a name.
func (r *replay) find(name string) (format.NodeID, error) {
	id, err := r.define(name, 0)
	r.grow()
	return id, err
}

// grow makes room for all parameters.
func (r *replay) grow() {
	for len(r.letterOf) < len(r.nodes) {
		r.letterOf, r.solved = append(r.letterOf, 0), append(r.solved, 0)
	}
}

func (r *replay) done(id format.NodeID) bool { return r.solved[id-1] != 0 }

func (r *replay) end(text string) *Violation {
	r.at = len(text)
	switch {
	case !r.done(r.target):
		return r.fail(RuleTarget, "%s is never worked out", r.name(r.target))
	case !r.answered:
		return r.fail(RuleAnswer, "no answer is stated")
	}
	return nil
}

func (r *replay) line(line string) (counted bool, v *Violation) {
	if said, ok := stated0(line); ok {
		return true, r.answer(said)
	}
	n, ok := findNaming(line)
	if !ok {
		switch {
		case strings.Contains(line, " = "):
			return true, r.fail(RuleForm, "an equation without a parameter: %q", clip(line))
		case strings.Contains(line, inEach):
			return true, r.ahead(line)
		}
		return false, nil
	}
	if before := line[:n.start]; strings.Contains(before, inEach) { // a start taken back by a token
		if v := r.ahead(before); v != nil {
			return true, v
		}
	}
	id, err := r.find(n.name)
	if err != nil {
		return true, r.fail(RuleNode, "%v", err)
	}
	if v := r.letter(id, n); v != nil {
		return true, v
	}
	rest := strings.TrimSpace(line[n.end:])
	said, chain, worked := cutEquation(rest, n.letter)
	if !worked {
		return true, r.putOff(id, rest)
	}
	return true, r.work(id, said, chain)
}

// stated0 is the answer that a line states.
func stated0(line string) (string, bool) {
	if rest, ok := strings.CutPrefix(line, "So the answer is "); ok {
		return strings.TrimSuffix(strings.TrimSpace(rest), "."), true
	}
	if rest, ok := strings.CutPrefix(line, "#### "); ok {
		return strings.TrimSpace(rest), true
	}
	if _, rest, ok := strings.Cut(line, `\boxed{`); ok {
		said, _, closed := strings.Cut(rest, "}")
		return said, closed
	}
	return "", false
}

func (r *replay) answer(said string) *Violation {
	if !r.done(r.target) {
		return r.fail(RuleTarget, "%s is not worked out when the answer is stated", r.name(r.target))
	}
	want := r.nodes[r.target-1].Value
	if got, ok := format.ParseNum(said); !ok || !got.Equal(want) {
		return r.fail(RuleAnswer, "the answer is %s, not %q", want, clip(said))
	}
	r.answered = true
	return nil
}

// letter gives a parameter its letter, or holds a recall to the one given.
func (r *replay) letter(id format.NodeID, n naming) *Violation {
	has, had := r.letterOf[id-1], r.nodeOf[n.letter]
	switch {
	case n.recall && has != n.letter:
		return r.fail(RuleLetter, "%c was never given to %s", n.letter, n.name)
	case n.recall:
		return nil
	case has != 0:
		return r.fail(RuleLetter, "%s has the letter %c already", n.name, has)
	case had != 0:
		return r.fail(RuleLetter, "%c is the letter of %s already", n.letter, r.name(had))
	}
	r.letterOf[id-1], r.nodeOf[n.letter] = n.letter, id
	return nil
}

// cutEquation parts what follows a naming into what is said before the equation
// of the letter and the equation itself.
func cutEquation(rest string, letter byte) (said, chain string, ok bool) {
	mark := string(rune(letter)) + " = "
	for from := 0; ; {
		at := strings.Index(rest[from:], mark)
		if at < 0 {
			return rest, "", false
		}
		if at += from; at == 0 || rest[at-1] == ' ' {
			return rest[:at], strings.TrimSuffix(rest[at+len(mark):], "."), true
		}
		from = at + 1
	}
}

// work replays the equation of a parameter.
func (r *replay) work(id format.NodeID, said, chain string) *Violation {
	n := &r.nodes[id-1]
	if r.done(id) {
		return r.fail(RuleTwice, "%s was worked out before", n.Name)
	}
	for _, p := range n.Parents {
		if !r.done(p) {
			return r.fail(RuleParents, "%s rests on %s, which is not worked out", n.Name, r.name(p))
		}
	}
	if v := r.restated(id, said); v != nil {
		return v
	}
	if v := r.chain(id, strings.Split(chain, " = ")); v != nil {
		return v
	}
	r.solved[id-1], r.last = 1, id
	return nil
}

// restated holds what is said before an equation to the parameter's premise.
func (r *replay) restated(id format.NodeID, said string) *Violation {
	if !strings.Contains(said, inEach) && !strings.ContainsAny(said, "0123456789") {
		return nil
	}
	premise := r.nodes[id-1].Premise
	_, body, _ := strings.Cut(premise, " equals ")
	at := strings.Index(said, body)
	if premise == "" || at < 0 || strings.Contains(said[:at], inEach) || strings.Contains(said[at+len(body):], inEach) ||
		strings.ContainsAny(said[:at]+said[at+len(body):], "0123456789") {
		return r.fail(RulePremise, "%q is not what the question says of %s", clip(said), r.name(id))
	}
	return nil
}

// chain replays "sym = num = … = value".
func (r *replay) chain(id format.NodeID, parts []string) *Violation {
	want := r.signs[id-1]
	signs := make([][]sign, len(parts))
	for i, part := range parts {
		ts, ok := appendSigns(nil, part)
		if !ok {
			return r.fail(RuleForm, "%q is no equation", clip(part))
		}
		signs[i] = ts
	}
	at := 0
	if len(r.nodes[id-1].Parents) > 0 {
		if v := r.symbols(id, signs[0], want); v != nil {
			return v
		}
		if len(signs) == 1 {
			return r.fail(RuleForm, "no value is stated for %s", r.name(id))
		}
		for i := range signs[0] {
			if t := &signs[0][i]; t.op == 'v' {
				*t = sign{n: r.nodes[t.node-1].Value}
			}
		}
		if len(want) > 1 { // a copy states its value at once
			if !sameSigns(signs[0], signs[1]) {
				return r.fail(RuleNumbers, "%q is not %s with the values put in", clip(parts[1]), clip(parts[0]))
			}
			at = 1
		}
	} else if len(want) != 1 || len(signs[0]) != 1 || signs[0][0].op != 0 || !signs[0][0].n.Equal(want[0].n) {
		return r.fail(RuleSymbols, "%s equals %s, not %q", r.name(id), want[0].n, clip(parts[0]))
	}
	return r.hops(signs[at:], parts[at:])
}

// hops replays equations in numbers. Two at the ends are enough; where there
// are more, each is one operation on.
func (r *replay) hops(signs [][]sign, parts []string) *Violation {
	for i := range signs {
		for _, t := range signs[i] {
			if t.op == 'v' {
				return r.fail(RuleNumbers, "a letter among numbers: %q", clip(parts[i]))
			}
		}
		if i == 0 {
			continue
		}
		before, ok := evaluate(signs[i-1], r.mod)
		after, ok2 := evaluate(signs[i], r.mod)
		if !ok || !ok2 {
			return r.fail(RuleForm, "%q is no equation", clip(parts[i]))
		}
		if !before.Equal(after) {
			return r.fail(RuleValue, "%s is %s, not %s", clip(parts[i-1]), before, clip(parts[i]))
		}
		if len(signs) > 2 && !oneApart(signs[i-1], signs[i], r.mod) {
			return r.fail(RuleHop, "%s is not one operation from %s", clip(parts[i]), clip(parts[i-1]))
		}
	}
	if last := signs[len(signs)-1]; len(last) != 1 {
		return r.fail(RuleForm, "no value is stated: %q", clip(parts[len(parts)-1]))
	}
	return nil
}

// symbols binds letters to parameters and compares with the equation.
func (r *replay) symbols(id format.NodeID, got, want []sign) *Violation {
	for i := range got {
		if t := &got[i]; t.op == 'v' {
			if t.node = r.nodeOf[t.letter]; t.node == 0 {
				return r.fail(RuleLetter, "%c stands for nothing", t.letter)
			}
		}
	}
	a, ok := formOf(got, operandName)
	b, _ := formOf(want, operandName)
	if !ok || a != b {
		return r.fail(RuleSymbols, "the equation of %s is %s", r.name(id), r.nodes[id-1].Equation)
	}
	return nil
}

func operandName(t sign) string {
	if t.op == 'v' {
		return fmt.Sprintf("#%d", t.node)
	}
	return t.n.String()
}

// putOff replays a step that is begun and given up: locked, with exactly its
// unsolved parents named, and no value.
func (r *replay) putOff(id format.NodeID, rest string) *Violation {
	n := &r.nodes[id-1]
	if r.done(id) {
		return r.fail(RuleTwice, "%s was worked out before", n.Name)
	}
	missing := 0
	for _, p := range n.Parents {
		if !r.done(p) {
			missing++
		}
	}
	if missing == 0 {
		return r.fail(RuleLocked, "all that %s rests on is known", n.Name)
	}
	if _, body, ok := strings.Cut(n.Premise, " equals "); ok { // it may be restated first
		rest = strings.Replace(rest, "equals "+body, "", 1)
	}
	for _, p := range n.Parents {
		at := strings.Index(rest, r.name(p))
		switch {
		case at >= 0 && r.done(p):
			return r.fail(RuleMissing, "%s is known", r.name(p))
		case at < 0 && !r.done(p):
			return r.fail(RuleMissing, "%s is missing, and not named", r.name(p))
		case at >= 0:
			rest = rest[:at] + rest[at+len(r.name(p)):]
		}
	}
	switch {
	case strings.Contains(rest, inEach):
		return r.fail(RuleMissing, "more is named than what %s rests on: %q", n.Name, clip(rest))
	case strings.ContainsAny(rest, "0123456789="):
		return r.fail(RuleLeak, "a value is claimed for %s: %q", n.Name, clip(rest))
	}
	return nil
}

// clip shortens a piece of hostile text for a message.
func clip(s string) string {
	if len(s) > 120 {
		return s[:120] + "…"
	}
	return s
}
