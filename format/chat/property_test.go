package chat

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/format"
)

// pieces are what texts are made of: tokens of all the templates under test,
// tags, white space, and characters of every length.
var pieces = []string{
	"a", "Why?", " ", "\n", "\n\n", "\t", "é", "中文", "😀", "\u2028", "\u00a0", "e\u0301", "<", "|", ">", "{{ x }}", "{% if %}", "\"", "\\", "'",
	"<|im_end|>", "<|im_start|>", "</s>", "<s>", "[Q]", "[/Q]", "<|eot|>", "<|end|>", "<|assistant|>", "assistant\n", "<think>", "</think>", "<think>\n\n</think>\n\n",
	"<|eot_id|>", "<end_of_turn>", "<｜end▁of▁sentence｜>", "\x00", "\x1f", "#### 4",
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(7) {
		if r.IntN(4) > 0 {
			b.WriteString(pieces[r.IntN(len(pieces))])
			continue
		}
		c := rune(r.IntN(0x11000))
		if !utf8.ValidRune(c) {
			c = 'x'
		}
		b.WriteRune(c)
	}
	return b.String()
}

func randomTurns(r *rand.Rand) []Turn {
	var turns []Turn
	if r.IntN(3) == 0 {
		turns = append(turns, Turn{Role: "system", Text: randomText(r)})
	}
	for range 1 + r.IntN(3) {
		turns = append(turns, Turn{Role: "user", Text: randomText(r)})
		a := Turn{Role: "assistant", Text: randomText(r)}
		switch r.IntN(4) {
		case 0:
			a.Reasoning = randomText(r)
		case 1:
			a.Trace = randomTrace(r)
			a.Text = a.Trace.Text()
		}
		turns = append(turns, a)
	}
	return turns
}

func randomTrace(r *rand.Rand) *format.Trace {
	t := &format.Trace{Edits: []format.Stamp{{Edit: 1, Behavior: "b"}}}
	for i := range 1 + r.IntN(5) {
		s := format.Step{ID: i + 1, Text: randomText(r) + "."}
		if r.IntN(3) == 0 {
			s.Origin, s.Kind = format.Origin{Edit: 1, Behavior: "b"}, format.Kind(r.IntN(14))
		}
		t.Steps = append(t.Steps, s)
	}
	return t
}

// sourceText is a message's source: its reasoning, then its text without what
// graft put in.
func sourceText(t *Turn) string {
	if t.Trace != nil {
		return t.Reasoning + t.Trace.Erase()
	}
	return t.Reasoning + t.Text
}

// checkRendering proves a rendering from the turns alone: spans tile, every
// byte of every message stands once, in its own message's range, under a span
// that names it rightly; control tokens lie outside; the last answer ends.
func checkRendering(t *testing.T, tpl *Template, s *format.Sample, turns []Turn) {
	t.Helper()
	if err := format.CheckSpans(s.Spans, len(s.Text)); err != nil {
		t.Fatalf("%s: %v", tpl.Name, err)
	}
	k := 0
	for i := range turns {
		m, turn := s.Messages[i], &turns[i]
		source, inserted := []byte(strings.Repeat("\xff", len(sourceText(turn)))), 0
		for ; k < len(s.Spans) && s.Spans[k].Start < m.End; k++ {
			sp := s.Spans[k]
			switch sp.Origin {
			case format.FromSource:
				if sp.Start < m.Start || sp.End > m.End {
					t.Fatalf("%s: span %+v of message %d stands outside of it, %d:%d\n%q", tpl.Name, sp, i, m.Start, m.End, s.Text)
				}
				want := map[string]string{"system": format.SpanSystem, "user": format.SpanUser, "assistant": format.SpanSource}[turn.Role]
				if sp.Name != want {
					t.Fatalf("%s: %s text under a span named %s", tpl.Name, turn.Role, sp.Name)
				}
				if sp.SrcEnd-sp.SrcStart != sp.End-sp.Start || source[sp.SrcStart] != 0xff {
					t.Fatalf("%s: span %+v is not one to one, or stands twice", tpl.Name, sp)
				}
				copy(source[sp.SrcStart:], s.Text[sp.Start:sp.End])
			case format.FromGraft:
				inserted += sp.End - sp.Start
			}
		}
		if string(source) != sourceText(turn) {
			t.Fatalf("%s: message %d is %q in the spans, want %q\n%q", tpl.Name, i, source, sourceText(turn), s.Text)
		}
		if turn.Trace != nil && inserted != len(turn.Trace.Text())-len(turn.Trace.Erase()) {
			t.Fatalf("%s: message %d has %d inserted bytes under spans", tpl.Name, i, inserted)
		}
	}
	checkControls(t, tpl, s)
	last := s.Spans[len(s.Spans)-1]
	if last.Name == format.SpanTemplate {
		last = s.Spans[len(s.Spans)-2]
	}
	if last.Name != format.SpanEnd {
		t.Fatalf("%s: the answer ends with %+v\n%q", tpl.Name, last, s.Text)
	}
}

