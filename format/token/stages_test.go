package token

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// oddFile is a vocabulary of a few hundred tokens, so that where text is cut shows.
func oddFile(t testing.TB) []byte {
	t.Helper()
	file, err := Train(each(append(randomTexts(60), strings.Repeat("it's the HTTPServer, iPhone 1234567.89 of the others ", 5))),
		Options{VocabSize: 700, Specials: smallSpecials, Pattern: "gpt2"})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

const byteLevel = `{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}`

// preTokenizer writes a Sequence.
func preTokenizer(stages ...string) string {
	return `{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [` + strings.Join(stages, ", ") + `]}}`
}

func splitStage(kind, pattern, behavior string, invert bool) string {
	b, _ := json.Marshal(map[string]string{kind: pattern})
	return fmt.Sprintf(`{"type": "Split", "pattern": %s, "behavior": %q, "invert": %v}`, b, behavior, invert)
}

func digits(each bool) string {
	return fmt.Sprintf(`{"type": "Digits", "individual_digits": %v}`, each)
}

func level(space, regex bool) string {
	return fmt.Sprintf(`{"type": "ByteLevel", "add_prefix_space": %v, "trim_offsets": true, "use_regex": %v}`, space, regex)
}

// enginePatterns are what files in the wild say, and the corners of the language.
var enginePatterns = []string{
	`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
	`[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
	`(?:'[sS]|'[tT]|'[rR][eE])|[^\r\n\p{L}\p{M}\p{N}]?[\p{L}\p{M}]+|\p{Nd}+|\p{No}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s+`,
	`\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-Ֆ]+`,
	`\s?[!-/:-~！-／：-～‘-‟　-。]+`,
	`\w+|[^\w\s]+`, `\W`, `[\W]`, `\p{Word}+`, `[^\p{Word}]`, `\d{1,3}(?=(?:\d{3})*\b)`, `\bt`, `\B.`, `^.`, `.$`, `\s+$`, `\s+\z`, `\s\Z`, `\A.`,
	`(?=[A-Z])`, `x*`, `(?<=[a-z])(?=[A-Z])`, `(?<!e)r`, `a+?b?`, `(?>a+)a`, `a{2}|a{3,}b?`, `(ab|a)(bc|c)?`, `[^\P{L}a-f]+`, `\p{^L}`, `\P{^Lu}`,
	`\h+`, `\H`, `[\h&&[^a-c]]+`, `\x41|\x{65E5}|\u30a2`, `\t|\n|\r\n`, `[\]\[\-\\^]`, `[a\-z]`, `{|}|a{|a{x}`, `\.\*\+\?\(\)\{\}\|`,
	`\p{Punct}+`, `\p{alnum}+`, `\p{Greek}+|\p{Cyrillic}+|\p{Hangul}+|\p{Hiragana}|\p{Katakana}|\p{Thai}`, `\p{Sc}|\p{Zs}|\p{Cc}|\p{Cf}|\p{Co}|\p{Mn}+`,
	`(?i:k)|(?i:server)`, `[\r\n]`, `(?i:'S|'LL)`, ` ?\p{L}++(?!\d)`,
}

func TestStagesLikeReference(t *testing.T) {
	needs(t, "tokenizers")
	qwen := patterns()[1].splits[0]
	var parts []string
	for name := range behaviors() {
		for _, invert := range []bool{false, true} {
			parts = append(parts,
				preTokenizer(splitStage("Regex", qwen, name, invert), byteLevel),
				preTokenizer(splitStage("String", "the", name, invert), byteLevel),
				preTokenizer(splitStage("String", " ", name, invert), level(false, true)),
				preTokenizer(splitStage("Regex", `[aeiou]|\s`, name, invert), digits(true), byteLevel),
				preTokenizer(splitStage("Regex", `x*`, name, invert), byteLevel))
		}
	}
	for _, each := range []bool{false, true} {
		parts = append(parts,
			preTokenizer(digits(each), level(false, true)),
			preTokenizer(digits(each), level(true, true)),
			preTokenizer(digits(each), splitStage("Regex", qwen, "Isolated", false), level(true, false)),
			`{"pre_tokenizer": `+level(each, true)+`}`, `{"pre_tokenizer": `+level(each, false)+`}`)
	}
	for _, p := range enginePatterns {
		parts = append(parts, preTokenizer(splitStage("Regex", p, "Isolated", false), byteLevel))
	}
	texts := append(randomTexts(60), "", " ", "the", "aab aaab abc abcc", "xxaxx", "\n\n a\n", "a\n", "$1,234,567 and 12 34", "K k \u212a SERVER ſerver")
	if seed, ok := paritySeed(t); ok {
		texts = append(texts, seededTexts(200, seed)...)
	}
	samePipelines(t, oddFile(t), parts, texts, false)
}

// TestDigitsLikeReference asks about every character, which the standard
// library of the reference's language classifies.
func TestDigitsLikeReference(t *testing.T) {
	var texts []string
	var b strings.Builder
	for r := rune(1); r <= lastRune; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		b.WriteString("a" + string(r))
		if r%512 == 0 {
			texts = append(texts, b.String())
			b.Reset()
		}
	}
	samePipelines(t, oddFile(t), []string{preTokenizer(digits(true), byteLevel)}, append(texts, b.String()), false)
}

// TestSingleWordLikeReference puts every character before and behind a token that must be a word alone.
func TestSingleWordLikeReference(t *testing.T) {
	added := `{"added_tokens": [{"id": 0, "content": "<|endoftext|>", "single_word": true, "lstrip": false, "rstrip": false, "normalized": false, "special": true},` +
		`{"id": 700, "content": "the", "single_word": true, "lstrip": true, "rstrip": true, "normalized": true, "special": false}]}`
	texts := append(randomTexts(200), "the", "the the", "other the.", "_the", "the's", " the \n the9", "\u0301the", "日the", "the-the")
	var b strings.Builder
	for r := rune(1); r < 0x32000; r++ {
		if r < 0xD800 || r >= 0xE000 {
			fmt.Fprintf(&b, "<%cthe><the%c> ", r, r)
		}
		if r%512 == 0 {
			texts = append(texts, b.String())
			b.Reset()
		}
	}
	samePipelines(t, oddFile(t), []string{added}, texts, false)
}

func TestEngineRefusals(t *testing.T) {
	for pattern, want := range map[string]string{
		`\p{Klingon}`: "no frozen table", `\p{L`: "without its }", `\pL`: "without braces", `[a`: "without its ]", `[]a]`: "empty class", `[[:alpha:]]`: "[: is not supported",
		`(a`: "without its )", `a)`: "a ) without its (", `(?<n>a)`: "is not supported", `(?i)a`: "is not supported", `(?#c)`: "is not supported", `*a`: "repeats nothing",
		`a**`: "one repetition of another", `a{2}{3}`: "one repetition of another", `a{2}?`: "{2}? is not supported", `a{,3}`: "write {0,",
		`\1`: `\1 is not supported`, `\X`: `\X is not supported`, `\R`: `\R is not supported`, `\K`: "is not supported", `a\`: "at the end",
		`(?i:ß)`: "beyond ASCII", `(?i:ss)`: "ligature", `(?i:aſt)`: "beyond ASCII", `(?i:\p{L})`: "without regard to case", `(?i:[^a])`: "negated class",
		`\x{110000}`: "no character", `\xFF`: "no character", `\uD800`: "no character", `\x4`: "no character", `[z-a]`: "ends before it begins", `[a-\d]`: "with a class",
		`[\d-z]`: "between classes", strings.Repeat("(", 200) + strings.Repeat(")", 200): "deep in each other", strings.Repeat("[", 200): "deep in each other", "\xff": "not UTF-8",
	} {
		if _, err := newEngine(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: got %v, want something with %q", pattern, err, want)
		}
	}
	file := strings.Replace(string(smallFile(t)), `|\\p{N}|`, `|\\p{Nd}|`, 1)
	if _, err := Load([]byte(file)); err == nil || !strings.Contains(err.Error(), "LoadAny") {
		t.Errorf("Load took an unknown pattern: %v", err)
	}
}

// TestEngine has corners of the language of patterns; matches stand in brackets.
func TestEngine(t *testing.T) {
	for _, c := range [][3]string{
		{`\bt`, "the nut", "[t]he nut"}, {`\Bt`, "the nut", "the nu[t]"}, {`(?i:s)`, "sS\u017f", "[s][S][\u017f]"}, {`(?i:k)`, "K\u212a", "[K][\u212a]"},
		{`\w+`, "a\u00b2-", "[a\u00b2]-"}, {`[\w]+`, "a\u00b2-", "[a]\u00b2-"}, {`[a-f&&[^c]]+`, "abcdz", "[ab]c[d]z"},
		{`a++a`, "aaa", "aaa"}, {`a+a`, "aaa", "[aaa]"}, {`a{1,2}+`, "aaaaa", "[aaaaa]"}, {`a{1,2}`, "aaaaa", "[aa][aa][a]"},
		{`x*`, "axxb", "[]a[xx]b[]"}, {`^.`, "ab\ncd\n", "[a]b\n[c]d\n"}, {`.$`, "ab\ncd", "a[b]\nc[d]"}, {`\s\z`, "a \n", "a [\n]"}, {`\s\Z`, "a \n", "a[ ][\n]"},
		{`(?<=a)b|(?<!a)c`, "abacc", "a[b]ac[c]"}, {`(?>a+)a|b`, "aab", "aa[b]"}, {`a{`, "a{", "[a{]"}, {`[^\P{Lu}]`, "aB", "a[B]"},
	} {
		e, err := newEngine(c[0])
		if err != nil {
			t.Errorf("%s: %v", c[0], err)
			continue
		}
		all, err := e.find(nil, c[1], &engineText{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range all {
			if s := c[1][f.start:f.end]; f.match {
				got += "[" + s + "]"
			} else {
				got += s
			}
		}
		if got != c[2] {
			t.Errorf("%s on %q: got %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// TestEngineSeesNoCharacter: what the library gets is private characters and
// operators, so nothing that it or Go thinks about a character can count.
func TestEngineSeesNoCharacter(t *testing.T) {
	for _, p := range enginePatterns {
		e, err := newEngine(p)
		if err != nil {
			t.Fatal(err)
		}
		rest := strings.NewReplacer(`\A`, "", `\z`, "").Replace(e.re.String())
		for i := 0; i < len(rest); i++ {
			if strings.HasPrefix(rest[i:], `\u`) {
				if hex := rest[i+2 : i+6]; hex < "E000" || hex > "F770" {
					t.Fatalf("%q: the library is told of U+%s", p, hex)
				}
				i += 5
			} else if strings.IndexByte("()[]{}|?*+=!<>:,0123456789", rest[i]) < 0 {
				t.Fatalf("%q: the library gets %q", p, rest[i:])
			}
		}
		var text engineText
		text.load(e, strings.Join(randomTexts(20), "")+"\xff")
		for _, k := range text.kinds {
			if k < firstKind || k >= firstKind+mostKinds {
				t.Fatalf("%q: the library sees %U", p, k)
			}
		}
	}
	// A digit and a letter of Unicode 16: Go 1.26 knows neither.
	e, err := newEngine(`\p{Nd}|\p{Lu}`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := e.find(nil, "\U00010D40a\u1C89", &engineText{})
	if want := []found{{0, 4, true}, {4, 5, false}, {5, 8, true}}; err != nil || !slices.Equal(all, want) {
		t.Errorf("got %v (%v), want %v", all, err, want)
	}
}

// TestEngineGivesUp: a pattern that takes for ever ends in an error, not in a
// text that is cut short in silence.
func TestEngineGivesUp(t *testing.T) {
	slow := preTokenizer(splitStage("Regex", `(?:a|ab|b)*(?<=x)`, "Isolated", false), byteLevel)
	tok, err := LoadAny(replaced(t, smallFile(t), slow))
	if err != nil {
		t.Fatal(err)
	}
	e := tok.Encoder()
	e.Append(nil, nil, "abc the", 0)
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	e.Append(nil, nil, strings.Repeat("ab", 200), 0)
	if e.Err() == nil || !strings.Contains(e.Err().Error(), "a text of 400 bytes") {
		t.Errorf("got %v", e.Err())
	}
}

// TestEngineConcurrent has one engine in several goroutines; run it with -race.
func TestEngineConcurrent(t *testing.T) {
	tok, err := LoadAny(replaced(t, oddFile(t), preTokenizer(splitStage("Regex", enginePatterns[0], "Isolated", false), byteLevel)))
	if err != nil {
		t.Fatal(err)
	}
	texts := randomTexts(20)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			e, other := tok.Encoder(), tok.Encoder()
			for _, s := range texts {
				a, _ := e.Append(nil, nil, s, 0)
				b, _ := other.Append(nil, nil, s, 0)
				if !slices.Equal(a, b) || e.Err() != nil || string(tok.Decode(a)) != s {
					t.Errorf("%q: %v, then %v (%v)", s, a, b, e.Err())
				}
			}
		})
	}
	wg.Wait()
}

// replaced puts parts into a file in place of its own.
func replaced(t testing.TB, file []byte, parts string) []byte {
	t.Helper()
	all := map[string]json.RawMessage{}
	for _, b := range [][]byte{file, []byte(parts)} {
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRemoved: text that is taken out belongs to the token beside it, so ends still tile.
func TestRemoved(t *testing.T) {
	tok, err := Load(replaced(t, smallFile(t), preTokenizer(splitStage("String", "the", "Removed", false), byteLevel)))
	if err != nil {
		t.Fatal(err)
	}
	e := tok.Encoder()
	for in, want := range map[string]string{"athebthe": "a|thebthe", "the": "", "thea": "thea", "ab": "a|b"} {
		if got := pieces(e, in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestBehaviors has what each behavior makes of "-ab--c-", cut at hyphens.
func TestBehaviors(t *testing.T) {
	for _, c := range []struct {
		name   string
		invert bool
		want   string
	}{
		{"Isolated", false, "-|ab|-|-|c|-"}, {"Isolated", true, "-|ab|-|-|c|-"},
		{"Removed", false, "ab|c"}, {"Removed", true, "-|-|-|-"},
		{"Contiguous", false, "-|ab|--|c|-"}, {"Contiguous", true, "-|ab|--|c|-"},
		{"MergedWithPrevious", false, "-|ab-|-|c-"}, {"MergedWithPrevious", true, "-ab|-|-c|-"},
		{"MergedWithNext", false, "-ab|-|-c|-"}, {"MergedWithNext", true, "-|ab-|-|c-"},
	} {
		tok, err := Load(replaced(t, smallFile(t), preTokenizer(splitStage("String", "-", c.name, c.invert), byteLevel)))
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := tok.Encoder().cutPieces("-ab--c-")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range pieces {
			got = append(got, "-ab--c-"[p.start:p.end])
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s, inverted %v: got %q, want %q", c.name, c.invert, s, c.want)
		}
	}
}

// TestPrefixSpace: the space before a text is an empty token where it stays alone.
func TestPrefixSpace(t *testing.T) {
	tok, err := Load(replaced(t, smallFile(t), `{"pre_tokenizer": `+level(true, true)+`}`))
	if err != nil {
		t.Fatal(err)
	}
	e := tok.Encoder()
	ids, ends := e.Append(nil, nil, "x the", 3)
	if got := string(tok.Decode(ids)); got != " x the" {
		t.Errorf("decoded %q", got)
	}
	if got, want := fmt.Sprint(ends), "[3 4 8]"; got != want {
		t.Errorf("ends %s, want %s", got, want)
	}
	if ids, _ = e.Append(nil, nil, " x", 0); string(tok.Decode(ids)) != " x" {
		t.Errorf("a second space: %q", tok.Decode(ids))
	}
}

// FuzzEngine: no pattern makes it panic, and what is found tiles the text.
func FuzzEngine(f *testing.F) {
	for _, p := range enginePatterns {
		f.Add(p, "the 12 \u00e9\xffX")
	}
	f.Fuzz(func(t *testing.T, p, s string) {
		if len(p) > 60 || len(s) > 60 {
			return
		}
		e, err := newEngine(p)
		if err != nil {
			return
		}
		e.re.MatchTimeout = 50 * time.Millisecond
		all, err := e.find(nil, s, &engineText{})
		if err != nil {
			return
		}
		at := 0
		for _, x := range all {
			if x.start != at || x.end < x.start {
				t.Fatalf("%q on %q: %v", p, s, all)
			}
			at = x.end
		}
		if at != len(s) {
			t.Fatalf("%q on %q: ends at %d", p, s, at)
		}
	})
}
