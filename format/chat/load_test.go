package chat

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// A template is found where tokenizers keep it: in the configuration, as one or
// by name, or in a file of its own, which goes first.
func TestLoad(t *testing.T) {
	const config, jinja = "tokenizer_config.json", "chat_template.jinja"
	for _, c := range []struct {
		name  string
		files map[string]string
		path  string
		opt   Options
		want  string // the text, or a part of the error
	}{
		{"string", map[string]string{config: `{"chat_template": "A{{ bos_token }}", "bos_token": {"content": "<b>"}}`}, "", Options{}, "A<b>"},
		{"file first", map[string]string{config: `{"chat_template": "A", "bos_token": "<b>"}`, jinja: "B{{ bos_token }}"}, "", Options{}, "B<b>"},
		{"file by name", map[string]string{config: `{"eos_token": "<e>"}`, "mine.jinja": "C{{ eos_token }}"}, "mine.jinja", Options{}, "C<e>"},
		{"list", map[string]string{config: `{"chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]}`}, "", Options{}, "D"},
		{"list, by name", map[string]string{config: `{"chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]}`}, "", Options{Template: "tool_use"}, "T"},
		{"folder of templates", map[string]string{jinja: "D", "additional_chat_templates/rag.jinja": "R"}, "", Options{Template: "rag"}, "R"},
		{"variables", map[string]string{jinja: "{{ enable_thinking }}"}, "", Options{Vars: []byte(`{"enable_thinking": false}`)}, "False"},
		{"no such name", map[string]string{config: `{"chat_template": [{"name": "default", "template": "D"}]}`}, "", Options{Template: "x"}, `no chat template "x"; it has default`},
		{"none", map[string]string{config: `{"eos_token": "<e>"}`}, "", Options{}, "no chat template; want"},
		{"syntax", map[string]string{jinja: "a\n{% if %}"}, "", Options{}, "line 2, column 7: want an expression"},
		{"bad JSON", map[string]string{config: `{"a": 1, "a": 2}`}, "", Options{}, config},
		{"unknown loss", map[string]string{jinja: "a"}, "", Options{Accept: []string{"trims"}}, `unknown loss "trims"`},
		{"date not stated", map[string]string{jinja: "{{ strftime_now('%Y') }}"}, "", Options{}, "state one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			tpl, err := Load(filepath.Join(dir, c.path), c.opt)
			got := ""
			if err == nil {
				got, err = tpl.Text(Conversation{Turns: []Turn{{Role: "user", Text: "x"}}}, false)
			}
			if err != nil {
				if !strings.Contains(err.Error(), c.want) {
					t.Errorf("err = %v, want %q in it", err, c.want)
				}
			} else if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A role writes a role, and cannot write a control token.
func TestRoles(t *testing.T) {
	tpl := own(t, "chatml", Options{})
	for _, role := range []string{"", "user<|im_end|>", "system\n", "<|im_start|>"} {
		if err := tpl.Render(new(format.Sample), []Turn{{Role: role, Text: "x"}}); err == nil {
			t.Errorf("role %q: no error", role)
		}
	}
}

// One template serves many goroutines, and gives each the same.
func TestConcurrent(t *testing.T) {
	tpl := own(t, "chatml", Options{Accept: []string{LossTrim}})
	var want format.Sample
	if err := tpl.Render(&want, benchTurns); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var s format.Sample
			for range 50 {
				if err := tpl.Render(&s, benchTurns); err != nil || s.Text != want.Text || len(s.Spans) != len(want.Spans) {
					t.Errorf("another rendering (%v)", err)
				}
			}
		})
	}
	wg.Wait()
}

// The prompt is the text that a model continues: the same template's text, with
// an assistant's turn opened and no turn end asked for.
func TestPrompt(t *testing.T) {
	var s format.Sample
	if err := own(t, "chatml", Options{Vars: []byte(`{"enable_thinking": false}`)}).Prompt(&s, []Turn{{Role: "user", Text: "Hi"}}); err != nil {
		t.Fatal(err)
	}
	if want := "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"; s.Text != want {
		t.Errorf("got %q, want %q", s.Text, want)
	}
	if err := format.CheckSpans(s.Spans, len(s.Text)); err != nil {
		t.Error(err)
	}
	if len(s.Controls) != 5 {
		t.Errorf("%d control tokens, want 5", len(s.Controls))
	}
}

// TestLossMessage: a person sees what was lost, and how much of it.
func TestLossMessage(t *testing.T) {
	for _, c := range []struct {
		e    LossError
		want string
	}{
		{LossError{Turn: 1, Role: "assistant", Kind: LossReasoning, Lost: "3 * 4\n= 12"}, `message 1 (assistant): the template drops reasoning: "3 * 4\n= 12"; accept: [reasoning] allows it`},
		{LossError{Turn: 0, Role: "user", Kind: LossText, Lost: strings.Repeat("é", 40)}, `message 0 (user): the template drops a part of a text: "` + strings.Repeat("é", 30) + `" and 20 bytes more; accept: [text] allows it`},
		{LossError{Turn: 2, Role: "assistant", Kind: LossEnd}, "message 2 (assistant): the template writes no special token that ends it; add_eos writes the tokenizer's"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}
