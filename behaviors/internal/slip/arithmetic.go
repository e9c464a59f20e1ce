package slip

import (
	"slices"
	"strconv"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/format"
)

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
