package token

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// python is an interpreter with the reference: GRAFT_PYTHON or python3.
func python() string { return cmp.Or(os.Getenv("GRAFT_PYTHON"), "python3") }

// needs skips a test where Python lacks a module.
func needs(t testing.TB, module string) {
	t.Helper()
	if err := exec.Command(python(), "-c", "import "+module).Run(); err != nil {
		t.Skipf("needs PyPI %s: set GRAFT_PYTHON to an interpreter that has it", module)
	}
}

// reference runs a script of testdata/parity and returns what it prints.
func reference(t testing.TB, script string, input []byte, args ...string) []byte {
	t.Helper()
	needs(t, "tokenizers")
	var out, problems bytes.Buffer
	cmd := exec.Command(python(), append([]string{filepath.Join("testdata", "parity", script)}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, problems.Bytes())
	}
	return out.Bytes()
}

// paritySeed is GRAFT_PARITY, if it is set: the seed of fresh random texts.
func paritySeed(t testing.TB) (uint64, bool) {
	t.Helper()
	s := os.Getenv("GRAFT_PARITY")
	if s == "" {
		return 0, false
	}
	seed, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("GRAFT_PARITY is %q; it must be a number, the seed of the texts", s)
	}
	t.Logf("GRAFT_PARITY=%d", seed)
	return seed, true
}

// parityTexts are some random texts; where a seed is given n fresh ones, and every
// code point to U+32000 in turn.
func parityTexts(t testing.TB, n int) []string {
	t.Helper()
	seed, ok := paritySeed(t)
	if !ok {
		return randomTexts(n / 10)
	}
	return append(seededTexts(n, seed), everyCodePoint()...)
}

func jsonLines[T any](t testing.TB, all []T) []byte {
	var b []byte
	for _, x := range all {
		line, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		b = append(append(b, line...), '\n')
	}
	return b
}

func gsm8k(t testing.TB) []string {
	type record struct{ Question, Answer string }
	var texts []string
	for _, r := range lines[record](t, shared(t, "data", "gsm8k", "train.jsonl.gz")) {
		texts = append(texts, r.Question+"\n"+r.Answer)
	}
	return texts
}

func each(texts []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, s := range texts {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// TestTrainLikeReference trains both on the same texts and compares every token
// and every merge.
func TestTrainLikeReference(t *testing.T) {
	texts := gsm8k(t)
	for _, c := range []struct {
		pattern  string
		size     int
		least    int
		specials []string
		texts    []string
	}{
		{"qwen2", 4096, 2, []string{"<|endoftext|>", "<|im_start|>", "<|im_end|>"}, texts},
		{"llama3", 2000, 0, nil, texts[:1000]},
		{"gpt2", 1000, 5, []string{"<s>"}, texts[:2000]},
		{"o200k", 20000, 2, []string{"<s>"}, texts},
		{"tekken", 700, 1, nil, randomTexts(400)},
	} {
		t.Run(fmt.Sprint(c.pattern, c.size), func(t *testing.T) {
			start := time.Now()
			got, err := Train(each(c.texts), Options{VocabSize: c.size, MinFrequency: c.least, Specials: c.specials, Pattern: c.pattern})
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(start)
			regex := ""
			for _, p := range patterns() {
				if p.name == c.pattern && len(p.splits) > 0 {
					regex = p.splits[0]
				}
			}
			start = time.Now()
			want := reference(t, "train.py", jsonLines(t, c.texts), append([]string{fmt.Sprint(c.size), fmt.Sprint(c.least), regex}, c.specials...)...)
			t.Logf("trained in %v, reference in %v", took, time.Since(start))
			a, err := parse(got)
			if err != nil {
				t.Fatal(err)
			}
			b, err := parse(want)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Model.Merges) != len(b.Model.Merges) || len(a.Model.Merges) == 0 {
				t.Errorf("%d merges, reference %d", len(a.Model.Merges), len(b.Model.Merges))
			}
			for i := range min(len(a.Model.Merges), len(b.Model.Merges)) {
				if a.Model.Merges[i] != b.Model.Merges[i] {
					t.Fatalf("merge %d: got %q, reference %q", i, a.Model.Merges[i], b.Model.Merges[i])
				}
			}
			for s, id := range b.Model.Vocab {
				if other, ok := a.Model.Vocab[s]; !ok || other != id {
					t.Fatalf("token %q: got id %d (%v), reference %d", s, other, ok, id)
				}
			}
			if len(a.Model.Vocab) != len(b.Model.Vocab) {
				t.Errorf("%d tokens, reference %d", len(a.Model.Vocab), len(b.Model.Vocab))
			}
			same(t, got, append(randomTexts(300), texts[:200]...))
		})
	}
}

// same encodes texts with the reference and with this package, with special
// tokens read and not.
func same(t *testing.T, file []byte, texts []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	tok, err := LoadAny(file)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, tok, texts, "encode.py", path)
}

