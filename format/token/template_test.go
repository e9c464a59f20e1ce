package token

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	plainPost = `"post_processor": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}`
	bosTokens = `"special_tokens": {"B": {"id": "B", "ids": [1], "tokens": ["<|im_start|>"]}, "E": {"id": "E", "ids": [2, 0], "tokens": ["<|im_end|>", "<|endoftext|>"]}}`
)

// template writes a TemplateProcessing; a part is A, or the name of a special token.
func template(parts ...string) string {
	var all []string
	for _, p := range parts {
		kind := "SpecialToken"
		if p == "A" {
			kind = "Sequence"
		}
		all = append(all, fmt.Sprintf(`{%q: {"id": %q, "type_id": 0}}`, kind, p))
	}
	pair := `[{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}]`
	return fmt.Sprintf(`{"type": "TemplateProcessing", "single": [%s], "pair": %s, %s}`, strings.Join(all, ", "), pair, bosTokens)
}

var wraps = []struct {
	name, post    string
	before, after []int32
}{
	{"template", template("B", "A", "E"), []int32{1}, []int32{2, 0}},
	{"twice before", template("B", "B", "A"), []int32{1, 1}, nil},
	{"after only", template("A", "E"), nil, []int32{2, 0}},
	{"bert", `{"type": "BertProcessing", "sep": ["<|im_end|>", 2], "cls": ["<|im_start|>", 1]}`, []int32{1}, []int32{2}},
	{"roberta", `{"type": "RobertaProcessing", "sep": ["<|im_end|>", 2], "cls": ["<|im_start|>", 1], "trim_offsets": true, "add_prefix_space": true}`, []int32{1}, []int32{2}},
	{"sequence", `{"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}, ` +
		template("B", "A", "E") + `]}`, []int32{1}, []int32{2, 0}},
}

func TestWrap(t *testing.T) {
	file := string(smallFile(t))
	for _, c := range wraps {
		tok, err := Load([]byte(strings.Replace(file, plainPost, `"post_processor": `+c.post, 1)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		e := tok.Encoder()
		plain, _ := e.Append(nil, nil, "the 100", 5)
		ids, ends := e.AppendWithSpecials(nil, nil, "the 100", 5)
		if want := slices.Concat(c.before, plain, c.after); !slices.Equal(ids, want) {
			t.Errorf("%s: got %v, want %v", c.name, ids, want)
		}
		for i, end := range ends {
			if i < len(c.before) && end != 5 || i >= len(ids)-len(c.after) && end != 12 {
				t.Errorf("%s: ends %v", c.name, ends)
				break
			}
		}
	}
}

func TestWrapRefusals(t *testing.T) {
	file := string(smallFile(t))
	good := template("B", "A")
	for _, c := range []struct{ name, post, want string }{
		{"no text", template("B"), "has the text 0 times"},
		{"text twice", template("A", "B", "A"), "has the text 2 times"},
		{"strange token", template("X", "A"), `token "X" of the template is not in special_tokens`},
		{"other text", strings.Replace(good, `"Sequence": {"id": "A"`, `"Sequence": {"id": "B"`, 1), "neither a special token nor the text A"},
		{"unknown part", strings.Replace(good, `"Sequence"`, `"Soup"`, 1), `"Soup"`},
		{"unknown id", strings.Replace(good, `[1]`, `[99999]`, 1), "adds token 99999"},
		{"negative id", strings.Replace(good, `[1]`, `[-1]`, 1), "adds token -1"},
		{"bert with one", `{"type": "BertProcessing", "sep": ["x"], "cls": ["y", 1]}`, "not a token and its id"},
		{"bert with words", `{"type": "BertProcessing", "sep": ["x", "y"], "cls": ["y", 1]}`, "BertProcessing"},
		{"two that add", `{"type": "Sequence", "processors": [` + good + `, ` + good + `]}`, "after another that adds tokens"},
		{"bert unknown id", `{"type": "BertProcessing", "sep": ["x", 7000], "cls": ["y", 1]}`, "adds token 7000"},
	} {
		if _, err := Load([]byte(strings.Replace(file, plainPost, `"post_processor": `+c.post, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want something with %q", c.name, err, c.want)
		}
	}
}

// TestWrapHole: an id below the largest may still be no token.
func TestWrapHole(t *testing.T) {
	file := replaceOnce(t, blankFile(t), `"▁othe":`, `"zz":700,"▁othe":`)
	file = replaced(t, file, `{"post_processor": {"type": "BertProcessing", "sep": ["x", 699], "cls": ["zz", 700]}}`)
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), "adds token 699") {
		t.Errorf("got %v", err)
	}
}

// TestWrapLikeReference has every kind of post-processor, and those of the published files.
func TestWrapLikeReference(t *testing.T) {
	texts := append([]string{"", " the", "<|im_end|>"}, randomTexts(20)...)
	var all []string
	for _, c := range wraps {
		all = append(all, `{"post_processor": `+c.post+`}`)
	}
	samePipelines(t, smallFile(t), all, texts, true)
	for _, name := range []string{"llama3_2", "mistral_nemo", "llama2", "gemma2"} { // those that add a token
		published(t, name)
		file, err := os.ReadFile(filepath.Join(os.Getenv("GRAFT_TOKENIZERS"), name, "tokenizer.json"))
		if err != nil {
			t.Fatal(err)
		}
		samePipelines(t, file, []string{"{}"}, texts, true)
	}
}

// samePipelines replaces parts of a file in turn and compares the ids with the
// reference's.
func samePipelines(t *testing.T, file []byte, parts []string, texts []string, add bool) {
	t.Helper()
	type request struct {
		Parts json.RawMessage `json:"parts"`
		Texts []string        `json:"texts"`
		Add   bool            `json:"add"`
	}
	var requests []request
	for _, p := range parts {
		requests = append(requests, request{json.RawMessage(p), texts, add})
	}
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(reference(t, "pipeline.py", jsonLines(t, requests), path))))
	n, different := 0, 0
	for _, p := range parts {
		var want struct {
			Error, File string
			IDs         [][]int32
		}
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if want.Error != "" {
			t.Errorf("%s: the reference says %s", p, want.Error)
			continue
		}
		if want.File != "" {
			file = []byte(want.File)
		}
		tok, err := LoadAny(file)
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		e := tok.Encoder()
		e.AllowSpecial = true
		for i, text := range texts {
			encode := e.Append
			if add {
				encode = e.AppendWithSpecials
			}
			ids, _ := encode(nil, nil, text, 0)
			if n++; e.Err() != nil || !slices.Equal(ids, want.IDs[i]) {
				if different++; different <= 5 {
					t.Errorf("%s: %+q: %v\n got %v\nwant %v", p, text, e.Err(), ids, want.IDs[i])
				}
			}
		}
	}
	t.Logf("%d pipelines, %d texts, %d different", len(parts), n, different)
}
