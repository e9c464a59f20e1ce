package answer

import (
	"math/big"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// Bounds on what Eval will compute. Beyond them a value is unknown.
const (
	maxExpr  = 4096    // bytes of an expression
	maxDepth = 64      // nested parentheses and signs
	maxPower = 64      // exponent
	maxBits  = 1 << 14 // bits of an intermediate value
)

// An Operand is one number of an expression.
type Operand struct {
	Text       string // as written, without sign and currency
	Value      format.Num
	Start, End int // byte range of Text within the expression
}

// Eval computes an arithmetic expression exactly: + - * / ^ with their usual
// other signs, parentheses, \frac, percentages (10% is 1/10), currency signs
// and unit words, which it ignores. ok is false for everything else: letters
// that stand for values, division by zero, powers that are not small integers.
func Eval(expr string) (v format.Num, ok bool) {
	e := evaluator{s: expr}
	return e.run()
}

// Operands lists the numbers of an expression in order of appearance; nil if
// Eval would not compute it.
func Operands(expr string) []Operand {
	return AppendOperands(nil, expr)
}

// AppendOperands appends the operands of expr to dst.
func AppendOperands(dst []Operand, expr string) []Operand {
	e := evaluator{s: expr, ops: dst, keep: true}
	if _, ok := e.run(); !ok {
		return dst
	}
	return e.ops
}

// An evaluator is a recursive-descent parser over bytes that computes as it
// goes, and keeps the operands if asked to.
type evaluator struct {
	s     string
	i     int
	depth int
	plain bool // read 10% as 10
	pct   bool // a percent sign was read
	unit  string
	mixed bool // two different unit words were read
	keep  bool
	ops   []Operand
	n     int // operators read
}

func (e *evaluator) run() (v format.Num, ok bool) {
	if len(e.s) > maxExpr {
		return v, false
	}
	v, ok = e.sum()
	e.i = skipSpace(e.s, e.i)
	return v, ok && e.i == len(e.s)
}

func (e *evaluator) sum() (v format.Num, ok bool) {
	if e.depth++; e.depth > maxDepth {
		return v, false
	}
	v, ok = e.product()
	for ok {
		e.i = skipSpace(e.s, e.i)
		op, n := operator(e.s, e.i)
		if op != '+' && op != '-' {
			break
		}
		e.i, e.n = e.i+n, e.n+1
		var w format.Num
		if w, ok = e.product(); !ok {
			break
		}
		if op == '-' {
			w = w.Neg()
		}
		v = v.Add(w)
		ok = bounded(v)
	}
	e.depth--
	return v, ok
}

func (e *evaluator) product() (v format.Num, ok bool) {
	v, ok = e.signed()
	for ok {
		at := skipSpace(e.s, e.i)
		op, n := operator(e.s, at)
		if n == 0 && at == e.i && at < len(e.s) && e.s[at] == '(' {
			op = '*' // 2(3+4)
		}
		if op != '*' && op != '/' && op != quotient {
			break
		}
		e.i, e.n = at+n, e.n+1
		var w format.Num
		if w, ok = e.signed(); !ok {
			break
		}
		if op == '*' {
			v = v.Mul(w)
		} else if v, ok = v.Quo(w); !ok {
			break
		}
		if op == quotient {
			v = floor(v)
		}
		ok = bounded(v)
	}
	return v, ok
}

func (e *evaluator) signed() (v format.Num, ok bool) {
	e.i = skipSpace(e.s, e.i)
	if op, n := operator(e.s, e.i); op == '-' || op == '+' {
		if e.depth++; e.depth > maxDepth {
			return v, false
		}
		e.i += n
		v, ok = e.signed()
		e.depth--
		if op == '-' {
			v = v.Neg()
		}
		return v, ok
	}
	return e.power()
}

func (e *evaluator) power() (v format.Num, ok bool) {
	if v, ok = e.primary(); !ok {
		return v, false
	}
	at := skipSpace(e.s, e.i)
	op, n := operator(e.s, at)
	if op != '^' {
		return v, true
	}
	e.i, e.n = at+n, e.n+1
	w, ok := e.signed() // right associative: its own power comes first
	if !ok {
		return v, false
	}
	return pow(v, w)
}

func floor(x format.Num) format.Num {
	if x.IsInt() {
		return x
	}
	r := x.Rat()
	q := new(big.Int).Div(r.Num(), r.Denom()) // Euclidean, and the denominator is positive
	return format.FromRat(new(big.Rat).SetInt(q))
}

// pow raises x to a small integer power.
func pow(x, exp format.Num) (v format.Num, ok bool) {
	k, ok := exp.Int64()
	if !ok || k > maxPower || k < -maxPower || k < 0 && x.Sign() == 0 || k == 0 && x.Sign() == 0 {
		return v, false
	}
	v = format.Int(1)
	for range max(k, -k) {
		if v = v.Mul(x); !bounded(v) {
			return v, false
		}
	}
	if k < 0 {
		return format.Int(1).Quo(v)
	}
	return v, true
}

func bounded(x format.Num) bool {
	if x.Small() {
		return true
	}
	r := x.Rat()
	return r.Num().BitLen() <= maxBits && r.Denom().BitLen() <= maxBits
}

func (e *evaluator) primary() (v format.Num, ok bool) {
	s := e.s
	i := skipSpace(s, e.i)
	if i < len(s) && s[i] == '(' {
		e.i = i + 1
		if v, ok = e.sum(); !ok {
			return v, false
		}
		if e.i = skipSpace(s, e.i); e.i >= len(s) || s[e.i] != ')' {
			return v, false
		}
		e.i++
		return e.suffix(v)
	}
	if n := fraction(s, i); n > 0 {
		return e.frac(i + n)
	}
	money := currency(s, i)
	i += money
	if money > 0 {
		i = skipSpace(s, i)
	}
	end := number(s, i)
	if end == i {
		return v, false
	}
	if v, ok = value(s[i:end]); !ok {
		return v, false
	}
	e.i = end
	if e.keep {
		e.ops = append(e.ops, Operand{Text: s[i:end], Value: v, Start: i, End: end})
	}
	return e.suffix(v)
}

// fraction returns the length of the \frac command at s[i:], 0 if none.
func fraction(s string, i int) int {
	if i < len(s) && s[i] == '\\' {
		for _, f := range [...]string{`\frac{`, `\dfrac{`, `\tfrac{`} {
			if strings.HasPrefix(s[i:], f) {
				return len(f)
			}
		}
	}
	return 0
}

// frac reads the two groups of a \frac; i is after the first brace.
func (e *evaluator) frac(i int) (v format.Num, ok bool) {
	e.i = i
	e.n++
	if v, ok = e.sum(); !ok || !strings.HasPrefix(e.s[e.i:], "}{") {
		return v, false
	}
	e.i += 2
	w, ok := e.sum()
	if !ok || e.i >= len(e.s) || e.s[e.i] != '}' {
		return v, false
	}
	e.i++
	return v.Quo(w)
}

// suffix reads what may follow a value: a percent sign, currency, unit words.
func (e *evaluator) suffix(v format.Num) (format.Num, bool) {
	s := e.s
	if n := percent(s, e.i); n > 0 {
		e.i += n
		e.pct = true
		if !e.plain {
			v, _ = v.Quo(format.Int(100))
		}
		if e.keep && len(e.ops) > 0 && e.ops[len(e.ops)-1].End == e.i-n {
			o := &e.ops[len(e.ops)-1]
			o.Text, o.End, o.Value = s[o.Start:e.i], e.i, v
		}
	} else if n := currency(s, e.i); n > 0 {
		e.i += n
	}
	if end := units(s, e.i); end > e.i {
		w := unitName(s[skipSpace(s, e.i):end])
		if e.unit != "" && e.unit != w {
			e.mixed = true
		}
		e.unit, e.i = w, end
	} else if e.i < len(s) && (isDigit(s[e.i]) || isLetter(s[e.i])) {
		if _, n := operator(s, e.i); n == 0 {
			return v, false
		}
	}
	return v, true
}

// unitName is the first word of a unit without its plural s, so that "slice"
// and "slices of cake" are one unit.
func unitName(s string) string {
	return strings.TrimSuffix(s[:word(s, 0)], "s")
}
