package token

import (
	"encoding/hex"
	"strconv"
	"unicode/utf8"
)

// blankMark stands for a space in SentencePiece vocabularies.
const blankMark = "\u2581"

// A Tokenizer is a loaded vocabulary. It never changes, and any number of
// goroutines may use it; each needs an [Encoder] of its own.
type Tokenizer struct {
	digest [32]byte
	bytes  []string         // by id: the bytes that a token stands for
	known  []bool           // by id: whether it is a token
	ids    map[string]int32 // by bytes; by characters where blank is set
	byteID [256]int32
	rules  rules
	pairs  []uint32 // by two bytes: their rank

	pattern      string
	scan         scanner
	ascii        asciiWords
	engine       bool  // unknown patterns are run by the engine
	cuts         []cut // what no scanner stands for; the scanner cuts what they leave
	prefixSpace  bool  // a space is put before each piece that has none
	nfc          bool
	ignoreMerges bool
	ranked       bool // read from a rank file

	blank   bool                 // SentencePiece style: a space is blankMark, characters that are no token become bytes
	prepend bool                 // a blank is put before the text
	meta    *metaspace           // blanks are made behind the added tokens instead
	strip   bool                 // and taken away by Decode
	borders borders              // where a text may be cut
	charID  [utf8.RuneSelf]int32 // of ASCII characters, the byte's where the character is no token

	foreign *foreign // does all the work where it is set

	added     map[string]int32
	list      []AddedToken
	specials  int
	rawAdded  *matcher // found before normalizing
	normAdded *matcher // found after
	wrap      wrap     // what the post-processor adds
}

// ID returns the id of an added token by its content. Tokens of the plain
// vocabulary are not found: text becomes those by encoding.
func (t *Tokenizer) ID(content string) (int32, bool) {
	id, ok := t.added[content]
	return id, ok
}

// Added lists the added tokens in the order of the file.
func (t *Tokenizer) Added() []AddedToken { return append([]AddedToken(nil), t.list...) }

// VocabSize is one more than the largest id: the rows that an embedding needs.
func (t *Tokenizer) VocabSize() int { return len(t.bytes) }

// Digest is the SHA-256 of the file.
func (t *Tokenizer) Digest() [32]byte { return t.digest }

// Info is what a manifest and a person want to know of a tokenizer.
type Info struct {
	Model      string `json:"model"`
	Pattern    string `json:"pattern"`
	Normalizer string `json:"normalizer,omitempty"`
	VocabSize  int    `json:"vocab_size"`
	Merges     int    `json:"merges"`
	Added      int    `json:"added"`
	Special    int    `json:"special"`
	Unicode    string `json:"unicode"`
	Digest     string `json:"sha256"`
}

// Info describes t.
func (t *Tokenizer) Info() Info {
	i := Info{
		Model: "byte-level BPE", Pattern: t.pattern, VocabSize: t.VocabSize(), Merges: len(t.rules.list),
		Added: len(t.list), Special: t.specials, Unicode: UnicodeVersion, Digest: hex.EncodeToString(t.digest[:]),
	}
	switch {
	case t.foreign != nil:
		i.Model, i.Unicode = t.foreign.kind+" by github.com/sugarme/tokenizer", "of that module"
	case t.ranked:
		i.Model, i.Merges = "byte-level BPE by ranks", 0
	case t.nfc:
		i.Normalizer = "NFC"
	case t.blank:
		i.Model = "BPE with byte fallback"
		i.Normalizer = "space to U+2581"
		if t.prepend || t.meta != nil && t.meta.prepend != "never" {
			i.Normalizer = "U+2581 before the text, space to U+2581"
		}
	}
	return i
}

// Name is the tokenizer's name in reports: its pattern and the size of its vocabulary.
func (t *Tokenizer) Name() string { return t.pattern + "-" + strconv.Itoa(len(t.bytes)) }

// Bytes returns the bytes that a token stands for; false if there is no such token.
func (t *Tokenizer) Bytes(id int32) (string, bool) {
	if id < 0 || int(id) >= len(t.bytes) || !t.known[id] {
		return "", false
	}
	return t.bytes[id], true
}

// Decode returns the text of ids. Ids that are no token add nothing. Where a
// tokenizer puts a blank before every text, Decode takes one away.
func (t *Tokenizer) Decode(ids []int32) []byte {
	if t.foreign != nil {
		return t.foreign.text(ids)
	}
	var b []byte
	for _, id := range ids {
		s, _ := t.Bytes(id)
		b = append(b, s...)
	}
	if t.strip && len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}
