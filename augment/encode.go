package augment

import (
	"fmt"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/token"
)

// encodeSample fills IDs and Ends of a rendered sample: text between control
// ranges as plain text, the ranges themselves by id.
func encodeSample(enc *token.Encoder, tok *token.Tokenizer, s *format.Sample) error {
	guess := len(s.Text)/3 + 16
	s.IDs, s.Ends = make([]int32, 0, guess), make([]int32, 0, guess)
	at := 0
	for _, c := range s.Controls {
		s.IDs, s.Ends = enc.Append(s.IDs, s.Ends, s.Text[at:c.Start], at)
		id, ok := tok.ID(s.Text[c.Start:c.End])
		if !ok {
			return fmt.Errorf("the tokenizer has no token %q", s.Text[c.Start:c.End])
		}
		s.IDs, s.Ends = append(s.IDs, id), append(s.Ends, int32(c.End))
		at = c.End
	}
	s.IDs, s.Ends = enc.Append(s.IDs, s.Ends, s.Text[at:], at)
	return enc.Err() // a machine's answer and not a record's: how long a pattern takes must decide no bytes
}

// hasToken is what Pass.HasToken asks.
func hasToken(tok *token.Tokenizer) func(string) bool {
	if tok == nil {
		return nil
	}
	return func(content string) bool { _, ok := tok.ID(content); return ok }
}

// straddles counts the tokens that stand across a border of spans.
func straddles(s *format.Sample) (n int64) {
	tok := 0
	for i := range s.Spans[:len(s.Spans)-1] {
		border := int32(s.Spans[i].End)
		for tok < len(s.Ends) && s.Ends[tok] <= border {
			tok++
		}
		if tok < len(s.Ends) && (tok == 0 || s.Ends[tok-1] < border) {
			n++
		}
	}
	return n
}
