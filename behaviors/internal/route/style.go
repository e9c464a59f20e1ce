package route

import (
	"strings"

	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
)

// A Style writes equations with the signs that the source uses.
type Style struct{ times, divide string }

// StyleOf reads the signs that a text uses.
func StyleOf(text string) Style {
	st := Style{"*", "/"}
	switch {
	case strings.Contains(text, "×"):
		st.times = "×"
	case strings.Contains(text, " x ") && len(prose.AppendNumbers(nil, text)) > 1:
		st.times = "x"
	}
	if strings.Contains(text, "÷") {
		st.divide = "÷"
	}
	return st
}

func (st Style) op(op byte) string {
	switch op {
	case '*':
		return st.times
	case '/':
		return st.divide
	}
	return string(op)
}

func (st Style) eq(q arith.Eq) string {
	return q.A.String() + " " + st.op(q.Op) + " " + q.B.String() + " = " + q.V.String()
}

// Sum writes a binary expression; nothing for nil.
func (st Style) Sum(e *arith.Expr) string {
	if e == nil {
		return ""
	}
	return e.L.Value.String() + " " + st.op(e.Op) + " " + e.R.Value.String()
}

// List joins equations: a, b and c where the first ones stand side by side, one
// then the other where each rests on the one before.
func (st Style) List(eqs []arith.Eq, parallel bool) string {
	s := st.eq(eqs[0])
	for i, q := range eqs[1:] {
		switch {
		case i == len(eqs)-2 && parallel:
			s += ", so "
		case parallel:
			s += " and "
		case i == len(eqs)-2:
			s += " and then "
		default:
			s += ", "
		}
		s += st.eq(q)
	}
	return s
}
