// Package game plays Countdown and the game of 24: numbers are put together two at a
// time, each once, with + - * and /, in exact fractions, until one is left.
package game

import (
	"slices"
	"strconv"
	"strings"
)

// A Frac is a number in lowest terms; D is positive.
type Frac struct{ N, D int64 }

// Whole is a whole number.
func Whole(n int64) Frac { return Frac{n, 1} }

func lowest(n, d int64) Frac {
	if d < 0 {
		n, d = -n, -d
	}
	a, b := max(n, -n), d
	for b > 0 {
		a, b = b, a%b
	}
	return Frac{n / a, d / a}
}

// String writes a number.
func (f Frac) String() string {
	if f.D != 1 {
		return strconv.FormatInt(f.N, 10) + "/" + strconv.FormatInt(f.D, 10)
	}
	return strconv.FormatInt(f.N, 10)
}

// operand writes a number as it stands in an equation: in brackets where it is
// negative or broken.
func (f Frac) operand() string {
	if f.N < 0 || f.D != 1 {
		return "(" + f.String() + ")"
	}
	return f.String()
}

// Apply computes a op b; ok is false for a division by zero and an unknown op.
func Apply(a Frac, op byte, b Frac) (v Frac, ok bool) {
	switch op {
	case '+':
		return lowest(a.N*b.D+b.N*a.D, a.D*b.D), true
	case '-':
		return lowest(a.N*b.D-b.N*a.D, a.D*b.D), true
	case '*':
		return lowest(a.N*b.N, a.D*b.D), true
	case '/':
		if b.N != 0 {
			return lowest(a.N*b.D, a.D*b.N), true
		}
	}
	return v, false
}

// A State is what is left, in any order.
type State []Frac

// Most bounds what can be searched to the end: numbers left.
const Most = 4

// Fits reports whether every value that the numbers can make, and what is computed
// on the way, is less than 2^62: they are whole, and the product of 2|n| + 1 is small.
func (s State) Fits() bool {
	product := int64(1)
	for _, f := range s {
		n := 2*max(f.N, -f.N) + 1
		if f.D != 1 || n > 1<<30 || product > (1<<60)/n {
			return false
		}
		product *= n
	}
	return len(s) > 0 && len(s) <= 6
}

// Key names the numbers of a state without their order.
func (s State) Key() string {
	t := slices.Clone(s)
	slices.SortFunc(t, func(a, b Frac) int {
		if a.N != b.N {
			return int(max(-1, min(1, a.N-b.N)))
		}
		return int(max(-1, min(1, a.D-b.D)))
	})
	var b strings.Builder
	for _, f := range t {
		b.WriteString(f.String())
		b.WriteByte(' ')
	}
	return b.String()
}

// A Move puts two numbers together.
type Move struct {
	A, B, V Frac
	Op      byte
}

// String is the equation of a move.
func (m Move) String() string {
	return m.A.operand() + " " + string(rune(m.Op)) + " " + m.B.operand() + " = " + m.V.String()
}

// After is the state that a move leads to; ok is false where its numbers are not
// there or its value is another.
func (s State) After(m Move) (next State, ok bool) {
	v, ok := Apply(m.A, m.Op, m.B)
	if !ok || v != m.V {
		return nil, false
	}
	if next, ok = s.without(m.A); !ok {
		return nil, false
	}
	if next, ok = next.without(m.B); !ok {
		return nil, false
	}
	return append(next, v), true
}

func (s State) without(f Frac) (State, bool) {
	at := slices.Index(s, f)
	if at < 0 {
		return nil, false
	}
	return append(slices.Clone(s[:at]), s[at+1:]...), true
}

// Before is the state that a move comes from, given where it leads to.
func (s State) Before(m Move) (State, bool) {
	rest, ok := s.without(m.V)
	return append(rest, m.A, m.B), ok
}

// Moves are the moves at a state. Sums and products are there in one order.
func (s State) Moves() (list []Move) {
	for i := range s {
		for j := range s {
			for _, op := range "+-*/" {
				if i == j || i > j && (op == '+' || op == '*') {
					continue
				}
				if v, ok := Apply(s[i], byte(op), s[j]); ok {
					list = append(list, Move{s[i], s[j], v, byte(op)})
				}
			}
		}
	}
	return list
}

// A Solver tells which states lead to a target: it tries everything.
type Solver struct {
	Target Frac
	known  map[string]bool
}

// Dead reports whether nothing that can be made of a state is the target. Of more
// than [Most] numbers it knows nothing, and says false.
func (v *Solver) Dead(s State) bool { return len(s) <= Most && !v.leads(s) }

func (v *Solver) leads(s State) bool {
	if len(s) == 1 {
		return s[0] == v.Target
	}
	key := s.Key()
	if is, ok := v.known[key]; ok {
		return is
	}
	found := false
	for _, m := range s.Moves() {
		if next, ok := s.After(m); ok && v.leads(next) {
			found = true
			break
		}
	}
	if v.known == nil {
		v.known = map[string]bool{}
	}
	v.known[key] = found
	return found
}
