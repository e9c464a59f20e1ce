package answer

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A sign is one token of an equation under replay: a number (op 0), a letter or
// a parameter (op 'v'), or one of + - * ( ).
type sign struct {
	op     byte
	n      format.Num
	letter byte          // as written
	node   format.NodeID // what the letter stands for, where it is a parameter
}

// maxSigns bounds an equation, so that hostile text cannot ask for much work.
const maxSigns = 128

// appendSigns reads an equation. A letter is one of a-z A-Z alone.
func appendSigns(dst []sign, s string) ([]sign, bool) {
	if dst == nil {
		dst = make([]sign, 0, min(maxSigns, len(s)/3+2))
	}
	for i := 0; i < len(s); {
		c := s[i]
		if len(dst) >= maxSigns {
			return dst, false
		}
		switch {
		case c == ' ':
			i++
		case isDigit(c) || c == '-' && i+1 < len(s) && isDigit(s[i+1]) && operandNext(dst):
			j := i + 1
			for j < len(s) && isDigit(s[j]) {
				j++
			}
			n, ok := format.ParseNum(s[i:j])
			if !ok || j-i > 24 {
				return dst, false
			}
			dst, i = append(dst, sign{n: n}), j
		case isLetter(c):
			if i+1 < len(s) && (isLetter(s[i+1]) || isDigit(s[i+1])) {
				return dst, false
			}
			dst, i = append(dst, sign{op: 'v', letter: c}), i+1
		case strings.IndexByte("+-*()", c) >= 0:
			dst, i = append(dst, sign{op: c}), i+1
		default:
			return dst, false
		}
	}
	return dst, len(dst) > 0
}

// operandNext reports whether an operand must come next, so that a minus is a
// part of a number.
func operandNext(ts []sign) bool {
	if len(ts) == 0 {
		return true
	}
	last := ts[len(ts)-1].op
	return last == '+' || last == '-' || last == '*' || last == '('
}

// A form is an equation in an order of its own: sums and products sorted, so
// that two equations have one form exactly when they differ by the order of
// operands of + and × alone. A form reader walks signs.
type formReader struct {
	ts    []sign
	at    int
	depth int
	name  func(sign) string // what stands for an operand
}

// formOf is the form of an equation; ok is false where it is none.
func formOf(ts []sign, name func(sign) string) (form string, ok bool) {
	r := formReader{ts: ts, name: name}
	form, _, ok = r.sum()
	return form, ok && r.at == len(ts)
}

func (r *formReader) sum() (form string, terms int, ok bool) {
	var parts []string
	for op := byte('+'); ; {
		t, ok := r.product()
		if !ok {
			return "", 0, false
		}
		if op == '+' && t[0] == '(' && closes(t) == len(t)-1 { // + is associative, too
			for t = t[1 : len(t)-1]; t != ""; {
				n := 1
				for depth := 0; n < len(t) && (depth > 0 || t[n] != '+' && t[n] != '-' || t[n-1] == '*'); n++ {
					switch t[n] {
					case '(':
						depth++
					case ')':
						depth--
					}
				}
				parts, t = append(parts, t[:n]), t[n:]
			}
		} else {
			parts = append(parts, string(rune(op))+t)
		}
		if r.at == len(r.ts) || r.ts[r.at].op != '+' && r.ts[r.at].op != '-' {
			break
		}
		op = r.ts[r.at].op
		r.at++
	}
	slices.Sort(parts)
	return strings.Join(parts, ""), len(parts), true
}

