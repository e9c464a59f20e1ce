package arith

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

var exprTable = []struct{ expr, tree string }{
	{"24-4", "(24-4)"},
	{"2+3*4", "(2+(3*4))"},
	{"(2+3)*4", "((2+3)*4)"},
	{"100-30-20", "((100-30)-20)"},
	{"12/2/3", "((12/2)/3)"},
	{"5 slices * $2", "(5*2)"},
	{"3 x 4", "(3*4)"},
	{"3 × 4 − 2", "((3*4)-2)"},
	{"5 push-ups + 3 push-ups", "(5+3)"},
	{"30 pots / 5 pots/shelf", "(30/5)"},
	{"20%*50", "(0.2*50)"},
	{"50(2)", ""},
	{"2^3", ""},
	{"1/0", ""},
	{"-5+3", ""},
	{"x+3", ""},
	{"", ""},
	{"((2", ""},
}

func (e *Expr) text() string {
	switch {
	case e == nil:
		return ""
	case e.Op == 0:
		return e.Value.String()
	}
	return "(" + e.L.text() + string(e.Op) + e.R.text() + ")"
}

func TestParse(t *testing.T) {
	for _, row := range exprTable {
		if got := Parse(row.expr).text(); got != row.tree {
			t.Errorf("%q: got %q, want %q", row.expr, got, row.tree)
		}
	}
}

func eqs(list []Eq) string {
	var parts []string
	for _, q := range list {
		parts = append(parts, fmt.Sprintf("%s%c%s=%s", q.A, q.Op, q.B, q.V))
	}
	return strings.Join(parts, " ")
}

func TestInverse(t *testing.T) {
	for _, row := range []struct {
		expr string
		from int64
		arg  int
		want string
	}{
		{"48/2", 24, 0, "24*2=48"},
		{"48/2", 24, 1, "48/24=2"},
		{"48+24", 72, 1, "72-48=24"},
		{"60-20", 40, 1, "60-40=20"},
		{"5*3+4", 19, 0, "19-4=15 15/3=5"},
		{"5*3+2*4", 23, 3, "5*3=15 23-15=8 8/2=4"},
		{"48/2", 22, 0, "22*2=44"}, // not 48: the value was wrong
		{"24*3", 70, 1, ""},        // 70/24 is no short number
		{"24*1", 24, 0, ""},        // dividing by one shows nothing
		{"7-7", 0, 0, ""},          // nor does adding to nothing
	} {
		got, ok := Parse(row.expr).Inverse(format.Int(row.from), row.arg)
		if eqs(got) != row.want || ok != (row.want != "") {
			t.Errorf("%s from %d to operand %d: got %q %v, want %q", row.expr, row.from, row.arg, eqs(got), ok, row.want)
		}
	}
}

func TestRegroup(t *testing.T) {
	for _, row := range []struct{ expr, has, hasNot string }{
		{"10+3+4", "3+4=7 7+10=17", "10+3=13"},
		{"100-30-20", "30+20=50 100-50=50", "100-30=70"},
		{"20/100*50", "50/100=0.5 0.5*20=10", "20/100=0.2"},
		{"2*3*4", "3*4=12 12*2=24", "2*3=6"},
		{"5+3", "", "5+3=8"},
	} {
		all := ""
		for _, w := range Parse(row.expr).Regroup(nil) {
			all += eqs(w) + "; "
		}
		if !strings.Contains(all, row.has) || strings.Contains(all, row.hasNot) {
			t.Errorf("%s: got %q, want %q in it and not %q", row.expr, all, row.has, row.hasNot)
		}
	}
}

func TestDistribute(t *testing.T) {
	for _, row := range []struct{ outer, inner, want string }{
		{"10*5", "6+4", "6*5=30 4*5=20 30+20=50"},
		{"5*10", "6+4", "5*6=30 5*4=20 30+20=50"},
		{"10/2", "14-4", "14/2=7 4/2=2 7-2=5"},
		{"10/5", "7+3", ""}, // 7/5 is not whole
		{"10+5", "6+4", ""},
	} {
		outer := Parse(row.outer)
		arg := 0
		if outer.R.Value.Equal(format.Int(10)) {
			arg = 1
		}
		if got := eqs(outer.Replace(arg, Parse(row.inner)).Distribute()); got != row.want {
			t.Errorf("%s with %s: got %q, want %q", row.outer, row.inner, got, row.want)
		}
	}
}

// Whatever an expression looks like, what is said about it is exact.
func FuzzParse(f *testing.F) {
	for _, row := range exprTable {
		f.Add(row.expr)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := Parse(s)
		if e == nil {
			return
		}
		if v, ok := answer.Eval(s); !ok || !v.Equal(e.Value) {
			t.Fatalf("%q: got %s, Eval says %s %v", s, e.Value, v, ok)
		}
		ways := e.Regroup(nil)
		for i := range e.Leaves() {
			if q, ok := e.Inverse(e.Value, i); ok {
				if last := q[len(q)-1].V; !last.Equal(e.Leaves()[i].Value) {
					t.Fatalf("%q undone to operand %d: got %s", s, i, last)
				}
				ways = append(ways, q)
			}
		}
		for _, w := range append(ways, e.Distribute()) {
			for _, q := range w {
				if v, ok := Do(q.Op, q.A, q.B); !ok || !v.Equal(q.V) {
					t.Fatalf("%q: %s is false", s, eqs([]Eq{q}))
				}
			}
		}
	})
}
