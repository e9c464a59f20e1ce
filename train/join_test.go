package train

import (
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/token"
)

// joinTokenizer has tokens for two and three newlines, which a border between
// texts can cut.
func joinTokenizer(t *testing.T) *token.Tokenizer {
	t.Helper()
	file, err := token.Train(func(yield func(string, error) bool) {
		for range 9 {
			if !yield("assistant\n\nuser\n\n\n4 + 5 = 9\n\nWhat is it?\n\n\n", nil) {
				return
			}
		}
	}, token.Options{VocabSize: 300, Specials: []string{"<|im_start|>", "<|im_end|>", "<|endoftext|>"}})
	must(t, err)
	tok, err := token.Load(file)
	must(t, err)
	return tok
}

// encoded is the ids of a sample, as a build makes them, and where each ends.
func encoded(tok *token.Tokenizer, s *format.Sample) (ids, ends []int32) {
	enc, at := tok.Encoder(), 0
	for _, c := range s.Controls {
		ids, ends = enc.Append(ids, ends, s.Text[at:c.Start], at)
		id, _ := tok.ID(s.Text[c.Start:c.End])
		ids, ends = append(ids, id), append(ends, int32(c.End))
		at = c.End
	}
	return enc.Append(ids, ends, s.Text[at:], at)
}

// TestContinued: a prompt with the beginning of an answer has the ids that the
// conversation has which goes on like this, where tokens join across the border
// too.
func TestContinued(t *testing.T) {
	tok := joinTokenizer(t)
	for _, c := range []struct {
		template, question, begin string
		joins                     bool // a token stands across the border
	}{
		{"chatml", "What is 4 + 5?", "4 + 5 = 9", false},
		{"chatml", "What is 4 + 5?", "\n4 + 5 = 9", true},
		{"chatml", "What is <|im_end|>?", "\n\nuser", true}, // no control: a user's text
		{"plain", "What is 4 + 5?", "4 + 5 = 9", false},
		{"plain", "What is 4 + 5?", "\n4 + 5 = 9", true},
	} {
		turns := []chat.Turn{{Role: "user", Text: c.question}, {Role: "assistant", Text: c.begin}}
		var asked, whole format.Sample
		must(t, chat.Find(c.template).Prompt(&asked, turns[:1]))
		must(t, chat.Find(c.template).Render(&whole, turns))
		prompt, _ := encoded(tok, &asked)
		ids, ends := encoded(tok, &whole)
		n := slices.Index(ends, int32(whole.Messages[1].End)) + 1 // what ends the answer follows
		got, err := newJoiner(tok).continued(prompt, c.begin)
		must(t, err)
		if n == 0 || !slices.Equal(got, ids[:n]) {
			t.Errorf("%s %q: got %v, a build has %v", c.template, c.begin, got, ids[:n])
		}
		apart, _ := tok.Encoder().Append(slices.Clone(prompt), nil, c.begin, 0)
		if joins := !slices.Equal(apart, ids[:n]); joins != c.joins {
			t.Errorf("%s %q: a token stands across the border: %v, want %v", c.template, c.begin, joins, c.joins)
		}
	}
}

// TestContinuedRefuses: ids that the tokenizer would not make of their text leave
// open what a build would have made.
func TestContinuedRefuses(t *testing.T) {
	tok := joinTokenizer(t)
	newline, _ := tok.Encoder().Append(nil, nil, "\n", 0)
	if got, err := newJoiner(tok).continued(append(newline, newline...), "9"); err == nil {
		t.Errorf("got %v, want a refusal", got)
	}
}
