package answer

import (
	"slices"

	"github.com/seed-cdf14512/graft/format"
)

// A figure is a number as it stands in a text.
type figure struct {
	value      format.Num
	start, end int
	unit       string // a currency sign before it, or a percent sign after it
}

// is reports whether the figure states v; 10% states 10 and 0.1.
func (f *figure) is(v format.Num) bool {
	return f.value.Equal(v.Abs()) || f.unit == "%" && f.value.Equal(v.Abs().Mul(format.Int(100)))
}

// figures lists the numbers of a text, digits and words. Unlike givens it reads
// 48/2 as two numbers: in an answer that is a computation.
func figures(text string) (list []figure) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case isDigit(c):
			end := number(text, i)
			if v, ok := value(text[i:end]); ok && (i == 0 || !isLetter(text[i-1])) {
				f := figure{value: v, start: i, end: end}
				if percent(text, end) > 0 {
					f.unit = "%"
				}
				for n := 3; n > 0 && f.unit == ""; n-- {
					if i >= n && currency(text, i-n) == n {
						f.unit = text[i-n : i]
					}
				}
				list = append(list, f)
			}
			i = end
		case isLetter(c):
			end := max(word(text, i), i+1)
			if v := numberWord(text[i:end]); v > 0 {
				list = append(list, figure{value: format.Int(v), start: i, end: end})
			}
			i = end
		default:
			i++
		}
	}
	return list
}

// places finds where every value stands, and that it stands nowhere earlier.
func (b *binder) places() *Misfit {
	inStep := make([][]figure, len(b.steps))
	for i := range b.steps {
		inStep[i] = figures(b.steps[i].Text)
	}
	taken := make([]bool, len(b.givens))
	for i := range b.list {
		q := &b.list[i]
		if q.Step == 0 {
			q.given = slices.IndexFunc(b.givens, func(n format.Node) bool {
				return !taken[n.ID-1] && (&figure{value: n.Value, unit: n.Unit}).is(q.value)
			})
			if q.given < 0 {
				return misfit(MisfitNowhere, "%s = %s stands nowhere in the question", q.ID, q.Value)
			}
			taken[q.given] = true
			continue
		}
		at := slices.IndexFunc(inStep[q.Step-1], func(f figure) bool { return f.is(q.value) })
		if at < 0 {
			return misfit(MisfitNowhere, "%s = %s does not stand in step %d", q.ID, q.Value, q.Step)
		}
		q.at = inStep[q.Step-1][at]
		for k := range q.Step - 1 {
			if slices.ContainsFunc(inStep[k], func(f figure) bool { return f.is(q.value) }) && !b.otherwise(q, k+1) {
				return misfit(MisfitEarlier, "%s = %s is said to stand first in step %d, but stands in step %d", q.ID, q.Value, q.Step, k+1)
			}
		}
	}
	return nil
}

// otherwise reports whether something else that is known by a step has the value
// of q: a number of the question, or of the list.
func (b *binder) otherwise(q *quantity, step int) bool {
	same := func(o quantity) bool { return o.ID != q.ID && o.Step <= step && o.value.Equal(q.value) }
	return slices.ContainsFunc(b.list, same) ||
		slices.ContainsFunc(b.givens, func(n format.Node) bool { return (&figure{value: n.Value, unit: n.Unit}).is(q.value) })
}

// A chain is claims first to end-1 of a step, one computation hop by hop.
type chain struct {
	step       int // index
	first, end int
	value      format.Num
	known      bool
	derived    *format.Node // that Derive made of it; nil for a copy
	of         int          // index in the list, or -1
}

// text holds the list to what the text itself computes.
func (b *binder) text() *Misfit {
	for i := range b.steps {
		s := &b.steps[i]
		for j := 0; j < len(s.Claims); {
			end := j + 1
			for end < len(s.Claims) && linked(s, end) {
				end++
			}
			c := chain{step: i, first: j, end: end, of: -1}
			c.value, c.known = Eval(s.Claims[end-1].Value)
			if at := int(s.Claims[j].Node) - len(b.givens) - 1; at >= 0 && at < len(b.results) && b.results[at].Step == s.ID && b.results[at].Claim == end-1 {
				c.derived = &b.results[at]
			}
			if m := b.match(&c); m != nil {
				return m
			}
			b.chains = append(b.chains, c)
			j = end
		}
	}
	for i := range b.chains {
		if c := &b.chains[i]; c.of >= 0 {
			b.list[c.of].chain = c
		}
	}
	return nil
}

// match finds the quantity that a chain computes.
func (b *binder) match(c *chain) *Misfit {
	s := &b.steps[c.step]
	if !c.known || c.derived == nil {
		return nil
	}
	same := -1
	for i := range b.list {
		q := &b.list[i]
		if q.Step != c.step+1 || !q.value.Equal(c.value) && !(c.derived.Unit == "%" && q.value.Mul(format.Int(100)).Equal(c.value)) {
			continue
		}
		if same = i; sameOperands(q.operands, s.Claims[c.first].Args) {
			c.of = i
			return nil
		}
	}
	claim := &s.Claims[c.first]
	if same < 0 {
		return misfit(MisfitLeft, "step %d computes %s = %s, which is not in the list", c.step+1, clip(claim.Expr), clip(claim.Value))
	}
	return misfit(MisfitOther, "%s is %q, but step %d computes %s", b.list[same].ID, clip(b.list[same].Equation), c.step+1, clip(claim.Expr))
}

// sameOperands reports whether two computations are of the same numbers, each as
// often; 10% is 10 and 0.1.
func sameOperands(list []format.Num, args []format.Arg) bool {
	if len(list) != len(args) {
		return false
	}
	used := make([]bool, len(list))
	for i := range args {
		at := -1
		for k := range list {
			if !used[k] && equalShare(list[k], args[i].Value) {
				at = k
				break
			}
		}
		if at < 0 {
			return false
		}
		used[at] = true
	}
	return true
}

func equalShare(a, b format.Num) bool {
	hundred := format.Int(100)
	return a.Equal(b) || a.Mul(hundred).Equal(b) || b.Mul(hundred).Equal(a)
}
