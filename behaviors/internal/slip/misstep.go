package slip

import (
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A misstep is one source step said again with a wrong value.
type misstep struct {
	node  *format.Node
	value format.Num
	text  string
}

// amount writes the wrong value as the source writes the right one.
func (m misstep) amount(p *augment.Pass) string {
	like := "1"
	for i := range p.Steps() {
		if s := &p.Steps()[i]; s.ID == m.node.Step && m.node.End <= len(s.Text) && m.node.Start < m.node.End {
			like = s.Text[m.node.Start:m.node.End]
		}
	}
	return prose.Amount(m.node, m.value, like)
}

// A root is the misstep that the others follow from, with the reason by which it
// will be found.
type root struct {
	misstep
	slip   string
	reason reason
	grade  string // of proof
	source string // whose error it is; empty for one that was made up
}

// newRoot makes the first wrong step: class by class it tries the slips of the
// class in a random order, and takes the first that can be said and for which
// there is a reason to doubt it.
func newRoot(p *augment.Pass, at int, classes []string) (root, error) {
	s := &p.Steps()[at]
	n := Subject(p, s)
	if n == nil {
		return root{}, augment.Refuse("no-subject", "the step does not state one bound value")
	}
	e := arith.Parse(s.Claims[0].Expr)
	if e == nil || !e.Value.Equal(n.Value) || len(e.Leaves()) != len(s.Claims[0].Args) {
		return root{}, augment.Refuse("no-subject", "%s is not plain arithmetic", s.Claims[0].Expr)
	}
	for _, k := range classes {
		list := makers[k](p, s, n, e)
		shuffle(p, list)
		for _, sl := range list {
			if w, ok := sl.say(p, s, n, e); ok {
				w.slip, w.grade = k, augment.Computed
				return w, nil
			}
		}
	}
	return root{}, augment.Refuse("no-slip", "no %s slip gives a plausible wrong value for %s", strings.Join(classes, ", "), s.Claims[0].Expr)
}

// A Weight says how often a class is tried first, against the others.
type Weight struct {
	Class  string
	Weight int
}

// Classes lists the classes to try, in order: the one asked for, or for any all
// of them, the first drawn by weight.
func Classes(p *augment.Pass, class string, weights []Weight) []string {
	if class != "any" {
		return []string{class}
	}
	sum := 0
	for _, w := range weights {
		sum += w.Weight
	}
	r := p.Rand.IntN(sum)
	first := 0
	for r >= weights[first].Weight {
		r -= weights[first].Weight
		first++
	}
	list := []string{weights[first].Class}
	for i, w := range weights {
		if i != first {
			list = append(list, w.Class)
		}
	}
	return list
}

func shuffle(p *augment.Pass, list []slip) {
	p.Rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// say writes the step with the slip in it, and proves that it says what was
// meant: one claim, with the wrong value; exact unless the arithmetic is what
// went wrong.
func (sl *slip) say(p *augment.Pass, s *format.Step, n *format.Node, e *arith.Expr) (w root, ok bool) {
	if !passes(p, s, n, sl.value, sl.conv != nil) || sl.arithmetic() && !sized(e, sl.value) {
		return w, false
	}
	r, ok := sl.doubt(p, n, e)
	if !ok {
		return w, false
	}
	text := s.Text
	if sl.op != 0 {
		if text, ok = swapOperator(text, e, sl.op); !ok {
			return w, false
		}
	}
	subs := []prose.Sub{{Old: n.Value, New: sl.value}}
	if sl.arg >= 0 {
		subs = append(subs, prose.Sub{Old: sl.meant, New: sl.taken})
	}
	if text, ok = prose.Rewrite(text, subs); !ok {
		return w, false
	}
	want := format.Exact
	if sl.arithmetic() {
		want = format.False
	}
	if !claims(text, sl.value, want) {
		return w, false
	}
	return root{misstep: misstep{n, sl.value, text}, reason: r}, true
}

// claims reports whether text makes one claim, of the given value and verdict.
func claims(text string, value format.Num, want format.Verdict) bool {
	var buf [4]format.Claim
	list := answer.AppendClaims(buf[:0], text)
	if len(list) != 1 {
		return false
	}
	v, ok := stated(&list[0])
	return ok && v.Equal(value) && answer.CheckClaim(list[0]) == want
}

func stated(c *format.Claim) (format.Num, bool) {
	return format.ParseNum(strings.TrimLeft(strings.TrimSpace(c.Value), "$€£¥"))
}

// Common are the classes of a wrong step that is noticed later, slips of arithmetic
// most, because every step has some.
var Common = []Weight{{Class: "arithmetic", Weight: 9}, {Class: "copied", Weight: 4}, {Class: "operand", Weight: 4}, {Class: "operator", Weight: 3}}
