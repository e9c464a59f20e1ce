package token

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// file is a tokenizer.json. Every member that the reference knows stands here,
// and whatever else does is refused.
type file struct {
	Version       string         `json:"version"`
	Truncation    jsontext.Value `json:"truncation"`
	Padding       jsontext.Value `json:"padding"`
	AddedTokens   []AddedToken   `json:"added_tokens"`
	Normalizer    *stage         `json:"normalizer"`
	PreTokenizer  *stage         `json:"pre_tokenizer"`
	PostProcessor *stage         `json:"post_processor"`
	Decoder       *stage         `json:"decoder"`
	Model         model          `json:"model"`
	Unknown       jsontext.Value `json:",embed"`
}

// An AddedToken is found in the text as it stands, before anything else.
type AddedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

type model struct {
	Type                    string           `json:"type"`
	Dropout                 *float64         `json:"dropout"`
	UnkToken                *string          `json:"unk_token"`
	ContinuingSubwordPrefix *string          `json:"continuing_subword_prefix"`
	EndOfWordSuffix         *string          `json:"end_of_word_suffix"`
	FuseUnk                 bool             `json:"fuse_unk"`
	ByteFallback            bool             `json:"byte_fallback"`
	IgnoreMerges            bool             `json:"ignore_merges"`
	Vocab                   map[string]int32 `json:"vocab"`
	Merges                  []mergePair      `json:"merges"`
	Unknown                 jsontext.Value   `json:",embed"`
}

// stage is a normalizer, pre-tokenizer, post-processor or decoder of any kind.
type stage struct {
	Type             string         `json:"type"`
	Normalizers      []stage        `json:"normalizers"`
	PreTokenizers    []stage        `json:"pretokenizers"`
	Processors       []stage        `json:"processors"`
	Decoders         []stage        `json:"decoders"`
	Pattern          *textOrRegex   `json:"pattern"`
	Behavior         string         `json:"behavior"`
	Invert           bool           `json:"invert"`
	Content          string         `json:"content"`
	Prepend          string         `json:"prepend"`
	Start            int            `json:"start"`
	Stop             int            `json:"stop"`
	AddPrefixSpace   bool           `json:"add_prefix_space"`
	TrimOffsets      bool           `json:"trim_offsets"`
	UseRegex         *bool          `json:"use_regex"`
	Replacement      string         `json:"replacement"`
	PrependScheme    string         `json:"prepend_scheme"`
	Split            *bool          `json:"split"`
	StrRep           string         `json:"str_rep"`
	IndividualDigits bool           `json:"individual_digits"`
	Single           jsontext.Value `json:"single"`
	Pair             jsontext.Value `json:"pair"`
	SpecialTokens    jsontext.Value `json:"special_tokens"`
	Sep              jsontext.Value `json:"sep"`
	Cls              jsontext.Value `json:"cls"`
	Unknown          jsontext.Value `json:",embed"` // looked at last: the type of an unknown stage says more
}

type textOrRegex struct {
	String *string `json:"String"`
	Regex  *string `json:"Regex"`
}

// mergePair is written "a b" by old versions of the reference and ["a", "b"] by new ones.
type mergePair struct{ left, right string }

// UnmarshalJSONFrom reads either form.
func (m *mergePair) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '[' {
		var pair []string
		if err := json.UnmarshalDecode(d, &pair); err != nil {
			return err
		}
		if len(pair) != 2 {
			return fmt.Errorf("a merge of %d tokens; it joins 2", len(pair))
		}
		m.left, m.right = pair[0], pair[1]
		return nil
	}
	var s string
	if err := json.UnmarshalDecode(d, &s); err != nil {
		return err
	}
	var err error
	*m, err = parseMerge(s)
	return err
}

func parseMerge(s string) (mergePair, error) {
	left, right, _ := strings.Cut(s, " ")
	if left == "" || right == "" || strings.Contains(right, " ") {
		return mergePair{}, fmt.Errorf("merge %q; want two tokens and a space between them", s)
	}
	return mergePair{left, right}, nil
}

func parse(b []byte) (*file, error) {
	f := new(file)
	if err := json.Unmarshal(b, f); err != nil {
		return nil, err
	}
	switch m := &f.Model; {
	case given(f.Unknown):
		return nil, fmt.Errorf("unknown members %s", f.Unknown)
	case f.Version != "1.0":
		return nil, fmt.Errorf("version %q; this package reads 1.0", f.Version)
	case given(f.Truncation):
		return nil, errors.New("truncation is set; it would drop tokens, set it to null")
	case given(f.Padding):
		return nil, errors.New("padding is set; it would add tokens, set it to null")
	case m.Type == "" && m.Merges == nil: // files of before 2021 do not say their type
		return nil, fmt.Errorf("a model with neither type nor merges (WordPiece, Unigram or WordLevel?); this package reads BPE")
	case m.Type != "BPE" && m.Type != "":
		return nil, fmt.Errorf("model type %q; this package reads BPE", m.Type)
	case given(m.Unknown):
		return nil, fmt.Errorf("unknown members of model %s", m.Unknown)
	case m.Dropout != nil && *m.Dropout != 0:
		return nil, fmt.Errorf("dropout %v; tokens must not depend on chance", *m.Dropout)
	case m.ContinuingSubwordPrefix != nil && *m.ContinuingSubwordPrefix != "":
		return nil, fmt.Errorf("continuing_subword_prefix %q is not supported", *m.ContinuingSubwordPrefix)
	case m.EndOfWordSuffix != nil && *m.EndOfWordSuffix != "":
		return nil, fmt.Errorf("end_of_word_suffix %q is not supported", *m.EndOfWordSuffix)
	case len(m.Vocab) == 0:
		return nil, errors.New("model.vocab is empty")
	}
	return f, nil
}

func given(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

// flat returns the stages of s: none, itself, or the members of a Sequence in order.
func flat(s *stage) []stage {
	if s == nil {
		return nil
	}
	if s.Type != "Sequence" {
		return []stage{*s}
	}
	var all []stage
	for _, list := range [][]stage{s.Normalizers, s.PreTokenizers, s.Processors, s.Decoders} {
		for i := range list {
			all = append(all, flat(&list[i])...)
		}
	}
	return all
}

// unknown returns the first stage with a member that this package has never heard of.
func unknown(lists ...*stage) error {
	for _, list := range lists {
		for _, s := range flat(list) {
			if given(s.Unknown) {
				return fmt.Errorf("unknown members of %s: %s", s.Type, s.Unknown)
			}
		}
	}
	return nil
}

// replaces reports whether s is a Replace of one literal text by another.
func (s *stage) replaces(from, to string) bool {
	return s.Type == "Replace" && s.Pattern != nil && s.Pattern.String != nil && *s.Pattern.String == from && s.Content == to
}
