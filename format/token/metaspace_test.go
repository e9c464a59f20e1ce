package token

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// blankFile is a small vocabulary of SentencePiece style.
func blankFile(t testing.TB) []byte {
	t.Helper()
	vocab := map[string]int{"<unk>": 0, "<s>": 1, "</s>": 2}
	for b := range 256 {
		vocab[fmt.Sprintf("<0x%02X>", b)] = len(vocab)
	}
	var merges []string
	add := func(s string) {
		if _, ok := vocab[s]; !ok {
			vocab[s] = len(vocab)
		}
	}
	for _, r := range "▁abcdefghijklmnopqrstuvwxyz.,é日" {
		add(string(r))
	}
	for _, m := range []string{"t h", "th e", "▁ the", "▁ ▁", "▁▁ ▁▁", "o the", "▁ o", "a b", "ab a"} {
		merges = append(merges, m)
		add(strings.ReplaceAll(m, " ", ""))
	}
	add("▁othe")
	merges = append(merges, "▁o the")
	special := func(id int, s string) map[string]any {
		return map[string]any{"id": id, "content": s, "single_word": false, "lstrip": false, "rstrip": false, "normalized": id == 2, "special": true}
	}
	replace := map[string]any{"type": "Replace", "pattern": map[string]string{"String": "▁"}, "content": " "}
	b, err := json.Marshal(map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "normalizer": nil, "post_processor": nil,
		"added_tokens":  []any{special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")},
		"pre_tokenizer": map[string]any{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false},
		"decoder":       map[string]any{"type": "Sequence", "decoders": []any{replace, map[string]any{"type": "ByteFallback"}, map[string]any{"type": "Fuse"}}},
		"model":         map[string]any{"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": vocab, "merges": merges},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func metaStage(scheme string, split bool) string {
	return fmt.Sprintf(`{"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": %q, "split": %v}}`, scheme, split)
}

func TestMetaspaceLikeReference(t *testing.T) {
	var parts []string
	for _, scheme := range []string{"always", "first", "never"} {
		parts = append(parts, metaStage(scheme, false), metaStage(scheme, true))
	}
	texts := append(randomTexts(100), "the", " the", "▁the", "  the  other ", "<s>the<s> the", "</s>the", "a</s>the", " </s>  ", "the<s>", "\nthe", "", " ")
	samePipelines(t, blankFile(t), parts, texts, false)
	published(t, "llama2")
	file, err := os.ReadFile(filepath.Join(os.Getenv("GRAFT_TOKENIZERS"), "llama2", "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range parts {
		parts[i] = strings.Replace(p, `{"pre`, `{"normalizer": null, "pre`, 1)
	}
	samePipelines(t, file, parts[2:4], texts, false)
}

func TestMetaspace(t *testing.T) {
	file := blankFile(t)
	for _, c := range []struct{ scheme, in, want, ends string }{
		{"first", "the the", "▁the ▁the", "[5 9]"},
		{"first", " the", "▁the", "[6]"},
		{"first", "<s>the", "<s> the", "[5 8]"},
		{"first", "the<s>the<s>the", "▁the <s> the <s> the", "[5 8 11 14 17]"},
		{"first", "the</s>the</s>the", "▁the </s> the </s> the", "[5 9 12 16 19]"},
		{"always", "▁the", "▁the", "[8]"},
		{"always", "<s>the", "<s> ▁the", "[5 8]"},
		{"never", "the é", "the ▁ é", "[5 6 8]"},
	} {
		tok, err := Load(replaced(t, file, metaStage(c.scheme, false)))
		if err != nil {
			t.Fatal(err)
		}
		e := tok.Encoder()
		e.AllowSpecial = true
		ids, ends := e.Append(nil, nil, c.in, 2)
		var got []string
		for _, id := range ids {
			s, _ := tok.Bytes(id)
			got = append(got, strings.ReplaceAll(s, " ", "▁"))
		}
		if strings.Join(got, " ") != c.want || fmt.Sprint(ends) != c.ends {
			t.Errorf("%s %q: got %q %v, want %q %s", c.scheme, c.in, got, ends, c.want, c.ends)
		}
	}
	for parts, want := range map[string]string{
		metaStage("sometimes", true):                           `prepend_scheme "sometimes"`,
		strings.Replace(metaStage("first", true), "▁", "_", 1): `replacement "_"`,
	} {
		if _, err := Load(replaced(t, file, parts)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want something with %q", err, want)
		}
	}
}

// TestStreamStrip: of a tokenizer that puts a blank before the text, Decode and
// streaming take one away, and no more.
func TestStreamStrip(t *testing.T) {
	file := replaceOnce(t, blankFile(t), `{"type":"Fuse"}`, `{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}`)
	tok, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"the the a", "a", "\u65e5 the", "a  b"} {
		ids, _ := tok.Encoder().Append(nil, nil, text, 0)
		d := tok.Decoder()
		for range 2 {
			var all []byte
			for _, id := range ids {
				all = d.Append(all, id)
			}
			if all = d.Flush(all); string(all) != text || string(tok.Decode(ids)) != text {
				t.Errorf("%q: streamed %q, decoded %q", text, all, tok.Decode(ids))
			}
		}
	}
}
