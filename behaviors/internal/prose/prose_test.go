package prose

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

var numberTable = []struct {
	text string
	want string // the numbers, each as written
}{
	{"She has 24 clips.", "24"},
	{"It costs $1,920.50, not 1,92.", "1,920.50 1 92"},
	{"on the 4th of 5 days, page A4", "5"},
	{"24-4=<<24-4=20>>20", "24 4 24 4 20 20"},
	{"3x4 and 3 x .5", "3 4 3 .5"},
	{"5MB/song", "5"},
	{"2. He has 3. Then 2", "3 2"},
	{"2 He", "2"},
	{"£5 and 3×2, №7", "5 3 2"},
	{"1.2.3 …", "1.2 .3"},
	{"", ""},
}

func TestNumbers(t *testing.T) {
	for _, row := range numberTable {
		var got []string
		for _, n := range AppendNumbers(nil, row.text) {
			got = append(got, row.text[n.Start:n.End])
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%q: got %q, want %q", row.text, strings.Join(got, " "), row.want)
		}
	}
}

func num(t *testing.T, s string) format.Num {
	t.Helper()
	n, ok := format.ParseNum(s)
	if !ok {
		t.Fatal(s)
	}
	return n
}

func TestRewriteKeepsTheStyleOfEachNumber(t *testing.T) {
	for _, row := range []struct{ text, old, new, want string }{
		{"24-4 = <<24-4=20>>20 clips.", "20", "21", "24-4 = <<24-4=21>>21 clips."},
		{"that is $<<8*240=1920>>1,920.", "1920", "1290", "that is $<<8*240=1290>>1,290."},
		{"$<<5*11=55.00>>55.00", "55", "50", "$<<5*11=50.00>>50.00"},
		{"costs 2.50 each", "2.5", "5.2", "costs 5.20 each"},
		{"3. That is 3 more", "3", "4", "3. That is 4 more"},
		{"the 3rd of 3", "3", "8", "the 3rd of 8"},
		{"none here", "3", "8", "none here"},
	} {
		got, ok := Rewrite(row.text, []Sub{{num(t, row.old), num(t, row.new)}})
		if !ok || got != row.want {
			t.Errorf("%q: got %q %v, want %q", row.text, got, ok, row.want)
		}
	}
	third, _ := format.Frac(1, 3)
	if got, ok := Rewrite("20 clips", []Sub{{format.Int(20), third}}); ok {
		t.Errorf("a third was written as %q", got)
	}
}

func TestFramesJoinAsTheirNeighborsDo(t *testing.T) {
	steps := func(texts ...string) (list []format.Step) {
		for _, s := range texts {
			list = append(list, format.Step{Text: s})
		}
		return list
	}
	for _, row := range []struct {
		name  string
		steps []format.Step
		at    int
		after bool
		want  string // the whole text with [x] put in
	}{
		{"lines", steps("a\n", "b\n", "c"), 1, false, "a\n[x]\nb\nc"},
		{"lines, before the first", steps("a\n", "b"), 0, false, "[x]\na\nb"},
		{"lines, after the last", steps("a\n", "b"), 1, true, "a\nb\n[x]"},
		{"sentences", steps("a. ", "b. ", "c."), 1, true, "a. b. [x] c."},
		{"sentences, after the last", steps("a. ", "c."), 1, true, "a. c. [x]"},
		{"white space in front", steps("a.", " b.", " c."), 1, false, "a. [x] b. c."},
		{"white space in front, after", steps("a.", " b.", " c."), 1, true, "a. b. [x] c."},
		{"paragraphs", steps("a\n\n", "b\n\n", "c"), 2, false, "a\n\nb\n\n[x]\n\nc"},
		{"a lone step", steps("a"), 0, true, "a\n[x]"},
		{"before a lone step", steps("a"), 0, false, "[x]\na"},
	} {
		f := Before(row.steps, row.at)
		slot := row.at
		if row.after {
			f, slot = After(row.steps, row.at), row.at+1
		}
		got := ""
		for i := range row.steps {
			if i == slot {
				got += f.Put(" [x] ")
			}
			got += row.steps[i].Text
		}
		if slot == len(row.steps) {
			got += f.Put("[x]")
		}
		if got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestAStepSaidAgainKeepsItsIndentation(t *testing.T) {
	steps := []format.Step{{Text: "a\n"}, {Text: "   - 3+4 = 7  \n"}, {Text: "b"}}
	if got, want := Before(steps, 1).Again("   - 3+4 = 8  \n"), "   - 3+4 = 8\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	steps = []format.Step{{Text: "a."}, {Text: " 3+4 = 7."}}
	if got, want := Before(steps, 1).Again(" 3+4 = 8."), " 3+4 = 8."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFence(t *testing.T) {
	var f Fence
	for i, row := range []struct {
		step string
		want bool
	}{{"text\n", false}, {"```python\n", true}, {"x = 3+4\n", true}, {"```\n", true}, {"text", false}, {"a ```b``` c", true}, {"text", false}} {
		if got := f.Inside(row.step); got != row.want {
			t.Errorf("step %d, %q: got %v, want %v", i, row.step, got, row.want)
		}
	}
}

func TestEnglish(t *testing.T) {
	for _, row := range []struct {
		question, step string
		want           bool
	}{
		{"How many of the clips are left?", "Ann’s 48 − 24 = 24 clips", true},
		{"小明有 the 3 个苹果", "3+4=7", false},
		{"How many of the clips are left?", "一共 7 个", false},
		{"Combien de pommes?", "3+4=7", false},
		{"How many of the cafés are left?", "café 3", true},
		{"How much of the мыла is left?", "мыло 3", false},
	} {
		if got := English(row.question, row.step); got != row.want {
			t.Errorf("%q, %q: got %v, want %v", row.question, row.step, got, row.want)
		}
	}
}

func FuzzRewrite(f *testing.F) {
	for _, row := range numberTable {
		f.Add(row.text, int64(3), int64(8))
	}
	f.Fuzz(func(t *testing.T, text string, old, new int64) {
		o, n := format.Int(old), format.Int(new)
		before := AppendNumbers(nil, text)
		out, ok := Rewrite(text, []Sub{{o, n}})
		if !ok {
			return
		}
		if Count(text, o) == 0 && out != text {
			t.Fatalf("%q became %q without a %d in it", text, out, old)
		}
		if strings.Count(out, "") == 0 {
			t.Fatal("empty")
		}
		at := 0
		for _, m := range before {
			if m.Start < at || m.End <= m.Start || m.End > len(text) {
				t.Fatalf("%q: number at %d:%d after %d", text, m.Start, m.End, at)
			}
			at = m.End
		}
	})
}
