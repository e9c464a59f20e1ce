package augment

import (
	"fmt"
	"slices"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/token"
)

// A tokenRoom is where a sample's tokens are gathered until their number is known.
type tokenRoom struct{ ids, ends []int32 }

// encodeSample fills IDs and Ends of a rendered sample: text between control
// ranges as plain text, the ranges themselves by id. The room may be nil.
func encodeSample(enc *token.Encoder, tok *token.Tokenizer, s *format.Sample, room *tokenRoom) error {
	if room == nil {
		room = new(tokenRoom)
	}
	ids, ends := room.ids[:0], room.ends[:0]
	at := 0
	for _, c := range s.Controls {
		ids, ends = enc.Append(ids, ends, s.Text[at:c.Start], at)
		id, ok := tok.ID(s.Text[c.Start:c.End])
		if !ok {
			return fmt.Errorf("the tokenizer has no token %q", s.Text[c.Start:c.End])
		}
		ids, ends = append(ids, id), append(ends, int32(c.End))
		at = c.End
	}
	room.ids, room.ends = enc.Append(ids, ends, s.Text[at:], at)
	s.IDs, s.Ends = slices.Clone(room.ids), slices.Clone(room.ends)
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
