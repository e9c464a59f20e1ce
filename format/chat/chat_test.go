package chat

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-cdf14512/graft/format"
)

func trace() *format.Trace {
	return &format.Trace{ID: "t", Edits: []format.Stamp{{Edit: 1, Behavior: "reflection"}}, Steps: []format.Step{
		{ID: 1, Text: "2+2 = 4.\n"},
		{ID: format.Inserted | 7, Kind: format.Probe, Text: "What of the total?\n", Origin: format.Origin{Edit: 1, Behavior: "reflection"}},
		{ID: 2, Text: "#### 4"},
	}}
}

func TestRenderChatML(t *testing.T) {
	var s format.Sample
	if err := Find("chatml").Render(&s, []Turn{{Role: "system", Text: "Be brief."}, {Role: "user", Text: "2+2? <|im_end|>"}, {Role: "assistant", Trace: trace()}}); err != nil {
		t.Fatal(err)
	}
	want := "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n2+2? <|im_end|><|im_end|>\n<|im_start|>assistant\n2+2 = 4.\nWhat of the total?\n#### 4<|im_end|>\n"
	if s.Text != want {
		t.Errorf("text:\n%s", cmp.Diff(want, s.Text))
	}
	var got []string
	for _, sp := range s.Spans {
		got = append(got, sp.Name+"|"+s.Text[sp.Start:sp.End])
	}
	wantSpans := []string{
		"template|<|im_start|>system\n", "system|Be brief.", "template|<|im_end|>\n<|im_start|>user\n",
		"user|2+2? <|im_end|>", "template|<|im_end|>\n<|im_start|>assistant\n",
		"source|2+2 = 4.\n", "reflection.probe|What of the total?\n", "source|#### 4", "end|<|im_end|>", "template|\n",
	}
	if d := cmp.Diff(wantSpans, got); d != "" {
		t.Errorf("spans:\n%s", d)
	}
	// Six control tokens; the one that the user wrote is not among them.
	if len(s.Controls) != 6 {
		t.Errorf("%d control ranges, want 6", len(s.Controls))
	}
	user := strings.Index(s.Text, "2+2?")
	for _, c := range s.Controls {
		if c.Start >= user && c.End <= user+len("2+2? <|im_end|>") {
			t.Errorf("control token %d:%d stands in the user's text", c.Start, c.End)
		}
	}
}

// Every rendering is tiled by its spans, and the source comes back out of it.
func TestRenderTilesAndErases(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "a", "步骤一。", "<|im_start|>", "x\n\ny", "\u2028"}
	for range 2000 {
		tr := format.Trace{Edits: []format.Stamp{{Edit: 1, Behavior: "b"}}}
		id := 0
		for range 1 + r.IntN(6) {
			s := format.Step{Text: texts[1+r.IntN(len(texts)-1)]}
			if r.IntN(3) == 0 {
				s.Origin = format.Origin{Edit: 1, Behavior: "b"}
				s.Kind = format.Kind(r.IntN(14))
			} else {
				id++
				s.ID = id
			}
			tr.Steps = append(tr.Steps, s)
		}
		var s format.Sample
		tpl := Templates[r.IntN(len(Templates))]
		if err := tpl.Render(&s, []Turn{{Role: "user", Text: texts[r.IntN(len(texts))]}, {Role: "assistant", Trace: &tr}}); err != nil {
			t.Fatal(err)
		}
		if err := format.CheckSpans(s.Spans, len(s.Text)); err != nil {
			t.Fatalf("%q: %v", s.Text, err)
		}
		var source strings.Builder
		for _, sp := range s.Spans {
			if sp.Name == format.SpanSource {
				if sp.SrcStart != source.Len() || sp.SrcEnd-sp.SrcStart != sp.End-sp.Start {
					t.Fatalf("span %+v: source offsets do not tile", sp)
				}
				source.WriteString(s.Text[sp.Start:sp.End])
			}
		}
		if source.String() != tr.Erase() {
			t.Fatalf("erased %q, want %q", source.String(), tr.Erase())
		}
	}
}

func TestRenderRefusesUnknownRole(t *testing.T) {
	err := Find("plain").Render(new(format.Sample), []Turn{{Role: "tool", Text: "x"}})
	if err == nil || !strings.Contains(err.Error(), `"tool"`) {
		t.Errorf("err = %v, want one that names the role", err)
	}
}
