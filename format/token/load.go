package token

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Load reads a tokenizer.json, or a rank file that is known by its digest.
func Load(b []byte) (*Tokenizer, error) { return load(b, false) }

// LoadAny is Load for files whose patterns this package does not know as well:
// a regular-expression engine runs those, slowly, and may give up on a text.
// Whoever encodes with such a Tokenizer must ask [Encoder.Err].
func LoadAny(b []byte) (*Tokenizer, error) { return load(b, true) }

func load(b []byte, engine bool) (*Tokenizer, error) {
	if isRanks(b) {
		return loadPublished(b)
	}
	f, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	t := &Tokenizer{digest: sha256.Sum256(b), ignoreMerges: f.Model.IgnoreMerges, engine: engine}
	for _, step := range []func(*file) error{t.loadStages, t.loadVocab, t.loadRules, t.loadAdded, t.loadWrap} {
		if err := step(f); err != nil {
			return nil, fmt.Errorf("tokenizer.json: %w", err)
		}
	}
	t.loadASCII()
	return t, nil
}

// loadASCII prepares the loop that encodes ASCII, if the pattern is one it knows.
func (t *Tokenizer) loadASCII() {
	if p, err := findPattern(t.pattern); err == nil && p.ascii > 0 {
		t.ascii = asciiWords{p.ascii, newKinds(), newKeyMask(), t.byteID}
	}
}

func (t *Tokenizer) loadStages(f *file) error {
	if err := t.loadKind(f); err != nil {
		return err
	}
	return unknown(f.Normalizer, f.PreTokenizer, f.PostProcessor, f.Decoder)
}

func (t *Tokenizer) loadKind(f *file) error {
	if f.Model.ByteFallback {
		return t.loadSentencePiece(f)
	}
	for _, s := range flat(f.Normalizer) {
		if s.Type != "NFC" {
			return fmt.Errorf("normalizer %q is not supported; NFC is", s.Type)
		}
		t.nfc = true
	}
	for _, s := range flat(f.Decoder) {
		if s.Type != "ByteLevel" {
			return fmt.Errorf("decoder %q is not supported with a byte-level vocabulary; ByteLevel is", s.Type)
		}
	}
	return t.loadPattern(flat(f.PreTokenizer))
}

// loadPattern reads the pre-tokenizers: Split and Digits stages, then ByteLevel.
// Where they are a known pattern a scanner does their work.
func (t *Tokenizer) loadPattern(stages []stage) error {
	if len(stages) == 0 {
		return fmt.Errorf("no pre_tokenizer and no byte_fallback; a byte-level vocabulary needs ByteLevel")
	}
	level := stages[len(stages)-1]
	if level.Type != "ByteLevel" {
		return fmt.Errorf("pre_tokenizer %q comes last; ByteLevel must", level.Type)
	}
	t.prefixSpace = level.AddPrefixSpace
	t.pattern, t.scan = "none", scanWhole
	own := level.UseRegex == nil || *level.UseRegex
	if own {
		t.pattern, t.scan = "gpt2", scanGPT2
	}
	stages = stages[:len(stages)-1]
	if p, ok := knownPattern(stages); ok && !own && !t.prefixSpace {
		t.pattern, t.scan = p.name, p.scan
		return nil
	}
	for i := range stages {
		if s := &stages[i]; s.Type != "Split" && s.Type != "Digits" {
			return fmt.Errorf("pre_tokenizer %q at place %d is not supported; Split and Digits, then ByteLevel are", s.Type, i)
		}
		c, err := t.newCut(&stages[i])
		if err != nil {
			return err
		}
		t.cuts = append(t.cuts, c)
	}
	if len(t.cuts) > 0 {
		t.pattern = fmt.Sprintf("%d cuts+%s", len(t.cuts), t.pattern)
	}
	return nil
}

// knownPattern returns the pattern that Split stages are together. As every
// known pattern matches all text, it is the same whether what matches is kept
// or what does not is removed.
func knownPattern(stages []stage) (pattern, bool) {
	var splits []string
	for _, s := range stages {
		if s.Type != "Split" || s.Pattern == nil || s.Pattern.Regex == nil {
			return pattern{}, false
		}
		if s.Behavior == "Isolated" && !s.Invert || s.Behavior == "Removed" && s.Invert && len(stages) == 1 {
			splits = append(splits, *s.Pattern.Regex)
		}
	}
	for _, p := range patterns() {
		if len(splits) > 0 && len(splits) == len(stages) && slices.Equal(p.splits, splits) {
			return p, true
		}
	}
	return pattern{}, false
}

