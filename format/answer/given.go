package answer

import "github.com/seed-cdf14512/graft/format"

// givens appends a node for each number of a question: digits, with their
// currency or percent sign, fractions a/b, and number words from two on. The
// word one is left out, because it is a pronoun as often as a number; half and
// twice are operations, and their 2 is a constant. A dozen is one quantity,
// however often it is named.
func givens(nodes []format.Node, q string) []format.Node {
	dozen := false
	for i := 0; i < len(q) && len(nodes) < maxNodes; {
		c := q[i]
		if !isDigit(c) && c != '.' {
			if !isLetter(c) {
				i++
				continue
			}
			end := word(q, i)
			if end == i {
				end = i + 1
			}
			if v := numberWord(q[i:end]); v > 0 && (v != 12 || !dozen) {
				dozen = dozen || v == 12 && len(q[i:end]) == 5
				nodes = append(nodes, given(q, i, end, format.Int(v), ""))
			}
			i = end
			continue
		}
		end := number(q, i)
		if end == i {
			i++
			continue
		}
		v, ok := value(q[i:end])
		if i > 0 && (isLetter(q[i-1]) || q[i-1] == '_') || !ok { // B2 is a name
			i = end
			continue
		}
		if end+1 < len(q) && q[end] == '/' && isDigit(q[end+1]) {
			if d := number(q, end+1); d < len(q) && q[d] == '/' {
				i = number(q, d+1) // a date
				i = max(i, d+1)
				continue
			} else if w, ok := value(q[end+1 : d]); ok {
				if f, ok := v.Quo(w); ok {
					v, end = f, d
				}
			}
		}
		unit := ""
		if n := percent(q, end); n > 0 {
			unit = "%"
		} else if i > 0 && q[i-1] == '$' {
			unit = "$"
		} else if i > 1 && currency(q, i-2) == 2 {
			unit = q[i-2 : i]
		} else if i > 2 && currency(q, i-3) == 3 {
			unit = q[i-3 : i]
		}
		nodes = append(nodes, given(q, i, end, v, unit))
		i = end
	}
	return nodes
}

func given(q string, start, end int, v format.Num, unit string) format.Node {
	n := format.Node{Kind: format.GivenNode, Value: v, Unit: unit, Start: start, End: end, Bound: true}
	if unit == "" {
		n.Name = countName(q, end, v)
	}
	return n
}

// numberWord returns the value of a number word, 0 if w is none.
func numberWord(w string) int64 {
	for i := range len(w) {
		if w[i] == '-' { // twenty-four
			tens, ones := numberWord(w[:i]), numberWord(w[i+1:])
			if w[i+1:] == "one" {
				ones = 1
			}
			if tens >= 20 && tens <= 90 && ones > 0 && ones < 10 {
				return tens + ones
			}
			return 0
		}
	}
	var low [10]byte
	if len(w) < 3 || len(w) > 9 {
		return 0
	}
	for i := range len(w) {
		low[i] = w[i] | 0x20
	}
	for _, n := range numberWords[(low[0]-'a')&31] {
		if n.word == string(low[:len(w)]) {
			return n.value
		}
	}
	return 0
}

type wordValue struct {
	word  string
	value int64
}

// numberWords is keyed by first letter: the words of a question are many.
var numberWords = [32][]wordValue{
	'd' - 'a': {{"dozen", 12}},
	'e' - 'a': {{"eight", 8}, {"eleven", 11}, {"eighteen", 18}, {"eighty", 80}},
	'f' - 'a': {{"four", 4}, {"five", 5}, {"fourteen", 14}, {"fifteen", 15}, {"forty", 40}, {"fifty", 50}},
	'n' - 'a': {{"nine", 9}, {"nineteen", 19}, {"ninety", 90}},
	's' - 'a': {{"six", 6}, {"seven", 7}, {"sixteen", 16}, {"seventeen", 17}, {"sixty", 60}, {"seventy", 70}},
	't' - 'a': {{"two", 2}, {"three", 3}, {"ten", 10}, {"twelve", 12}, {"thirteen", 13}, {"twenty", 20}, {"thirty", 30}},
}
