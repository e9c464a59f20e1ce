package token

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A document is what a tokenizer.json that this package writes is made of.
type document struct {
	specials []AddedToken
	pattern  pattern
	vocab    []string // by id, in byte-level characters
	merges   []mergePair
}

func (t *trainer) document(p pattern) *document {
	d := &document{pattern: p, vocab: t.vocab}
	for id, s := range t.specials {
		d.specials = append(d.specials, AddedToken{ID: int32(id), Content: s})
	}
	for _, m := range t.merges {
		d.merges = append(d.merges, mergePair{t.vocab[m[0]], t.vocab[m[1]]})
	}
	return d
}

// append writes the file, a token or a merge a line, so that two of them can be compared.
func (d *document) append(b []byte) []byte {
	b = append(b, "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": ["...)
	for i, a := range d.specials {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendAdded(append(b, "\n    "...), a.ID, a.Content)
	}
	b = append(b, "\n  ],\n  \"normalizer\": null,\n  \"pre_tokenizer\": "...)
	b = d.pattern.append(b)
	const plain = `{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}`
	b = fmt.Appendf(b, ",\n  \"post_processor\": %s,\n  \"decoder\": %s,\n", plain, plain)
	b = append(b, `  "model": {
    "type": "BPE",
    "dropout": null,
    "unk_token": null,
    "continuing_subword_prefix": null,
    "end_of_word_suffix": null,
    "fuse_unk": false,
    "byte_fallback": false,
    "ignore_merges": false,
    "vocab": {`...)
	for id, s := range d.vocab {
		b = next(b, id)
		b = append(quote(b, s), ": "...)
		b = strconv.AppendInt(b, int64(id), 10)
	}
	b = append(b, "\n    },\n    \"merges\": ["...)
	for i, m := range d.merges {
		b = append(next(b, i), '[')
		b = append(quote(b, m.left), ", "...)
		b = append(quote(b, m.right), ']')
	}
	return append(b, "\n    ]\n  }\n}\n"...)
}

func next(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(b, "\n      "...)
}

// append writes the pre-tokenizer that p stands for.
func (p pattern) append(b []byte) []byte {
	if len(p.splits) == 0 {
		return append(b, `{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true}`...)
	}
	b = append(b, `{"type": "Sequence", "pretokenizers": [`...)
	for _, s := range p.splits {
		b = append(b, "\n    {\"type\": \"Split\", \"pattern\": {\"Regex\": "...)
		b = append(quote(b, s), `}, "behavior": "Isolated", "invert": false},`...)
	}
	return append(b, "\n    {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": false, \"use_regex\": false}\n  ]}"...)
}

func appendAdded(b []byte, id int32, content string) []byte {
	b = fmt.Appendf(b, `{"id": %d, "content": `, id)
	return append(quote(b, content), `, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}`...)
}

// quote appends s as a JSON string. Bytes that are no UTF-8 cannot come here: a
// vocabulary is written in characters, and special tokens are checked.
func quote(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// AddSpecials returns a copy of a tokenizer.json with more special tokens, which
// get the ids that the reference will give them. The rest of the file stays
// byte for byte. A name that is a special token already is left as it is; one
// that text can be encoded to is refused.
func AddSpecials(file []byte, names []string) ([]byte, error) {
	f, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	if _, err := LoadAny(file); err != nil {
		return nil, err
	}
	has := map[string]bool{}
	id := int32(len(f.Model.Vocab))
	for _, a := range f.AddedTokens {
		has[a.Content] = a.Special
		id = max(id, a.ID+1)
	}
	var b []byte
	for _, name := range names {
		special, added := has[name]
		_, plain := f.Model.Vocab[name]
		switch {
		case added && special:
			continue
		case added:
			return nil, fmt.Errorf("%q is an added token already, and not a special one", name)
		case plain || name == "":
			return nil, fmt.Errorf("%q is a token of the plain vocabulary or empty; a special token needs a name of its own", name)
		}
		has[name] = true
		if len(has) > 1 {
			b = append(b, ',')
		}
		b = appendAdded(append(b, "\n    "...), id, name)
		id++
	}
	at, err := endOfAdded(file)
	if err != nil || len(b) == 0 {
		return file, err
	}
	out := append(append(append(make([]byte, 0, len(file)+len(b)), file[:at]...), b...), file[at:]...)
	if _, err := LoadAny(out); err != nil {
		return nil, err
	}
	return out, nil
}

// endOfAdded returns the place after the last element of added_tokens.
func endOfAdded(file []byte) (int, error) {
	d := jsontext.NewDecoder(bytes.NewReader(file))
	if _, err := d.ReadToken(); err != nil {
		return 0, err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return 0, err
		}
		if name.String() != "added_tokens" || d.PeekKind() != '[' {
			if err := d.SkipValue(); err != nil {
				return 0, err
			}
			continue
		}
		if _, err := d.ReadToken(); err != nil {
			return 0, err
		}
		for d.PeekKind() != ']' {
			if err := d.SkipValue(); err != nil {
				return 0, err
			}
		}
		return int(d.InputOffset()), nil
	}
	return 0, fmt.Errorf("tokenizer.json: no list added_tokens")
}