// compare encodes texts with a script of testdata/parity and with tok.
func compare(t *testing.T, tok *Tokenizer, texts []string, script string, args ...string) {
	t.Helper()
	type request struct {
		Text    string `json:"text"`
		Special bool   `json:"special"`
	}
	var requests []request
	for i, s := range texts {
		requests = append(requests, request{s, i%2 == 0})
	}
	d := json.NewDecoder(bytes.NewReader(reference(t, script, jsonLines(t, requests), args...)))
	e := tok.Encoder()
	different, n, offsets := 0, 0, 0
	for _, r := range requests {
		var want struct {
			IDs     []int32
			Offsets [][2]int
		}
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		e.AllowSpecial = r.Special
		ids, ends := e.Append(nil, nil, r.Text, 0)
		if err := e.Err(); err != nil {
			t.Fatalf("%q: %v", r.Text, err)
		}
		checkEnds(t, tok, r.Text, ids, ends, 0)
		n += len(ids)
		if !slices.Equal(ids, want.IDs) {
			if different++; different <= 3 {
				t.Errorf("special %v: %q\n got %v\nwant %v", r.Special, r.Text, ids, want.IDs)
			}
		} else if want.Offsets != nil && tok.offsetsAgree() {
			offsets += len(ids)
			if got := inCharacters(r.Text, ends); !slices.Equal(got, want.Offsets) {
				t.Errorf("%q: offsets\n got %v\nwant %v", r.Text, got, want.Offsets)
			}
		}
	}
	t.Logf("%d texts, %d tokens, %d different; %d with the reference's offsets", len(requests), n, different, offsets)
	if different > 0 {
		t.Errorf("%d of %d texts differ", different, len(requests))
	}
}

// offsetsAgree is whether the reference's offsets must be ours. Through NFC they need
// not: a composed character there covers its first part alone, and here all of what it was made of.
// Nor where a blank that nobody wrote covers the character after it, nor where a token takes the space around it along.
func (t *Tokenizer) offsetsAgree() bool {
	return !t.nfc && !t.prepend && t.meta == nil && !t.prefixSpace && len(t.cuts) == 0 &&
		!slices.ContainsFunc(t.list, func(a AddedToken) bool { return a.LStrip || a.RStrip })
}

// inCharacters are the first character that each token touches and the one after the last.
func inCharacters(text string, ends []int32) (all [][2]int) {
	at := 0
	starts := make([]int, len(text)+1)
	for i := range text {
		starts[i] = 1
	}
	n := 0
	for i := range starts { // starts[i] becomes how many characters begin before byte i
		n, starts[i] = n+starts[i], n
	}
	for _, end := range ends {
		all = append(all, [2]int{at, starts[end]})
		if at = starts[end]; int(end) < len(text) && !utf8.RuneStart(text[end]) {
			at--
		}
	}
	return all
}

