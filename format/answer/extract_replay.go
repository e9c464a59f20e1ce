package answer

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// equations takes the equations apart and holds them to the lists of parents.
func (b *binder) equations() *Misfit {
	for i := range b.list {
		q := &b.list[i]
		if q.Step == 0 {
			if q.Equation != "" || len(q.From) > 0 {
				return misfit(MisfitEquation, "%s stands in the question, and yet is computed", q.ID)
			}
			continue
		}
		if m := b.takeApart(q); m != nil {
			return m
		}
		for _, id := range q.From {
			if at, ok := b.byID[id]; !ok {
				return misfit(MisfitParent, "%s rests on %q, which is not in the list", q.ID, clip(id))
			} else if !slices.Contains(q.parents, at) {
				return misfit(MisfitParents, "%s lists %s, which its equation %q does not use", q.ID, id, clip(q.Equation))
			}
		}
		if len(q.From) != len(q.parents) {
			return misfit(MisfitParents, "%s lists %d quantities, its equation %q uses %d", q.ID, len(q.From), clip(q.Equation), len(q.parents))
		}
		if len(q.parents) == 0 {
			return misfit(MisfitEquation, "%s = %q rests on no quantity", q.ID, clip(q.Equation))
		}
	}
	return nil
}

// takeApart reads an equation: references, numbers, + - * / and parentheses.
func (b *binder) takeApart(q *quantity) *Misfit {
	s := q.Equation
	if len(s) > maxExpr {
		return misfit(MisfitEquation, "the equation of %s has %d bytes, %d are the most", q.ID, len(s), maxExpr)
	}
	from := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case isLetter(c):
			end := i + 1
			for end < len(s) && (isLetter(s[end]) || isDigit(s[end]) || s[end] == '_') {
				end++
			}
			at, ok := b.byID[s[i:end]]
			if !ok {
				return misfit(MisfitParent, "%s is computed from %q, which is not in the list", q.ID, clip(s[i:end]))
			}
			q.parts = append(q.parts, part{-1, s[from:i]}, part{at, ""})
			if !slices.Contains(q.parents, at) {
				q.parents = append(q.parents, at)
			}
			i, from = end, end
		case isDigit(c):
			end := number(s, i)
			if end < len(s) && isLetter(s[end]) {
				return misfit(MisfitEquation, "%s = %q: a number runs into a name", q.ID, clip(s))
			}
			i = end
		case strings.IndexByte("+-*/(). ", c) >= 0:
			i++
		default:
			return misfit(MisfitEquation, "%s = %q has the character %q; there are ids, numbers, + - * / and parentheses", q.ID, clip(s), c)
		}
	}
	q.parts = append(q.parts, part{-1, s[from:]})
	return nil
}

// circles refuses quantities that rest on each other, or on later ones.
func (b *binder) circles() *Misfit {
	state := make([]byte, len(b.list)) // 0 new, 1 on the way, 2 done
	var visit func(i int) *Misfit
	visit = func(i int) *Misfit {
		state[i] = 1
		for _, p := range b.list[i].parents {
			if state[p] == 1 {
				return misfit(MisfitCycle, "%s rests on %s, which rests on it", b.list[i].ID, b.list[p].ID)
			}
			if state[p] == 0 {
				if m := visit(p); m != nil {
					return m
				}
			}
		}
		state[i] = 2
		return nil
	}
	for i := range b.list {
		if state[i] == 0 {
			if m := visit(i); m != nil {
				return m
			}
		}
	}
	for i := range b.list {
		for _, p := range b.list[i].parents {
			if b.list[p].Step > b.list[i].Step {
				return misfit(MisfitLater, "%s of step %d rests on %s of step %d", b.list[i].ID, b.list[i].Step, b.list[p].ID, b.list[p].Step)
			}
		}
	}
	return nil
}

// replay computes every equation, and sees that each parent counts in it.
func (b *binder) replay() *Misfit {
	for i := range b.list {
		q := &b.list[i]
		if q.Step == 0 {
			continue
		}
		expr := b.substituted(q, -1)
		v, ok := Eval(expr)
		switch {
		case !ok:
			return misfit(MisfitEquation, "%s = %q is no plain arithmetic", q.ID, clip(q.Equation))
		case !v.Equal(q.value):
			return misfit(MisfitReplay, "%s = %s is %s, not %s", q.ID, clip(expr), clip(v.String()), clip(q.Value))
		}
		for _, p := range q.parents {
			if w, ok := Eval(b.substituted(q, p)); ok && w.Equal(v) {
				return misfit(MisfitIdle, "%s = %q is %s whatever %s is", q.ID, clip(q.Equation), q.Value, b.list[p].ID)
			}
		}
		if m := b.constants(q); m != nil {
			return m
		}
	}
	return nil
}

// substituted is the equation with values for references; that of the parent
// other, unless it is -1, is moved by a fraction that no text has.
func (b *binder) substituted(q *quantity, other int) string {
	var s strings.Builder
	for _, p := range q.parts {
		if p.ref < 0 {
			s.WriteString(p.text)
			continue
		}
		v := b.list[p.ref].value
		if p.ref == other {
			shift, _ := format.Frac(3, 7)
			v = v.Add(shift)
		}
		s.WriteString("(" + v.String() + ")")
	}
	return s.String()
}

// constants lists the operands of an equation, and holds the numbers in it to what
// stands in the step or the question, or is everyday knowledge. A number that is
// another result's value may be that result, unreferred to.
func (b *binder) constants(q *quantity) *Misfit {
	for _, p := range q.parts {
		if p.ref >= 0 {
			q.operands = append(q.operands, b.list[p.ref].value)
			continue
		}
		for _, f := range figures(p.text) {
			q.operands = append(q.operands, f.value)
			if at := slices.IndexFunc(b.list, func(o quantity) bool { return o.Step > 0 && o.value.Equal(f.value) }); at >= 0 && !doubling(f.value) {
				return misfit(MisfitConstant, "%s = %q has %s as a number, which is %s", q.ID, clip(q.Equation), f.value, b.list[at].ID)
			}
			same := func(g figure) bool { return g.is(f.value) }
			if !everyday(f.value) && !slices.ContainsFunc(figures(b.steps[q.Step-1].Text), same) && !slices.ContainsFunc(figures(b.question), same) {
				return misfit(MisfitConstant, "%s = %q has %s, which stands neither in step %d nor in the question", q.ID, clip(q.Equation), f.value, q.Step)
			}
		}
	}
	return nil
}

// doubling reports whether a number is that of a double or a half.
func doubling(v format.Num) bool {
	return v.Equal(format.Int(2)) || v.Mul(format.Int(2)).Equal(format.Int(1))
}

// everyday reports whether a number needs no source: a double, a half, a
// conversion of units.
func everyday(v format.Num) bool {
	if n, ok := v.Int64(); ok {
		return v.IsInt() && (n == 1 || n == 2 || slices.Contains(factors, n))
	}
	n, ok := v.Mul(format.Int(4)).Int64()
	return ok && n >= 1 && n <= 3
}
