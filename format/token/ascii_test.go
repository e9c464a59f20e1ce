package token

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestASCIILikeScanner encodes texts of all that the loop for ASCII tells apart, in
// all orders, with the loop and with the scanner alone. Every text is also cut
// short at all places near its end, where the loop reads past the end.
func TestASCIILikeScanner(t *testing.T) {
	parts := []string{
		"a", "word", "Fifteen_letters", "sixteenlettersxx", strings.Repeat("long", 30), "Z", "@", "[", "`", "{",
		"1", "12", "2024", " ", "  ", "\t", "\n", "\r\n", " \n ", "\v", "\x00", "\x7F", "'", "'s", "'LL", "'\u017F", "'x", ".", "),\n", "/*", "$",
		"\u00E9", "\u0301", "\u00A0", "\u2003", "\u2028", "\u65E5", "\u0663", "\u00B2", "\u2014", "\xFF", "\xC5", "\U0001F600",
	}
	// Trained on all pairs of parts, so that a wrong cut is another token.
	var pairs []string
	for _, p := range parts {
		for _, q := range parts {
			if utf8.ValidString(p + q) {
				pairs = append(pairs, p+q, p+q)
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, pattern := range []string{"qwen2", "llama3", "cl100k"} {
		fast := trained(t, Options{VocabSize: 3000, Pattern: map[bool]string{true: "llama3", false: pattern}[pattern == "cl100k"]}, pairs)
		p, err := findPattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		fast.pattern, fast.scan = p.name, p.scan
		fast.loadASCII()
		if fast.ascii.digits != p.ascii || p.ascii == 0 {
			t.Fatalf("%s is not encoded by the loop", pattern)
		}
		slow := *fast
		slow.ascii.digits = 0
		e, f := fast.Encoder(), slow.Encoder()
		for range 2000 {
			var b strings.Builder
			for range 1 + rng.IntN(20) {
				b.WriteString(parts[rng.IntN(len(parts))])
			}
			text := b.String()
			for cut := max(0, len(text)-2*asciiWindow); cut <= len(text); cut++ {
				ids, ends := e.Append(nil, nil, text[:cut], 5)
				wantIDs, wantEnds := f.Append(nil, nil, text[:cut], 5)
				if !slices.Equal(ids, wantIDs) || !slices.Equal(ends, wantEnds) {
					t.Fatalf("%s, %q:\n got %v %v\nwant %v %v", pattern, text[:cut], ids, ends, wantIDs, wantEnds)
				}
			}
		}
	}
}

// TestKeys: two words tell all short pieces apart, from a string and from the text.
func TestKeys(t *testing.T) {
	masks := newKeyMask()
	seen := map[key]string{}
	for _, s := range []string{"\x00", "\x00\x00", "a", "a\x00", "abcdefgh", "abcdefgh\x00", "abcdefghi", "abcdefghijklmno", "\xFFbcdefghijklmn\xFF"} {
		k := keyOf(s)
		if was, ok := seen[k]; ok {
			t.Errorf("%q and %q have the same key", s, was)
		}
		seen[k] = s
		b := append([]byte(s), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"...)
		m := masks[len(s)]
		if got := (key{load8(b, 0) & m.lo, load8(b, 8)&m.hi | uint64(len(s))<<56}); got != k {
			t.Errorf("%q: %x, want %x", s, got, k)
		}
	}
}

// TestShortsForget fills the table of short pieces far over its size, with pieces that
// all want the same slot too: it stays bounded, and whatever it finds is right.
func TestShortsForget(t *testing.T) {
	for name, seed := range map[string]key{"hashed": {1, 2}, "one slot": {}} {
		c := newShorts()
		c.seed = seed
		piece := func(i int) key { // hi is 0 for a seed of 0: the product is, too
			return key{lo: uint64(i)*0x9E3779B97F4A7C15 | 1, hi: uint64(len(name)) &^ 15}
		}
		for i := range 3 * mostShorts {
			c.add(piece(i), []int32{int32(i), 7}, []int32{11, 12}, 10)
			if s := c.find(piece(i)); s == nil || s.ids[0] != int32(i) || s.ends != 2<<24|2<<8|1 {
				t.Fatalf("%s: piece %d was lost at once, or is another: %v", name, i, s)
			}
		}
		if len(c.slots) != mostShorts+probes-1 && name == "hashed" {
			t.Errorf("%s: %d slots", name, len(c.slots))
		}
		wrong := 0
		for i := range 3 * mostShorts {
			if s := c.find(piece(i)); s != nil && s.ids[0] != int32(i) {
				wrong++
			}
		}
		if wrong > 0 || len(c.slots) > mostShorts+probes-1 {
			t.Errorf("%s: %d wrong pieces in %d slots", name, wrong, len(c.slots))
		}
	}
}
