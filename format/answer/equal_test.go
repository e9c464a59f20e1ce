package answer

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// equalTable: want, got, verdict and method. Rows that a naive comparison gets
// wrong in either direction come in pairs.
var equalTable = []struct{ want, got, verdict, method string }{
	{"18", "18.0", "exact", "value"},
	{"18", "$18", "exact", "value"},
	{"1,250", "1250", "exact", "value"},
	{"1250", "1,250 dollars", "exact", "value"},
	{"18", "81", "false", "value"},
	{"28", "28.3", "false", "value"},
	{"1/3", "0.33", "rounded", "value"},
	{"0.333", "1/3", "rounded", "value"},
	{"1/3", "0.34", "false", "value"},
	{"3\\sqrt{13}", "10.82", "rounded", "value"},
	{"3\\sqrt{13}", "10.81", "false", "value"},
	{"\\frac{14}{3}", "\\dfrac{14}{3}", "exact", "value"},
	{"\\frac{14}{3}", "14/3", "exact", "value"},
	{"\\frac43", "\\frac{4}{3}", "exact", "value"},
	{"\\frac 59", "5/9", "exact", "value"},
	{"\\frac9{19}", "9/19", "exact", "value"},
	{"1\\frac{4}{5}", "1.8", "exact", "value"},
	{"1\\frac{4}{5}", "9/5", "exact", "value"},
	{"137 \\frac{1}{2}", "137.5", "exact", "value"},
	{"3 1/2", "3.5", "exact", "value"},
	{"-\\frac{3}{8}", "\\frac{-3}{8}", "exact", "value"},
	{"90^\\circ", "90", "exact", "value"},
	{"90^\\circ", "\\boxed{90^{\\circ}}", "exact", "value"},
	{"90^\\circ", "66", "false", "value"},
	{"2\\sqrt{3}", "\\sqrt{12}", "exact", "value"},
	{"11\\sqrt2", "\\sqrt{242}", "exact", "value"},
	{"\\frac{\\sqrt{3}}{3}", "\\frac{1}{\\sqrt{3}}", "exact", "value"},
	{"\\sqrt[3]{27}", "3", "exact", "value"},
	{"\\frac{1}{\\sqrt{2}-1}", "1+\\sqrt{2}", "exact", "value"},
	{"\\sqrt{2}+\\sqrt{3}", "\\sqrt{5}", "false", "value"},
	{"7\\pi", "\\pi \\cdot 7", "exact", "value"},
	{"7\\pi", "22", "false", "value"},
	{"\\frac{\\pi}{2}", "π/2", "exact", "value"},
	{"288 \\pi", "288pi", "exact", "value"},
	{"6 - 5i", "-5i+6", "exact", "value"},
	{"(1+i)^2", "2i", "exact", "value"},
	{"x^3+3x-6", "3x - 6 + x^3", "exact", "value"},
	{"(a+5)(b+2)", "ab + 2a + 5b + 10", "exact", "value"},
	{"(a+5)(b+2)", "ab + 2a + 5b + 11", "false", "value"},
	{"\\frac{11+9a}{20}", "0.55 + 0.45a", "exact", "value"},
	{"\\frac{x^2-1}{x-1}", "x+1", "exact", "value"},
	{"2k+2", "2n+2", "unknown", "value"},
	{"p - q", "p-q", "exact", "value"},
	{"\\left( 3, \\frac{\\pi}{2} \\right)", "(3, \\pi/2)", "exact", "value"},
	{"(3,4]", "(3,4)", "false", "value"},
	{"(-\\infty, 0]", "(-∞,0]", "exact", "value"},
	{"(2,\\infty)", "(3,\\infty)", "false", "value"},
	{"(-\\infty, 2) \\cup (3, \\infty)", "(3,\\infty)\\cup(-\\infty,2)", "exact", "value"},
	{"(15,-29)", "(-29,15)", "false", "value"},
	{"\\{1\\pm\\sqrt{5},-2\\}", "\\{-2, 1+\\sqrt5, 1-\\sqrt5\\}", "exact", "value"},
	{"1 \\pm \\sqrt{19}", "1 - \\sqrt{19}, 1 + \\sqrt{19}", "exact", "value"},
	{"3, 5, 7", "7,5,3", "exact", "value"},
	{"3, 5, 7", "3,5", "false", "value"},
	{"1,-2", "(1,-2)", "unknown", "value"},
	{"\\begin{pmatrix} -1/3 \\\\ 2/3 \\\\ 5/3 \\end{pmatrix}", "\\begin{pmatrix}-\\frac13\\\\\\frac23\\\\\\frac53\\end{pmatrix}", "exact", "value"},
	{"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}", "exact", "value"},
	{"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "\\begin{pmatrix} 1 & 3 \\\\ 2 & 4 \\end{pmatrix}", "false", "value"},
	{"\\begin{pmatrix} 1 & 2 & 3 & 4 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "unknown", "value"},
	{"x=5", "5", "exact", "value"},
	{"5", "x = 5", "exact", "value"},
	{"y = 2x + 3", "y=3+2x", "exact", "value"},
	{"y = 2x + 3", "y - 2x = 3", "exact", "value"},
	{"y = 2x + 3", "2y = 4x + 6", "exact", "value"},
	{"y = 2x + 3", "y = 2x + 4", "false", "value"},
	{"x \\in [-2,7]", "[-2,7]", "exact", "value"},
	{"10\\%", "0.1", "exact", "value"},
	{"10", "10%", "exact", "value"},
	{"10%", "11%", "false", "value"},
	{"\\$32,\\!348", "32348", "exact", "value"},
	{"11,\\! 111,\\! 111,\\! 100", "11111111100", "exact", "value"},
	{"864 \\mbox{ inches}^2", "864", "exact", "value"},
	{"15\\mbox{ cm}^2", "15 \\text{ cm}^2", "exact", "value"},
	{"\\frac{270}7\\text{ degrees}", "270/7", "exact", "value"},
	{"5 hours", "5 minutes", "unknown", "value"},
	{"2 hours", "120 minutes", "unknown", "value"},
	{"\\text{Evelyn}", "Evelyn", "exact", "text"},
	{"\\text{Evelyn}", "evelyn.", "exact", "text"},
	{"\\text{even}", "odd", "unknown", "text"},
	{"\\text{(E)}", "E", "exact", "value"},
	{"\\text{(B)}", "(C)", "unknown", "value"},
	{"52_8", "52_{8}", "exact", "text"},
	{"52_8", "52", "unknown", "text"},
	{"\\cot x", "\\cot{x}", "exact", "text"},
	{".0000672", "6.72e-5", "unknown", "text"},
	{"", "5", "unknown", "text"},
	{"5", "", "unknown", "text"},
	{"\\frac{1}{0}", "1", "unknown", "text"},
	{"27", "\\boxed{27}.", "exact", "value"},
	{"abc", "acb", "unknown", "text"},
}

func TestEqual(t *testing.T) {
	for _, row := range equalTable {
		got := Equal(row.want, row.got)
		if got.Verdict.String() != row.verdict || got.Method != row.method {
			t.Errorf("Equal(%q, %q) = %v, want %s by %s", row.want, row.got, got, row.verdict, row.method)
		}
		if back := Equal(row.got, row.want); back.Verdict != got.Verdict {
			t.Errorf("Equal(%q, %q) = %v, but the other way round %v", row.want, row.got, got, back)
		}
	}
}

// TestEqualReferences: every reference answer of MATH-500 equals itself and the
// \boxed answer of its solution, and nearly all have a value.
func TestEqualReferences(t *testing.T) {
	type row struct{ Solution, Answer string }
	n, valued := 0, 0
	var none []string
	for i, r := range rows[row](t, "openr/math500.jsonl.gz") {
		n++
		if got := Equal(r.Answer, r.Answer); got.Verdict != format.Exact {
			t.Errorf("record %d: %q against itself is %v", i, r.Answer, got)
		} else if got.Method == "value" {
			valued++
		} else {
			none = append(none, r.Answer)
		}
		if got, _, _, ok := Final(r.Solution); !ok || Equal(r.Answer, got).Verdict != format.Exact {
			t.Errorf("record %d: %q in the solution, %q as the answer: %v", i, got, r.Answer, Equal(r.Answer, got))
		}
	}
	t.Logf("%d of %d MATH-500 answers have a value; the others: %s", valued, n, strings.Join(none, " ; "))
	if valued*100 < n*95 {
		t.Errorf("%d of %d answers have a value, want 95%%", valued, n)
	}
}

func FuzzEqual(f *testing.F) {
	for _, row := range equalTable {
		f.Add(row.want, row.got)
	}
	f.Add(strings.Repeat("(x+y)^9", 40), strings.Repeat("\\frac{", 90))
	f.Fuzz(func(t *testing.T, a, b string) {
		r := Equal(a, b)
		if back := Equal(b, a); back.Verdict != r.Verdict {
			t.Fatalf("Equal(%q, %q) is %v, the other way round %v", a, b, r, back)
		}
		if self := Equal(a, a); tidy(a) != "" && self.Verdict != format.Exact {
			t.Fatalf("%q against itself is %v", a, self)
		}
	})
}

var finalTable = []struct{ text, want string }{
	{"2+2=4\n#### 4", "4"},
	{"#### 1,250\n", "1,250"},
	{"so on\nA: 26", "26"},
	{"\\boxed{3} or rather \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"},
	{"\\boxed{1} and \\boxed{2", "1"},
	{"<think>\\boxed{7}</think> The answer is 8.", "8"},
	{"<think>#### 7</think>", "7"},
	{"So the answer is -14", "-14"},
	{"**Final Answer:** 12", "12"},
	{"Answer: (1 + 2) * 8 = 24", "(1 + 2) * 8 = 24"},
	{"SOLUTION: YES\nRESULT: 62", "62"},
	{"The answer is \\(x^2\\). Good.", "x^2"},
	{"Final Answer:\n\\[\n\\boxed{\\dfrac{14}{3}}\n\\]", "\\dfrac{14}{3}"},
	{"I do not know", ""},
	{"", ""},
}

func TestFinal(t *testing.T) {
	for _, row := range finalTable {
		got, start, end, ok := Final(row.text)
		if got != row.want || ok != (row.want != "") || got != row.text[start:end] {
			t.Errorf("Final(%q) = %q at %d:%d %v, want %q", row.text, got, start, end, ok, row.want)
		}
	}
	for text, want := range map[string]string{"it costs 5 or 7 dollars": "7", "x = -3.5.": "-3.5", "1,234 of them": "1,234", "5-3": "3", "none": ""} {
		if got, _, _, _ := LastNumber(text); got != want {
			t.Errorf("LastNumber(%q) = %q, want %q", text, got, want)
		}
	}
	if got, _, _, _ := LastMath("Sum: \\( 2 + 3 = \\frac{14}{3} \\)."); got != `\frac{14}{3}` {
		t.Errorf("LastMath: %q", got)
	}
}

func FuzzFinal(f *testing.F) {
	for _, row := range finalTable {
		f.Add(row.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, find := range []func(string) (string, int, int, bool){Final, LastNumber, LastMath} {
			if a, start, end, ok := find(text); ok && (a != text[start:end] || a == "") {
				t.Fatalf("%q at %d:%d of %q", a, start, end, text)
			}
		}
	})
}
