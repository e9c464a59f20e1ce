//go:build sugarme

package token

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/sugarme/tokenizer/pretrained"
)

// newForeign reads the file with github.com/sugarme/tokenizer. Truncation and
// padding are refused as everywhere.
func newForeign(b []byte) (f *foreign, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("panic while loading: %v", p)
		}
	}()
	var head struct {
		Truncation, Padding any
		Model               struct {
			Type   string
			Prefix *string `json:"continuing_subword_prefix"`
			Merges any
		}
	}
	if err := json.Unmarshal(b, &head, json.MatchCaseInsensitiveNames(true)); err != nil {
		return nil, err
	}
	if head.Model.Type == "" && head.Model.Prefix != nil && head.Model.Merges == nil {
		head.Model.Type = "WordPiece" // files of before 2021 do not say it
	}
	switch {
	case head.Truncation != nil || head.Padding != nil:
		return nil, fmt.Errorf("truncation or padding is set; it would drop or add tokens, set it to null")
	case head.Model.Type != "WordPiece" && head.Model.Type != "Unigram":
		return nil, fmt.Errorf("model type %q; WordPiece and Unigram are read this way", head.Model.Type)
	}
	t, err := pretrained.FromReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	f = &foreign{kind: head.Model.Type, vocab: map[string]int32{}}
	for s, id := range t.GetVocab(true) {
		f.vocab[s] = int32(id)
	}
	var one sync.Mutex // nothing says that it may be used by several goroutines
	f.encode = func(text string) (ids, ends []int32, err error) {
		one.Lock()
		defer one.Unlock()
		e, err := t.EncodeSingle(text, false)
		if err != nil {
			return nil, nil, err
		}
		if len(e.Offsets) != len(e.Ids) {
			return nil, nil, fmt.Errorf("%d ids and %d offsets", len(e.Ids), len(e.Offsets))
		}
		for i, id := range e.Ids {
			ids, ends = append(ids, int32(id)), append(ends, int32(e.Offsets[i][1]))
		}
		return ids, ends, nil
	}
	f.decode = func(ids []int32) (string, error) {
		one.Lock()
		defer one.Unlock()
		var all []int
		for _, id := range ids {
			all = append(all, int(id))
		}
		return t.Decode(all, false), nil
	}
	return f, nil
}
