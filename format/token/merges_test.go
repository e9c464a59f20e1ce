package token

import (
	"encoding/json"
	"strings"
	"testing"
)

// vocabOf numbers tokens as GPT-2 did: bytes, merges in order, specials.
func vocabOf(t testing.TB, merges []byte, specials ...string) []byte {
	t.Helper()
	ids := map[string]int{}
	add := func(s string) { ids[s] = len(ids) }
	alphabet := runeOfByte()
	for _, printable := range []bool{true, false} {
		for b, r := range alphabet {
			if printable == (r < 256 && int(r) == b) {
				add(string(r))
			}
		}
	}
	for line := range strings.Lines(string(merges)) {
		if left, right, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#version") {
			add(left + right)
		}
	}
	for _, s := range specials {
		add(s)
	}
	b, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const smallMerges = "#version: 0.2\nt h\nth e\nĠ the\n\n"

func TestFromMerges(t *testing.T) {
	vocab := vocabOf(t, []byte(smallMerges), "<|endoftext|>")
	file, err := FromMerges(vocab, []byte(smallMerges), "qwen2", []string{"<pad>", "<|endoftext|>"})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := pieces(tok.Encoder(), "the the other 12"); got != "the| the| |o|the|r| |1|2" {
		t.Errorf("got %q", got)
	}
	for name, want := range map[string]int32{"<|endoftext|>": 259, "<pad>": 260} {
		if id, ok := tok.ID(name); !ok || id != want {
			t.Errorf("%s is %d (%v), want %d", name, id, ok, want)
		}
	}
}

func TestMergesRefusals(t *testing.T) {
	vocab := string(vocabOf(t, []byte(smallMerges), "<|endoftext|>"))
	special := []string{"<|endoftext|>"}
	for _, c := range []struct {
		name, vocab, merges, pattern string
		specials                     []string
		want                         string
	}{
		{"no special named", vocab, smallMerges, "", nil, `token "<|endoftext|>" (id 259) is made by no merge`},
		{"special of text", vocab, smallMerges, "", []string{"<|endoftext|>", "the"}, `special token "the" is one that text is encoded to`},
		{"special twice", vocab, smallMerges, "", []string{"<|endoftext|>", "<x>", "<x>"}, "twice"},
		{"pattern", vocab, smallMerges, "gpt9", special, `pattern "gpt9" is not known`},
		{"merge of three", vocab, smallMerges + "t h e\n", "", special, "merges.txt: line 6: merge \"t h e\""},
		{"merge of one", vocab, "the\n", "", special, "merges.txt: line 1"},
		{"merge of strangers", vocab, smallMerges + "q z\n", "", special, "lacks"},
		{"version in the middle", vocab, smallMerges + "#version: 0.2\n", "", special, "lacks"},
		{"merge twice", vocab, smallMerges + "t h\n", "", special, "already"},
		{"id taken", strings.Replace(vocab, ":259", ":258", 1), smallMerges, "", special, "outside or taken"},
		{"id outside", strings.Replace(vocab, ":259", ":-1", 1), smallMerges, "", special, "outside or taken"},
		{"not JSON", vocab[:9], smallMerges, "", special, "vocab.json"},
	} {
		if _, err := FromMerges([]byte(c.vocab), []byte(c.merges), c.pattern, c.specials); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want something with %q", c.name, err, c.want)
		}
	}
}

// TestMergesLikeReference: the reference reads the file that is made.
func TestMergesLikeReference(t *testing.T) {
	file, err := FromMerges(vocabOf(t, []byte(smallMerges), "<s>"), []byte(smallMerges), "cl100k", []string{"<s>", "</s>"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, file, append(randomTexts(300), "the \n  ", "the \n  x"))
}

// FuzzMerges: neither file makes it panic, and what it makes loads.
func FuzzMerges(f *testing.F) {
	f.Add([]byte(nil), []byte(smallMerges))
	f.Add([]byte(`{"a": 0, "b": 1, "ab": 2}`), []byte("a b"))
	f.Add([]byte(`{"a": 9}`), []byte(" \na  b"))
	f.Fuzz(func(t *testing.T, vocab, merges []byte) {
		if len(vocab) == 0 {
			vocab = vocabOf(t, merges)
		}
		file, err := FromMerges(vocab, merges, "", nil)
		if err != nil {
			return
		}
		if _, err := Load(file); err != nil {
			t.Fatal(err)
		}
	})
}
