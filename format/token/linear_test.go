package token

import (
	"strings"
	"testing"
)

// TestWorkIsLinear doubles texts that have no borders. Counted are the parts
// that merging looks at, not time: twice the text may not be more than 2.5 times the work.
func TestWorkIsLinear(t *testing.T) {
	ranked, err := LoadRanks([]byte(rankLines("aa", "aaaa", "aaaaaaaa", "ab", "abab", "ba", "abc")), Ranks{Pattern: "cl100k"})
	if err != nil {
		t.Fatal(err)
	}
	blanks, err := Load(blankFile(t))
	if err != nil {
		t.Fatal(err)
	}
	joining, err := Load(replaceOnce(t, blankFile(t), `"▁othe":`, `"a▁":700,"▁othe":`, `"ab a"`, `"a ▁"`))
	if err != nil {
		t.Fatal(err)
	}
	if !joining.borders.blank {
		t.Fatal("no merge joins text to a blank after it")
	}
	for name, tok := range map[string]*Tokenizer{"merges": trained(t, Options{VocabSize: 500, Pattern: "gpt2"}, randomTexts(50)), "ranks": ranked, "blanks": blanks, "blanks that join": joining} {
		for _, unit := range []string{"a", "ab", "abc", " ", "\n", "é", "日", "e\u0301", "A", "the", "'", "1", "the ", "a  b", "\u0301"} {
			var work [2]int
			for i := range work {
				e := tok.Encoder()
				text := strings.Repeat(unit, 20_000<<i)
				e.Append(nil, nil, text, 0)
				work[i] = e.merger.work
			}
			if most := work[0]*5/2 + 10_000; work[1] > most {
				t.Errorf("%s, %q: %d parts looked at, %d for twice the text", name, unit, work[0], work[1])
			}
			if work[1] > 100*20_000*2*len(unit) {
				t.Errorf("%s, %q: %d parts looked at", name, unit, work[1])
			}
		}
	}
}

func replaceOnce(t testing.TB, file []byte, pairs ...string) []byte {
	t.Helper()
	s := string(file)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("%q does not stand in the file", pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return []byte(s)
}
