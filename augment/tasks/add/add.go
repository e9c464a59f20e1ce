// Package add draws additions of numbers with many digits, and works them out
// digit by digit. Digits may be written highest first, as people write them, or
// lowest first, as they are worked out: a model that writes the lowest digit
// first never has to know a carry that it has not met.
package add

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/seed-cdf14512/graft/format"
)

// Params are the settings of a set.
type Params struct {
	Digits int    `json:"digits" jsonschema:"most digits of a number" range:"1,200"`
	Least  int    `json:"least" jsonschema:"fewest digits of the longer number" range:"1,200"`
	Short  int    `json:"short" jsonschema:"fewest digits of the shorter number" range:"1,200"`
	Order  string `json:"order" jsonschema:"which digit is written first: high or low"`
	Trace  string `json:"trace" jsonschema:"what the attempt holds: digits (every column and its carry), answer or none"`
}

// Defaults are the settings of a plain set.
var Defaults = Params{Digits: 6, Least: 1, Short: 1, Order: "high", Trace: "digits"}

// Check reports what is wrong between fields.
func (p *Params) Check() error {
	switch {
	case p.Least > p.Digits:
		return fmt.Errorf("least is %d, above digits, %d", p.Least, p.Digits)
	case p.Short > p.Least:
		return fmt.Errorf("short is %d, above least, %d", p.Short, p.Least)
	case p.Order != "high" && p.Order != "low":
		return fmt.Errorf("order is %q; it must be high or low", p.Order)
	case p.Trace != "digits" && p.Trace != "answer" && p.Trace != "none":
		return fmt.Errorf("trace is %q; it must be digits, answer or none", p.Trace)
	}
	return nil
}

// New returns a function that draws one sum from a source of chance.
func New(p Params) (func(*rand.Rand) (format.Record, error), error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return func(r *rand.Rand) (format.Record, error) { return record(&p, r), nil }, nil
}

// number draws a number of n digits, lowest first.
func number(r *rand.Rand, n int) []byte {
	d := make([]byte, n)
	for i := range d {
		d[i] = byte(r.IntN(10))
	}
	if n > 1 && d[n-1] == 0 {
		d[n-1] = 1 + byte(r.IntN(9))
	}
	return d
}

// written shows digits in the order of the set.
func written(d []byte, order string) string {
	b := make([]byte, len(d))
	for i, v := range d {
		at := i
		if order == "high" {
			at = len(d) - 1 - i
		}
		b[at] = '0' + v
	}
	return string(b)
}

func record(p *Params, r *rand.Rand) format.Record {
	size := p.Least + r.IntN(p.Digits-p.Least+1)
	x, y := number(r, size), number(r, p.Short+r.IntN(size-p.Short+1))
	if r.IntN(2) == 0 {
		x, y = y, x
	}
	question := "What is " + written(x, p.Order) + " + " + written(y, p.Order) + "?"
	checker := "number"
	if p.Order == "low" {
		question += " The lowest digit stands first, also in the answer."
		checker = "text"
	}
	steps, sum := columns(x, y)
	answer := written(sum, p.Order)
	rec := format.Record{Set: "add", Problem: format.Problem{Question: question, Answer: answer, Checker: checker},
		Meta: []format.Field{{Name: "digits", Value: strconv.Itoa(size)}}}
	if p.Trace == "none" {
		return rec
	}
	if p.Trace == "answer" {
		steps = nil
	}
	steps = append(steps, format.Step{ID: len(steps) + 1, Kind: format.Answer, Text: "#### " + answer})
	rec.Attempts = []format.Attempt{{Author: "add", Label: format.Right, Answer: answer, Trace: format.Trace{Steps: steps}}}
	return rec
}

// columns adds digit by digit, lowest first.
func columns(x, y []byte) (steps []format.Step, sum []byte) {
	carry := byte(0)
	for i := range max(len(x), len(y)) {
		var b []byte
		total := carry
		for k, d := range [2][]byte{x, y} {
			v := byte(0)
			if i < len(d) {
				v = d[i]
			}
			if k > 0 {
				b = append(b, " + "...)
			}
			b = append(b, '0'+v)
			total += v
		}
		if carry > 0 {
			b = append(b, " + 1"...)
		}
		expr := len(b)
		b = strconv.AppendInt(append(b, " = "...), int64(total), 10)
		end := len(b)
		b = append(append(b, ", write "...), '0'+total%10)
		if carry = total / 10; carry > 0 {
			b = append(b, ", carry 1"...)
		}
		text := string(append(b, ".\n"...))
		steps = append(steps, format.Step{ID: i + 1, Kind: format.Compute, Text: text,
			Claims: []format.Claim{{Expr: text[:expr], Value: text[expr+3 : end], End: end}}})
		sum = append(sum, total%10)
	}
	if carry > 0 {
		steps = append(steps, format.Step{ID: len(steps) + 1, Kind: format.Derive, Text: "Write the carry, 1.\n"})
		sum = append(sum, 1)
	}
	return steps, sum
}
