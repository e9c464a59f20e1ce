package ingest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// The steps are written one after the other with "|" between them.
var segmented = []struct{ name, text, want string }{
	{"marks", "He buys 2 for $3.50. So 2*3.5=<<2*3.5=7.0>>7. Done.\n#### 7", "He buys 2 for $3.50. |So 2*3.5=<<2*3.5=7.0>>7. |Done.\n|#### 7"},
	{"inside a mark", "x <<1. A=2>> y", "x <<1. A=2>> y"},
	{"unclosed mark", "x <<1. Then\ny", "x <<1. |Then\n|y"},
	{"abbreviations", "Mr. Smith met Dr. Jones vs. Ann at 3 p.m. yesterday. He left.", "Mr. Smith met Dr. Jones vs. Ann at 3 p.m. yesterday. |He left."},
	{"initials", "J. R. R. Tolkien wrote. We call it B. Then C.", "J. R. R. Tolkien wrote. |We call it B. |Then C."},
	{"list numbers", "1. First do this. Then that.\n2. **Second**: x", "1. First do this. |Then that.\n|2. **Second**: x"},
	{"indented lines", "a:\n   - b\n   - c", "a:\n|   - b\n|   - c"},
	{"sentence ends in a number", "There are 5. They left.", "There are 5. |They left."},
	{"think", "<think>\nYes. B.\n</think>\n\nC", "<think>\n|Yes. |B.\n|</think>\n\n|C"},
	{"think, not opened", "A\n</think>B", "A\n|</think>|B"},
	{"fence", "See:\n```python\nx = 1. Y\n\ny = 2\n```\nDone. Ok", "See:\n|```python\nx = 1. Y\n\ny = 2\n```\n|Done. |Ok"},
	{"fence, not closed", "See:\n```\nx. Y\nz", "See:\n|```\nx. Y\nz"},
	{"fence within a line", "use ``` here. Yes", "use ``` here. |Yes"},
	{"display math", "So\n\\[\na = b.\\quad C\nd\n\\]\nand. Then", "So\n|\\[\na = b.\\quad C\nd\n\\]\n|and. |Then"},
	{"display math, not closed", "\\[ a. B\n\nc \\]", "\\[ a. |B\n\n|c \\]"},
	{"dollars display", "$$a\nb. C$$ x. Y", "$$a\nb. C$$ x. |Y"},
	{"inline math", "let $x. Y$ be. Then \\(a. B\\) is.", "let $x. Y$ be. |Then \\(a. B\\) is."},
	{"money", "It is $5. He has $10. Ok", "It is $5. |He has $10. |Ok"},
	{"environment", "\\begin{align}\na\\begin{x}\n\\end{x} \\\\\nb. C\n\\end{align}\nd", "\\begin{align}\na\\begin{x}\n\\end{x} \\\\\nb. C\n\\end{align}\n|d"},
	{"line break with a measure", "a \\\\[2pt] b\nc \\]", "a \\\\[2pt] b\n|c \\]"},
	{"figure", "[asy]\ndraw(a). B\n\nc\n[/asy]\nx", "[asy]\ndraw(a). B\n\nc\n[/asy]\n|x"},
	{"CJK", "设x为数。则y！」对吗？是", "设x为数。|则y！」|对吗？|是"},
	{"U+2028", "a\u2028b", "a\u2028|b"},
	{"NBSP", "Done.\u00a0Next.", "Done.\u00a0|Next."},
	{"quotes", `He said "go." Then (yes!) He went.`, `He said "go." |Then (yes!) |He went.`},
	{"ellipsis and lower case", "So... then approx. half? yes. No", "So... then approx. half? yes. |No"},
	{"blank head and tail", "\n\n  a. B  \n\n", "\n\n  a. |B  \n\n"},
	{"only blank", " \n\n ", " \n\n "},
	{"CR LF", "a\r\nb\r\n\r\nc", "a\r\n|b\r\n\r\n|c"},
	{"urls and versions", "See v1.2.3 at x.com. Ok", "See v1.2.3 at x.com. |Ok"},
}

func join(steps []format.Step) string {
	var texts []string
	for _, s := range steps {
		texts = append(texts, s.Text)
	}
	return strings.Join(texts, "|")
}

