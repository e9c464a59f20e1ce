package augment_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
)

// A recipe may name the template that a tokenizer ships with; the build is proved
// like any other. What the template loses of a conversation refuses it by name,
// unless the recipe accepts that.
func TestTokenizersOwnTemplate(t *testing.T) {
	const turns = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ BODY }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"whole/chat_template.jinja": strings.Replace(turns, "BODY", "m.content", 1),
		"trim/chat_template.jinja":  strings.Replace(turns, "BODY", "m.content.split('####')[0]", 1),
		"in.jsonl":                  read(t, "../testdata/corpora/tiny/three.jsonl"),
	})
	recipe := "version: 1\nseed: 1\n" + behaviorsAt("1") + traces("in.jsonl")
	whole, rep := build(t, dir, recipe+"render: {template: whole/chat_template.jinja}\n", augment.BuildOptions{})
	prove(t, whole)
	balanced(t, whole, rep)
	ours, _ := build(t, dir, recipe+"render: {template: chatml}\n", augment.BuildOptions{})
	for i, r := range rows(t, whole) {
		if want := rows(t, ours)[i]; r.Text != want.Text || len(r.Controls) != len(want.Controls) {
			t.Errorf("the template gives %q, the built-in one of the same form %q", r.Text, want.Text)
		}
	}
	_, err := augment.Build(context.Background(), load(t, dir, recipe+"render: {template: trim/chat_template.jinja}\n"), filepath.Join(dir, "out"), augment.BuildOptions{})
	if err == nil || !strings.Contains(err.Error(), "template-text") {
		t.Errorf("a template that drops the answer: %v, want a refusal for template-text", err)
	}
}

// Where a recipe accepts what a template loses, what is left is the source: edits stand in it, and the
// build is proved like any other. What cannot be proved so is refused.
func TestAcceptedLosses(t *testing.T) {
	const turns = `{% for m in messages %}<|im_start|>{{ m.role }}
{% if m.role == 'assistant' %}{{ BODY }}{% else %}{{ m.content }}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`
	for _, c := range []struct {
		name, body, accept, refused string
	}{
		{"trimmed", "m.content | trim", "trim", ""},
		{"first line dropped", "m.content[m.content.index('\\n'):]", "text, trim", ""},
		{"a part out of the middle", "m.content[:9] ~ m.content[14:]", "text, trim", codeUnproved},
		{"twice", "m.content ~ m.content", "repeat", codeUnproved},
		{"upper case", "m.content | upper", "rewrite", codeUnproved},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			body := strings.ReplaceAll(read(t, "../testdata/corpora/tiny/three.jsonl"), `"answer": "`, `"answer": "Well.\n`)
			write(t, dir, map[string]string{"own/chat_template.jinja": strings.Replace(turns, "BODY", c.body, 1), "in.jsonl": body})
			recipe := "version: 1\nseed: 1\n" + behaviorsAt("1") + traces("in.jsonl") + "render: {template: own/chat_template.jinja, accept: [" + c.accept + "]}\n"
			if c.refused != "" {
				_, err := augment.Build(context.Background(), load(t, dir, recipe), filepath.Join(dir, "out"), augment.BuildOptions{})
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("%v, want a refusal for %s", err, c.refused)
				}
				return
			}
			out, rep := build(t, dir, recipe, augment.BuildOptions{})
			prove(t, out)
			balanced(t, out, rep)
			edits := 0
			for _, r := range rows(t, out) {
				edits += len(r.Edits)
			}
			if edits == 0 {
				t.Error("no edit stands in what the template left")
			}
		})
	}
}

const codeUnproved = "template-unproved"
