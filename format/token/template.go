package token

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A wrap is what a post-processor puts around a text: a BOS, an EOS.
type wrap struct{ before, after []int32 }

// AppendWithSpecials is Append with what the file's post-processor adds around
// a text. The tokens that it adds are empty: those before the text end where it
// begins, those after it where it ends.
func (e *Encoder) AppendWithSpecials(ids, ends []int32, text string, base int) ([]int32, []int32) {
	for _, id := range e.t.wrap.before {
		ids, ends = append(ids, id), append(ends, int32(base))
	}
	ids, ends = e.Append(ids, ends, text, base)
	for _, id := range e.t.wrap.after {
		ids, ends = append(ids, id), append(ends, int32(base+len(text)))
	}
	return ids, ends
}

func adds(w wrap) bool { return len(w.before)+len(w.after) > 0 }

// loadWrap reads the post-processors, of which one may add tokens.
func (t *Tokenizer) loadWrap(f *file) error {
	for _, s := range flat(f.PostProcessor) {
		var w wrap
		var err error
		switch s.Type {
		case "ByteLevel": // moves offsets only
		case "TemplateProcessing":
			w, err = s.template()
		case "BertProcessing", "RobertaProcessing":
			w, err = s.classic()
		default:
			return fmt.Errorf("post_processor %q is not supported; ByteLevel, TemplateProcessing, BertProcessing and RobertaProcessing are", s.Type)
		}
		if err != nil {
			return fmt.Errorf("post_processor %s: %w", s.Type, err)
		}
		for _, id := range append(w.before, w.after...) {
			if id < 0 || int(id) >= len(t.known) || !t.known[id] {
				return fmt.Errorf("post_processor %s adds token %d, which the vocabulary does not have", s.Type, id)
			}
		}
		if adds(t.wrap) && adds(w) {
			return fmt.Errorf("post_processor %s after another that adds tokens: the reference does not do what this says", s.Type)
		}
		if adds(w) {
			t.wrap = w
		}
	}
	return nil
}

// template reads the template for a single text: special tokens and the text, A.
func (s *stage) template() (w wrap, err error) {
	var single []struct {
		SpecialToken, Sequence *struct {
			ID     string `json:"id"`
			TypeID int    `json:"type_id"`
		}
	}
	var tokens map[string]struct {
		ID     string   `json:"id"`
		IDs    []int32  `json:"ids"`
		Tokens []string `json:"tokens"`
	}
	for _, x := range []struct {
		from jsontext.Value
		to   any
	}{{s.Single, &single}, {s.SpecialTokens, &tokens}} {
		if err := json.Unmarshal(x.from, x.to, json.RejectUnknownMembers(true)); err != nil {
			return w, err
		}
	}
	seen := 0
	for _, p := range single {
		switch {
		case p.Sequence != nil && p.SpecialToken == nil && p.Sequence.ID == "A":
			seen++
		case p.SpecialToken != nil && p.Sequence == nil:
			token, ok := tokens[p.SpecialToken.ID]
			if !ok {
				return w, fmt.Errorf("token %q of the template is not in special_tokens", p.SpecialToken.ID)
			}
			if seen == 0 {
				w.before = append(w.before, token.IDs...)
			} else {
				w.after = append(w.after, token.IDs...)
			}
		default:
			return w, fmt.Errorf("the template for one text has a part that is neither a special token nor the text A")
		}
	}
	if seen != 1 {
		return w, fmt.Errorf("the template for one text has the text %d times", seen)
	}
	return w, nil
}

// classic reads the two tokens that BERT and RoBERTa put around a text.
func (s *stage) classic() (w wrap, err error) {
	for _, x := range []struct {
		from jsontext.Value
		to   *[]int32
	}{{s.Cls, &w.before}, {s.Sep, &w.after}} {
		var pair []jsontext.Value // its content and its id
		if len(x.from) == 0 {
			return w, fmt.Errorf("sep or cls is missing")
		}
		if err := json.Unmarshal(x.from, &pair); err != nil || len(pair) != 2 {
			return w, fmt.Errorf("%s is not a token and its id", x.from)
		}
		*x.to = []int32{0}
		if err := json.Unmarshal(pair[1], &(*x.to)[0]); err != nil {
			return w, err
		}
	}
	return w, nil
}
