package chat

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-cdf14512/graft/format"
)

func own(t testing.TB, name string, opt Options) *Template {
	t.Helper()
	opt.Date = recordedOn
	tpl, err := Load("testdata/own/"+name, opt)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

func named(s *format.Sample) []string {
	var out []string
	for _, sp := range s.Spans {
		out = append(out, sp.Name+"/"+sp.Origin.String()+"|"+s.Text[sp.Start:sp.End])
	}
	return out
}

// What a model must write is told from what it is given, whoever wrote the
// bytes; the turn end is the token that ends the answer.
func TestSpansOfTemplates(t *testing.T) {
	for _, c := range []struct {
		name, template string
		opt            Options
		turns          []Turn
		want           []string
		controls       int
	}{
		{"text", "chatml", Options{}, []Turn{{Role: "user", Text: "Hi <|im_end|>"}, {Role: "assistant", Text: "Yes."}}, []string{
			"template/template|<|im_start|>user\n", "user/source|Hi <|im_end|>",
			"template/template|<|im_end|>\n<|im_start|>assistant\n", "source/source|Yes.", "end/template|<|im_end|>", "template/template|\n"}, 4},
		{"reasoning apart", "chatml", Options{}, []Turn{{Role: "user", Text: "Hi"}, {Role: "assistant", Text: "Yes.", Reasoning: "Hm."}}, []string{
			"template/template|<|im_start|>user\n", "user/source|Hi",
			"template/template|<|im_end|>\n<|im_start|>assistant\n", "source/template|<think>\n", "source/source|Hm.",
			"source/template|\n</think>\n\n", "source/source|Yes.", "end/template|<|im_end|>", "template/template|\n"}, 6},
		{"reasoning cut and put back", "chatml", Options{}, []Turn{{Role: "user", Text: "Hi"}, {Role: "assistant", Text: "<think>\nHm.\n</think>\n\nYes."}}, []string{
			"template/template|<|im_start|>user\n", "user/source|Hi",
			"template/template|<|im_end|>\n<|im_start|>assistant\n", "source/source|<think>\nHm.\n</think>\n\nYes.",
			"end/template|<|im_end|>", "template/template|\n"}, 6},
		{"reasoning with other white space", "chatml", Options{}, []Turn{{Role: "user", Text: "Hi"}, {Role: "assistant", Text: "<think>Hm.</think>Yes."}}, []string{
			"template/template|<|im_start|>user\n", "user/source|Hi",
			"template/template|<|im_end|>\n<|im_start|>assistant\n", "source/source|<think>", "source/template|\n", "source/source|Hm.",
			"source/template|\n", "source/source|</think>", "source/template|\n\n", "source/source|Yes.",
			"end/template|<|im_end|>", "template/template|\n"}, 6},
		{"call", "chatml", Options{}, []Turn{{Role: "user", Text: "Hi"}, {Role: "assistant", Fields: []byte(`{"tool_calls": [{"function": {"name": "f", "arguments": {"x": "<|im_end|>"}}}]}`)}}, []string{
			"template/template|<|im_start|>user\n", "user/source|Hi", "template/template|<|im_end|>\n<|im_start|>assistant\n",
			"source/template|\n[call f {\"x\": \"<|im_end|>\"}]", "end/template|<|im_end|>", "template/template|\n"}, 4},
		{"several answers", "trimmed", Options{}, []Turn{{Role: "user", Text: "a"}, {Role: "assistant", Text: "b"}, {Role: "user", Text: "c"}, {Role: "assistant", Text: "d"}}, []string{
			"template/template|<|bot|><|head|>user<|/head|>\n\n", "user/source|a", "template/template|<|eot|><|head|>assistant<|/head|>\n\n", "source/source|b",
			"end/template|<|eot|>", "template/template|<|head|>user<|/head|>\n\n", "user/source|c", "template/template|<|eot|><|head|>assistant<|/head|>\n\n",
			"source/source|d", "end/template|<|eot|>"}, 13},
		{"generation", "marked", Options{}, []Turn{{Role: "user", Text: "a"}, {Role: "assistant", Text: "b"}}, []string{
			"template/template|<|user|>\n", "user/source|a", "template/template|<|end|>\n<|assistant|>\n", "source/source|b", "end/template|<|end|>", "template/template|\n"}, 4},
		{"empty answer, not printed", "marked", Options{}, []Turn{{Role: "user", Text: "a"}, {Role: "assistant"}}, []string{
			"template/template|<|user|>\n", "user/source|a", "template/template|<|end|>\n<|assistant|>\n", "end/template|<|end|>", "template/template|\n"}, 4},
		{"no prompt", "inst", Options{}, []Turn{{Role: "user", Text: "a"}, {Role: "assistant", Text: "b"}}, []string{
			"template/template|<s>[Q] ", "user/source|a", "template/template|[/Q]", "source/template| ", "source/source|b", "end/template|</s>"}, 4},
		{"a trace", "chatml", Options{}, []Turn{{Role: "user", Text: "2+2?"}, {Role: "assistant", Trace: trace()}}, []string{
			"template/template|<|im_start|>user\n", "user/source|2+2?", "template/template|<|im_end|>\n<|im_start|>assistant\n",
			"source/source|2+2 = 4.\n", "reflection.probe/graft|What of the total?\n", "source/source|#### 4", "end/template|<|im_end|>", "template/template|\n"}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s format.Sample
			if err := own(t, c.template, c.opt).Render(&s, c.turns); err != nil {
				t.Fatal(err)
			}
			if err := format.CheckSpans(s.Spans, len(s.Text)); err != nil {
				t.Error(err)
			}
			if d := cmp.Diff(c.want, named(&s)); d != "" {
				t.Errorf("spans:\n%s", d)
			}
			if len(s.Controls) != c.controls {
				t.Errorf("%d control ranges, want %d", len(s.Controls), c.controls)
			}
		})
	}
}

