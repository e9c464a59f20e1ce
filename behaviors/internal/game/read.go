package game

import (
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Read reads the numbers and the target of a problem from its params; ok is false
// where it has none, or numbers that are too many or too large to play with.
func Read(p *format.Problem) (start State, target Frac, ok bool) {
	for _, f := range p.Params {
		switch f.Name {
		case "numbers":
			if start, ok = list(strings.ReplaceAll(f.Value, ",", " ")); !ok {
				return nil, target, false
			}
		case "target":
			n, err := strconv.ParseInt(f.Value, 10, 32)
			if target = Whole(n); err != nil {
				return nil, target, false
			}
		}
	}
	return start, target, target.D == 1 && start.Fits()
}

// list reads numbers between blanks.
func list(s string) (state State, ok bool) {
	for _, w := range strings.Fields(s) {
		f, ok := frac(w)
		if !ok {
			return nil, false
		}
		state = append(state, f)
	}
	return state, len(state) > 0
}

// frac reads a number that two of can be put together without overflow.
func frac(s string) (Frac, bool) {
	n, ok := format.ParseNum(strings.Trim(s, "()"))
	if !ok {
		return Frac{}, false
	}
	r := n.Rat()
	if r.Num().BitLen() > 30 || r.Denom().BitLen() > 30 {
		return Frac{}, false
	}
	return Frac{r.Num().Int64(), r.Denom().Int64()}, true
}

// ReadMove reads "4 * (-1) = -4".
func ReadMove(s string) (m Move, ok bool) {
	w := strings.Fields(s)
	if len(w) != 5 || len(w[1]) != 1 || w[3] != "=" {
		return m, false
	}
	var a, b, v bool
	m.Op = w[1][0]
	m.A, a = frac(w[0])
	m.B, b = frac(w[2])
	m.V, v = frac(w[4])
	return m, a && b && v
}

// Tried are the moves that texts make, by the key of the state that they are made
// at. A move with a list of what is left is made at the state that the list tells,
// one without at the state that the move before it led to. A move that is false, or
// that the given numbers do not allow, is left out.
type Tried map[string][]Move

// Add reads a text.
func (t Tried) Add(start State, text string) {
	at := start
	for _, c := range answer.Claims(text) {
		m, ok := moveOf(c)
		if !ok {
			continue
		}
		before := at
		if left, ok := leftAfter(text[c.End:]); ok {
			if before, ok = left.Before(m); !ok {
				continue
			}
		}
		next, ok := before.After(m)
		if !ok {
			continue
		}
		t[before.Key()] = append(t[before.Key()], m)
		at = next
	}
}

func moveOf(c format.Claim) (m Move, ok bool) {
	op, args := answer.Skeleton(c.Expr), answer.Operands(c.Expr)
	if len(args) != 2 || len(op) != 1 {
		return m, false
	}
	a, ok1 := frac(args[0].Value.String())
	b, ok2 := frac(args[1].Value.String())
	v, ok3 := frac(c.Value)
	return Move{a, b, v, op[0]}, ok1 && ok2 && ok3
}

// leftAfter reads the numbers left that stand after a move: "(left: 4 6)" or "| 4 6".
func leftAfter(s string) (State, bool) {
	s, _, _ = strings.Cut(s, "\n")
	s = strings.TrimLeft(s, " ")
	if rest, ok := strings.CutPrefix(s, "(left: "); ok {
		rest, _, _ = strings.Cut(rest, ")")
		return list(rest)
	}
	if rest, ok := strings.CutPrefix(s, "| "); ok {
		end := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("0123456789 -", r) })
		if end >= 0 {
			rest = rest[:end]
		}
		return list(rest)
	}
	return nil, false
}

// Path is a way from the numbers given to the target by moves that were tried, the
// first that a search in their order finds.
func (t Tried) Path(start State, target Frac) []Move {
	gone := map[string]bool{}
	var walk func(State) ([]Move, bool)
	walk = func(s State) ([]Move, bool) {
		if len(s) == 1 {
			return nil, s[0] == target
		}
		if gone[s.Key()] {
			return nil, false
		}
		gone[s.Key()] = true
		for _, m := range t[s.Key()] {
			if next, ok := s.After(m); ok {
				if rest, ok := walk(next); ok {
					return append([]Move{m}, rest...), true
				}
			}
		}
		return nil, false
	}
	path, _ := walk(start)
	return path
}
