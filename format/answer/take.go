package answer

import (
	"slices"
	"strings"
	"unicode"

	"github.com/seed-cdf14512/graft/format"
)

// The verdicts on a take.
const (
	TakeRight  = "right"  // it states the value that the step states
	TakeWrong  = "wrong"  // it is proved wrong
	TakeOther  = "other"  // it does something else: nothing proves it wrong
	TakeUnread = "unread" // it makes no claim, or several, or one that cannot be computed
)

// Classes are the classes of error, in the order in which reports list them.
var Classes = []string{"arithmetic", "operand", "operator", "copied", "off_by_one", "unit", "other"}

// A Take is what can be said of a text that somebody wrote in place of a step: a
// model that was asked to go on, or the author of another attempt.
type Take struct {
	Verdict string
	Class   string       // of the error: one of Classes, if the verdict is TakeWrong
	Claim   format.Claim // the one claim of the text, unless the verdict is TakeUnread
	Value   format.Num   // the value that it states
	Arg     int          // the operand that is not the step's, or -1
}

// JudgeTake says whether text is a wrong version of steps[at], by computing. The
// step must make one claim, whose operands are bound in g. A text with one claim
// and another value is proved wrong
//
//   - if its own arithmetic is false; or
//   - if it says the step's sentence again, word for word, with one operand or the
//     operator changed (its two operands in any order then), and worked out
//     correctly: at one point of a trace one sentence cannot hold with two values. An operand that the step's operand
//     rests on, or that a later step uses, does not convict: the author may only
//     have taken the steps in another order.
//
// Anything else may be another way to the answer, and is TakeOther.
func JudgeTake(g *format.Graph, steps []format.Step, at int, text string) Take {
	t := Take{Verdict: TakeUnread, Arg: -1}
	claims := Claims(text)
	if at < 0 || at >= len(steps) || len(steps[at].Claims) != 1 || len(claims) != 1 {
		return t
	}
	src := &steps[at].Claims[0]
	node := g.Node(src.Node)
	value, ok := format.ParseNum(strings.TrimLeft(strings.TrimSpace(claims[0].Value), "$€£¥"))
	verdict := CheckClaim(claims[0])
	if node == nil || !ok || verdict == format.Unknown {
		return t
	}
	t.Claim, t.Value = claims[0], value
	switch {
	case verdict == format.False && !value.Equal(node.Value):
		t.Verdict, t.Class = TakeWrong, ClassOf(src, &t.Claim)
	case verdict == format.Exact && value.Equal(node.Value):
		t.Verdict = TakeRight
	case verdict == format.Exact && sameWords(steps[at].Text, text):
		if arg, ok := oneSlip(src, &t.Claim); ok && (arg < 0 || !reordered(g, steps[at+1:], src.Args[arg], Operands(t.Claim.Expr)[arg].Value)) {
			t.Verdict, t.Class, t.Arg = TakeWrong, ClassOf(src, &t.Claim), arg
			break
		}
		t.Verdict = TakeOther
	default:
		t.Verdict = TakeOther
	}
	return t
}

// Echoes reports whether a text is about what a step is about, wherever it stands:
// it says the step's sentence again, word for word but for numbers and signs, or it
// works on the step's operands, in any order, what comes to the step's value. The
// step makes one claim, which g binds, and the text makes one.
func Echoes(g *format.Graph, step *format.Step, text string) bool {
	got := Claims(text)
	if len(step.Claims) != 1 || len(got) != 1 {
		return false
	}
	if sameWords(step.Text, text) {
		return true
	}
	n := g.Node(step.Claims[0].Node)
	v, ok := Eval(got[0].Expr)
	return n != nil && ok && v.Equal(n.Value) && shuffled(&step.Claims[0], &got[0])
}

// shuffled reports whether two claims work on the same numbers, in any order.
func shuffled(src, got *format.Claim) bool {
	ops := Operands(got.Expr)
	for _, a := range src.Args {
		i := slices.IndexFunc(ops, func(o Operand) bool { return o.Value.Equal(a.Value) })
		if i < 0 {
			return false
		}
		ops = slices.Delete(ops, i, i+1)
	}
	return len(ops) == 0
}

