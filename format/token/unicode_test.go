package token

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestTablesFrozen pins every class and normal form: whoever generates the
// tables anew from another reference changes tokens, and must say so.
func TestTablesFrozen(t *testing.T) {
	h := sha256.New()
	for r := rune(0); r <= 0x10FFFF; r++ {
		h.Write([]byte{byte(classOf(r))})
	}
	fmt.Fprint(h, unsettled, combining, decompositions, compositions)
	const want = "2370f2ccf62e0db166520ea31b67e63e6603f563aa86d29a4ea2bfd99ac804a4"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("tables %s, want %s: tokens would change", got, want)
	}
}

// TestNoToolchainTables fails if a Unicode table that changes with Go or x/text gets in.
func TestNoToolchainTables(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, i := range parsed.Imports {
			switch path := strings.Trim(i.Path.Value, `"`); {
			case path == "unicode", path == "regexp", strings.HasPrefix(path, "golang.org/x/text"):
				t.Errorf("%s imports %s, whose tables are not frozen", f.Name(), path)
			}
		}
	}
	if seen < 10 {
		t.Errorf("looked at %d files", seen)
	}
}

// TestClasses has what Unicode 16 knows and Go 1.26 does not, and the borders of white space.
func TestClasses(t *testing.T) {
	for _, c := range []struct {
		r    rune
		want class
	}{
		{'a', letter | lower}, {'A', letter | upper}, {'5', number}, {' ', space}, {'$', symbol}, {'.', punct}, {'_', punct},
		{'ǅ', letter | upper}, {'ʰ', letter | upper | lower}, {'日', letter | upper | lower}, {'½', number}, {'Ⅷ', number},
		{0x301, mark | upper | lower}, {0x1C89, letter | upper}, {0x10D50, letter | upper}, {0x10D40, number}, {0x0897, mark | upper | lower},
		{0x85, space}, {0xA0, space}, {0x3000, space}, {0x2028, space}, {0x200B, 0}, {0x180E, 0}, {0x1F, 0}, {'\v', space},
		{0xFFFD, symbol}, {0xE000, 0}, {0x10FFFF, 0},
	} {
		if got := classOf(c.r); got != c.want {
			t.Errorf("class of %U: got %08b, want %08b", c.r, got, c.want)
		}
	}
}

func TestNFC(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"ascii", "plain", "plain"},
		{"composed", "caf\u00e9", "caf\u00e9"},
		{"pair", "cafe\u0301!", "caf\u00e9!"},
		{"order", "a\u0307\u0323", "\u1ea1\u0307"},
		{"order without a composite", "q\u0307\u0323", "q\u0323\u0307"},
		{"starter taken apart again", "\u00c5\u0323", "\u1ea0\u030a"},
		{"jamo", "\u1100\u1161\u11a8", "\uac01"},
		{"syllable and tail", "\uac00\u11a8", "\uac01"},
		{"syllable that has a tail", "\uac01\u11a8", "\uac01\u11a8"},
		{"singleton", "\u212b", "\u00c5"},
		{"excluded composite", "\u0958", "\u0915\u093c"},
		{"mark that decomposes", "\u0344", "\u0308\u0301"},
		{"40 marks, no U+034F among them", "a" + strings.Repeat("\u0301", 40), "\u00e1" + strings.Repeat("\u0301", 39)},
		{"mark newer than the reference's tables", "a\u0345\u0897", "a\u0345\u0897"},
		{"leading mark", "\u0301e\u0301", "\u0301\u00e9"},
		{"not UTF-8", "e\xff\u0301", "e\xff\u0301"},
	} {
		var n normalizer
		buf, changes := n.appendNFC(nil, nil, c.in)
		got := string(buf)
		if len(changes) == 0 {
			got = c.in
		}
		if got != c.want {
			t.Errorf("%s: %+q becomes %+q, want %+q", c.name, c.in, got, c.want)
		}
	}
}

// TestEndsThroughNFC puts ends that fall into a rewritten run at its end.
func TestEndsThroughNFC(t *testing.T) {
	file := strings.Replace(string(smallFile(t)), `"normalizer": null`, `"normalizer": {"type": "NFC"}`, 1)
	tok, err := Load([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	text := "ae\u0301b \u212b!" // composed: a é b _ Å !, é and Å two bytes each
	ids, ends := tok.Encoder().Append(nil, nil, text, 100)
	if got, want := string(tok.Decode(ids)), "a\u00e9b \u00c5!"; got != want {
		t.Errorf("decoded %q, want %q", got, want)
	}
	if got, want := fmt.Sprint(ends), "[101 104 104 105 106 109 109 110]"; got != want {
		t.Errorf("ends %s, want %s", got, want)
	}
}
