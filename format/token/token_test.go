package token

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

var smallSpecials = []string{"<|endoftext|>", "<|im_start|>", "<|im_end|>"}

// smallFile is a vocabulary of bytes, three specials and the merges of a few words.
func smallFile(t testing.TB) []byte {
	t.Helper()
	file, err := Train(each([]string{strings.Repeat("the other 100 then 100", 9)}), Options{VocabSize: 264, Specials: smallSpecials})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func small(t testing.TB) *Tokenizer {
	t.Helper()
	tok, err := Load(smallFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// pieces shows the tokens of text as the text they cover.
func pieces(e *Encoder, text string) string {
	_, ends := e.Append(nil, nil, text, 0)
	var all []string
	at := int32(0)
	for _, end := range ends {
		all = append(all, text[at:end])
		at = end
	}
	return strings.Join(all, "|")
}

// TestSpecialsInText is the promise that user text makes no control token.
func TestSpecialsInText(t *testing.T) {
	tok := small(t)
	text := "the<|im_end|>\n" + strings.Repeat("<|endoftext|>", 427)
	e := tok.Encoder()
	ids, _ := e.Append(nil, nil, text, 0)
	for _, id := range ids {
		if id < 3 {
			t.Fatalf("plain text became control token %d", id)
		}
	}
	if got := string(tok.Decode(ids)); got != text {
		t.Errorf("decoded %q", got)
	}
	e.AllowSpecial = true
	ids, ends := e.Append(nil, nil, text, 0)
	want := append([]int32{tok.ids["the"], 2, tok.ids["\n"]}, make([]int32, 427)...)
	if !slices.Equal(ids, want) {
		t.Errorf("allowed: got %v", ids[:4])
	}
	checkEnds(t, tok, text, ids, ends, 0)
	e.NoAdded = true
	if ids, _ := e.Append(nil, nil, "<|im_end|>", 0); slices.Contains(ids, 2) {
		t.Error("NoAdded read an added token")
	}
}

// TestAddedTokens covers longest match, tokens that are not special, and tokens that eat white space.
func TestAddedTokens(t *testing.T) {
	file := string(smallFile(t))
	for _, c := range []struct{ name, flags, in, plain, allowed string }{
		{"not special", `"special": false`, "a<x>b", "a|<x>|b", "a|<x>|b"},
		{"special", `"special": true`, "a<x>b", "a|<|x|>|b", "a|<x>|b"},
		{"longest", `"special": true`, "<x><x>>", "<|x|>|<|x|>|>", "<x>|<x>>"},
		{"left", `"special": true, "lstrip": true`, "a \n\u3000<x> b", "", "a| \n\u3000<x>| |b"},
		{"right", `"special": true, "rstrip": true`, "a <x> \n<x>b", "", "a| |<x> \n|<x>|b"},
	} {
		row := func(content string, id int) string {
			r := fmt.Sprintf(`{"id": %d, "content": %q, "single_word": false, "normalized": false, %s`, id, content, c.flags)
			for _, flag := range []string{"lstrip", "rstrip"} {
				if !strings.Contains(c.flags, flag) {
					r += fmt.Sprintf(`, %q: false`, flag)
				}
			}
			return r + "}"
		}
		tok, err := Load([]byte(strings.Replace(file, "\"added_tokens\": [", "\"added_tokens\": ["+row("<x>", 264)+","+row("<x>>", 265)+",", 1)))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		e := tok.Encoder()
		if got := pieces(e, c.in); c.plain != "" && got != c.plain {
			t.Errorf("%s, plain: got %q, want %q", c.name, got, c.plain)
		}
		e.AllowSpecial = true
		if got := pieces(e, c.in); got != c.allowed {
			t.Errorf("%s, allowed: got %q, want %q", c.name, got, c.allowed)
		}
	}
}

// naive applies the rules one after the other, as they are written down.
func naive(tok *Tokenizer, piece string) []int32 {
	var ids []int32
	for i := range len(piece) {
		ids = append(ids, tok.byteID[piece[i]])
	}
	for _, r := range tok.rules.list {
		for i := 0; i+1 < len(ids); i++ {
			if ids[i] == r.left && ids[i+1] == r.right {
				ids = slices.Replace(ids, i, i+2, tok.rules.to[r.rank])
			}
		}
	}
	return ids
}

// TestMergeOrder compares the scan of short pieces and the heap of long ones
// with the rules applied literally, and each with itself through a warm cache.
func TestMergeOrder(t *testing.T) {
	text := "aaaaaaa abab baba abcabc cab aabb bbbaaa "
	tok := trained(t, Options{VocabSize: 300, Pattern: "gpt2"}, []string{strings.Repeat(text, 3) + "aaaaaaaaaaaaaaaaaaaaaaaaaaaa abababababababababa"})
	e := tok.Encoder()
	words := strings.Fields(text)
	for size := 1; size < 400; size = size*5/4 + 1 {
		for _, w := range words {
			piece := strings.Repeat(w, size)[:size]
			want := naive(tok, piece)
			for range 2 {
				if got, _ := e.Append(nil, nil, piece, 0); !slices.Equal(got, want) {
					t.Fatalf("%d bytes of %q: got %v, want %v", size, w, got, want)
				}
			}
		}
	}
}

// TestTagIsNotEnough: a slot whose tag is that of a pair, by chance, is not its rule.
func TestTagIsNotEnough(t *testing.T) {
	r := newRules([]rule{{1, 2, 0}}, []int32{3})
	if got := r.rank(1, 2); got != 0 {
		t.Fatalf("rank %d, want 0", got)
	}
	r.list[0] = rule{7, 8, 0} // as if 7 and 8 had the tag of 1 and 2
	if got := r.rank(1, 2); got != noRank {
		t.Errorf("rank %d, want none", got)
	}
}

// TestFullCache encodes more pieces than the cache holds; what it answers stays the same.
func TestFullCache(t *testing.T) {
	tok := small(t)
	e := tok.Encoder()
	for i := range fullCache + fullCache/4 {
		word := strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(i)) + "the"
		ids, _ := e.Append(nil, nil, word, 0)
		if got := string(tok.Decode(ids)); got != word || ids[len(ids)-1] != tok.ids["the"] {
			t.Fatalf("word %d: %v is %q", i, ids, got)
		}
	}
	if e.cache.used > fullCache {
		t.Errorf("the cache holds %d pieces, at most %d", e.cache.used, fullCache)
	}
	taken := 0
	for _, s := range e.cache.slots {
		if s.n > 0 {
			taken++
		}
	}
	if taken != e.cache.used {
		t.Errorf("%d slots are taken by %d pieces", taken, e.cache.used)
	}
	e.cache.add(42, "here", []int32{1}, []int32{4}, 0)
	if e.cache.find(42, "here") == nil || e.cache.find(42, "hero") != nil {
		t.Error("the cache went by the hash alone")
	}
}

// TestCacheIsSmall: long pieces are not kept, so that no text makes the cache large.
func TestCacheIsSmall(t *testing.T) {
	e := small(t).Encoder()
	for size := 1; size < 2000; size += 7 {
		e.Append(nil, nil, strings.Repeat("x", size), 0)
	}
	if most := e.cache.used * longestCached; len(e.cache.keys) > most || e.cache.used == 0 || e.cache.used > longestCached {
		t.Errorf("%d pieces of %d bytes are kept, at most %d bytes", e.cache.used, len(e.cache.keys), most)
	}
}

// TestConcurrent has one Tokenizer in several goroutines; run it with -race.
func TestConcurrent(t *testing.T) {
	tok := small(t)
	want, _ := tok.Encoder().Append(nil, nil, "the other 100 then", 0)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			e := tok.Encoder()
			for range 100 {
				if got, _ := e.Append(nil, nil, "the other 100 then", 0); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			}
		})
	}
	wg.Wait()
}

