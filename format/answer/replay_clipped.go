package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// clipped replays the grammar of the original:
//
//	Define PARAM as x; y = a + b = 3 + 4 = 7; so x = 2 * y = 2 * 7 = 14. Define …
//
// One operation a clause. A letter of a clause that is not the parameter's own
// stands for what the clause says. "Define PARAM as BACK" takes a step back: it
// holds where the parameter cannot be worked out yet.
func (r *replay) clipped(text string) *Violation {
	body, tail, marked := strings.Cut(text, "\n####")
	for from := 0; from < len(body); r.step++ {
		sentence := body[from:]
		r.at = from
		if end := strings.Index(sentence, ". "); end >= 0 {
			sentence = sentence[:end]
		}
		from += len(sentence) + len(". ")
		if v := r.definition(strings.TrimSuffix(strings.TrimSpace(sentence), ".")); v != nil {
			return v
		}
	}
	r.at = len(body)
	if r.last != r.target {
		return r.fail(RuleTarget, "the last parameter worked out is not %s", r.name(r.target))
	}
	if marked {
		return r.answer(strings.TrimSpace(tail))
	}
	return nil
}

// A temp is a letter of a clipped solution: a parameter's, or a clause's.
type temp struct {
	used  bool
	value format.Num
	means []sign // in parameters and constants
}

func (r *replay) definition(s string) *Violation {
	rest, ok := strings.CutPrefix(s, "Define ")
	name, rest, ok2 := strings.Cut(rest, " as ")
	if !ok || !ok2 {
		return r.fail(RuleForm, "no definition: %q", clip(s))
	}
	id, err := r.find(name)
	if err != nil {
		return r.fail(RuleNode, "%v", err)
	}
	if rest == "BACK" {
		return r.back(id)
	}
	clauses := strings.Split(rest, "; ")
	letter := clauses[0]
	if len(letter) != 1 || !isLetter(letter[0]) || len(clauses) < 2 {
		return r.fail(RuleForm, "no letter: %q", clip(s))
	}
	if r.temps[letter[0]].used {
		return r.fail(RuleLetter, "%s is given twice", letter)
	}
	if r.done(id) {
		return r.fail(RuleTwice, "%s was worked out before", name)
	}
	for _, p := range r.nodes[id-1].Parents {
		if !r.done(p) {
			return r.fail(RuleParents, "%s rests on %s, which is not worked out", name, r.name(p))
		}
	}
	r.temps[letter[0]].used = true
	for i, c := range clauses[1:] {
		last := i == len(clauses)-2
		if so, ok := strings.CutPrefix(c, "so "); ok == last {
			c = so
		} else {
			return r.fail(RuleForm, "the last clause, and no other, begins with so: %q", clip(c))
		}
		if v := r.clause(id, c, letter[0], last); v != nil {
			return v
		}
	}
	r.solved[id-1], r.last = 1, id
	return nil
}

// back replays a step that is taken back at once.
func (r *replay) back(id format.NodeID) *Violation {
	for _, p := range r.nodes[id-1].Parents {
		if !r.done(p) {
			return nil
		}
	}
	return r.fail(RuleLocked, "all that %s rests on is known", r.name(id))
}

// clause replays "y = a + b = 3 + 4 = 7".
func (r *replay) clause(id format.NodeID, c string, own byte, last bool) *Violation {
	parts := strings.Split(c, " = ")
	if len(parts) < 2 || len(parts) > 4 || len(parts[0]) != 1 || !isLetter(parts[0][0]) {
		return r.fail(RuleForm, "no clause: %q", clip(c))
	}
	letter := parts[0][0]
	switch {
	case last && letter != own:
		return r.fail(RuleLetter, "the last clause gives %c, not %c", letter, own)
	case !last && r.temps[letter].used:
		return r.fail(RuleLetter, "%c is given twice", letter)
	}
	sym, ok := appendSigns(nil, parts[1])
	if !ok || len(sym) != 1 && len(sym) != 3 {
		return r.fail(RuleForm, "more or less than one operation: %q", clip(parts[1]))
	}
	t := temp{used: true}
	num := make([]sign, len(sym))
	letters := false
	for i, s := range sym {
		num[i] = s
		if s.op != 'v' {
			t.means = append(t.means, s)
			continue
		}
		from := &r.temps[s.letter]
		if letters = true; !from.used || s.letter == own {
			return r.fail(RuleLetter, "%c stands for nothing", s.letter)
		}
		num[i] = sign{n: from.value}
		if len(from.means) == 1 {
			t.means = append(t.means, from.means[0])
		} else {
			t.means = append(append(append(t.means, sign{op: '('}), from.means...), sign{op: ')'})
		}
	}
	if t.value, ok = evaluate(num, r.mod); !ok || len(t.means) > maxSigns {
		return r.fail(RuleForm, "no operation: %q", clip(parts[1]))
	}
	if last {
		got, ok := formOf(t.means, operandName)
		if want, _ := formOf(r.signs[id-1], operandName); !ok || got != want {
			return r.fail(RuleSymbols, "the equation of %s is %s", r.name(id), r.nodes[id-1].Equation)
		}
		t.means = []sign{{op: 'v', node: id}}
	}
	if v := r.numbers(parts, num, letters && len(sym) == 3); v != nil {
		return v
	}
	value, ok := format.ParseNum(parts[len(parts)-1])
	if !ok || !value.Equal(residue(t.value, r.mod)) {
		return r.fail(RuleValue, "%s is %s, not %s", clip(parts[1]), residue(t.value, r.mod), clip(parts[len(parts)-1]))
	}
	t.value = value
	r.temps[letter] = t
	return nil
}

// numbers holds the third part of a clause to the second.
func (r *replay) numbers(parts []string, num []sign, wants bool) *Violation {
	switch {
	case wants && len(parts) != 4:
		return r.fail(RuleForm, "letters, numbers and a value are wanted: %q", clip(strings.Join(parts, " = ")))
	case len(parts) == 4:
		if got, ok := appendSigns(nil, parts[2]); !ok || !sameSigns(num, got) {
			return r.fail(RuleNumbers, "%q is not %s with the values put in", clip(parts[2]), clip(parts[1]))
		}
	case len(num) == 1 && len(parts) == 2: // a constant
	case len(num) == 1 && len(parts) == 3: // a copy
	case len(num) == 3 && len(parts) == 3: // two constants
	default:
		return r.fail(RuleForm, "no clause: %q", clip(strings.Join(parts, " = ")))
	}
	return nil
}