// checkControls: a control token is the template's, whole, or a Control step;
// tags of reasoning that a template put back are both its and the message's.
func checkControls(t *testing.T, tpl *Template, s *format.Sample) {
	t.Helper()
	k, at := 0, 0
	for _, c := range s.Controls {
		if c.Start < at {
			t.Fatalf("%s: control tokens overlap at %d", tpl.Name, c.Start)
		}
		at = c.End
		for s.Spans[k].End <= c.Start {
			k++
		}
		text := s.Text[c.Start:c.End]
		if sp := s.Spans[k]; sp.Origin == format.FromSource && text != "<think>" && text != "</think>" {
			t.Fatalf("%s: control token %q in a message: %+v\n%q", tpl.Name, text, sp, s.Text)
		}
	}
}

// Conversations until ten thousand come out whole, through every template of ours, and those of
// GRAFT_TOKENIZERS: what is rendered without a loss holds every byte of every
// message in the right span; what is refused has really lost something.
func TestRandomConversations(t *testing.T) {
	templates := []*Template{own(t, "chatml", Options{}), own(t, "trimmed", Options{}), own(t, "marked", Options{}), own(t, "inst", Options{})}
	ours := len(templates)
	if root := os.Getenv("GRAFT_TOKENIZERS"); root != "" {
		for _, name := range []string{"qwen2_5", "qwen3", "llama3_2", "mistral_nemo", "deepseek_v3", "gemma3", "llama3", "llama3_1"} {
			if tpl, err := Load(filepath.Join(root, name), Options{Date: recordedOn}); err == nil {
				templates = append(templates, tpl)
			}
		}
	}
	r := rand.New(rand.NewPCG(20261122, 4))
	kinds := map[string]int{}
	var s format.Sample
	for n := 0; kinds["whole"] < 10_000; n++ {
		turns := randomTurns(r)
		tpl := templates[n%len(templates)]
		err := tpl.Render(&s, turns)
		var loss *LossError
		switch {
		case err == nil:
			kinds["whole"]++
			checkRendering(t, tpl, &s, turns)
			text, err := tpl.Text(Conversation{Turns: turns}, false)
			if err != nil || text != s.Text {
				t.Fatalf("%s: spans are of another text than Text's (%v)", tpl.Name, err)
			}
		case errors.As(err, &loss):
			kinds[loss.Kind]++
			checkLoss(t, tpl, loss, turns)
		default:
			t.Fatalf("%s: %v", tpl.Name, err)
		}
	}
	t.Logf("%d templates (%d of ours): %v", len(templates), ours, kinds)
	for _, k := range []string{"whole", LossTrim, LossReasoning} {
		if kinds[k] < 100 {
			t.Errorf("only %d conversations are %s: the test proves little", kinds[k], k)
		}
	}
}

// checkLoss proves that what is reported lost is a part of the message that
// makes no difference to what is written.
func checkLoss(t *testing.T, tpl *Template, loss *LossError, turns []Turn) {
	t.Helper()
	turn := turns[loss.Turn]
	whole := turn.Reasoning + turn.Text
	if loss.Lost == "" || !strings.Contains(whole, loss.Lost) {
		t.Fatalf("%s: reported %v, which is no part of %q", tpl.Name, loss, whole)
	}
	other := Turn{Role: turn.Role, Reasoning: turn.Reasoning, Text: turn.Text}
	switch {
	case loss.Kind == LossTurn:
		other.Text = "another text"
	case loss.Kind == LossTrim && turn.Reasoning == "" && strings.HasPrefix(turn.Text, loss.Lost):
		other.Text = turn.Text[len(loss.Lost):]
	case loss.Kind == LossTrim && turn.Reasoning == "" && strings.HasSuffix(turn.Text, loss.Lost):
		other.Text = strings.TrimSuffix(turn.Text, loss.Lost)
	case loss.Kind == LossReasoning && loss.Lost == turn.Reasoning && !strings.Contains(turn.Text, "</think>"):
		other.Reasoning = ""
	default:
		return
	}
	text, err := tpl.Text(Conversation{Turns: turns}, false)
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]Turn(nil), turns...)
	changed[loss.Turn] = other
	again, err := tpl.Text(Conversation{Turns: changed}, false)
	if err != nil || again != text {
		t.Fatalf("%s: reported %v, and yet it changes what is written (%v)\n%q\n%q", tpl.Name, loss, err, text, again)
	}
}
