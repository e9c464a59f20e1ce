package token

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rankLines writes a rank file: the 256 bytes, then more tokens.
func rankLines(more ...string) string {
	var b strings.Builder
	for i := range 256 {
		fmt.Fprintf(&b, "%s %d\n", base64.StdEncoding.EncodeToString([]byte{byte(i)}), i)
	}
	for i, s := range more {
		fmt.Fprintf(&b, "%s %d\n", base64.StdEncoding.EncodeToString([]byte(s)), 256+i)
	}
	return b.String()
}

// TestRanks has tokens that no chain of merges is needed for, and runs long and short.
func TestRanks(t *testing.T) {
	tok, err := LoadRanks([]byte(rankLines("aa", "aaa", "baaa", "whole")), Ranks{Pattern: "gpt2", Specials: map[string]int32{"<s>": 300, "zz": 301}})
	if err != nil {
		t.Fatal(err)
	}
	e := tok.Encoder()
	for _, c := range [][2]string{
		{"aaaa", "aa|aa"}, {"aaaaa", "aa|aaa"}, {"xaaax", "x|aaa|x"}, {"baaax", "baaa|x"}, {"<s>", "<|s|>"}, {"zz", "z|z"},
		{"whole", "whole"}, {"wholes", "w|h|o|l|e|s"},
		{strings.Repeat("a", 200) + "b", strings.Repeat("aa|", 100) + "b"}, {strings.Repeat("a", 201), strings.Repeat("aa|", 99) + "aaa"},
	} {
		if got := pieces(e, c[0]); got != c[1] {
			t.Errorf("%.20q: got %.60q, want %.60q", c[0], got, c[1])
		}
	}
	e.AllowSpecial = true
	if ids, _ := e.Append(nil, nil, "a<s>", 0); !slices.Equal(ids, []int32{'a', 300}) {
		t.Errorf("allowed special: got %v", ids)
	}
	if got := string(tok.Decode([]int32{258, 300, 257, 299})); got != "baaa<s>aaa" {
		t.Errorf("decoded %q", got)
	}
}

func TestRankRefusals(t *testing.T) {
	good := rankLines("ab")
	for _, c := range []struct{ name, from, to, want string }{
		{"no number", "YWI= 256", "YWI=", `line 257: "YWI=" is not a token`},
		{"no base64", "YWI= 256", "YW 256", "line 257"},
		{"empty token", "YWI= 256", " 256", "line 257"},
		{"huge rank", "YWI= 256", "YWI= 2000000000", "rank 2000000000 in a file of 257 lines"},
		{"negative rank", "YWI= 256", "YWI= -1", "rank -1"},
		{"no such number", "YWI= 256", "YWI= 99999999999", "line 257"},
		{"rank twice", "YWI= 256", "YWI= 255", "two tokens have rank 255"},
		{"token twice", "YWI= 256", "YWI= 256\nYWI= 257", "line 258: token \"ab\" stands there twice"},
		{"missing byte", "IQ== 33\n", "", "no token for byte 0x21"},
	} {
		changed := strings.Replace(good, c.from, c.to, 1)
		if changed == good {
			t.Errorf("%s: %q does not stand in the file", c.name, c.from)
		}
		if _, err := LoadRanks([]byte(changed), Ranks{Pattern: "gpt2"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want something with %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		o    Ranks
		want string
	}{
		{Ranks{Pattern: "gpt9"}, `pattern "gpt9" is not known; known are gpt2`},
		{Ranks{"gpt2", map[string]int32{"<s>": 256}}, "its id 256 is taken"},
		{Ranks{"gpt2", map[string]int32{"": 300}}, "is empty"},
		{Ranks{"gpt2", map[string]int32{"<s>": 1 << 30}}, "has id 1073741824"},
	} {
		if _, err := LoadRanks([]byte(good), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want something with %q", c.o, err, c.want)
		}
	}
	if _, err := Load([]byte(good)); err == nil || !strings.Contains(err.Error(), "does not know by its digest") {
		t.Errorf("a strange rank file: got %v", err)
	}
}

// rankFileOf loads one of the rank files in ../shared, known by its digest.
func rankFileOf(t testing.TB, name string) ([]byte, *Tokenizer) {
	t.Helper()
	b := unzipped(t, shared(t, "data", "tokenizers", name+".tiktoken.gz"))
	tok, err := Load(b)
	if err != nil {
		t.Fatal(err)
	}
	return b, tok
}

// TestRanksRecorded: r50k_base is GPT-2's vocabulary, so the recorded ids of
// GPT-2 must come out.
func TestRanksRecorded(t *testing.T) {
	_, tok := rankFileOf(t, "r50k_base")
	recorded(t, tok, "gpt2")
}

// TestMergesRecorded makes a tokenizer.json of GPT-2's merges and of the
// vocabulary that follows from them.
func TestMergesRecorded(t *testing.T) {
	merges := unzipped(t, shared(t, "data", "tokenizers", "gpt2-merges.txt.gz"))
	file, err := FromMerges(vocabOf(t, merges, "<|endoftext|>"), merges, "", []string{"<|endoftext|>"})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	recorded(t, tok, "gpt2")
}

// TestRanksLikeTiktoken compares fresh random text with tiktoken's own build.
func TestRanksLikeTiktoken(t *testing.T) {
	for _, name := range []string{"r50k_base", "cl100k_base"} {
		t.Run(name, func(t *testing.T) {
			file, tok := rankFileOf(t, name)
			needs(t, "tiktoken")
			path := filepath.Join(t.TempDir(), "ranks")
			if err := os.WriteFile(path, file, 0o666); err != nil {
				t.Fatal(err)
			}
			compare(t, tok, parityTexts(t, 1000), "ranks.py", name, path)
		})
	}
}

// FuzzRanks: no rank file makes it panic, and what loads gives text back.
func FuzzRanks(f *testing.F) {
	f.Add([]byte("YWI= 256\nYWJj 257\n"), true, "abcab")
	f.Add([]byte("IQ== 0\n"), false, "!")
	f.Add([]byte("IQ== 99999999\r\n\r\n"), false, "")
	bytes := rankLines()
	f.Fuzz(func(t *testing.T, b []byte, more bool, s string) {
		isRanks(b)
		if more {
			b = append([]byte(bytes), b...)
		}
		tok, err := LoadRanks(b, Ranks{Pattern: "cl100k"})
		if err != nil {
			return
		}
		ids, ends := tok.Encoder().Append(nil, nil, s, 0)
		checkEnds(t, tok, s, ids, ends, 0)
		if got := string(tok.Decode(ids)); got != s {
			t.Fatalf("%q decodes as %q", s, got)
		}
	})
}
