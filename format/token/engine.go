package token

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// An engine runs a pattern that no scanner was written for. The regular-expression
// library behind it never sees a character: the pattern's sets cut Unicode into
// kinds, a kind is one private character, and both the pattern and the text are
// written in those. So no table of the library, or of Go, can decide anything.
type engine struct {
	re    *regexp2.Regexp
	kinds []kindRange // in order, all of Unicode
	ascii [utf8.RuneSelf]rune
}

type kindRange struct {
	first rune
	kind  rune // the private character
}

const (
	firstKind    = 0xE000
	mostKinds    = 6000
	matchTimeout = time.Second      // for one match; a bad pattern on bad text ends in an error
	textTimeout  = 10 * time.Second // for all matches of a text, and as much again for each MiB of it
)

func newEngine(src string) (*engine, error) {
	t, err := translate(src)
	if err != nil {
		return nil, err
	}
	e := &engine{}
	members, err := e.divide(t.sets)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, x := range t.out {
		if x.symbol != "" {
			b.WriteString(x.symbol)
		} else {
			writeKinds(&b, members[x.set])
		}
	}
	if e.re, err = regexp2.Compile(b.String(), regexp2.None); err != nil {
		return nil, fmt.Errorf("%q: %w", src, err)
	}
	e.re.MatchTimeout = matchTimeout
	for c := range e.ascii {
		e.ascii[c] = e.kindOf(rune(c))
	}
	return e, nil
}

// divide finds the kinds: characters that the same sets hold. It returns the
// kinds of each set.
func (e *engine) divide(sets []set) ([][]rune, error) {
	borders := []rune{0}
	for _, s := range sets {
		for _, r := range s {
			borders = append(borders, r.first, r.last+1)
		}
	}
	slices.Sort(borders)
	byMembership := map[string]rune{}
	members := make([][]rune, len(sets))
	at := make([]int, len(sets)) // ranges of each set that are behind
	membership := make([]byte, len(sets))
	for _, first := range slices.Compact(borders) {
		if first > lastRune {
			break
		}
		for i, s := range sets {
			for at[i] < len(s) && s[at[i]].last < first {
				at[i]++
			}
			membership[i] = 0
			if at[i] < len(s) && s[at[i]].first <= first {
				membership[i] = 1
			}
		}
		kind, ok := byMembership[string(membership)]
		if !ok {
			kind = firstKind + rune(len(byMembership))
			byMembership[string(membership)] = kind
			for i, in := range membership {
				if in == 1 {
					members[i] = append(members[i], kind)
				}
			}
		}
		e.kinds = append(e.kinds, kindRange{first, kind})
	}
	if len(byMembership) > mostKinds {
		return nil, fmt.Errorf("the pattern tells %d kinds of characters apart; %d are supported", len(byMembership), mostKinds)
	}
	return members, nil
}

// writeKinds writes a set of kinds as a class.
func writeKinds(b *strings.Builder, kinds []rune) {
	if len(kinds) == 0 {
		b.WriteString("(?!)")
		return
	}
	b.WriteByte('[')
	for _, k := range kinds {
		fmt.Fprintf(b, `\u%04X`, k)
	}
	b.WriteByte(']')
}

func (e *engine) kindOf(r rune) rune {
	i, ok := slices.BinarySearchFunc(e.kinds, r, func(k kindRange, r rune) int { return int(k.first - r) })
	if !ok {
		i--
	}
	return e.kinds[i].kind
}

// A found is a stretch of text, and whether it is a match.
type found struct {
	start, end int
	match      bool
}

// find appends the matches in s and what lies between them. An empty match
// counts, but not right after another.
func (e *engine) find(all []found, s string, scratch *engineText) ([]found, error) {
	scratch.load(e, s)
	began, patience := time.Now(), textTimeout*time.Duration(1+len(s)>>20)
	last, done := -1, 0 // end of the last match, end of what has been appended; in characters
	for at := 0; at <= len(scratch.kinds); {
		m, err := e.re.FindRunesMatchStartingAt(scratch.kinds, at)
		if err != nil && strings.HasPrefix(err.Error(), "match timeout") { // and then quotes the whole text, in kinds
			return nil, fmt.Errorf("the pattern tried for more than %v at byte %d", e.re.MatchTimeout, scratch.at[at])
		}
		if err != nil {
			return nil, err
		}
		if m == nil {
			break
		}
		if time.Since(began) > patience {
			return nil, fmt.Errorf("matching took more than %v", patience)
		}
		start, end := m.RuneIndex, m.RuneIndex+m.RuneLength
		if start == end && end == last {
			at = end + 1
			continue
		}
		if start > done {
			all = append(all, found{scratch.at[done], scratch.at[start], false})
		}
		all = append(all, found{scratch.at[start], scratch.at[end], true})
		at, last, done = end, end, end
	}
	if done < len(scratch.kinds) {
		all = append(all, found{scratch.at[done], len(s), false})
	}
	return all, nil
}

// An engineText is a text in kinds, and where each character begins.
type engineText struct {
	kinds []rune
	at    []int
}

func (t *engineText) load(e *engine, s string) {
	t.kinds, t.at = t.kinds[:0], t.at[:0]
	for i, r := range s {
		t.at = append(t.at, i)
		if r < utf8.RuneSelf {
			t.kinds = append(t.kinds, e.ascii[r])
		} else {
			t.kinds = append(t.kinds, e.kindOf(r))
		}
	}
	t.at = append(t.at, len(s))
}