// oneSlip reports whether got is the computation of src with one operand changed
// (its index) or, on the same operands, the operators (-1). Where there is one
// operator and it is another, its operands may have changed places.
func oneSlip(src, got *format.Claim) (arg int, ok bool) {
	ops := Operands(got.Expr)
	if len(ops) != len(src.Args) || len(ops) < 2 {
		return -1, false
	}
	if len(ops) == 2 && shuffled(src, got) {
		return -1, Skeleton(got.Expr) != Skeleton(src.Expr)
	}
	arg = -1
	for i := range ops {
		if ops[i].Value.Equal(src.Args[i].Value) {
			continue
		}
		if arg >= 0 {
			return -1, false
		}
		arg = i
	}
	same := Skeleton(got.Expr) == Skeleton(src.Expr)
	return arg, same == (arg >= 0)
}

// reordered reports whether taking a number in place of an operand may be a step
// that the source takes at another time, or be no slip at all: the operand rests on
// the number, a later step uses it, or it stands nowhere and looks like nothing.
func reordered(g *format.Graph, later []format.Step, meant format.Arg, taken format.Num) bool {
	var known []format.NodeID
	for i := range g.Nodes {
		if g.Nodes[i].Value.Equal(taken) {
			known = append(known, g.Nodes[i].ID)
		}
	}
	if len(known) == 0 && !misread(meant.Value, taken) {
		return true
	}
	for i := range later {
		for _, c := range later[i].Claims {
			if slices.ContainsFunc(c.Args, func(a format.Arg) bool { return a.Value.Equal(taken) }) {
				return true
			}
		}
	}
	rests := ancestors(g, meant.Node, nil)
	return slices.ContainsFunc(known, func(id format.NodeID) bool { return slices.Contains(rests, id) })
}

func ancestors(g *format.Graph, id format.NodeID, seen []format.NodeID) []format.NodeID {
	n := g.Node(id)
	if n == nil {
		return seen
	}
	for _, p := range n.Parents {
		if p < id && !slices.Contains(seen, p) {
			seen = ancestors(g, p, append(seen, p))
		}
	}
	return seen
}

// sameWords reports whether two sentences have the same words, two at least, in
// the same order, whatever numbers and signs stand between them.
func sameWords(a, b string) bool {
	x, y := words(a), words(b)
	return len(x) > 1 && slices.Equal(x, y)
}

func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
}

// ClassOf is the class of the error that got makes of src: one of Classes. A claim
// whose own arithmetic is false is a slip of arithmetic, or off by one; one that
// is worked out correctly is classed by what differs from src, which may be nil.
func ClassOf(src, got *format.Claim) string {
	if CheckClaim(*got) == format.False {
		want, ok1 := Eval(got.Expr)
		v, ok2 := format.ParseNum(strings.TrimLeft(strings.TrimSpace(got.Value), "$€£¥"))
		if ok1 && ok2 && want.Sub(v).Abs().Equal(format.Int(1)) {
			return "off_by_one"
		}
		return "arithmetic"
	}
	if src == nil {
		return "other"
	}
	arg, ok := oneSlip(src, got)
	switch {
	case !ok:
		return "other"
	case arg >= 0 && misread(src.Args[arg].Value, Operands(got.Expr)[arg].Value):
		return "copied"
	case arg >= 0:
		return "operand"
	}
	last := src.Args[len(src.Args)-1]
	if n, ok := last.Value.Int64(); ok && last.Binding == format.Constant && slices.Contains(factors, n) && len(src.Args) == 2 {
		return "unit"
	}
	return "operator"
}

// factors are those of exact conversions between units.
var factors = []int64{3, 4, 7, 10, 12, 16, 24, 36, 52, 60, 100, 365, 1000, 2000, 3600}

// misread reports whether one number is another with one digit misread or two
// neighbors swapped.
func misread(meant, taken format.Num) bool {
	a, b := meant.String(), taken.String()
	if len(a) != len(b) {
		return false
	}
	var at []int
	for i := range len(a) {
		if a[i] != b[i] {
			at = append(at, i)
		}
	}
	switch len(at) {
	case 1:
		return len(a) > 1
	case 2:
		return at[1] == at[0]+1 && a[at[0]] == b[at[1]] && a[at[1]] == b[at[0]]
	}
	return false
}

// Skeleton is an expression's operators and brackets, in one spelling.
func Skeleton(expr string) string {
	var b strings.Builder
	at := 0
	put := func(s string) {
		for _, r := range s {
			switch r {
			case '×', 'x', '·', '*':
				b.WriteByte('*')
			case '÷', '/':
				b.WriteByte('/')
			case '−', '–', '-':
				b.WriteByte('-')
			case '+', '(', ')', '^', '%':
				b.WriteRune(r)
			}
		}
	}
	for _, o := range Operands(expr) {
		put(expr[at:o.Start])
		at = o.End
	}
	put(expr[at:])
	return b.String()
}