func (t *Tokenizer) loadSentencePiece(f *file) error {
	t.pattern, t.blank = "sentencepiece", true
	if err := t.loadBlanks(flat(f.Normalizer), flat(f.PreTokenizer)); err != nil {
		return err
	}
	decoders := flat(f.Decoder)
	if len(decoders) > 3 && decoders[3].Type == "Strip" && decoders[3].Content == " " && decoders[3].Start == 1 && decoders[3].Stop == 0 {
		t.strip = true
		decoders = decoders[:3]
	}
	if len(decoders) != 3 || !decoders[0].replaces(blankMark, " ") || decoders[1].Type != "ByteFallback" || decoders[2].Type != "Fuse" {
		return fmt.Errorf("decoder is not supported with byte_fallback; want Replace, ByteFallback, Fuse and perhaps Strip of one space")
	}
	return nil
}

// loadBlanks reads the two places where a file may say how spaces become blanks:
// normalizers, or a Metaspace pre-tokenizer.
func (t *Tokenizer) loadBlanks(normalizers, cuts []stage) error {
	if len(normalizers) == 0 && len(cuts) == 1 && cuts[0].Type == "Metaspace" {
		m, err := cuts[0].metaspace()
		t.meta = &m
		return err
	}
	if len(normalizers) > 0 && normalizers[0].Type == "Prepend" {
		if normalizers[0].Prepend != blankMark {
			return fmt.Errorf("normalizer Prepend %q is not supported; %q is", normalizers[0].Prepend, blankMark)
		}
		t.prepend = true
		normalizers = normalizers[1:]
	}
	if len(normalizers) != 1 || !normalizers[0].replaces(" ", blankMark) {
		return fmt.Errorf("normalizer is not supported with byte_fallback; want Replace of a space by %q, with or without Prepend, or a Metaspace pre_tokenizer", blankMark)
	}
	// After the Replace no space is left, so a Split at spaces cuts nothing.
	for _, s := range cuts {
		if s.Type != "Split" || s.Pattern == nil || s.Pattern.String == nil || *s.Pattern.String != " " || s.Invert {
			return fmt.Errorf("pre_tokenizer %q is not supported with byte_fallback; none, Metaspace, or Split at a space", s.Type)
		}
	}
	return nil
}

// loadVocab fills the two directions of the vocabulary. Ids may leave holes, but
// not so many that a small file asks for much memory.
func (t *Tokenizer) loadVocab(f *file) error {
	most := int32(2*(len(f.Model.Vocab)+len(f.AddedTokens)) + 4096)
	largest := int32(0)
	for s, id := range f.Model.Vocab {
		if id < 0 || id >= most {
			return fmt.Errorf("token %q has id %d of %d tokens", s, id, len(f.Model.Vocab))
		}
		largest = max(largest, id)
	}
	for _, a := range f.AddedTokens {
		if a.ID < 0 || a.ID >= most {
			return fmt.Errorf("added token %q has id %d of %d tokens", a.Content, a.ID, len(f.Model.Vocab))
		}
		largest = max(largest, a.ID)
	}
	t.bytes = make([]string, largest+1)
	t.known = make([]bool, largest+1)
	for s, id := range f.Model.Vocab {
		if t.known[id] {
			return fmt.Errorf("two tokens have id %d", id)
		}
		t.known[id], t.bytes[id] = true, s
	}
	t.ids = f.Model.Vocab
	if t.blank {
		return t.loadFallback()
	}
	return t.loadByteLevel(f)
}

// loadByteLevel translates the tokens from the 256 printable characters
// that stand for bytes. Tokens written otherwise must be added tokens.
func (t *Tokenizer) loadByteLevel(f *file) error {
	added := make(map[string]bool, len(f.AddedTokens))
	for _, a := range f.AddedTokens {
		added[a.Content] = true
	}
	ofRune := byteOfRune()
	t.ids = make(map[string]int32, len(f.Model.Vocab))
	var buf []byte
	for s, id := range f.Model.Vocab {
		raw, ok := fromByteLevel(buf[:0], s, ofRune)
		buf = raw
		if !ok {
			if !added[s] {
				return fmt.Errorf("token %q (id %d) is not written in byte-level characters", s, id)
			}
			continue
		}
		t.bytes[id] = string(raw)
		t.ids[t.bytes[id]] = id
	}
	for b := range t.byteID {
		id, ok := t.ids[string([]byte{byte(b)})]
		if !ok {
			return fmt.Errorf("no token for byte 0x%02X; text that holds it would be dropped", b)
		}
		t.byteID[b] = id
	}
	return nil
}

