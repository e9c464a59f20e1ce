package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Result is the outcome of a comparison or a grade.
type Result struct {
	Verdict format.Verdict
	Method  string // "value", "text", or what a checker calls its way of knowing
	Detail  string // a few words, where there is something to say
}

// Equal compares an answer with the one wanted. Where both have a value that
// is known here, the values decide: numbers in any spelling, units and
// currency aside, fractions, percentages, roots, multiples of pi, polynomials
// and their quotients by normal form, intervals, points, sets, matrices. Where
// one has none, normalized texts are compared: equal texts are equal, different
// ones prove nothing.
func Equal(want, got string) Result {
	if a, ok := format.ParseNum(want); ok {
		if b, ok := format.ParseNum(got); ok && a.Equal(b) {
			return Result{format.Exact, "value", ""}
		}
	}
	want, got = tidy(want), tidy(got)
	if want == "" || got == "" {
		return Result{format.Unknown, "text", "no answer"}
	}
	if r, ok := byValue(want, got); ok && r.Verdict != format.Unknown {
		return r
	}
	if normalText(want) == normalText(got) {
		return Result{format.Exact, "text", ""}
	}
	if r, ok := byValue(want, got); ok {
		return r
	}
	return Result{format.Unknown, "text", "the texts differ, and no value is known"}
}

func byValue(want, got string) (Result, bool) {
	l1, r1, eq1 := equation(want)
	l2, r2, eq2 := equation(got)
	switch {
	case eq1 && eq2:
		return equations(l1, r1, l2, r2)
	case eq1 && isName(l1):
		want = r1
	case eq2 && isName(l2):
		got = r2
	case eq1 || eq2:
		return Result{}, false
	}
	a, ok := parse(want)
	b, ok2 := parse(got)
	if !ok || !ok2 {
		return Result{}, false
	}
	v, why := compare(a, b)
	return Result{v, "value", why}, true
}

// equation cuts "y = 2x" and "x \in [0, 1]" in two.
func equation(s string) (left, right string, ok bool) {
	if len(s) > maxAnswer || strings.Count(s, "=") > 1 {
		return "", "", false
	}
	if left, right, ok = strings.Cut(s, "="); !ok {
		left, right, ok = strings.Cut(s, `\in `)
	}
	return strings.TrimSpace(left), strings.TrimSpace(right), ok
}

// isName reports whether s is one letter, or a function of one.
func isName(s string) bool {
	return len(s) == 1 && isLetter(s[0]) || len(s) == 4 && isLetter(s[0]) && s[1] == '(' && isLetter(s[2]) && s[3] == ')' ||
		s == `\theta`
}

// equations are equal if their sides are, or if one is a multiple of the other.
func equations(l1, r1, l2, r2 string) (Result, bool) {
	var side [4]ratio
	for i, s := range [...]string{l1, r1, l2, r2} {
		o, ok := parse(s)
		if !ok || o.shape != scalar || o.infinite != 0 {
			if l1 == l2 {
				return byValue(r1, r2)
			}
			return Result{}, false
		}
		side[i] = o.value
	}
	d1, ok := side[0].add(side[1].neg())
	d2, ok2 := side[2].add(side[3].neg())
	if !ok || !ok2 {
		return Result{}, false
	}
	for m, c := range d1.num {
		e, ok := d2.num[m]
		if !ok {
			break
		}
		q, _ := e.Quo(c)
		if same, ok := (ratio{d1.num.scale(q), d1.den}).equal(d2); ok && same {
			return Result{format.Exact, "value", ""}, true
		}
		break
	}
	if same, ok := d1.equal(d2); ok && same {
		return Result{format.Exact, "value", ""}, true
	}
	if l1 == l2 && isName(l1) {
		return byValue(r1, r2)
	}
	return Result{format.Unknown, "value", "different equations may have the same solutions"}, true
}

// compare compares two values.
func compare(a, b object) (format.Verdict, string) {
	if a.shape != b.shape {
		if a.shape == set && b.shape == list || a.shape == list && b.shape == set {
			return compareSets(a.items, b.items)
		}
		return format.Unknown, "values of different kinds"
	}
	switch a.shape {
	case scalar:
		return compareScalars(a, b)
	case set, union:
		return compareSets(a.items, b.items)
	case list:
		if v, why := compareInOrder(a, b); v == format.Exact {
			return v, why
		}
		return compareSets(a.items, b.items)
	}
	if a.width != b.width || len(a.items) != len(b.items) {
		return format.Unknown, "values of different size"
	}
	v, why := compareInOrder(a, b)
	if a.open != b.open || a.clos != b.clos {
		if v == format.Exact {
			v, why = format.False, "open against closed"
		}
	}
	return v, why
}