// TestRandomTexts compares random text with the reference: all scripts, runs,
// chat with special tokens; with GRAFT_PARITY set, which takes minutes, fresh ones and
// every code point to U+32000 in turn.
func TestRandomTexts(t *testing.T) {
	for _, name := range vocabularies {
		t.Run(name, func(t *testing.T) {
			published(t, name)
			file, err := os.ReadFile(filepath.Join(os.Getenv("GRAFT_TOKENIZERS"), name, "tokenizer.json"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, file, parityTexts(t, 1000))
		})
	}
}

// TestAddedLikeReference has added tokens of every kind, by AddSpecials and by hand.
func TestAddedLikeReference(t *testing.T) {
	file, err := AddSpecials(smallFile(t), []string{"<s>", "</s>", "<think>", "e\u0301", "<bos>"})
	if err != nil {
		t.Fatal(err)
	}
	change := func(file, content, from, to string) string {
		at := strings.Index(file, `"content": "`+content)
		return file[:at] + strings.Replace(file[at:], from, to, 1)
	}
	s := string(file)
	s = change(s, "<s>", `"lstrip": false`, `"lstrip": true`)
	s = change(s, "</s>", `"rstrip": false`, `"rstrip": true`)
	s = change(s, "<think>", `"special": true`, `"special": false`)
	s = change(s, "e\u0301", `"normalized": false`, `"normalized": true`)
	s = change(s, "<bos>", `"normalized": false`, `"normalized": true`)
	same(t, []byte(s), randomTexts(600))
	same(t, []byte(strings.Replace(s, `"normalizer": null`, `"normalizer": {"type": "NFC"}`, 1)), randomTexts(600))
}

// TestNormalizedAdded has Llama 2's first file, which looked for its special tokens after normalizing.
func TestNormalizedAdded(t *testing.T) {
	published(t, "llama2")
	file, err := os.ReadFile(filepath.Join(os.Getenv("GRAFT_TOKENIZERS"), "llama2", "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	old := strings.ReplaceAll(string(file), `"normalized": false`, `"normalized": true`)
	if old == string(file) {
		t.Fatal("nothing to change")
	}
	same(t, []byte(old), append(randomTexts(300), "<s>", " <s>", "<s>a", "a<s> b", "</s><s>"))
}

func everyCodePoint() []string {
	var texts []string
	var b strings.Builder
	for r := rune(1); r < 0x32000; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		fmt.Fprintf(&b, "x%cy %c%c1 e%c", r, r, r, r)
		if r%64 == 0 {
			texts = append(texts, b.String())
			b.Reset()
		}
	}
	return append(texts, b.String())
}

// randomTexts makes the same texts every time.
func randomTexts(n int) []string { return seededTexts(n, 2) }

func seededTexts(n int, seed uint64) []string {
	atoms := []string{
		" ", "  ", "\t", "\n", "\r\n", "\r", "\u00a0", "\u3000", "\u0085", "\u2028", " \n ", "\n\n\n",
		"'s", "'S", "'ll", "'RE", "'ſ", "'", "’s", "the", "The", "HTTPServer", "iPhone", "e", "E",
		"1", "23", "4567", "½", "٣", "Ⅷ", "3.14", "+", "=", "<<48/2=24>>", "/", "//\n/", "...", "?!\n", "_", "$", "\\frac{1}{2}",
		"é", "e\u0301", "\u0301", "\u0323\u0307", "\u0307\u0323", "ä̈", "가", "각", "각", "ᄀ", "ᅡ", "ᆨ", "Å", "ﬁ", "ǅ", "ʰ",
		"日本語", "ア・イ", "漢字かな", "ゟ゠ヿ", "한국어", "العربية", "עברית", "ไทย", "हिन्दी", "Ελληνικά", "Русский", "Đ",
		"😀", "👨‍👩‍👧‍👦", "🇩🇪", "\u200d", "\u200b", "\ufeff", "\u034f", "\U0001d400", "\U000e0100", "\ue000", "\U0001E900", "\u1C89", "\u10D50",
		"▁", "▁▁", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<think>", "</think>", "[INST]", "<|eot_id|>", "<bos>", "<｜User｜>",
		"<0x0A>", "func main() {\n\tfmt.Println(\"x\")\n}", "aaaaaaaaaaaaaaaa", "\x00", "\x7f", "\x1f",
	}
	rng := rand.New(rand.NewPCG(1, seed))
	var texts []string
	for range n {
		var b strings.Builder
		for range 1 + rng.IntN(40) {
			switch rng.IntN(10) {
			case 0:
				r := rune(rng.IntN(0x32000))
				if r < 0xD800 || r >= 0xE000 {
					b.WriteRune(r)
				}
			case 1:
				b.WriteString(strings.Repeat(atoms[rng.IntN(len(atoms))], 1+rng.IntN(12)))
			default:
				b.WriteString(atoms[rng.IntN(len(atoms))])
			}
		}
		texts = append(texts, b.String())
	}
	return texts
}
