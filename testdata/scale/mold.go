package main

import (
	"math/rand/v2"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A mold is a record with holes: its text cut into pieces, some of which are
// numbers and names that a cast fills anew.
type mold struct {
	question, answer []piece
	slots            []slot // numbers, in the order of their first place
	names            int
}

// A slot is one number of a record: drawn, or computed by a mark.
type slot struct {
	was    format.Num
	digits int  // of the number as it stood, for drawing one of its size
	whole  bool // false: keep it, halves and cents do not go well with others
}

type kind uint8

const (
	literal  kind = iota
	number        // of a slot
	name          // of a person
	openMark      // <<: what follows, up to the equals sign, is computed
	setSlot       // the value of the mark goes to a slot
)

type piece struct {
	kind kind
	text string
	slot int
}

// newMold finds the numbers and names of a record. A number means the last one
// of its value that was said before it; a number of the answer that was never
// said before is a constant and stays.
func newMold(question, solution string) mold {
	m := mold{}
	names := map[string]int{}
	for _, w := range personNames(question) {
		if _, ok := names[w]; !ok {
			names[w] = m.names
			m.names++
		}
	}
	known := map[string]int{} // slots by value
	m.question = m.cut(question, names, known, true)
	m.answer = m.cut(solution, names, known, false)
	return m
}

func (m *mold) cut(s string, names map[string]int, known map[string]int, fresh bool) (out []piece) {
	lit := 0
	flush := func(to int) {
		if to > lit {
			out = append(out, piece{kind: literal, text: s[lit:to]})
		}
	}
	inMark, sawEqual := false, false
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case strings.HasPrefix(s[i:], "<<"):
			flush(i)
			out = append(out, piece{kind: openMark})
			inMark, sawEqual, i, lit = true, false, i+2, i+2
		case strings.HasPrefix(s[i:], ">>"):
			inMark, i = false, i+2
		case inMark && c == '=':
			sawEqual, i = true, i+1
		case isDigit(c):
			end := numberEnd(s, i)
			v, ok := format.ParseNum(s[i:end])
			if !ok {
				i = end
				continue
			}
			key := v.String()
			if inMark && sawEqual {
				flush(i)
				m.slots = append(m.slots, slot{was: v})
				known[key] = len(m.slots) - 1
				out = append(out, piece{kind: setSlot, slot: len(m.slots) - 1})
				i, lit = end, end
				continue
			}
			at, ok := known[key]
			if !ok && fresh {
				m.slots = append(m.slots, slot{was: v, digits: end - i, whole: drawable(s, i, end, v)})
				at, ok = len(m.slots)-1, true
				known[key] = at
			}
			if ok {
				flush(i)
				out = append(out, piece{kind: number, slot: at})
				lit = end
			}
			i = end
		case isLetter(c):
			end := i
			for end < len(s) && isLetter(s[end]) {
				end++
			}
			if at, ok := names[s[i:end]]; ok {
				flush(i)
				out = append(out, piece{kind: name, slot: at})
				lit = end
			}
			i = end
		default:
			i++
		}
	}
	flush(len(s))
	return out
}

// drawable numbers are whole, larger than 2, and no percentage, ordinal or part
// of a fraction, a time or a date.
func drawable(s string, i, end int, v format.Num) bool {
	if !v.IsInt() || v.Cmp(format.Int(2)) <= 0 || strings.Contains(s[i:end], ",") || end-i > 6 {
		return false
	}
	if i > 0 && strings.IndexByte("/:.", s[i-1]) >= 0 {
		return false
	}
	return end == len(s) || strings.IndexByte("%/:", s[end]) < 0 && !isLetter(s[end])
}

func isDigit(c byte) bool  { return c-'0' < 10 }
func isLetter(c byte) bool { return c|0x20-'a' < 26 }

// numberEnd is the end of digits with commas between groups of three and one
// point that has digits after it.
func numberEnd(s string, i int) int {
	point := false
	for i < len(s) {
		switch {
		case isDigit(s[i]):
			i++
		case s[i] == ',' && !point && i+3 < len(s) && isDigit(s[i+1]) && isDigit(s[i+2]) && isDigit(s[i+3]) && (i+4 == len(s) || !isDigit(s[i+4])):
			i += 4
		case s[i] == '.' && !point && i+1 < len(s) && isDigit(s[i+1]):
			point = true
			i++
		default:
			return i
		}
	}
	return i
}

