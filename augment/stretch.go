package augment

import (
	"github.com/seed-cdf14512/graft/format"
)

// lengths are the tokens of each stretch of text in the answer that is not its
// source's, in order, and last those of all the rest. Edits that stand in one gap
// are one stretch; a token across a border counts to the later side, as it does in
// shards/. renamed reports whether an edit said a source step in other words: such
// a step is no stretch of its own, and what stands for it elsewhere has no length
// to keep.
func lengths(s *format.Sample) (list []int, renamed bool) {
	last := s.Messages[len(s.Messages)-1]
	rest, tok, open := len(s.Ends), 0, false
	for i := range s.Spans {
		sp := &s.Spans[i]
		said := sp.Origin == format.FromGraft && sp.Start >= last.Start && sp.End <= last.End
		if said && !open {
			list = append(list, 0)
		}
		open = said
		renamed = renamed || said && sp.SrcEnd > sp.SrcStart
		for tok < len(s.Ends) && int(s.Ends[tok]) <= sp.End {
			if tok++; said {
				list[len(list)-1]++
				rest--
			}
		}
	}
	return append(list, rest), renamed
}

// sameLength holds a derived document against its compiled parent: as many tokens
// in each stretch and in the rest, or in all where steps were renamed.
func sameLength(parent, derived *format.Sample) error {
	want, renamed := lengths(parent)
	got, _ := lengths(derived)
	switch {
	case len(parent.Ends) != len(derived.Ends):
		return Refuse(codeLength, "%d tokens, the compiled parent has %d", len(derived.Ends), len(parent.Ends))
	case renamed:
		return nil
	case len(got) != len(want):
		return Refuse(codeLength, "%d stretches of inserted text, the compiled parent has %d", len(got)-1, len(want)-1)
	}
	for i := range want {
		if got[i] != want[i] {
			return Refuse(codeLength, "stretch %d of inserted text has %d tokens, that of the compiled parent %d", i+1, got[i], want[i])
		}
	}
	return nil
}
