package train

import (
	"fmt"
	"slices"

	"github.com/seed-cdf14512/graft/format/token"
)

// A joiner lets the beginning of a response follow a prompt as it does in a
// document of a build: there the text between two control tokens is encoded at
// once, so that a token may stand across the border of question and answer. Such
// a token is the answer's (see [shard.TokenSpans]), and the prompt ends before it.
type joiner struct {
	tok   *token.Tokenizer
	enc   *token.Encoder
	added map[int32]bool
}

func newJoiner(tok *token.Tokenizer) *joiner {
	j := &joiner{tok, tok.Encoder(), map[int32]bool{}}
	for _, a := range tok.Added() {
		j.added[a.ID] = true
	}
	return j
}

// continued is the ids of a prompt and of the text after it, with the text that
// follows the last added token of the prompt encoded anew. A prompt whose ids do
// not tell its text is refused: what a build would make of the two is not known.
func (j *joiner) continued(ids []int32, text string) ([]int32, error) {
	if text == "" {
		return ids, nil
	}
	at := len(ids)
	for at > 0 && !j.added[ids[at-1]] {
		at--
	}
	head, tail := slices.Clone(ids[:at]), ids[at:]
	open := string(j.tok.Decode(tail))
	again, _ := j.enc.Append(nil, nil, open, 0)
	if err := j.enc.Err(); err != nil {
		return nil, err
	}
	if !slices.Equal(again, tail) {
		return nil, fmt.Errorf("its last %d tokens say %.40q, which is encoded as %d others: it cannot be continued as a build would", len(tail), open, len(again))
	}
	all, _ := j.enc.Append(head, nil, open+text, 0)
	return all, j.enc.Err()
}
