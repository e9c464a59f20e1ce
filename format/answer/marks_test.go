package answer

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// TestMarks: every calculator mark of GSM8K is exact, and the check that says
// so sees 500 of 500 errors planted in them.
func TestMarks(t *testing.T) {
	var marks []format.Claim
	for _, set := range []struct {
		name string
		want int
	}{{"train", 21505}, {"test", 3841}} {
		n, exact := 0, 0
		for _, row := range rows[gsmRow](t, "gsm8k/"+set.name+".jsonl.gz") {
			for _, c := range Claims(row.Answer) {
				if !c.Mark {
					continue
				}
				marks = append(marks, c)
				if n++; CheckClaim(c) == format.Exact {
					exact++
				} else {
					t.Errorf("%s: %s=%s is %s", set.name, c.Expr, c.Value, CheckClaim(c))
				}
			}
		}
		t.Logf("%s: %d marks, %d exact", set.name, n, exact)
		if n != set.want || exact != set.want {
			t.Errorf("%s: %d marks, %d exact, want %d of both", set.name, n, exact, set.want)
		}
	}
	rnd, caught := rand.New(rand.NewPCG(500, 0)), 0
	for range 500 {
		if c := plant(rnd, marks[rnd.IntN(len(marks))]); CheckClaim(c) == format.False {
			caught++
		} else {
			t.Errorf("planted %s=%s: %s", c.Expr, c.Value, CheckClaim(c))
		}
	}
	t.Logf("planted errors: %d of 500 caught", caught)
	if caught != 500 {
		t.Errorf("%d of 500 planted errors caught", caught)
	}
}

// plant makes a mark wrong: in its value or in one operand, by one in the last
// digit, or by a digit put in.
func plant(rnd *rand.Rand, c format.Claim) format.Claim {
	for {
		bad := c
		if ops := Operands(c.Expr); rnd.IntN(2) == 0 && len(ops) > 1 {
			o := ops[rnd.IntN(len(ops))]
			bad.Expr = c.Expr[:o.Start] + wrongDigits(rnd, o.Text) + c.Expr[o.End:]
		} else {
			bad.Value = wrongDigits(rnd, c.Value)
		}
		x, ok := Eval(bad.Expr)
		y, ok2 := Eval(bad.Value)
		// An error below the rounding of the value is no error that can be seen.
		if ok && ok2 && !x.Equal(y) && x.Sub(y).Abs().Cmp(half(lastDigits(bad.Value))) > 0 {
			return bad
		}
	}
}

func wrongDigits(rnd *rand.Rand, s string) string {
	if rnd.IntN(3) == 0 {
		return strconv.Itoa(1+rnd.IntN(9)) + strings.TrimLeft(s, "-")
	}
	b := []byte(s)
	for i := len(b) - 1; i >= 0; i-- {
		if isDigit(b[i]) {
			b[i] = '0' + (b[i]-'0'+1)%10
			break
		}
	}
	return string(b)
}

// TestModelSolutions reproduces every published is_correct flag from the text
// of the attempt, and counts the verdicts of the marks in it.
func TestModelSolutions(t *testing.T) {
	type attempt struct {
		IsCorrect bool `json:"is_correct"`
		Solution  string
	}
	type row struct {
		GroundTruth string  `json:"ground_truth"`
		A           attempt `json:"6b_finetuning"`
		B           attempt `json:"6b_verification"`
		C           attempt `json:"175b_finetuning"`
		D           attempt `json:"175b_verification"`
	}
	var verdicts [4]int
	flags, agree := 0, 0
	for i, r := range rows[row](t, "gsm8k/example_model_solutions.jsonl.gz") {
		want, _, _, _ := Final(r.GroundTruth)
		for _, a := range []attempt{r.A, r.B, r.C, r.D} {
			got, _, _, _ := Final(a.Solution)
			flags++
			if (Equal(want, got).Verdict == format.Exact) == a.IsCorrect {
				agree++
			} else {
				t.Errorf("record %d: is_correct %v, but %q against %q is %v", i, a.IsCorrect, got, want, Equal(want, got))
			}
			for _, c := range Claims(a.Solution) {
				if c.Mark {
					verdicts[CheckClaim(c)]++
				}
			}
		}
	}
	t.Logf("is_correct: %d of %d reproduced; marks: %d exact, %d rounded, %d false, %d unknown", agree, flags,
		verdicts[format.Exact], verdicts[format.Rounded], verdicts[format.False], verdicts[format.Unknown])
	if flags != 4724 {
		t.Errorf("%d flags, want 4724", flags)
	}
}
