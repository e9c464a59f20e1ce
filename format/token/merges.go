package token

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// FromMerges makes a tokenizer.json of the two files in which GPT-2 and its
// kin were published: vocab.json, a token and its id, and merges.txt, a merge a
// line. Text is cut by the pattern named, or GPT-2's. A token that is neither
// a byte nor made by a merge can come from no text; it must be one of the
// specials.
func FromMerges(vocab, merges []byte, pattern string, specials []string) ([]byte, error) {
	if pattern == "" {
		pattern = "gpt2"
	}
	p, err := findPattern(pattern)
	if err != nil {
		return nil, err
	}
	d := document{pattern: p}
	if d.vocab, err = parseVocab(vocab); err != nil {
		return nil, fmt.Errorf("vocab.json: %w", err)
	}
	if d.merges, err = parseMerges(merges); err != nil {
		return nil, fmt.Errorf("merges.txt: %w", err)
	}
	if d.specials, err = d.unreached(specials); err != nil {
		return nil, fmt.Errorf("vocab.json: %w", err)
	}
	file := d.append(nil)
	if _, err := Load(file); err != nil {
		return nil, err
	}
	return file, nil
}

// parseVocab returns the tokens by id.
func parseVocab(b []byte) ([]string, error) {
	var ids map[string]int32
	if err := json.Unmarshal(b, &ids); err != nil {
		return nil, err
	}
	tokens := make([]string, len(ids))
	taken := make([]bool, len(ids))
	for s, id := range ids {
		if id < 0 || int(id) >= len(ids) || taken[id] {
			return nil, fmt.Errorf("token %q has id %d of %d tokens, which is outside or taken", s, id, len(ids))
		}
		tokens[id], taken[id] = s, true
	}
	return tokens, nil
}

// parseMerges reads two tokens and a space a line, after a line of the version.
func parseMerges(b []byte) ([]mergePair, error) {
	var all []mergePair
	n := 0
	for line := range bytes.Lines(b) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 || n == 1 && bytes.HasPrefix(line, []byte("#version")) {
			continue
		}
		m, err := parseMerge(string(line))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// unreached returns the tokens that are special: those named, with the ids
// that they have or will be given.
func (d *document) unreached(specials []string) ([]AddedToken, error) {
	made := make(map[string]bool, len(d.vocab))
	for _, r := range runeOfByte() {
		made[string(r)] = true
	}
	for _, m := range d.merges {
		made[m.left+m.right] = true
	}
	var all []AddedToken
	for id, s := range d.vocab {
		switch special := slices.Contains(specials, s); {
		case special && made[s]:
			return nil, fmt.Errorf("special token %q is one that text is encoded to", s)
		case special:
			all = append(all, AddedToken{ID: int32(id), Content: s, Special: true})
		case !made[s]:
			return nil, fmt.Errorf("token %q (id %d) is made by no merge; name it as a special token if it is one", s, id)
		}
	}
	next := int32(len(d.vocab))
	for _, s := range specials {
		if !slices.Contains(d.vocab, s) {
			all = append(all, AddedToken{ID: next, Content: s, Special: true})
			next++
		}
	}
	return all, nil
}
