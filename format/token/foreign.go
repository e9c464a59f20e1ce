package token

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

// A Recorded is a text with what the reference made of it: ids, and the byte
// after each token.
type Recorded struct {
	Text string
	IDs  []int32
	Ends []int32
}

// A foreign tokenizer is other people's code behind a Tokenizer.
type foreign struct {
	encode func(text string) (ids []int32, ends []int32, err error)
	decode func(ids []int32) (string, error)
	vocab  map[string]int32
	kind   string
}

// LoadForeign reads a tokenizer.json of a kind that this package does not read
// itself (WordPiece, Unigram) by means of github.com/sugarme/tokenizer, if graft
// was built with -tags sugarme. It is refused unless it does to every recorded
// text what the reference did; there must be some. Its panics become errors of
// [Encoder.Err], so whoever encodes must ask that.
//
// The tag is there because that module is wrong on much that is not plain
// English, and ends the process on some errors, which nobody can catch.
func LoadForeign(b []byte, proof []Recorded) (*Tokenizer, error) {
	if len(proof) == 0 {
		return nil, errors.New("foreign tokenizer: no recorded ids to prove it by")
	}
	f, err := newForeign(b)
	if err != nil {
		return nil, fmt.Errorf("foreign tokenizer: %w", err)
	}
	if err := f.prove(proof); err != nil {
		return nil, fmt.Errorf("foreign tokenizer: %w", err)
	}
	largest := int32(-1)
	for _, id := range f.vocab {
		largest = max(largest, id)
	}
	t := &Tokenizer{digest: sha256.Sum256(b), pattern: f.kind, foreign: f, bytes: make([]string, largest+1), known: make([]bool, largest+1)}
	for s, id := range f.vocab {
		if id < 0 {
			return nil, fmt.Errorf("foreign tokenizer: token %q has id %d", s, id)
		}
		t.bytes[id], t.known[id] = s, true
	}
	return t, nil
}

// prove encodes every recorded text and counts what differs.
func (f *foreign) prove(proof []Recorded) error {
	wrongIDs, wrongEnds, failed := 0, 0, 0
	first := ""
	for _, r := range proof {
		ids, ends, err := f.call(r.Text)
		switch {
		case err != nil:
			failed++
		case !slices.Equal(ids, r.IDs):
			wrongIDs++
		case !slices.Equal(ends, r.Ends):
			wrongEnds++
		default:
			continue
		}
		if first == "" {
			first = r.Text
		}
	}
	if first == "" {
		return nil
	}
	return fmt.Errorf("of %d recorded texts %d have other ids, %d the same ids with other ends, %d fail; the first is %.40q", len(proof), wrongIDs, wrongEnds, failed, first)
}

// call encodes a text and turns a panic into an error.
func (f *foreign) call(text string) (ids, ends []int32, err error) {
	defer func() {
		if p := recover(); p != nil {
			ids, ends, err = nil, nil, fmt.Errorf("panic on a text of %d bytes: %v", len(text), p)
		}
	}()
	if text == "" {
		return nil, nil, nil
	}
	if ids, ends, err = f.encode(text); err != nil {
		return nil, nil, err
	}
	at := int32(0)
	for i, end := range ends {
		if end < at || int(end) > len(text) {
			return nil, nil, fmt.Errorf("end %d is %d after %d in a text of %d bytes", i, end, at, len(text))
		}
		at = end
	}
	return ids, ends, nil
}

// foreign is Append for a foreign tokenizer.
func (e *Encoder) foreign(ids, ends []int32, text string, base int) ([]int32, []int32) {
	more, moreEnds, err := e.t.foreign.call(text)
	if err != nil {
		e.err = err
		return ids, ends
	}
	from := len(ends)
	ids, ends = append(ids, more...), append(ends, moreEnds...)
	for i := from; i < len(ends); i++ {
		ends[i] += int32(base)
	}
	if len(ends) > from {
		ends[len(ends)-1] = int32(base + len(text)) // white space at the end belongs to no token of these
	}
	return ids, ends
}

func (f *foreign) text(ids []int32) (text []byte) {
	defer func() {
		if recover() != nil {
			text = nil
		}
	}()
	s, err := f.decode(ids)
	if err != nil {
		return nil
	}
	return []byte(s)
}
