package token

import (
	"fmt"
	"strings"
)

// A metaspace is the pre-tokenizer that makes blanks of spaces behind the added
// tokens, where others do it before.
type metaspace struct {
	prepend string // always, first (only before the text's own beginning) or never
	split   bool   // every blank begins a piece
}

func (s *stage) metaspace() (metaspace, error) {
	m := metaspace{s.PrependScheme, s.Split == nil || *s.Split}
	if m.prepend == "" { // files of before 2023
		m.prepend = "never"
		if s.AddPrefixSpace {
			m.prepend = "always"
		}
	}
	switch m.prepend {
	case "always", "first", "never":
	default:
		return m, fmt.Errorf("pre_tokenizer Metaspace with prepend_scheme %q is not supported; always, first and never are", m.prepend)
	}
	if s.Replacement != blankMark || s.StrRep != "" && s.StrRep != blankMark {
		return m, fmt.Errorf("pre_tokenizer Metaspace with replacement %q is not supported; %q is", s.Replacement, blankMark)
	}
	return m, nil
}

// plainMeta encodes a section between added tokens.
func (e *Encoder) plainMeta(ids, ends []int32, s string, base int) ([]int32, []int32) {
	m := e.t.meta
	prepend := m.prepend == "always" || m.prepend == "first" && e.first
	prepend = prepend && s[0] != ' ' && !strings.HasPrefix(s, blankMark)
	from := len(ends)
	e.text, e.changes = appendBlanks(e.text[:0], e.changes[:0], s, prepend)
	text, at := s, base
	if len(e.changes) > 0 {
		text, at = view(e.text), 0
	}
	if !m.split {
		ids, ends = e.plainBlank(ids, ends, text, at)
	}
	for i := 0; m.split && i < len(text); {
		end := len(text)
		if next := strings.Index(text[i+1:], blankMark); next >= 0 {
			end = i + 1 + next
		}
		ids, ends = e.piece(ids, ends, text[i:end], at+i)
		i = end
	}
	if len(e.changes) > 0 {
		restore(ends[from:], e.changes, base)
	}
	return ids, ends
}