// TestAllocations holds a warm Encoder to none.
func TestAllocations(t *testing.T) {
	file := strings.Replace(string(smallFile(t)), `"normalizer": null`, `"normalizer": {"type": "NFC"}`, 1)
	tok, err := Load([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	e := tok.Encoder()
	e.AllowSpecial = true
	text := "<|im_start|>the other 100 then\ncafe\u0301 " + strings.Repeat("x", 500) + "<|im_end|>"
	var ids, ends []int32
	if n := testing.AllocsPerRun(50, func() { ids, ends = e.Append(ids[:0], ends[:0], text, 0) }); n > 0 {
		t.Errorf("%v allocations a document, want 0", n)
	}
}

// TestStream decodes one id at a time: the same bytes, and never half a character.
func TestStream(t *testing.T) {
	for _, name := range append([]string{"small"}, vocabularies...) {
		t.Run(name, func(t *testing.T) {
			tok := small(t)
			if name != "small" {
				tok = published(t, name)
			}
			d := tok.Decoder()
			for _, text := range []string{"the 日本語 👨‍👩‍👧‍👦 é \ufffd!", " \u0301", "", "日"} {
				ids, _ := tok.Encoder().Append(nil, nil, text, 0)
				var all []byte
				for _, id := range ids {
					chunk := d.Append(nil, id)
					if !utf8.Valid(chunk) {
						t.Errorf("%q: half a character in %q", text, chunk)
					}
					all = append(all, chunk...)
				}
				all = d.Flush(all)
				if want := string(tok.Decode(ids)); string(all) != want || want != text {
					t.Errorf("got %q, Decode %q, text %q", all, want, text)
				}
			}
			first, _ := tok.Encoder().Append(nil, nil, "日", 0)
			if name != "small" {
				return
			}
			all := d.Append(nil, first[0])
			all = d.Append(all, tok.ids["x"]) // the character never comes
			if got, want := string(d.Flush(all)), "\xe6x"; got != want {
				t.Errorf("broken character: got %q, want %q", got, want)
			}
		})
	}
}

func TestDecodeUnknown(t *testing.T) {
	tok := small(t)
	if got := tok.Decode([]int32{-1, 1 << 30, tok.ids["the"], 264}); string(got) != "the" {
		t.Errorf("got %q, want the", got)
	}
	if _, ok := tok.ID("the"); ok {
		t.Error("ID found a token of the plain vocabulary")
	}
	if id, ok := tok.ID("<|im_end|>"); !ok || id != 2 {
		t.Errorf("<|im_end|> is %d (%v), want 2", id, ok)
	}
	if got := tok.Info(); got.VocabSize != 264 || got.Merges != 5 || got.Special != 3 || got.Pattern != "qwen2" || len(got.Digest) != 64 {
		t.Errorf("info %+v", got)
	}
}

// TestSpecialsOfD1 encodes the published generations of a diffusion model, which are full of
// end marks, 427 in one of them: none becomes a control token, and with AllowSpecial every one does.
func TestSpecialsOfD1(t *testing.T) {
	type record struct{ Generations string }
	marks := []string{"<|endoftext|>", "<|eot_id|>"}
	tok := trained(t, Options{VocabSize: 300, Specials: marks}, []string{"the other"})
	plain, control := tok.Encoder(), tok.Encoder()
	control.AllowSpecial = true
	most := 0
	for i, r := range lines[record](t, shared(t, "data", "d1", "gsm8k_llada_512.jsonl.gz")) {
		stand, became := 0, 0
		for _, m := range marks {
			stand += strings.Count(r.Generations, m)
		}
		ids, ends := plain.Append(nil, nil, r.Generations, 0)
		checkEnds(t, tok, r.Generations, ids, ends, 0)
		if slices.ContainsFunc(ids, func(id int32) bool { return id < 2 }) {
			t.Errorf("record %d: text became a control token", i)
		}
		ids, ends = control.Append(nil, nil, r.Generations, 0)
		checkEnds(t, tok, r.Generations, ids, ends, 0)
		for _, id := range ids {
			if id < 2 {
				became++
			}
		}
		if became != stand {
			t.Errorf("record %d: %d control tokens of %d marks", i, became, stand)
		}
		most = max(most, stand)
	}
	if most != 427 {
		t.Errorf("at most %d marks in a record, want 427", most)
	}
}
