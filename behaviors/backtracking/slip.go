package backtracking

import (
	"slices"
	"strconv"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// A slip is one way to get a step wrong.
type slip struct {
	value format.Num // what the step then states
	op    byte       // operator: what is done in place of the right thing
	arg   int        // copied, operand: which operand is replaced, else -1
	meant format.Num // the operand that belongs there
	taken format.Num // what was taken for it
}

// arithmetic reports whether the operation is the right one, on the right
// operands.
func (sl *slip) arithmetic() bool { return sl.arg < 0 && sl.op == 0 }

// makers are the kinds of error: each lists the slips that a step allows. Whether
// a value is plausible is not their business.
var makers = map[string]func(*augment.Pass, *format.Step, *format.Node, *arith.Expr) []slip{
	"arithmetic": arithmetic,
	"operand":    operand,
	"operator":   operator,
	"copied":     copied,
}

// arithmetic lists wrong outcomes of the right operation. Decimals are treated
// as whole numbers of their last place.
func arithmetic(_ *augment.Pass, _ *format.Step, n *format.Node, e *arith.Expr) (list []slip) {
	scale := int64(1)
	for !n.Value.Mul(format.Int(scale)).IsInt() && scale < 10000 {
		scale *= 10
	}
	v, ok := n.Value.Mul(format.Int(scale)).Int64()
	if !ok || v > 1e15 {
		return nil
	}
	var outcomes []int64
	if e.Binary() {
		a, ok1 := e.L.Value.Mul(format.Int(scale)).Int64()
		b, ok2 := e.R.Value.Mul(format.Int(scale)).Int64()
		if ok1 && ok2 && a < 1e15 && b < 1e15 {
			switch e.Op {
			case '+':
				outcomes = carries(outcomes, v, a, b)
			case '-':
				outcomes = borrows(outcomes, v, a, b)
			}
		}
		if scale == 1 && ok1 && ok2 {
			outcomes = table(outcomes, e.Op, v, a, b)
		}
	}
	for _, w := range transpositions(nil, v) {
		if 2*w <= 3*v && 3*w >= 2*v {
			outcomes = append(outcomes, w)
		}
	}
	for _, d := range [...]int64{10, 100} {
		if v > 3*d && laborious(e, d) {
			outcomes = append(outcomes, v+d, v-d)
		}
	}
	if v < 100 && e.Op != '*' {
		outcomes = append(outcomes, v+1, v-1)
	}
	slices.Sort(outcomes)
	for _, w := range slices.Compact(outcomes) {
		if x, ok := format.Frac(w, scale); ok && w != v {
			list = append(list, slip{value: x, arg: -1})
		}
	}
	return list
}

// laborious reports whether e is work enough to be off by d: 61 - 1 is not.
func laborious(e *arith.Expr, d int64) bool {
	if !e.Binary() {
		return true
	}
	l, r := e.L.Value, e.R.Value
	if l.Cmp(r) < 0 {
		l, r = r, l
	}
	if e.Op == '*' || e.Op == '/' {
		return r.Cmp(format.Int(2)) >= 0 && l.Cmp(format.Int(10)) > 0
	}
	return r.Cmp(format.Int(d)) >= 0
}

// carries forgets one carry of a + b.
func carries(dst []int64, v, a, b int64) []int64 {
	carry := int64(0)
	for p := int64(1); a >= p || b >= p; p *= 10 {
		carry = (a/p%10 + b/p%10 + carry) / 10
		if carry > 0 {
			dst = append(dst, v-p*10)
		}
	}
	return dst
}

// borrows forgets one borrow of a - b.
func borrows(dst []int64, v, a, b int64) []int64 {
	borrow := int64(0)
	for p := int64(1); a >= p; p *= 10 {
		if d := a/p%10 - borrow - b/p%10; d < 0 {
			borrow = 1
			dst = append(dst, v+p*10)
		} else {
			borrow = 0
		}
	}
	return dst
}

// table takes the neighbor of a small factor or quotient, and drops a carry of a
// product by one digit.
func table(dst []int64, op byte, v, a, b int64) []int64 {
	switch op {
	case '*':
		if b > a {
			a, b = b, a
		}
		if a <= 1e6 && b <= 1e6 {
			dst = append(dst, v+a, v-a, v+b, v-b)
		}
		if b < 10 && a >= 10 && a <= 1e12 {
			for p, carry := int64(1), int64(0); p <= a; p *= 10 {
				if carry = (a/p%10*b + carry) / 10; carry > 0 && p*10 <= a {
					dst = append(dst, v-carry*p*10)
				}
			}
		}
	case '/':
		dst = append(dst, v+1, v-1)
		if v > 20 {
			dst = append(dst, v+2, v-2)
		}
	}
	return dst
}

// transpositions swaps two neighboring digits of v.
func transpositions(dst []int64, v int64) []int64 {
	s := []byte(strconv.FormatInt(v, 10))
	for i := 0; i+1 < len(s); i++ {
		if s[i] != s[i+1] && (i > 0 || s[1] != '0') {
			s[i], s[i+1] = s[i+1], s[i]
			w, _ := strconv.ParseInt(string(s), 10, 64)
			dst = append(dst, w)
			s[i], s[i+1] = s[i+1], s[i]
		}
	}
	return dst
}

// replaceable reports whether operand i of the step's claim can be replaced in
// its sentence: we know which quantity it is, so that other mentions of the
// number are mentions of it; it is written there; no other operand has its
// value; and it is not one.
func replaceable(s *format.Step, i int) bool {
	args := s.Claims[0].Args
	v := args[i].Value
	if b := args[i].Binding; b != format.Given && b != format.Result {
		return false
	}
	for j := range args {
		if j != i && args[j].Value.Equal(v) {
			return false
		}
	}
	return v.Cmp(format.Int(2)) >= 0 && prose.Count(s.Text, v) > 0
}

// operand takes another number that is known by then.
func operand(p *augment.Pass, s *format.Step, _ *format.Node, e *arith.Expr) (list []slip) {
	args := s.Claims[0].Args
	for i := range args {
		if !replaceable(s, i) {
			continue
		}
		for k := range p.Graph.Nodes {
			m := &p.Graph.Nodes[k]
			if m.Kind == format.ResultNode && m.Step >= s.ID {
				break
			}
			if near(args[i].Value, m.Value) && prose.Count(s.Text, m.Value) == 0 {
				list = with(list, e, i, args[i].Value, m.Value)
			}
		}
	}
	return list
}

// near reports whether one operand may be taken for another: both whole or
// neither, neither tiny against the other.
func near(x, y format.Num) bool {
	ten := format.Int(10)
	return x.IsInt() == y.IsInt() && y.Cmp(format.Int(2)) >= 0 && x.Cmp(y.Mul(ten)) <= 0 && y.Cmp(x.Mul(ten)) <= 0
}

func with(list []slip, e *arith.Expr, i int, meant, taken format.Num) []slip {
	if f := e.Replace(i, &arith.Expr{Value: taken}); f != nil && !meant.Equal(taken) && grammatical(f) {
		list = append(list, slip{value: f.Value, arg: i, meant: meant, taken: taken})
	}
	return list
}

// operator does the opposite of what the step does.
func operator(_ *augment.Pass, _ *format.Step, _ *format.Node, e *arith.Expr) []slip {
	if !e.Binary() {
		return nil
	}
	op := map[byte]byte{'+': '-', '-': '+', '*': '/', '/': '*'}[e.Op]
	v, ok := arith.Do(op, e.L.Value, e.R.Value)
	if !ok {
		return nil
	}
	return []slip{{value: v, op: op, arg: -1}}
}

// misread are digits that a hurried eye takes for one another.
var misread = [...][2]byte{{'1', '7'}, {'3', '8'}, {'4', '9'}, {'5', '6'}, {'6', '9'}, {'0', '6'}, {'2', '7'}}

// copied swaps two digits of an operand, or misreads one.
func copied(_ *augment.Pass, s *format.Step, _ *format.Node, e *arith.Expr) (list []slip) {
	args := s.Claims[0].Args
	for i := range args {
		v, ok := args[i].Value.Int64()
		if !ok || !replaceable(s, i) {
			continue
		}
		for _, w := range misreadings(transpositions(nil, v), v) {
			if prose.Count(s.Text, format.Int(w)) == 0 {
				list = with(list, e, i, args[i].Value, format.Int(w))
			}
		}
	}
	return list
}

func misreadings(dst []int64, v int64) []int64 {
	s := []byte(strconv.FormatInt(v, 10))
	for i, c := range s {
		for _, m := range misread {
			for k := range m {
				if m[k] == c {
					s[i] = m[1-k]
					if w, err := strconv.ParseInt(string(s), 10, 64); err == nil && s[0] != '0' && w > 1 {
						dst = append(dst, w)
					}
					s[i] = c
				}
			}
		}
	}
	return dst
}

// swapOperator writes another operator wherever the two operands of e stand
// beside one another with e's operator between them.
func swapOperator(text string, e *arith.Expr, op byte) (out string, ok bool) {
	nums := prose.AppendNumbers(nil, text)
	buf := []byte(text)
	for i := len(nums) - 2; i >= 0; i-- {
		l, r := nums[i], nums[i+1]
		if !l.Value.Equal(e.L.Value) || !r.Value.Equal(e.R.Value) {
			continue
		}
		at, n := arith.FindOp(text[l.End:r.Start], e.Op)
		if n == 0 {
			continue
		}
		at += l.End
		buf = slices.Replace(buf, at, at+n, op)
		ok = true
	}
	return string(buf), ok
}
