package token

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// scanSeeds are texts at which one pattern or another turns.
var scanSeeds = []string{
	"", " ", "  ", "a", " a", "  a", "\n", " \n ", "a \n\n b", "x  y", "x\u00a0\u00a0y", "it's IT'S it'ſ 'll'RE '", "don't",
	"1234567", " 12", "½1", "a1b", "iPhone HTTPServer fooBAR Ab ABc", "日本語ABCdef", "ア・イ1ゟ漢字x", "e\u0301e \u0301", "\u0301\u0301A",
	"...\n\n", " ?!\r\nx", "/a//b\n/", "_x $x \tx \t", "#include<a>", "\x00a \x00 \x7f", "👍🏽 x", "\u200bx\u200b", "日 1", " 日", "a\xff\xfeb",
}

// known reports whether Go's tables, which the oracle uses, agree with the frozen ones on s.
func known(s string) bool {
	for _, r := range s {
		c := classOf(r)
		if unicode.Is(unicode.L, r) != (c&letter != 0) || unicode.Is(unicode.N, r) != (c&number != 0) || unicode.Is(unicode.M, r) != (c&mark != 0) ||
			unicode.Is(unicode.P, r) != (c&punct != 0) || unicode.Is(unicode.S, r) != (c&symbol != 0) || unicode.IsSpace(r) != (c&space != 0) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// split cuts every part of parts as a Split with behavior Isolated does.
func split(t *testing.T, re *regexp2.Regexp, parts []string) []string {
	var out []string
	for _, part := range parts {
		runes := []rune(part)
		at := 0
		m, err := re.FindRunesMatch(runes)
		for ; m != nil; m, err = re.FindNextMatch(m) {
			if m.RuneIndex > at {
				out = append(out, string(runes[at:m.RuneIndex]))
			}
			if m.RuneLength > 0 {
				out = append(out, string(runes[m.RuneIndex:m.RuneIndex+m.RuneLength]))
			}
			at = m.RuneIndex + m.RuneLength
		}
		if err != nil {
			t.Fatal(err)
		}
		if at < len(runes) {
			out = append(out, string(runes[at:]))
		}
	}
	return out
}

// An oracle is a pattern and the regular expressions it stands for.
type oracle struct {
	pattern
	regexes []*regexp2.Regexp
}

func oracles(t testing.TB) []oracle {
	var all []oracle
	for _, p := range patterns() {
		o := oracle{pattern: p}
		if len(p.splits) == 0 {
			p.splits = []string{`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`}
		}
		for _, s := range p.splits {
			re, err := regexp2.Compile(s, regexp2.None)
			if err != nil {
				t.Fatal(err)
			}
			re.MatchTimeout = time.Second
			o.regexes = append(o.regexes, re)
		}
		all = append(all, o)
	}
	return all
}

// check compares the scanner with the expressions on s.
func (o *oracle) check(t *testing.T, s string) {
	var got []string
	for i := 0; i < len(s); {
		end := o.scan(s, i)
		if end <= i || end > len(s) {
			t.Fatalf("%s: %q: piece %d:%d", o.name, s, i, end)
		}
		got = append(got, s[i:end])
		i = end
	}
	if s == "" || len(s) > 300 || !known(s) {
		return
	}
	want := []string{s}
	for _, re := range o.regexes {
		want = split(t, re, want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %+q\n got %+q\nwant %+q", o.name, s, got, want)
	}
}

// TestScan compares every scanner with its expressions: on all strings of up to three
// characters of every kind, and on longer ones at random.
func TestScan(t *testing.T) {
	atoms := []string{"a", "S", "ſ", "'", "t", "1", "½", " ", "\t", "\n", "\r", "\u3000", ".", "/", "$", "\u0301", "ʰ", "ǅ", "日", "ア", "・", "\u200b", "\x00", "é"}
	texts := []string{""}
	for from, size := 0, 1; size <= 3; size++ {
		to := len(texts)
		for _, s := range texts[from:to] {
			for _, a := range atoms {
				texts = append(texts, s+a)
			}
		}
		from = to
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 40_000 {
		s := ""
		for range 4 + rng.IntN(9) {
			s += atoms[rng.IntN(len(atoms))]
		}
		texts = append(texts, s)
	}
	for _, o := range oracles(t) {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range texts {
				o.check(t, s)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// FuzzScan compares each scanner with its own regular expressions.
func FuzzScan(f *testing.F) {
	for _, s := range scanSeeds {
		f.Add(s)
	}
	all := oracles(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range all {
			o.check(t, s)
		}
	})
}

// FuzzEncode: any bytes come back, ends tile them, and each piece is what the rules say.
func FuzzEncode(f *testing.F) {
	for _, s := range append(scanSeeds, "<|im_start|>user\nthe<|im_end|>", strings.Repeat("the other", 30), strings.Repeat("zq", 150)) {
		f.Add(s)
	}
	tok := small(f)
	e := tok.Encoder()
	f.Fuzz(func(t *testing.T, s string) {
		for _, e.AllowSpecial = range []bool{false, true} {
			ids, ends := e.Append(nil, nil, s, 5)
			checkEnds(t, tok, s, ids, ends, 5)
			if got := string(tok.Decode(ids)); got != s {
				t.Fatalf("%q decodes as %q", s, got)
			}
			if e.AllowSpecial {
				continue
			}
			var want []int32
			for i := 0; i < len(s); {
				end := tok.scan(s, i)
				want = append(want, naive(tok, s[i:end])...)
				i = end
			}
			if !slices.Equal(ids, want) {
				t.Fatalf("%q: got %v, want %v", s, ids, want)
			}
		}
	})
}

// FuzzNFC: normalizing twice is normalizing once, and ends stay inside the text.
func FuzzNFC(f *testing.F) {
	for _, s := range append(scanSeeds, "a\u0307\u0323\u0301", "\u1100\u1161\u11a8", "\u0344\u0f73", "\u212b\u0958") {
		f.Add(s)
	}
	tok, err := Load([]byte(strings.Replace(string(smallFile(f)), `"normalizer": null`, `"normalizer": {"type": "NFC"}`, 1)))
	if err != nil {
		f.Fatal(err)
	}
	e := tok.Encoder()
	f.Fuzz(func(t *testing.T, s string) {
		ids, ends := e.Append(nil, nil, s, 0)
		checkEnds(t, tok, s, ids, ends, 0)
		once := string(tok.Decode(ids))
		again, _ := e.Append(nil, nil, once, 0)
		if utf8.ValidString(s) && !slices.Equal(ids, again) {
			t.Fatalf("%+q is normalized to %+q, and that to %+q", s, once, tok.Decode(again))
		}
	})
}

// FuzzLoad: no file makes it panic, and what loads can encode.
func FuzzLoad(f *testing.F) {
	file := smallFile(f)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte(`{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]}}`))
	f.Add([]byte(`{"version":"1.0","model":{"type":"BPE","byte_fallback":true,"vocab":{"a":9999999999}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		tok, err := Load(b)
		if err != nil {
			return
		}
		ids, _ := tok.Encoder().Append(nil, nil, "the other \u00e9", 0)
		tok.Decode(ids)
		if _, err := AddSpecials(b, []string{"<|fuzz|>"}); err != nil && !strings.Contains(err.Error(), "added_tokens") && !strings.Contains(err.Error(), "already") {
			t.Fatalf("a file that loads takes no special token: %v", err)
		}
	})
}