// closes is where the bracket that opens s is closed.
func closes(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func (r *formReader) product() (string, bool) {
	var parts []string
	for {
		f, ok := r.factor()
		if !ok {
			return "", false
		}
		parts = append(parts, f)
		if r.at == len(r.ts) || r.ts[r.at].op != '*' {
			break
		}
		r.at++
	}
	slices.Sort(parts)
	return strings.Join(parts, "*"), true
}

func (r *formReader) factor() (string, bool) {
	if r.at == len(r.ts) {
		return "", false
	}
	t := r.ts[r.at]
	r.at++
	switch t.op {
	case 0, 'v':
		return r.name(t), true
	case '(':
		if r.depth++; r.depth > 16 {
			return "", false
		}
		form, terms, ok := r.sum()
		r.depth--
		if !ok || r.at == len(r.ts) || r.ts[r.at].op != ')' {
			return "", false
		}
		r.at++
		if terms == 1 && form[0] == '+' {
			return form[1:], true
		}
		return "(" + form + ")", true
	}
	return "", false
}

// hop carries out the operation at index i of an equation in numbers and drops
// the brackets that then hold one number. It says false where the operation may
// not come next: an operand is no number, or a neighbor binds it tighter.
func hop(ts []sign, i int, mod format.Num) ([]sign, bool) {
	if i < 1 || i+1 >= len(ts) || ts[i-1].op != 0 || ts[i+1].op != 0 {
		return nil, false
	}
	op := ts[i].op
	if op == '+' || op == '-' {
		if i > 1 && (ts[i-2].op == '*' || ts[i-2].op == '-') || i+2 < len(ts) && ts[i+2].op == '*' {
			return nil, false
		}
	} else if op != '*' {
		return nil, false
	}
	v := operate(op, ts[i-1].n, ts[i+1].n, mod)
	if !v.Small() { // squares of squares would ask for unbounded work
		return nil, false
	}
	out := append(slices.Clone(ts[:i-1]), sign{n: v})
	return unwrap(append(out, ts[i+2:]...)), true
}

// unwrap drops brackets round a single number; without any the equation is
// returned as it is.
func unwrap(ts []sign) []sign {
	at := 2
	for at < len(ts) && (ts[at].op != ')' || ts[at-1].op != 0 || ts[at-2].op != '(') {
		at++
	}
	if at >= len(ts) {
		return ts
	}
	out := make([]sign, 0, len(ts))
	for _, t := range ts {
		out = append(out, t)
		if n := len(out); n >= 3 && t.op == ')' && out[n-2].op == 0 && out[n-3].op == '(' {
			out = append(out[:n-3], out[n-2])
		}
	}
	return out
}

// operate computes a op b, modulo mod where that is not 0.
func operate(op byte, a, b, mod format.Num) format.Num {
	var v format.Num
	switch op {
	case '+':
		v = a.Add(b)
	case '-':
		v = a.Sub(b)
	default:
		v = a.Mul(b)
	}
	return residue(v, mod)
}

// residue is v modulo mod, at least 0; v itself where mod is 0.
func residue(v, mod format.Num) format.Num {
	m, _ := mod.Int64()
	n, ok := v.Int64()
	if m <= 0 || !ok {
		return v
	}
	return format.Int((n%m + m) % m)
}

// evaluate carries out an equation in numbers, products before sums, left to
// right; ok is false where it is none.
func evaluate(ts []sign, mod format.Num) (format.Num, bool) {
	for ts = unwrap(ts); len(ts) > 1; {
		next, done := ts, false
		for _, ops := range [2]string{"*", "+-"} {
			for i := range ts {
				if ts[i].op != 0 && strings.IndexByte(ops, ts[i].op) >= 0 {
					if next, done = hop(ts, i, mod); done {
						break
					}
				}
			}
			if done {
				break
			}
		}
		if !done {
			return format.Num{}, false
		}
		ts = next
	}
	return ts[0].n, len(ts) == 1 && ts[0].op == 0
}

// sameSigns reports whether two equations are written alike.
func sameSigns(a, b []sign) bool {
	return slices.EqualFunc(a, b, func(x, y sign) bool { return x.op == y.op && x.letter == y.letter && x.n.Equal(y.n) })
}

// oneApart reports whether b is a with one operation carried out; a bracket
// dropped from a single number counts as one.
func oneApart(a, b []sign, mod format.Num) bool {
	plain, want := unwrap(a), unwrap(b)
	if len(a) != len(plain) && sameSigns(plain, b) {
		return true
	}
	for i := range plain {
		if next, ok := hop(plain, i, mod); ok && sameSigns(next, want) {
			return true
		}
	}
	return false
}
