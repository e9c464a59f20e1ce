package token

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestRefusals changes one thing in a good file; each must be refused by its name.
func TestRefusals(t *testing.T) {
	file := string(smallFile(t))
	const added = `"single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}`
	for _, c := range []struct{ name, from, to, want string }{
		{"cut off", file[len(file)/2:], "", "unexpected EOF"},
		{"version", `"version": "1.0"`, `"version": "2.0"`, `version "2.0"`},
		{"truncation", `"truncation": null`, `"truncation": {"max_length": 8}`, "truncation is set"},
		{"padding", `"padding": null`, `"padding": {"strategy": "BatchLongest"}`, "padding is set"},
		{"unknown member", `"padding": null`, `"padding": null, "soup": 1`, `"soup"`},
		{"unknown member of model", `"dropout": null`, `"dropout": null, "soup": 1`, `"soup"`},
		{"unknown member of a stage", `"decoder": {"type"`, `"decoder": {"soup": 1, "type"`, `"soup"`},
		{"model", `"type": "BPE"`, `"type": "WordPiece"`, `"WordPiece"`},
		{"dropout", `"dropout": null`, `"dropout": 0.1`, "dropout 0.1"},
		{"prefix", `"continuing_subword_prefix": null`, `"continuing_subword_prefix": "##"`, `continuing_subword_prefix "##"`},
		{"suffix", `"end_of_word_suffix": null`, `"end_of_word_suffix": "</w>"`, `end_of_word_suffix "</w>"`},
		{"normalizer", `"normalizer": null`, `"normalizer": {"type": "NFKC"}`, `normalizer "NFKC"`},
		{"normalizer in a sequence", `"normalizer": null`, `"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}`, `normalizer "Lowercase"`},
		{"normalizer with members", `"normalizer": null`, `"normalizer": {"type": "BertNormalizer", "clean_text": true}`, `normalizer "BertNormalizer"`},
		{"pre-tokenizer", `"type": "Split"`, `"type": "BertPreTokenizer"`, `pre_tokenizer "BertPreTokenizer" at place 0`},
		{"pre-tokenizer last", `"type": "Split"`, `"type": "ByteLevel"`, `pre_tokenizer "ByteLevel" at place 0`},
		{"pattern", `|\\p{N}|`, `|\\p{Nd}|`, "is not known; known are gpt2, qwen2"},
		{"behavior", `"Isolated"`, `"Kept"`, `behavior "Kept"`},
		{"post-processor", `"post_processor": {"type": "ByteLevel"`, `"post_processor": {"type": "Soup"`, `post_processor "Soup"`},
		{"post-processor without tokens", `"post_processor": {"type": "ByteLevel"`, `"post_processor": {"type": "BertProcessing"`, "sep or cls is missing"},
		{"decoder", `"decoder": {"type": "ByteLevel"`, `"decoder": {"type": "WordPiece"`, `decoder "WordPiece"`},
		{"fallback", `"byte_fallback": false`, `"byte_fallback": true`, "byte_fallback"},
		{"same token twice", `"!": 3`, `"!": 3, "!": 3`, "duplicate"},
		{"same id twice", `"!": 3`, `"!": 4`, "two tokens have id 4"},
		{"huge id", `"!": 3`, `"!": 2000000000`, "has id 2000000000"},
		{"negative id", `"!": 3`, `"!": -3`, "has id -3"},
		{"missing byte", `"!": 3`, `"!!!": 3`, "no token for byte 0x21"},
		{"foreign token", `"!": 3`, `"! ": 3`, "byte-level characters"},
		{"merge of three", `["t", "he"]`, `["t", "h", "e"]`, "a merge of 3"},
		{"merge without space", `["t", "he"]`, `"the"`, "two tokens and a space"},
		{"merge of strangers", `["t", "he"]`, `["t", "!"]`, "lacks"},
		{"merge twice", `["t", "he"]`, `["t", "he"], ["t", "he"]`, "already"},
		{"added id", `{"id": 2`, `{"id": 7`, "the reference would give it 2"},
		{"added twice", `"added_tokens": [`, `"added_tokens": [{"id": 2, "content": "<|im_end|>", ` + added + `,`, "twice"},
		{"added outside", `"added_tokens": [`, `"added_tokens": [{"id": 900, "content": "<new>", ` + added + `,`, "the reference would give it 264"},
		{"added empty", `"added_tokens": [`, `"added_tokens": [{"id": 264, "content": "", ` + added + `,`, "empty"},
	} {
		changed := strings.Replace(file, c.from, c.to, 1)
		if changed == file {
			t.Errorf("%s: %q does not stand in the file", c.name, c.from)
			continue
		}
		if _, err := Load([]byte(changed)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want something with %q", c.name, err, c.want)
		}
	}
	if _, err := Load([]byte(file)); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

// TestOldMerges reads what old files have: merges as "a b", and no type.
func TestOldMerges(t *testing.T) {
	file := string(smallFile(t))
	old := strings.Replace(strings.Replace(file, `["t", "he"]`, `"t he"`, 1), `"type": "BPE",`, "", 1)
	if old == file {
		t.Fatal("no such merge")
	}
	tok, err := Load([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	if got := pieces(tok.Encoder(), "the"); got != "the" {
		t.Errorf("got %q, want the", got)
	}
}

// TestWordPieceRefused loads the files of other kinds in ../shared.
func TestWordPieceRefused(t *testing.T) {
	for _, name := range []string{"bert-base-uncased", "all-minilm-l6-v2"} {
		file := unzipped(t, shared(t, "data", "tokenizers", name+".tokenizer.json.gz"))
		if _, err := Load(file); err == nil || !strings.Contains(err.Error(), "WordPiece") && !strings.Contains(err.Error(), "truncation is set") {
			t.Errorf("%s: got %v, want a refusal that names WordPiece or truncation", name, err)
		}
	}
}

func TestAddSpecials(t *testing.T) {
	file := smallFile(t)
	out, err := AddSpecials(file, []string{"<|im_end|>", "<|wait|>", "<|back \"up\"|>"})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(out)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int32{"<|im_end|>": 2, "<|wait|>": 264, "<|back \"up\"|>": 265} {
		if id, ok := tok.ID(name); !ok || id != want {
			t.Errorf("%s is %d (%v), want %d", name, id, ok, want)
		}
	}
	at, err := endOfAdded(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out, file[:at]) || !bytes.HasSuffix(out, file[at:]) {
		t.Error("the rest of the file changed")
	}
	again, err := AddSpecials(out, []string{"<|wait|>"})
	if err != nil || !bytes.Equal(again, out) {
		t.Errorf("adding what is there changed the file (%v)", err)
	}
	more, err := AddSpecials(out, []string{"<|more|>"})
	if err != nil {
		t.Fatal(err)
	}
	if tok, err = Load(more); err != nil {
		t.Fatal(err)
	}
	if id, _ := tok.ID("<|more|>"); id != 266 {
		t.Errorf("<|more|> is %d, want 266", id)
	}
	none := []byte(strings.Replace(string(file), "\"added_tokens\": [", "\"added_tokens\": [],\"\":[", 1))
	if _, err := AddSpecials(none, []string{"<x>"}); err == nil {
		t.Error("a file with an unknown member was accepted")
	}
	for name, want := range map[string]string{"the": "plain vocabulary", "": "empty"} {
		if _, err := AddSpecials(file, []string{name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want something with %q", name, err, want)
		}
	}
	bare, err := Train(each(nil), Options{VocabSize: 256})
	if err != nil {
		t.Fatal(err)
	}
	if out, err = AddSpecials(bare, []string{"<x>", "<y>"}); err != nil {
		t.Fatal(err)
	}
	if tok, err = Load(out); err != nil || tok.VocabSize() != 258 {
		t.Errorf("specials in an empty list: %v", err)
	}
}

func TestTrainRefusals(t *testing.T) {
	broken := errors.New("line 7 is broken")
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"small", Options{VocabSize: 258, Specials: smallSpecials}, "259 is the least"},
		{"pattern", Options{VocabSize: 300, Pattern: "gpt5"}, `pattern "gpt5" is not known`},
		{"twice", Options{VocabSize: 300, Specials: []string{"<s>", "<s>"}}, "twice"},
		{"a byte", Options{VocabSize: 300, Specials: []string{"a"}}, "stands for a byte"},
		{"texts", Options{VocabSize: 300}, "line 7 is broken"},
	} {
		_, err := Train(func(yield func(string, error) bool) {
			if yield("text", nil) {
				yield("", broken)
			}
		}, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want something with %q", c.name, err, c.want)
		}
	}
}

// TestTieRule: "he" and "th" are equally frequent; h has the lower id and goes first.
func TestTieRule(t *testing.T) {
	f, err := parse(smallFile(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []mergePair{{"h", "e"}, {"t", "he"}, {"o", "the"}, {"Ġ", "the"}, {"Ġ", "othe"}}
	if !slices.Equal(f.Model.Merges, want) {
		t.Errorf("merges %q, want %q", f.Model.Merges, want)
	}
}

// TestTrainOrder gives the same texts in another order, and a special token that text could join to.
func TestTrainOrder(t *testing.T) {
	texts := strings.SplitAfter(strings.Repeat("the cat sat; the mat sat. ", 3)+"on that hat, at last", " ")
	o := Options{VocabSize: 290, Specials: []string{"at"}}
	a, err := Train(each(texts), o)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(texts)
	b, err := Train(each(texts), o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the order of the texts changed the file")
	}
	tok, err := Load(a)
	if err != nil {
		t.Fatal(err)
	}
	if ids, _ := tok.Encoder().Append(nil, nil, "at cat", 0); slices.Contains(ids, 0) || len(ids) < 4 {
		t.Errorf("text became the special token: %v", ids)
	}
}

func unzipped(t testing.TB, path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return gunzip(t, f)
}
