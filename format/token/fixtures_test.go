package token

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vocabularies are the files recorded in ../shared/fixtures/tokens.
var vocabularies = []string{"gpt2", "qwen2_5", "qwen3", "llama3_2", "deepseek_v3", "mistral_nemo", "llama2", "gemma2"}

// shared returns a path below ../shared, from GRAFT_SHARED or beside the repository.
func shared(t testing.TB, parts ...string) string {
	root := os.Getenv("GRAFT_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				root = filepath.Join(filepath.Dir(dir), "shared")
				break
			}
			dir = filepath.Dir(dir)
		}
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs ../shared: %s", filepath.Join(parts...))
	}
	return path
}

// published loads one of the vocabularies that npm has; see README.md.
func published(t testing.TB, name string) *Tokenizer {
	root := os.Getenv("GRAFT_TOKENIZERS")
	if root == "" {
		t.Skipf("needs GRAFT_TOKENIZERS: %s/tokenizer.json", name)
	}
	b, err := os.ReadFile(filepath.Join(root, name, "tokenizer.json"))
	if err != nil {
		t.Skipf("needs GRAFT_TOKENIZERS: %s/tokenizer.json", name)
	}
	tok, err := Load(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return tok
}

// lines decodes a gzipped JSONL file.
func lines[T any](t testing.TB, path string) []T {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []T
	for d := json.NewDecoder(bytes.NewReader(gunzip(t, f))); d.More(); {
		var x T
		if err := d.Decode(&x); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, x)
	}
	return all
}

func gunzip(t testing.TB, r io.Reader) []byte {
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRecordedIDs compares every document with the ids that the reference gave.
func TestRecordedIDs(t *testing.T) {
	for _, name := range vocabularies {
		t.Run(name, func(t *testing.T) { recorded(t, published(t, name), name) })
	}
}

// recorded compares a tokenizer with the ids in ../shared/fixtures/tokens.
func recorded(t *testing.T, tok *Tokenizer, name string) {
	t.Helper()
	type document struct {
		Set  string
		I    int
		Text string
		IDs  []int32
	}
	e := tok.Encoder()
	e.AllowSpecial = true
	different := 0
	all := lines[document](t, shared(t, "fixtures", "tokens", name+".jsonl.gz"))
	if len(all) != 882 {
		t.Fatalf("%d documents, want 882", len(all))
	}
	for _, d := range all {
		ids, ends := e.Append(nil, nil, d.Text, 7)
		checkEnds(t, tok, d.Text, ids, ends, 7)
		if !slices.Equal(ids, d.IDs) {
			if different++; different <= 3 {
				t.Errorf("%s %d: %q\n got %v\nwant %v", d.Set, d.I, d.Text, ids, d.IDs)
			}
		}
	}
	t.Logf("%d documents, %d different", len(all), different)
	if different > 0 {
		t.Errorf("%d of %d documents differ", different, len(all))
	}
}

// checkEnds proves that ends rise to the end of the text and, where no
// normalizing stands between, that each token is the bytes it covers.
func checkEnds(t testing.TB, tok *Tokenizer, text string, ids, ends []int32, base int) {
	t.Helper()
	if len(ids) != len(ends) {
		t.Fatalf("%q: %d ids, %d ends", text, len(ids), len(ends))
	}
	at := base
	for i, end := range ends {
		if int(end) < at || int(end) > base+len(text) {
			t.Fatalf("%q: end %d is %d after %d", text, i, end, at)
		}
		covers := text[at-base : int(end)-base]
		if tok.blank {
			covers = strings.ReplaceAll(covers, blankMark, " ") // the vocabulary does not tell them apart
		}
		if id := slices.IndexFunc(tok.list, func(a AddedToken) bool { return a.ID == ids[i] && (a.LStrip || a.RStrip) }); id >= 0 {
			covers = strings.TrimSpace(covers)
		}
		if s, ok := tok.Bytes(ids[i]); !ok || s != covers && !tok.nfc && !(tok.prepend && covers == s[1:]) {
			t.Fatalf("%q: token %d is %q and covers %q", text, i, s, covers)
		}
		at = int(end)
	}
	if at != base+len(text) {
		t.Fatalf("%q: ends at %d, want %d", text, at, base+len(text))
	}
}
