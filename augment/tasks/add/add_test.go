package add

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

func flip(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// The sum is the sum, in either order, the digits written along the way are its
// digits, and the checker agrees.
func TestSums(t *testing.T) {
	for _, order := range []string{"high", "low"} {
		p := Defaults
		p.Order, p.Digits = order, 30
		draw, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		carried := 0
		for range 5000 {
			rec, _ := draw(r)
			question, _, _ := strings.Cut(strings.TrimPrefix(rec.Problem.Question, "What is "), "?")
			a, b, _ := strings.Cut(question, " + ")
			got := rec.Problem.Answer
			if order == "low" {
				a, b, got = flip(a), flip(b), flip(got)
			}
			x, _ := new(big.Int).SetString(a, 10)
			y, _ := new(big.Int).SetString(b, 10)
			if want := x.Add(x, y).String(); got != want {
				t.Fatalf("%s: %s, want %s", rec.Problem.Question, got, want)
			}
			steps := rec.Attempts[0].Trace.Steps
			digits := ""
			for i := range steps {
				if _, d, ok := strings.Cut(steps[i].Text, "write "); ok {
					digits += d[:1]
				}
				if strings.Contains(steps[i].Text, "the carry") {
					digits += "1"
					carried++
				}
				for _, c := range steps[i].Claims {
					if v := answer.CheckClaim(c); v != format.Exact || steps[i].Text[c.Start:c.End] != c.Expr+" = "+c.Value {
						t.Fatalf("%q: claim %s = %s is %s", steps[i].Text, c.Expr, c.Value, v)
					}
				}
			}
			if flip(digits) != got {
				t.Fatalf("%s: the columns write %s", rec.Problem.Question, digits)
			}
			if g := answer.Find(rec.Problem.Checker).Grade(&rec.Problem, rec.Attempts[0].Trace.Text()); g.Verdict != format.Exact {
				t.Fatalf("%s: graded %s", rec.Problem.Question, g.Verdict)
			}
		}
		if carried == 0 {
			t.Error("no sum has a digit more than its numbers")
		}
	}
}

// With digits, least and short alike, both numbers have that many digits.
func TestShort(t *testing.T) {
	p := Defaults
	p.Digits, p.Least, p.Short = 3, 3, 3
	draw, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		rec, _ := draw(r)
		if q := rec.Problem.Question; len(q) != len("What is 123 + 456?") {
			t.Fatalf("%s: not three digits and three", q)
		}
	}
	if p.Short = 4; p.Check() == nil {
		t.Error("the shorter number may not have more digits than the longer")
	}
}
