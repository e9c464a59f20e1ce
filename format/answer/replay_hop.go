package answer

import (
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// NextHop carries out the next operation of an expression in whole numbers: in
// the innermost bracket first, products before sums, left before right. Brackets
// that then hold one number are dropped. It says false where the expression is a
// number already, or none of + - * ( ) over whole numbers.
func NextHop(expr string) (string, bool) {
	ts, ok := appendSigns(nil, expr)
	if _, sound := evaluate(ts, format.Num{}); !ok || !sound {
		return "", false
	}
	from, to := 0, len(ts)
	for i, t := range ts {
		if t.op == ')' {
			to = i
			break
		}
		if t.op == '(' {
			from = i + 1
		}
	}
	for _, ops := range [2]string{"*", "+-"} {
		for i := from; i < to; i++ {
			if ts[i].op != 0 && strings.IndexByte(ops, ts[i].op) >= 0 {
				next, ok := hop(ts, i, format.Num{})
				return writeSigns(next), ok
			}
		}
	}
	return "", false
}

// OneHop reports whether an expression in whole numbers is another with one
// operation carried out.
func OneHop(before, after string) bool {
	a, ok := appendSigns(nil, before)
	b, ok2 := appendSigns(nil, after)
	return ok && ok2 && oneApart(a, b, format.Num{})
}

func writeSigns(ts []sign) string {
	var b []byte
	for _, t := range ts {
		switch t.op {
		case 0:
			b = append(b, t.n.String()...)
		case '(', ')':
			b = append(b, t.op)
		case 'v':
			b = append(b, t.letter)
		default:
			b = append(b, ' ', t.op, ' ')
		}
	}
	return string(b)
}

// Recall is what a step that gives a parameter its letter says where the letter
// was given before: "Let x be the number of A in each B. x = 3." becomes "The number
// of A in each B has the letter x. x = 3."
func Recall(text string) (string, bool) {
	n, ok := findNaming(text)
	if !ok || n.recall {
		return "", false
	}
	for form := range Namings - 1 {
		if rest, ok := strings.CutPrefix(text, Naming(form, n.letter, n.name)); ok {
			return Naming(Namings-1, n.letter, n.name) + rest, true
		}
	}
	return "", false
}

// Naming gives a parameter its letter, in one of the forms that Replay reads;
// the last of the [Namings] forms recalls it.
func Naming(form int, letter byte, name string) string {
	f := namings[form]
	if f.letterLast {
		return f.before + name + f.between + string(rune(letter)) + "."
	}
	return f.before + string(rune(letter)) + f.between + name + "."
}

// Namings is the number of forms of [Naming].
const Namings = len(namings)

// LineOf writes the equation of a node in the line form: in letters, in numbers
// and as a value, without a full stop. letter tells the letter of a node, 0 where
// it has none; then, and where the node has no equation, ok is false.
func LineOf(g *format.Graph, n *format.Node, letter func(format.NodeID) byte) (line string, ok bool) {
	var sym, num strings.Builder
	operands := 0
	for i := 0; i < len(n.Equation); {
		if n.Equation[i] != '#' {
			sym.WriteByte(n.Equation[i])
			num.WriteByte(n.Equation[i])
			i++
			continue
		}
		end := i + 1
		for end < len(n.Equation) && isDigit(n.Equation[end]) {
			end++
		}
		id, err := strconv.Atoi(n.Equation[i+1 : end])
		m := g.Node(format.NodeID(id))
		if err != nil || m == nil || letter(m.ID) == 0 {
			return "", false
		}
		sym.WriteByte(letter(m.ID))
		num.WriteString(m.Value.String())
		operands++
		i = end
	}
	value := n.Value.String()
	switch {
	case sym.Len() == 0:
		return "", false
	case operands == 0 && sym.String() == value:
		return value, true
	case num.String() == value: // a copy
		return sym.String() + " = " + value, true
	}
	return sym.String() + " = " + num.String() + " = " + value, true
}
