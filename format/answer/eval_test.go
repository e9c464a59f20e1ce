package answer

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// evalTable is an expression and its value, empty where it has none.
var evalTable = []struct{ expr, want string }{
	{"48/2", "24"}, {"2+3*4", "14"}, {"(2+3)*4", "20"}, {"2-3-4", "-5"}, {"8/4/2", "1"},
	{"7 - -7 * 4", "35"}, {"-2^2", "-4"}, {"2^3^2", "512"}, {"2**3", "8"}, {"2^-1", "0.5"},
	{".25*8", "2"}, {"10%", "0.1"}, {"$1,000 + $0.50", "1000.5"}, {"1/3+1/3", "2/3"},
	{"5 slices * 2", "10"}, {"6 cards/row x 3 rows", "18"}, {"\\frac{3}{4}*4", "3"}, {"2(3+4)", "14"},
	{"560//10", "56"}, {"7//2", "3"}, {"-7//2", "-4"}, {"7×8÷2−1", "27"}, {"60 \\times 2", "120"},
	{"1/0", ""}, {"X*.25", ""}, {"2x", ""}, {"", ""}, {"1+", ""}, {"(1", ""}, {"1)", ""}, {"2^0.5", ""}, {"0^0", ""},
	{"2^100000", ""}, {"9^64^64", ""}, {"1 2", ""}, {"3!", ""}, {"5 and 3", ""}, {"\\frac{1}{0}", ""}, {"1//0", ""},
	{strings.Repeat("(", 1000) + "1" + strings.Repeat(")", 1000), ""},
	{strings.Repeat("-", 1000) + "1", ""},
}

func TestEval(t *testing.T) {
	for _, row := range evalTable {
		v, ok := Eval(row.expr)
		if got := v.String(); ok != (row.want != "") || ok && got != row.want {
			t.Errorf("Eval(%.40q) = %s %v, want %q", row.expr, got, ok, row.want)
		}
	}
	var all []string
	for _, o := range Operands("$1,000 + 3*(2/10%)") {
		all = append(all, o.Text+"="+o.Value.String())
	}
	if got := strings.Join(all, " "); got != "1,000=1000 3=3 2=2 10%=0.1" {
		t.Errorf("operands: %s", got)
	}
}

func FuzzEval(f *testing.F) {
	for _, row := range evalTable {
		f.Add(row.expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		v, ok := Eval(expr)
		ops := Operands(expr)
		if !ok {
			if ops != nil {
				t.Fatalf("operands of %q, which has no value", expr)
			}
			return
		}
		if s := v.String(); len(s) < maxExpr {
			if w, ok := Eval(s); !ok || !w.Equal(v) {
				t.Fatalf("%q is %s, which is %v", expr, s, w)
			}
		}
		for _, o := range ops {
			if expr[o.Start:o.End] != o.Text {
				t.Fatalf("operand %+v of %q", o, expr)
			}
		}
	})
}

// TestLinear: hostile texts of half a megabyte must be read in the time that
// harmless ones take. Nothing is timed: quadratic scanning would need minutes for
// each, and the test binary's own deadline ends it.
func TestLinear(t *testing.T) {
	const n = 512 << 10
	for _, unit := range []string{"1+", "(", "<<", "<<1=", "1=", "((1+", "- ", "1 a b c d ", "$", "\\boxed{", "####", "1 = <<", "x", "5 ", "A:\n", "\\frac{1", "=", "1.", "1,", "≈1", "\\(", "of ", "<<1+2=3>>3 men ", "1+2=3, ", "twenty "} {
		text := strings.Repeat(unit, n/len(unit))
		_ = Claims(text)
		Final(text)
		if _, start, end, ok := LastNumber(text); ok && (start < 0 || end > len(text) || start >= end) {
			t.Errorf("last number of %q at %d:%d", unit, start, end)
		}
		LastMath(text)
		Equal(text, "1")
		Derive(text, []format.Step{{ID: 1, Text: text}})
	}
}

func TestCheckersTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checkers {
		if c.Name == "" || seen[c.Name] || c.Grade == nil || !strings.Contains(c.Doc, "\n\n") {
			t.Errorf("checker %q: needs a name of its own, a Grade, and a Doc with summary and text", c.Name)
		}
		seen[c.Name] = true
		if Find(c.Name) == nil || Find(c.Name).Name != c.Name {
			t.Errorf("Find(%q) finds another", c.Name)
		}
	}
	if Find("no such") != nil {
		t.Error("Find invents a checker")
	}
	field := func(nums, target string) []format.Field {
		return []format.Field{{Name: "numbers", Value: nums}, {Name: "target", Value: target}}
	}
	for _, row := range []struct {
		checker, name string
		p             format.Problem
		attempt, want string
	}{
		{"number", "marked", format.Problem{Answer: "18"}, "9*2=18\nA: $18.00", "exact"},
		{"number", "reference is a solution", format.Problem{Answer: "x\n#### 18"}, "#### 19", "false"},
		{"number", "sentence", format.Problem{Answer: "18"}, "She earns 18 dollars a day", "exact"},
		{"number", "nothing marked", format.Problem{Answer: "18"}, "I had 18\nand then 5", "unknown"},
		{"choice", "letter", format.Problem{Answer: "B", Choices: []string{"A: red", "B: blue"}}, "The answer is (B).", "exact"},
		{"choice", "text", format.Problem{Answer: "B", Choices: []string{"A: red", "B: blue"}}, "Answer: Blue", "exact"},
		{"choice", "letter and text", format.Problem{Answer: "(B)", Choices: []string{"red", "blue"}}, "Answer: B) blue", "exact"},
		{"choice", "other", format.Problem{Answer: "B", Choices: []string{"A: red", "B: blue"}}, "Answer: A", "false"},
		{"choice", "letter against its text", format.Problem{Answer: "B", Choices: []string{"A: red", "B: blue"}}, "Answer: A) blue", "unknown"},
		{"choice", "word that begins like a letter", format.Problem{Answer: "B", Choices: []string{"A: red", "B: blue"}}, "Answer: Black", "unknown"},
		{"countdown", "steps", format.Problem{Params: field("10,57,60,36", "29")}, "57-36=21, then 60-21=39 and 39-10=29", "exact"},
		{"countdown", "a number left", format.Problem{Params: field("10,57,60,36", "39")}, "57-36=21, then 60-21=39", "false"},
		{"countdown", "a number twice", format.Problem{Params: field("10,57,60,36", "39")}, "57-36=21, 60-21=39, 39*10=390, 390/10=39", "false"},
		{"countdown", "wrong operation", format.Problem{Params: field("10,57,60,36", "28")}, "57-36=20, 60-20=40, 40-12=28, 38-10=28", "false"},
		{"countdown", "one expression", format.Problem{Params: field("[10, 57, 60, 36]", "29")}, "(60-(57-36))-10 = 29", "exact"},
		{"countdown", "branches do not mix", format.Problem{Params: field("10,57,60,36", "29")},
			"57-36=21, Resulting Numbers: [10, 60, 21]\n60-10=50, Resulting Numbers: [57, 36, 50]\n60-21=39, Resulting Numbers: [39, 50]\n39-10=29, Resulting Numbers: [29, 50]", "false"},
		{"countdown", "nor by mentions of them", format.Problem{Params: field("10,57,60,36", "29")},
			"57-36=21, Resulting Numbers: [10, 60, 21]\n60-10=50, Resulting Numbers: [57, 36, 50]\nOperation: 57-36=21\n60-21=39, Resulting Numbers: [39, 50]\nOperation: 60-21=39\n39-10=29, Resulting Numbers: [29, 50]\nOperation: 39-10=29", "false"},
		{"countdown", "the numbers listed", format.Problem{Params: field("10,57,60,36", "29")},
			"57-36=21, Resulting Numbers: [10, 60, 21]\n60-21=39, Resulting Numbers: [10, 39]\n39-10=29, Resulting Numbers: [29]", "exact"},
		{"game24", "a number left out", format.Problem{Params: field("1 2 4 7", "")}, "Answer: (7 - 1) * 2 * 4 = 24", "false"},
		{"game24", "a number twice", format.Problem{Params: field("1 2 4 7", "")}, "Answer: (7 - 1) * 4 * (2 - 1) = 24", "false"},
		{"game24", "each once", format.Problem{Params: field("4 5 6 10", "")}, "Answer: (10 - 6) * 5 + 4 = 24", "exact"},
		{"text", "same", format.Problem{Answer: "Yes"}, "yes.", "exact"},
		{"text", "other", format.Problem{Answer: "Yes"}, "no", "false"},
		{"latex", "boxed", format.Problem{Answer: `\frac{14}{3}`}, `so \boxed{\dfrac{14}{3}}`, "exact"},
		{"latex", "last formula proves nothing wrong", format.Problem{Answer: `\frac{14}{3}`}, "so\nit is \\(x = 5\\)", "unknown"},
		{"arithmetic", "final", format.Problem{Question: "1+1 =", Answer: "2"}, "So the answer is 2", "exact"},
	} {
		if got := Find(row.checker).Grade(&row.p, row.attempt); got.Verdict.String() != row.want {
			t.Errorf("%s, %s: %+v, want %s", row.checker, row.name, got, row.want)
		}
	}
}