// compareInOrder is as sure as the least sure of its parts, and false if one
// part is.
func compareInOrder(a, b object) (worst format.Verdict, why string) {
	if len(a.items) != len(b.items) {
		return format.False, "values of different number"
	}
	worst = format.Exact
	for i := range a.items {
		switch v, w := compare(a.items[i], b.items[i]); {
		case v == format.False:
			return v, w
		case v == format.Unknown || v == format.Rounded && worst == format.Exact:
			worst, why = v, w
		}
	}
	return worst, why
}

// compareSets matches the items of a with those of b in any order.
func compareSets(a, b []object) (format.Verdict, string) {
	if len(a) != len(b) {
		return format.False, "values of different number"
	}
	used := make([]bool, len(b))
	unsure := false
	for i := range a {
		found := false
		for j := range b {
			if used[j] {
				continue
			}
			v, _ := compare(a[i], b[j])
			unsure = unsure || v == format.Unknown || v == format.Rounded
			if v == format.Exact {
				used[j], found = true, true
				break
			}
		}
		if !found {
			if unsure {
				return format.Unknown, "an item may or may not be there"
			}
			return format.False, "an item is missing"
		}
	}
	return format.Exact, ""
}

func compareScalars(a, b object) (format.Verdict, string) {
	if a.infinite != 0 || b.infinite != 0 {
		if a.infinite == b.infinite {
			return format.Exact, ""
		}
		return format.False, ""
	}
	v, why := compareValues(a, b)
	if v != format.False && a.pct == b.pct && a.unit != "" && b.unit != "" && unitName(a.unit) != unitName(b.unit) {
		return format.Unknown, "different units"
	}
	if v == format.False {
		if a.unit != b.unit && converts2(a.value, b.value) {
			return format.Unknown, "off by the factor of a conversion of units"
		}
		if a.pct != b.pct {
			p, q := a, b
			h := constant(format.Int(100))
			if a.pct {
				p.value, _ = p.value.quo(h)
			} else {
				q.value, _ = q.value.quo(h)
			}
			if v, _ := compareValues(p, q); v == format.Exact {
				return v, ""
			}
		}
	}
	if v == format.Exact && a.pct != b.pct {
		why = "percent sign ignored"
	}
	return v, why
}

func converts2(a, b ratio) bool {
	x, ok := a.rational()
	y, ok2 := b.rational()
	return ok && ok2 && converts(x, y)
}

func compareValues(a, b object) (format.Verdict, string) {
	same, ok := a.value.equal(b.value)
	switch {
	case !ok:
		return format.Unknown, "too long to compare"
	case same:
		return format.Exact, ""
	}
	if a.decimals > 0 || b.decimals > 0 {
		if rounds(a, b) || rounds(b, a) {
			return format.Rounded, "rounded"
		}
	}
	if la, lb := a.value.letters(), b.value.letters(); la != lb {
		if la != "" && lb != "" {
			return format.Unknown, "different letters"
		}
	}
	return format.False, ""
}

// rounds reports whether the decimal d is x rounded to its last digit.
func rounds(d, x object) bool {
	if d.decimals == 0 || d.decimals > 40 || x.decimals > 0 && x.decimals <= d.decimals {
		return false
	}
	v, ok := d.value.rational()
	w, ok2 := x.value.approximate()
	if !ok || !ok2 {
		return false
	}
	return format.FromRat(w).Sub(v).Abs().Cmp(half(d.decimals)) <= 0
}

// normalText is a text without what does not count: case, blanks, \text,
// quotes, braces around single characters.
func normalText(s string) string {
	s = strings.ReplaceAll(s, `\text`, "")
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch r {
		case ' ', '\n', '\t', '{', '}', '"', '$', '\'', '“', '”', '’':
			continue
		}
		b.WriteRune(r)
	}
	out := strings.TrimRight(b.String(), ".")
	if len(out) > 2 && out[0] == '(' && matching(out) && strings.IndexByte(out, ',') < 0 {
		out = out[1 : len(out)-1]
	}
	return out
}
