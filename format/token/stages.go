package token

import (
	"fmt"
	"slices"
	"strings"
)

// A cut is a pre-tokenizer for which no scanner was written: it finds matches
// in a piece, and its behavior says what becomes of them and of the rest.
type cut struct {
	find    func(all []found, s string, scratch *engineText) ([]found, error)
	behave  behavior
	inverse bool // matches and the rest change places
}

// A behavior appends the pieces that stretches make, moved by shift.
type behavior func(pieces, stretches []found, shift int) []found

// behaviors are those of a Split, by their names in the file.
func behaviors() map[string]behavior {
	return map[string]behavior{
		"Isolated":           isolated,
		"Removed":            removed,
		"Contiguous":         contiguous,
		"MergedWithPrevious": mergedWithPrevious,
		"MergedWithNext":     mergedWithNext,
	}
}

func isolated(pieces, stretches []found, shift int) []found {
	for _, f := range stretches {
		pieces = append(pieces, found{start: f.start + shift, end: f.end + shift})
	}
	return pieces
}

func removed(pieces, stretches []found, shift int) []found {
	return isolated(pieces, slices.DeleteFunc(stretches, func(f found) bool { return f.match }), shift)
}

func contiguous(pieces, stretches []found, shift int) []found {
	first := len(pieces)
	before := false
	for _, f := range stretches {
		if f.match == before && len(pieces) > first {
			pieces[len(pieces)-1].end = f.end + shift
		} else {
			pieces = append(pieces, found{start: f.start + shift, end: f.end + shift})
		}
		before = f.match
	}
	return pieces
}

func mergedWithPrevious(pieces, stretches []found, shift int) []found {
	first := len(pieces)
	before := false
	for _, f := range stretches {
		if f.match && !before && len(pieces) > first {
			pieces[len(pieces)-1].end = f.end + shift
		} else {
			pieces = append(pieces, found{start: f.start + shift, end: f.end + shift})
		}
		before = f.match
	}
	return pieces
}

func mergedWithNext(pieces, stretches []found, shift int) []found {
	first := len(pieces)
	after := false
	for i := len(stretches) - 1; i >= 0; i-- {
		f := stretches[i]
		if f.match && !after && len(pieces) > first {
			pieces[len(pieces)-1].start = f.start + shift
		} else {
			pieces = append(pieces, found{start: f.start + shift, end: f.end + shift})
		}
		after = f.match
	}
	slices.Reverse(pieces[first:])
	return pieces
}

// newCut makes the cut of a Split or Digits stage.
func (t *Tokenizer) newCut(s *stage) (cut, error) {
	behave, ok := behaviors()[s.Behavior]
	switch {
	case s.Type == "Digits" && s.IndividualDigits:
		return cut{find: findDigits, behave: isolated}, nil
	case s.Type == "Digits":
		return cut{find: findDigits, behave: contiguous}, nil
	case !ok:
		return cut{}, fmt.Errorf("pre_tokenizer Split with behavior %q is not supported; Isolated, Removed, Contiguous, MergedWithPrevious and MergedWithNext are", s.Behavior)
	case s.Pattern == nil || (s.Pattern.Regex == nil) == (s.Pattern.String == nil):
		return cut{}, fmt.Errorf("pre_tokenizer Split without a pattern, String or Regex")
	case s.Pattern.String != nil && *s.Pattern.String == "":
		return cut{}, fmt.Errorf("pre_tokenizer Split at an empty text")
	case s.Pattern.String != nil:
		return cut{findText(*s.Pattern.String), behave, s.Invert}, nil
	}
	for _, p := range patterns() {
		if len(p.splits) == 1 && p.splits[0] == *s.Pattern.Regex {
			return cut{findPieces(p.scan), behave, s.Invert}, nil
		}
	}
	if !t.engine {
		return cut{}, fmt.Errorf("pre_tokenizer pattern %q is not known; known are %s (LoadAny has an engine run others)", *s.Pattern.Regex, strings.Join(Patterns(), ", "))
	}
	e, err := newEngine(*s.Pattern.Regex)
	if err != nil {
		return cut{}, fmt.Errorf("pre_tokenizer pattern %q: %w", *s.Pattern.Regex, err)
	}
	return cut{e.find, behave, s.Invert}, nil
}

func findDigits(all []found, s string, _ *engineText) ([]found, error) {
	for i := 0; i < len(s); {
		if c, n := peek(s, i); c&number != 0 {
			all = append(all, found{i, i + n, true})
			i += n
			continue
		}
		end := runNot(s, i, number)
		all = append(all, found{i, end, false})
		i = end
	}
	return all, nil
}

func findText(text string) func([]found, string, *engineText) ([]found, error) {
	return func(all []found, s string, _ *engineText) ([]found, error) {
		done := 0
		for {
			at := strings.Index(s[done:], text)
			if at < 0 {
				break
			}
			if at > 0 {
				all = append(all, found{done, done + at, false})
			}
			done += at
			all = append(all, found{done, done + len(text), true})
			done += len(text)
		}
		if done < len(s) {
			all = append(all, found{done, len(s), false})
		}
		return all, nil
	}
}

// findPieces has a scanner find what its pattern would: everything matches.
func findPieces(scan scanner) func([]found, string, *engineText) ([]found, error) {
	return func(all []found, s string, _ *engineText) ([]found, error) {
		for i := 0; i < len(s); {
			end := scan(s, i)
			all = append(all, found{i, end, true})
			i = end
		}
		return all, nil
	}
}

// staged is what an Encoder needs for cuts.
type staged struct {
	pieces, next, stretches []found
	text                    engineText
	spaced                  []byte
}

// cutPieces runs the cuts one after the other, each on the pieces of the one before.
func (e *Encoder) cutPieces(s string) ([]found, error) {
	x := &e.staged
	x.pieces = append(x.pieces[:0], found{end: len(s)})
	for _, c := range e.t.cuts {
		x.next = x.next[:0]
		for _, p := range x.pieces {
			if p.start == p.end {
				continue
			}
			var err error
			if x.stretches, err = c.find(x.stretches[:0], s[p.start:p.end], &x.text); err != nil {
				return nil, err
			}
			for i := range x.stretches {
				x.stretches[i].match = x.stretches[i].match != c.inverse
			}
			x.next = c.behave(x.next, x.stretches, p.start)
		}
		x.pieces, x.next = x.next, x.pieces
	}
	return x.pieces, nil
}

// plainStaged encodes s where cuts or a space before each piece are asked for. Text
// that a cut removes counts to the token after it, at the end to the one before.
func (e *Encoder) plainStaged(ids, ends []int32, s string, base int) ([]int32, []int32) {
	pieces, err := e.cutPieces(s)
	if err != nil {
		e.err = fmt.Errorf("pre_tokenizer on a text of %d bytes: %w", len(s), err)
		return ids, ends
	}
	from := len(ends)
	for _, p := range pieces {
		piece, shift := s[p.start:p.end], 0
		if piece == "" {
			continue
		}
		if e.t.prefixSpace && piece[0] != ' ' {
			e.staged.spaced = append(append(e.staged.spaced[:0], ' '), piece...)
			piece, shift = view(e.staged.spaced), 1
		}
		for i := 0; i < len(piece); {
			end := e.t.scan(piece, i)
			ids, ends = e.piece(ids, ends, piece[i:end], base+p.start+i-shift)
			i = end
		}
	}
	if len(ends) > from {
		ends[len(ends)-1] = int32(base + len(s))
	}
	return ids, ends
}

// scanWhole leaves a piece whole.
func scanWhole(s string, _ int) int { return len(s) }
