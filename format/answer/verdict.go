package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// CheckClaim computes a claim again. Exact means equal; Rounded, equal to half
// a unit of the last digit written, or to the noise of binary floating point;
// False, neither; Unknown, not evaluable, or a conversion of units may hide in
// the words.
func CheckClaim(c format.Claim) format.Verdict {
	v, _ := ExplainClaim(c)
	return v
}

// ExplainClaim is CheckClaim with a reason in a few words; the reason is empty
// for an exact claim without any twist.
func ExplainClaim(c format.Claim) (v format.Verdict, why string) {
	l, r := evaluator{s: c.Expr}, evaluator{s: c.Value}
	x, ok := l.run()
	if !ok {
		return format.Unknown, "the expression is not plain arithmetic"
	}
	y, ok := r.run()
	if !ok {
		return format.Unknown, "the stated value is not plain arithmetic"
	}
	if x.Equal(y) {
		return format.Exact, ""
	}
	digits := lastDigits(c.Value)
	if r.n == 0 && r.pct {
		digits += 2
	}
	if v, why := near(x, y, digits, r.n == 0); v != format.Unknown {
		return v, why
	}
	if l.pct || r.pct { // 100 - 20 = 80%: the sign as a unit
		l, r = evaluator{s: c.Expr, plain: true}, evaluator{s: c.Value, plain: true}
		x, _ = l.run()
		y, _ = r.run()
		if x.Equal(y) {
			return format.Exact, "percent sign read as a unit"
		}
		if v, why := near(x, y, lastDigits(c.Value), r.n == 0); v != format.Unknown {
			return v, why
		}
		if h := format.Int(100); x.Mul(h).Equal(y) || y.Mul(h).Equal(x) {
			return format.Unknown, "off by a percent sign"
		}
	}
	if l.mixed || r.mixed || l.unit != "" && r.unit != "" && l.unit != r.unit {
		return format.Unknown, "several units: a conversion may be meant"
	}
	if !c.Mark && strings.Count(c.Expr, "/") > 1 && strings.IndexByte(c.Expr, '(') < 0 {
		return format.Unknown, "2 / 1/3 may divide by a third"
	}
	if !c.Mark && imprecise(x, y) && strings.IndexByte(c.Expr, '.') >= 0 {
		return format.Unknown, "within 1%, and with decimals: may be rounded on the way"
	}
	if !c.Mark && converts(x, y) {
		return format.Unknown, "off by the factor of a conversion of units"
	}
	if r.n > 0 && strings.IndexByte(c.Value, '.') >= 0 {
		return format.Unknown, "a rounded number may stand in the value"
	}
	return format.False, "computes to " + x.String()
}

// imprecise reports whether y is within 1% of x.
func imprecise(x, y format.Num) bool {
	return x.Sub(y).Abs().Mul(format.Int(100)).Cmp(x.Abs()) <= 0
}

// converts reports whether x and y differ by a factor that turns cents into
// dollars, minutes into hours, and the like: prose does that without saying so.
func converts(x, y format.Num) bool {
	if x.Sign() == 0 || y.Sign() == 0 {
		return false
	}
	q, _ := x.Quo(y)
	if q.Cmp(format.Int(1)) < 0 {
		q, _ = y.Quo(x)
	}
	n, ok := q.Int64()
	if !ok {
		return false
	}
	switch n {
	case 3, 4, 7, 12, 16, 24, 30, 52, 60, 100, 365, 1000, 3600:
		return true
	}
	return false
}

// near reports Rounded if y is x rounded at the given decimal, or x with the
// noise of binary floating point; Unknown otherwise.
func near(x, y format.Num, digits int, plain bool) (format.Verdict, string) {
	if !plain {
		return format.Unknown, ""
	}
	diff := x.Sub(y).Abs()
	if digits > 300 {
		return format.Unknown, ""
	}
	if diff.Cmp(half(digits)) <= 0 {
		return format.Rounded, "rounded"
	}
	if digits >= 10 && diff.Mul(format.Int(1<<45)).Cmp(x.Abs()) <= 0 {
		return format.Rounded, "float noise"
	}
	return format.Unknown, ""
}

// half is half a unit of the last of n decimals.
func half(n int) format.Num {
	h, _ := format.Frac(1, 2)
	for ; n >= 17; n -= 17 {
		h, _ = h.Quo(format.Int(1e17))
	}
	p := int64(1)
	for range n {
		p *= 10
	}
	h, _ = h.Quo(format.Int(p))
	return h
}

// lastDigits counts the decimals written in the last number of s.
func lastDigits(s string) int {
	end := len(s)
	for end > 0 && !isDigit(s[end-1]) {
		end--
	}
	i := end
	for i > 0 && isDigit(s[i-1]) {
		i--
	}
	if i > 0 && s[i-1] == '.' {
		return end - i
	}
	return 0
}
