package token

import (
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostileTexts are texts of n bytes, or a few more or less, that try to make a search
// for the next border, merge or mark long.
func hostileTexts(n int) map[string]string {
	all := map[string]string{}
	for _, unit := range []string{
		"a", "A", "7", " ", "\n", "\r\n", "\t", "'", "'s", ".", "/", "a1", "aA", " a", "  a", " \n", "\x00", "\xff", "\xe2\x82",
		"\u00a0", "\u3000", "日", "日ア", "\u01c5", blankMark, "e\u0301", "A\u0301", "\u0301", "\u0301\u0323", "\u1100\u1161\u11a8",
		"👨\u200d👩\u200d👧", "<|im_", "<|im_start|>",
	} {
		all[unit+"…"] = strings.Repeat(unit, n/len(unit))
	}
	for c, ends := range map[string][2]string{" ": {"\n", "a"}, "\n": {"", "a"}, "A": {"\u02b0", "a"}, "\u0301\u0323\u0345": {"a", "b"}} {
		all[ends[0]+c+"…"+ends[1]] = ends[0] + strings.Repeat(c, n/len(c)) + ends[1]
	}
	r := rand.New(rand.NewPCG(3, 3))
	for name, of := range map[string]func() string{
		"letters": func() string { return string(rune('a' + r.IntN(26))) },
		"bytes":   func() string { return string([]byte{byte(r.IntN(256))}) },
		"marks":   func() string { return string(rune(0x300 + r.IntN(0x70))) },
	} {
		var b strings.Builder
		for b.Len() < n {
			b.WriteString(of())
		}
		all["random "+name] = b.String()
	}
	return all
}

// hostileTokenizers has one of ours for each pattern and for the engine, and with
// GRAFT_NUMBERS the published ones.
func hostileTokenizers(t *testing.T) map[string]*Tokenizer {
	all := map[string]*Tokenizer{}
	for _, p := range patterns() {
		tok := *trained(t, Options{VocabSize: 1000, Pattern: "llama3"}, randomTexts(100))
		tok.pattern, tok.scan, tok.ascii = p.name, p.scan, asciiWords{}
		tok.loadASCII()
		all[p.name] = &tok
	}
	engine, err := newEngine(patterns()[2].splits[0])
	if err != nil {
		t.Fatal(err)
	}
	tok := *all["llama3"]
	tok.cuts, tok.scan = []cut{{find: engine.find, behave: isolated}}, scanWhole
	all["engine"] = &tok
	if os.Getenv("GRAFT_NUMBERS") != "" {
		for _, name := range vocabularies {
			all[name] = published(t, name)
		}
	}
	return all
}

// TestHostileTexts: what the tokens of hostile texts cover tiles the text, and
// decoding gives it back. With GRAFT_NUMBERS, twice the text takes about twice the time.
func TestHostileTexts(t *testing.T) {
	size := 1 << 10
	if os.Getenv("GRAFT_NUMBERS") != "" {
		size = 1 << 20
		defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what it costs is not the text's doing
	}
	once, twice := hostileTexts(size), hostileTexts(2*size)
	ids, ends := make([]int32, 0, 8*size), make([]int32, 0, 8*size)
	for name, tok := range hostileTokenizers(t) {
		slowest, worst := "", 0.0
		for kind, text := range once {
			e := tok.Encoder()
			ids, ends = e.Append(ids[:0], ends[:0], text, 0)
			if err := e.Err(); err != nil {
				t.Fatalf("%s, %q: %v", name, kind, err)
			}
			checkEnds(t, tok, text, ids, ends, 0)
			if back := string(tok.Decode(ids)); !tok.nfc && !tok.blank && back != text {
				t.Errorf("%s, %q: decoded as another text", name, kind)
			}
			if size > 1<<10 {
				a, b := fastest(e, text, ids, ends), fastest(e, twice[kind], ids, ends)
				if b > 3*a {
					t.Errorf("%s, %q: %v, %v for twice the text", name, kind, a, b)
				}
				if mb := b.Seconds() / 2; mb > worst {
					slowest, worst = kind, mb
				}
			}
		}
		if worst > 0 {
			t.Logf("%-12s slowest on %q: %.1f MB/s of CPU", name, slowest, 1/worst)
		}
		if size > 1<<10 {
			debug.FreeOSMemory()
		}
	}
}

// fastest is the least CPU time of a few encodings.
func fastest(e *Encoder, text string, ids, ends []int32) time.Duration {
	var all []time.Duration
	for range 3 {
		start := cpu()
		e.Append(ids[:0], ends[:0], text, 0)
		all = append(all, cpu()-start)
	}
	return slices.Min(all)
}

// TestManyAdded has added tokens by the thousand that share long beginnings, in
// texts that go on as they do and then break off.
func TestManyAdded(t *testing.T) {
	var specials []string
	for i := range 4000 {
		specials = append(specials, "<|"+strings.Repeat("x", i%200)+string(rune('a'+i/200))+"|>")
	}
	file, err := AddSpecials(smallFile(t), specials)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	e := tok.Encoder()
	e.AllowSpecial = true
	text := strings.Repeat("<|"+strings.Repeat("x", 250), 20) + strings.Join(specials, "")
	ids, ends := e.Append(nil, nil, text, 0)
	checkEnds(t, tok, text, ids, ends, 0)
	var got []string
	for _, id := range ids[len(ids)-len(specials):] {
		s, _ := tok.Bytes(id)
		got = append(got, s)
	}
	if !slices.Equal(got, specials) {
		t.Error("the added tokens at the end are not those that stand there")
	}
}

// TestEnginePatience: a pattern that tries everything ends in an error that
// says where.
func TestEnginePatience(t *testing.T) {
	engine, err := newEngine(`(?:(?:a|aa)+)+[^a]`)
	if err != nil {
		t.Fatal(err)
	}
	engine.re.MatchTimeout = 20 * time.Millisecond
	tok := *small(t)
	tok.cuts, tok.scan = []cut{{find: engine.find, behave: isolated}}, scanWhole
	e := tok.Encoder()
	e.Append(nil, nil, strings.Repeat("a", 5000), 0)
	if err := e.Err(); err == nil || !strings.Contains(err.Error(), "on a text of 5000 bytes: the pattern tried for more than 20ms at byte 0") {
		t.Errorf("err = %v; want one that says where the pattern was", err)
	}
}