// personNames are the capitalized words that stand inside a sentence and are
// no month, day or the like.
func personNames(s string) (names []string) {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\u00a0' })
	for i, w := range words {
		w = strings.TrimSuffix(strings.TrimRight(w, ".,;:?!\"'"), "'s")
		if len(w) < 3 || w[0]-'A' >= 26 || strings.ContainsFunc(w[1:], func(r rune) bool { return r < 'a' || r > 'z' }) {
			continue
		}
		if i == 0 || strings.ContainsAny(words[i-1][len(words[i-1])-1:], ".?!:\"") || strings.Contains(common, " "+w+" ") {
			continue
		}
		names = append(names, w)
	}
	return names
}

const common = " Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August " +
	"September October November December Christmas Easter Halloween The This That There They When How What Her His She And But " +
	"English French Spanish Math American York New City School Street Park "

// A caster fills molds. It keeps its buffers, so one belongs to one goroutine.
type caster struct {
	rand   *rand.Rand
	values []string
	names  []string
	text   []byte
	line   []byte
}

// tries is how often numbers are drawn for one record; the last try leaves them
// as they were.
const tries = 40

// cast writes one record as a line of JSON; changed is false where no draw of
// numbers held, and the record has the numbers it had.
func (c *caster) cast(m *mold) (line []byte, changed bool) {
	c.names = c.names[:0]
	for range m.names {
		c.names = append(c.names, c.person())
	}
	for try := range tries {
		changed = try < tries-1
		c.draw(m, changed)
		if solution, ok := c.fill(m.answer, !changed); ok {
			c.line = append(c.line[:0], `{"question": `...)
			question, _ := c.fill(m.question, true)
			c.line, _ = jsontext.AppendQuote(c.line, question)
			c.line = append(c.line, `, "answer": `...)
			c.line, _ = jsontext.AppendQuote(c.line, solution)
			return append(c.line, "}\n"...), changed
		}
	}
	return nil, false // never: the last try changes nothing, and cannot fail
}

// draw sets the numbers of the question: of the size they had, each another.
func (c *caster) draw(m *mold, anew bool) {
	c.values = c.values[:0]
	for i := range m.slots {
		s := &m.slots[i]
		v := s.was
		if s.whole && anew {
			low := int64(3)
			for range s.digits - 1 {
				low *= 10
			}
			if s.digits > 1 {
				low /= 3
			}
			v = format.Int(low + c.rand.Int64N(low*9))
		}
		c.values = append(c.values, v.String())
	}
}

// fill writes pieces with the values at hand and computes the marks. It fails
// where a result is negative, is no short decimal, or is a fraction where the
// record had a whole number.
func (c *caster) fill(pieces []piece, trust bool) (string, bool) {
	c.text = c.text[:0]
	expr := 0
	for i := range pieces {
		switch p := &pieces[i]; p.kind {
		case literal:
			c.text = append(c.text, p.text...)
		case number:
			c.text = append(c.text, c.values[p.slot]...)
		case name:
			c.text = append(c.text, c.names[p.slot]...)
		case openMark:
			c.text = append(c.text, "<<"...)
			expr = len(c.text)
		case setSlot:
			if !trust {
				v, ok := answer.Eval(string(c.text[expr : len(c.text)-1])) // without the equals sign
				if !ok || v.Sign() < 0 || !v.Mul(format.Int(100)).IsInt() || !v.IsInt() && isWhole(c.values[p.slot]) {
					return "", false
				}
				c.values[p.slot] = v.String()
			}
			c.text = append(c.text, c.values[p.slot]...)
		}
	}
	return string(c.text), true
}

func isWhole(s string) bool { return strings.IndexByte(s, '.') < 0 }

// person makes up a name of two or three syllables.
func (c *caster) person() string {
	const first = "BaDeKiLoMuNaPeRiSoTuVaZeHaJoLiMe"
	const next = "raletinovusamekolihadupesanori"
	at := 2 * c.rand.IntN(len(first)/2)
	b := []byte(first[at : at+2])
	for range 1 + c.rand.IntN(2) {
		k := 2 * c.rand.IntN(len(next)/2)
		b = append(b, next[k:k+2]...)
	}
	return string(b)
}