func (t *Tokenizer) loadFallback() error {
	for b := range t.byteID {
		name := fmt.Sprintf("<0x%02X>", b)
		id, ok := t.ids[name]
		if !ok && b < utf8.RuneSelf {
			id, ok = t.ids[string(rune(b))] // never needed, as the character is a token (Gemma 2's tab)
		}
		if !ok {
			return fmt.Errorf("byte_fallback without the token %s; text that needs it would be dropped", name)
		}
		t.byteID[b] = id
	}
	for c := range t.charID {
		id, ok := t.ids[string(rune(c))]
		if !ok {
			id = t.byteID[c]
		}
		t.charID[c] = id
	}
	for id, s := range t.bytes {
		t.bytes[id] = strings.ReplaceAll(s, blankMark, " ")
	}
	for b, id := range t.byteID {
		t.bytes[id] = string([]byte{byte(b)})
	}
	return nil
}

func (t *Tokenizer) loadRules(f *file) error {
	list := make([]rule, len(f.Model.Merges))
	made := make([]int32, len(list))
	seen := make(map[[2]int32]int, len(list))
	for i, m := range f.Model.Merges {
		left, okLeft := f.Model.Vocab[m.left]
		right, okRight := f.Model.Vocab[m.right]
		to, okTo := f.Model.Vocab[m.left+m.right]
		if !okLeft || !okRight || !okTo {
			return fmt.Errorf("merge %d, %q + %q: the vocabulary lacks one of them or their join", i, m.left, m.right)
		}
		pair := [2]int32{left, right}
		if was, twice := seen[pair]; twice {
			return fmt.Errorf("merge %d, %q + %q, stands at %d already", i, m.left, m.right, was)
		}
		seen[pair] = i
		list[i], made[i] = rule{left, right, uint32(i)}, to
		if t.blank {
			t.borders.add(m.left, m.right)
		}
	}
	t.rules = newRules(list, made)
	if !t.blank {
		t.loadPairs()
	}
	return nil
}

// loadPairs lists the ranks of all pairs of bytes, where every piece begins.
func (t *Tokenizer) loadPairs() {
	t.pairs = make([]uint32, 1<<16)
	for a, left := range t.byteID {
		for b, right := range t.byteID {
			t.pairs[a<<8|b] = t.rules.rank(left, right)
		}
	}
}

func (t *Tokenizer) loadAdded(f *file) error {
	next := int32(len(f.Model.Vocab)) // the id that the reference gives, whatever the file says
	t.added = make(map[string]int32, len(f.AddedTokens))
	for _, a := range f.AddedTokens {
		want, inVocab := f.Model.Vocab[a.Content]
		if !inVocab {
			want = next
			next++
		}
		_, twice := t.added[a.Content]
		switch {
		case a.Content == "":
			return fmt.Errorf("added token %d is empty", a.ID)
		case twice:
			return fmt.Errorf("added token %q stands there twice", a.Content)
		case a.ID != want:
			return fmt.Errorf("added token %q has id %d; the reference would give it %d", a.Content, a.ID, want)
		case !inVocab && t.known[a.ID]:
			return fmt.Errorf("added token %q has id %d, which is taken", a.Content, a.ID)
		}
		t.added[a.Content], t.known[a.ID], t.bytes[a.ID] = a.ID, true, a.Content
		if t.blank {
			t.bytes[a.ID] = strings.ReplaceAll(a.Content, blankMark, " ")
		}
		if a.Special {
			t.specials++
		}
	}
	raw, normalized := splitAdded(f.AddedTokens)
	for i := range normalized {
		normalized[i].Content = t.normalize(normalized[i].Content)
	}
	t.rawAdded, t.normAdded = newMatcher(raw), newMatcher(normalized)
	t.list = f.AddedTokens
	return nil
}