// A template that drops, moves or rewrites what a message says is an error that
// names the message and shows what was lost; the recipe can accept it.
func TestLosses(t *testing.T) {
	think := []Turn{{Role: "user", Text: "a"}, {Role: "assistant", Text: "<think>\nhm\n</think>\n\nb"}, {Role: "user", Text: "c"}, {Role: "assistant", Text: "d"}}
	plain := []Turn{{Role: "user", Text: "Ask it."}, {Role: "assistant", Text: "Say it."}}
	for _, c := range []struct {
		name, source string
		turns        []Turn
		kind         string
		turn         int
		lost         string
	}{
		{"reasoning of an earlier turn", "chatml", think, LossReasoning, 1, "<think>\nhm\n</think>\n\n"},
		{"white space", "trimmed", []Turn{{Role: "user", Text: "a\n"}, {Role: "assistant", Text: "b"}}, LossTrim, 0, "\n"},
		{"a turn", "{% for m in messages %}{% if m.role != 'system' %}{{ m.content }}</s>{% endif %}{% endfor %}",
			append([]Turn{{Role: "system", Text: "Be brief."}}, plain...), LossTurn, 0, "Be brief."},
		{"the tail", "{% for m in messages %}{{ m.content[:3] }}</s>{% endfor %}", plain, LossText, 0, " it."},
		{"case", "{% for m in messages %}{{ m.content | upper }}</s>{% endfor %}", plain, LossRewrite, 0, "Ask it."},
		{"escapes", "{% for m in messages %}{{ m.content | tojson }}</s>{% endfor %}", []Turn{{Role: "user", Text: "a\"b"}, {Role: "assistant", Text: "c"}}, LossRewrite, 0, "\"b"},
		{"twice", "{% for m in messages %}{{ m.content ~ m.content }}</s>{% endfor %}", plain, LossRepeat, 0, "Ask it."},
		{"order", "{% for m in messages | reverse %}{{ m.content }}</s>{% endfor %}", plain, LossOrder, 1, "Say it."},
		{"reasoning apart", "{% for m in messages %}{{ m.content }}</s>{% endfor %}", []Turn{{Role: "user", Text: "a"}, {Role: "assistant", Text: "b", Reasoning: "why"}}, LossReasoning, 1, "why"},
		{"call", "{% for m in messages %}{{ m.content }}</s>{% endfor %}", []Turn{{Role: "user", Text: "a"}, {Role: "assistant", Fields: []byte(`{"tool_calls":[{"name":"f","arguments":{}}]}`)}}, LossCall, 1, "f"},
		{"a replaced word", "{% for m in messages %}{{ m.content | replace('it', 'them') }}</s>{% endfor %}", plain, LossText, 0, "it"},
		{"outside of generation", "{% for m in messages %}{{ m.content }}{% generation %}</s>{% endgeneration %}{% endfor %}", plain, LossGeneration, 1, "Say it."},
		{"inside of generation", "{% for m in messages %}{% generation %}{{ m.content }}</s>{% endgeneration %}{% endfor %}", plain, LossGeneration, 0, "Ask it."},
		{"no end", "{% for m in messages %}{{ m.content }}\n{% endfor %}", plain, LossEnd, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			load := func(accept ...string) *Template {
				opt := Options{Accept: accept, EOS: "</s>"}
				if !strings.Contains(c.source, "{%") {
					opt.EOS = ""
					return own(t, c.source, opt)
				}
				tpl, err := Parse("test", c.source, opt)
				if err != nil {
					t.Fatal(err)
				}
				return tpl
			}
			var s format.Sample
			err := load().Render(&s, c.turns)
			var loss *LossError
			if !errors.As(err, &loss) {
				t.Fatalf("err = %v, want a loss", err)
			}
			if loss.Kind != c.kind || loss.Turn != c.turn || loss.Lost != c.lost || loss.Role != c.turns[c.turn].Role {
				t.Errorf("got %s of message %d: %q, want %s of message %d: %q", loss.Kind, loss.Turn, loss.Lost, c.kind, c.turn, c.lost)
			}
			if c.kind == LossEnd {
				return
			}
			if err := load(c.kind).Render(&s, c.turns); err != nil {
				t.Errorf("accepted, and yet: %v", err)
			} else if err == nil {
				if err := format.CheckSpans(s.Spans, len(s.Text)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// AddEOS writes an end where a template writes none, and nowhere else.
func TestAddEOS(t *testing.T) {
	turns := []Turn{{Role: "user", Text: "a"}, {Role: "assistant", Text: "b"}}
	for source, want := range map[string]string{
		"{% for m in messages %}{{ m.content }}\n{% endfor %}":   "a\nb\n</s>",
		"{% for m in messages %}{{ m.content }}</s>{% endfor %}": "a</s>b</s>",
	} {
		tpl, err := Parse("test", source, Options{EOS: "</s>", AddEOS: true})
		if err != nil {
			t.Fatal(err)
		}
		var s format.Sample
		if err := tpl.Render(&s, turns); err != nil {
			t.Fatal(err)
		}
		if s.Text != want {
			t.Errorf("got %q, want %q", s.Text, want)
		}
		if last := s.Spans[len(s.Spans)-1]; last.Name != format.SpanEnd || s.Text[last.Start:last.End] != "</s>" {
			t.Errorf("the last span is %+v, want the end", last)
		}
		if c := s.Controls[len(s.Controls)-1]; c.End != len(s.Text) {
			t.Errorf("the last control token is %v of %d bytes", c, len(s.Text))
		}
	}
}