func TestSegment(t *testing.T) {
	for _, tt := range segmented {
		if got := join(Segment(tt.text)); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
	if got := Segment(""); got != nil {
		t.Errorf("empty text: %v, want no steps", got)
	}
}

func TestSplitters(t *testing.T) {
	const text = "Step 1: a. B\nc\n\n2) d. E\nf"
	for name, want := range map[string]string{
		"line":      "Step 1: a. B\n|c\n\n|2) d. E\n|f",
		"sentence":  "Step 1: a. |B\nc\n\n|2) d. |E\nf",
		"paragraph": "Step 1: a. B\nc\n\n|2) d. E\nf",
		"numbered":  "Step 1: a. B\nc\n\n|2) d. E\nf",
		"auto":      "Step 1: a. |B\n|c\n\n|2) d. |E\n|f",
	} {
		steps, ok := Split(name, text)
		if got := join(steps); !ok || got != want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
	if _, ok := Split("words", text); ok {
		t.Error("Split knows a splitter that is not in the table")
	}
}

func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		text string
		want format.Kind
	}{
		{"#### 18", format.Answer},
		{"A: 18", format.Answer},
		{"\\boxed{3}", format.Answer},
		{"```\nSOLUTION: YES\nOPERATIONS: ['1+2=3']\nRESULT: 3\n```", format.Answer},
		{"She has 3 + 4 = <<3+4=7>>7 eggs.", format.Compute},
		{"f(2) = \\frac{-6}{-4}", format.Compute},
		{"2 + 2 = four", format.Derive},
		{"x = y", format.Derive},
		{"Let x be the number.", format.Setup},
		{"Let x = 3 + 4 = 7.", format.Compute},
		{"Let me check: 3 + 4 = 7.", format.Check},
		{"So it is green.", format.Derive},
	} {
		if got := Segment(tt.text)[0].Kind; got != tt.want {
			t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
		}
	}
	steps := Segment("Perhaps \\boxed{1}.\nNo: \\boxed{2}.\nYes.")
	if steps[0].Kind == format.Answer || steps[1].Kind != format.Answer {
		t.Error("the last \\boxed is the answer, and no other")
	}
}

// checkTiles holds what every cut must satisfy.
func checkTiles(t *testing.T, name, text string, steps []format.Step) {
	t.Helper()
	if got := (format.Trace{Steps: steps}).Text(); got != text {
		t.Fatalf("%s: steps of %q give %q", name, text, got)
	}
	for i, s := range steps {
		if s.ID != i+1 || s.Text == "" || skipSpace(s.Text, 0) == len(s.Text) && len(steps) > 1 {
			t.Fatalf("%s: step %d of %q: ID %d, text %q", name, i, text, s.ID, s.Text)
		}
	}
}

// Every text of every set, cut by every splitter, is tiled.
func TestSplittersTileEverySet(t *testing.T) {
	for _, set := range setFiles {
		if set.fails != "" {
			continue
		}
		readAll(sharedFile(t, filepath.Join("data", set.path)), func(f Frame, _ Item, rec format.Record, err error) {
			for _, a := range rec.Attempts {
				text := a.Trace.Text()
				if strings.TrimSpace(text) == "" {
					continue
				}
				for _, s := range Splitters() {
					steps, _ := Split(s.Name, text)
					checkTiles(t, fmt.Sprintf("%s:%d: %s", set.path, f.Line, s.Name), text, steps)
				}
			}
		})
	}
}

// Cutting takes time in proportion to the text, whatever it says. Nothing is
// timed: a megabyte that is scanned again from every byte takes many minutes, and
// the test binary's own deadline ends it.
func TestSegmentIsLinear(t *testing.T) {
	for _, unit := range []string{"\n", " ", "\\[ ", "\\( a ", "$$ ", "$a ", "<< ", "\\begin{a} ", "[asy] ", "```\n", "a. ", "\\begin{a}\\end{", "<", "。", "1. ", "A. ", "\u2028", "$", "\\"} {
		text := strings.Repeat(unit, (1<<20)/len(unit))
		checkTiles(t, unit, text, Segment(text))
	}
}

func FuzzSegment(f *testing.F) {
	for _, tt := range segmented {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range Splitters() {
			steps, _ := Split(s.Name, text)
			checkTiles(t, s.Name, text, steps)
		}
	})
}
