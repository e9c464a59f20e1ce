// Package slip goes wrong on purpose: it says steps of a trace again with an error
// of a known class in them, carries the error on, and finds a reason to doubt it.
package slip

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
	value format.Num  // what the step then states
	op    byte        // operator: what is done in place of the right thing
	arg   int         // copied, operand: which operand is replaced, else -1
	meant format.Num  // the operand that belongs there
	taken format.Num  // what was taken for it
	conv  *conversion // unit: what was converted the wrong way round
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
	"off_by_one": offByOne,
	"unit":       unit,
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
