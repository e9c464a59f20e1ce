package token

import (
	"strings"
	"unicode/utf8"
)

// A matcher finds added tokens in text: the leftmost, and of those that begin
// there the longest. It is a trie of bytes with the children in a table.
type matcher struct {
	tokens []AddedToken
	first  [256]bool
	second [256]bool // bytes that follow it, all of them if a token has one byte
	only   int       // the one first byte of all tokens, -1 if they differ
	nodes  []node
	more   map[uint64]int32 // node << 8 | byte -> node
	words  set              // what makes a token next to it part of a word, if one asks for that
}

type node struct{ token int32 } // index of the token that ends here, -1 if none

func splitAdded(all []AddedToken) (raw, normalized []AddedToken) {
	for _, a := range all {
		if a.Normalized {
			normalized = append(normalized, a)
		} else {
			raw = append(raw, a)
		}
	}
	return raw, normalized
}

func newMatcher(tokens []AddedToken) *matcher {
	if len(tokens) == 0 {
		return nil
	}
	m := &matcher{tokens: tokens, nodes: []node{{-1}}, more: map[uint64]int32{}, only: int(tokens[0].Content[0])}
	for i, a := range tokens {
		at := int32(0)
		for j := range len(a.Content) {
			key := uint64(at)<<8 | uint64(a.Content[j])
			next, ok := m.more[key]
			if !ok {
				next = int32(len(m.nodes))
				m.nodes = append(m.nodes, node{-1})
				m.more[key] = next
			}
			at = next
		}
		m.nodes[at].token = int32(i)
		if a.SingleWord && m.words == nil {
			m.words = wordSet()
		}
		m.first[a.Content[0]] = true
		for b := range m.second {
			m.second[b] = m.second[b] || len(a.Content) == 1 || a.Content[1] == byte(b)
		}
		if int(a.Content[0]) != m.only {
			m.only = -1
		}
	}
	return m
}

// find returns the first match in s at or after from, or a nil token.
func (m *matcher) find(s string, from int) (a *AddedToken, start, end int) {
	for i := from; i < len(s); i++ {
		if m.only >= 0 {
			skip := strings.IndexByte(s[i:], byte(m.only))
			if skip < 0 {
				break
			}
			i += skip
		} else if !m.first[s[i]] {
			continue
		}
		if i+1 < len(s) && !m.second[s[i+1]] {
			continue
		}
		at := int32(0)
		for j := i; j < len(s); j++ {
			next, ok := m.more[uint64(at)<<8|uint64(s[j])]
			if !ok {
				break
			}
			at = next
			if k := m.nodes[at].token; k >= 0 {
				a, end = &m.tokens[k], j+1
			}
		}
		if a != nil {
			return a, i, end
		}
	}
	return nil, len(s), len(s)
}

// alone reports whether no character of a word touches s[start:end].
func (m *matcher) alone(s string, start, end int) bool {
	before, n := utf8.DecodeLastRuneInString(s[:start])
	after, k := utf8.DecodeRuneInString(s[end:])
	return (n == 0 || !m.words.has(before)) && (k == 0 || !m.words.has(after))
}

// stripped widens a match over the white space that its token takes along, but
// not to the left of from.
func (a *AddedToken) stripped(s string, from, start, end int) (int, int) {
	if a.LStrip {
		for start > from {
			i := start - 1
			for i > from && s[i]&0xC0 == 0x80 {
				i--
			}
			if c, n := peek(s, i); c&space == 0 || i+n != start {
				break
			}
			start = i
		}
	}
	if a.RStrip {
		end = run(s, end, space)
	}
	return start, end
}
