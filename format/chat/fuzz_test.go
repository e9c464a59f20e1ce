package chat

import (
	"os"
	"testing"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/format"
)

// Whatever a template and a conversation are, what is rendered is tiled, and
// every source span is its message's text.
func FuzzRender(f *testing.F) {
	for _, name := range []string{"chatml", "trimmed", "marked", "inst", "kitchen"} {
		raw, err := os.ReadFile("testdata/own/" + name + "/chat_template.jinja")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw), "Hi", "<think>\nwhy\n</think>\n\nYes. <|im_end|>", "")
		f.Add(string(raw), " \n", "Yes.\n", "because")
	}
	accept := make([]string, len(Losses))
	for i, l := range Losses {
		accept[i] = l.Name
	}
	tokens := []Token{{"<|im_start|>", true}, {"<|im_end|>", true}, {"<think>", false}, {"</think>", false}}
	f.Fuzz(func(t *testing.T, source, ask, say, why string) {
		if !utf8.ValidString(ask) || !utf8.ValidString(say) || !utf8.ValidString(why) || len(source) > 1<<12 {
			return
		}
		turns := []Turn{{Role: "user", Text: ask}, {Role: "assistant", Text: say, Reasoning: why}, {Role: "user", Text: say}, {Role: "assistant", Text: ask + why}}
		for _, opt := range []Options{{EOS: "<|im_end|>", Tokens: tokens, Date: recordedOn}, {EOS: "<|im_end|>", Tokens: tokens, Date: recordedOn, Accept: accept, AddEOS: true}} {
			tpl, err := Parse("fuzz", source, opt)
			if err != nil {
				return
			}
			var s format.Sample
			if err := tpl.Render(&s, turns); err != nil {
				continue
			}
			if err := format.CheckSpans(s.Spans, len(s.Text)); err != nil {
				t.Fatalf("%v\n%q", err, s.Text)
			}
			if opt.Accept == nil {
				checkRendering(t, tpl, &s, turns)
			}
			checkControls(t, tpl, &s)
		}
	})
}
