// Package countdown draws puzzles whose numbers are to be combined to a target,
// each once, with + - * and /; with a solution, or with the whole search for
// one, failures included.
//
// A puzzle is made from its solution: two numbers at a time are put together
// until one is left. No number on the way is negative or broken. A search walks
// the tree of what can be put together, depth first or with a beam, the most
// promising first, and writes down every state that it visits.
package countdown

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/seed-cdf14512/graft/format"
)

// Params are the settings of a set.
type Params struct {
	Numbers  int    `json:"numbers" jsonschema:"how many numbers a puzzle has" range:"2,6"`
	Least    int    `json:"least" jsonschema:"fewest numbers, where sizes are mixed; 0 for all alike" range:"0,6"`
	Highest  int    `json:"highest" jsonschema:"largest number given" range:"2,999"`
	From     int    `json:"from" jsonschema:"smallest target" range:"1,9999"`
	To       int    `json:"to" jsonschema:"largest target" range:"1,9999"`
	Trace    string `json:"trace" jsonschema:"what the attempt holds: solution, dfs, beam or none"`
	Guide    string `json:"guide" jsonschema:"which state looks best: sum (the sum is near the target) or factor (the numbers are near factors of it)"`
	Width    int    `json:"width" jsonschema:"states that a beam keeps, and most branches that a depth-first search tries at a state" range:"1,64"`
	Budget   int    `json:"budget" jsonschema:"most states that a search visits before it gives up" range:"1,10000"`
	Failures bool   `json:"failures" jsonschema:"keep searches that found nothing, labelled wrong"`
	Compact  bool   `json:"compact" jsonschema:"write nothing but numbers and signs with blanks between, so that a number can be one token"`
}

// Defaults are the settings of a plain set.
var Defaults = Params{Numbers: 4, Highest: 99, From: 10, To: 100, Trace: "solution", Guide: "sum", Width: 8, Budget: 120}

// Check reports what is wrong between fields.
func (p *Params) Check() error {
	switch {
	case p.From > p.To:
		return fmt.Errorf("from is %d, above to, %d", p.From, p.To)
	case p.Least > p.Numbers || p.Least == 1:
		return fmt.Errorf("least is %d; it must be 0, or 2 to numbers, %d", p.Least, p.Numbers)
	case p.Trace != "solution" && p.Trace != "dfs" && p.Trace != "beam" && p.Trace != "none":
		return fmt.Errorf("trace is %q; it must be solution, dfs, beam or none", p.Trace)
	case p.Guide != "sum" && p.Guide != "factor":
		return fmt.Errorf("guide is %q; it must be sum or factor", p.Guide)
	}
	return nil
}

// largest bounds every number on the way.
const largest = 99_999

// most is how many numbers a puzzle can have.
const most = 6

// A move puts two numbers together.
type move struct {
	a, b, value int32
	op          byte
}

// apply computes a op b; ok is false where the result is negative, broken or
// too large.
func apply(op byte, a, b int32) (v int32, ok bool) {
	switch op {
	case '+':
		v = a + b
	case '-':
		v = a - b
	case '*':
		if v = a * b; b != 0 && v/b != a {
			return 0, false
		}
	default:
		if b == 0 || a%b != 0 {
			return 0, false
		}
		v = a / b
	}
	return v, v >= 0 && v <= largest
}

// A generator draws puzzles. It holds scratch and belongs to one goroutine.
type generator struct {
	p      Params
	r      *rand.Rand
	n      int
	given  [most]int32
	target int32
	path   [most - 1]move // the solution
	text   []byte
	marks  []mark
	tree   tree
}

// New returns a function that draws one puzzle from a source of chance.
func New(p Params) (func(*rand.Rand) (format.Record, error), error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	g := &generator{p: p}
	return g.record, nil
}

const patience = 100_000

func (g *generator) record(r *rand.Rand) (format.Record, error) {
	g.r = r
	for range patience {
		if !g.puzzle() {
			continue
		}
		rec := g.problem()
		if a, ok := g.attempt(); ok {
			if a != nil {
				rec.Attempts = []format.Attempt{*a}
			}
			return rec, nil
		}
	}
	return format.Record{}, fmt.Errorf("no puzzle in %d draws: the settings leave (almost) none", patience)
}

// puzzle draws numbers and puts them together at random.
func (g *generator) puzzle() bool {
	g.n = g.p.Numbers
	if g.p.Least > 0 {
		g.n = g.p.Least + g.r.IntN(g.p.Numbers-g.p.Least+1)
	}
	var left [most]int32
	for i := range g.n {
		g.given[i] = 1 + g.r.Int32N(int32(g.p.Highest))
		left[i] = g.given[i]
	}
	for n := g.n; n > 1; n-- {
		i, j := g.r.IntN(n), g.r.IntN(n-1)
		if j >= i {
			j++
		}
		a, b := max(left[i], left[j]), min(left[i], left[j])
		op := "+-*/"[g.r.IntN(4)]
		v, ok := apply(op, a, b)
		if !ok {
			return false
		}
		g.path[g.n-n] = move{a, b, v, op}
		i, j = min(i, j), max(i, j)
		left[i], left[j] = v, left[n-1]
	}
	g.target = left[0]
	return g.target >= int32(g.p.From) && g.target <= int32(g.p.To)
}

// problem words the puzzle.
func (g *generator) problem() format.Record {
	b := append(g.text[:0], "Use each of the numbers "...)
	from := len(b)
	b = g.list(b, g.given[:g.n], ", ")
	to := len(b)
	b = append(b, " exactly once, with + - * and /, to make "...)
	at := len(b)
	b = strconv.AppendInt(b, int64(g.target), 10)
	end := len(b)
	b = append(b, '.')
	g.text = b
	question := string(b)
	return format.Record{
		Set: "countdown",
		Problem: format.Problem{Question: question, Checker: "countdown", Answer: string(g.expression(nil, g.path[:g.n-1])),
			Params: []format.Field{{Name: "numbers", Value: question[from:to]}, {Name: "target", Value: question[at:end]}}},
		Meta: []format.Field{{Name: "numbers", Value: "23456"[g.n-2 : g.n-1]}},
	}
}

func (g *generator) list(b []byte, nums []int32, sep string) []byte {
	for i, v := range nums {
		if i > 0 {
			b = append(b, sep...)
		}
		b = strconv.AppendInt(b, int64(v), 10)
	}
	return b
}

// expression writes moves as one expression: the value of a move stands for the
// move itself wherever it is used.
func (g *generator) expression(b []byte, path []move) []byte {
	var used [most]bool
	return term(b, path, len(path)-1, &used, false)
}

// term writes move i, in brackets where another operation is round it.
func term(b []byte, path []move, i int, used *[most]bool, brackets bool) []byte {
	used[i] = true
	m := path[i]
	operand := func(v int32) {
		for k := i - 1; k >= 0; k-- {
			if !used[k] && path[k].value == v {
				b = term(b, path, k, used, true)
				return
			}
		}
		b = strconv.AppendInt(b, int64(v), 10)
	}
	if brackets {
		b = append(b, '(')
	}
	operand(m.a)
	b = append(b, ' ', m.op, ' ')
	operand(m.b)
	if brackets {
		b = append(b, ')')
	}
	return b
}
