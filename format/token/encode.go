package token

import (
	"hash/maphash"
	"unicode/utf8"
)

// An Encoder encodes text for one goroutine. It keeps scratch and a cache of
// pieces, neither of which changes what it answers.
type Encoder struct {
	// AllowSpecial lets special tokens that stand in the text become control
	// tokens. Without it they are plain text. Added tokens that are not marked
	// special (Qwen3's <think>) are read in any case, as the reference does.
	AllowSpecial bool
	// NoAdded makes plain text of every added token: for text from strangers in
	// vocabularies that forget the mark (DeepSeek-V3's <｜User｜>).
	NoAdded bool

	t       *Tokenizer
	merger  merger
	shorts  shorts
	cache   cache
	tail    [2 * asciiWindow]byte
	norm    normalizer
	err     error
	first   bool // the section at hand begins the text
	staged  staged
	text    []byte // normalized text
	changes []change
}

// Encoder returns a new Encoder for t.
func (t *Tokenizer) Encoder() *Encoder {
	return &Encoder{t: t, shorts: newShorts(), cache: cache{seed: maphash.MakeSeed()}}
}

// Append appends the tokens of text: ids, and for each the byte after it,
// counted from base. The last end is base + len(text); ends never fall, and only
// a token that normalizing put in may be empty. Text must be below 2 GiB with its base.
func (e *Encoder) Append(ids, ends []int32, text string, base int) ([]int32, []int32) {
	if e.t.foreign != nil {
		return e.foreign(ids, ends, text, base)
	}
	m := e.t.rawAdded
	e.first = true
	if m == nil || e.NoAdded {
		return e.section(ids, ends, text, base)
	}
	done := 0
	for at := 0; at < len(text); {
		a, start, end := m.find(text, at)
		if a == nil {
			break
		}
		at = end
		if a.Special && !e.AllowSpecial || a.SingleWord && !m.alone(text, start, end) {
			continue
		}
		start, end = a.stripped(text, done, start, end)
		e.first = done == 0
		ids, ends = e.section(ids, ends, text[done:start], base+done)
		ids, ends = append(ids, a.ID), append(ends, int32(base+end))
		done, at = end, end
	}
	e.first = done == 0
	return e.section(ids, ends, text[done:], base+done)
}

// section encodes text between added tokens.
func (e *Encoder) section(ids, ends []int32, s string, base int) ([]int32, []int32) {
	if s == "" {
		return ids, ends
	}
	from := len(ends)
	e.changes = e.changes[:0]
	switch {
	case e.t.nfc:
		e.text, e.changes = e.norm.appendNFC(e.text[:0], e.changes, s)
	case e.t.blank && e.t.meta == nil:
		e.text, e.changes = appendBlanks(e.text[:0], e.changes, s, e.t.prepend)
	}
	if len(e.changes) == 0 {
		return e.added(ids, ends, s, base)
	}
	ids, ends = e.added(ids, ends, view(e.text), 0)
	restore(ends[from:], e.changes, base)
	return ids, ends
}

// added cuts out the added tokens that are looked for after normalizing.
func (e *Encoder) added(ids, ends []int32, s string, base int) ([]int32, []int32) {
	m := e.t.normAdded
	if m == nil || e.NoAdded {
		return e.plain(ids, ends, s, base)
	}
	done := 0
	for at := 0; at < len(s); {
		a, start, end := m.find(s, at)
		if a == nil {
			break
		}
		at = end
		if a.Special && !e.AllowSpecial || a.SingleWord && !m.alone(s, start, end) {
			continue
		}
		start, end = a.stripped(s, done, start, end)
		ids, ends = e.plain(ids, ends, s[done:start], base+done)
		e.first = false
		ids, ends = append(ids, a.ID), append(ends, int32(base+end))
		done, at = end, end
	}
	return e.plain(ids, ends, s[done:], base+done)
}

// plain cuts s into pieces and encodes each.
func (e *Encoder) plain(ids, ends []int32, s string, base int) ([]int32, []int32) {
	switch {
	case s == "":
		return ids, ends
	case e.t.meta != nil:
		return e.plainMeta(ids, ends, s, base)
	case e.t.blank:
		return e.plainBlank(ids, ends, s, base)
	}
	if len(e.t.cuts) > 0 || e.t.prefixSpace {
		return e.plainStaged(ids, ends, s, base)
	}
	if e.t.ascii.digits > 0 {
		return e.words(ids, ends, s, base)
	}
	scan := e.t.scan
	for i := 0; i < len(s); {
		end := scan(s, i)
		ids, ends = e.piece(ids, ends, s[i:end], base+i)
		i = end
	}
	return ids, ends
}

// piece encodes one piece, from the cache if it has it.
func (e *Encoder) piece(ids, ends []int32, p string, base int) ([]int32, []int32) {
	if len(p) == 1 && !e.t.blank {
		return append(ids, e.t.byteID[p[0]]), append(ends, int32(base+1))
	}
	if len(p) > longestCached {
		return e.fresh(ids, ends, p, base)
	}
	if len(p) <= longestKey {
		return e.shortPiece(ids, ends, p, base)
	}
	hash := maphash.String(e.cache.seed, p)
	if c := e.cache.find(hash, p); c != nil {
		if c.n == 1 {
			return append(ids, c.id), append(ends, int32(base+len(p)))
		}
		for _, x := range e.cache.tokens[c.id : int(c.id)+int(c.n)] {
			ids, ends = append(ids, x.id), append(ends, int32(base)+x.end)
		}
		return ids, ends
	}
	from := len(ids)
	ids, ends = e.fresh(ids, ends, p, base)
	e.cache.add(hash, p, ids[from:], ends[len(ends)-(len(ids)-from):], base)
	return ids, ends
}

func (e *Encoder) shortPiece(ids, ends []int32, p string, base int) ([]int32, []int32) {
	k := keyOf(p)
	if c := e.shorts.find(k); c != nil {
		return c.appendTo(ids, ends, base)
	}
	from := len(ids)
	ids, ends = e.fresh(ids, ends, p, base)
	e.shorts.add(k, ids[from:], ends[len(ends)-(len(ids)-from):], base)
	return ids, ends
}

// fresh encodes one piece by the rules.
func (e *Encoder) fresh(ids, ends []int32, p string, base int) ([]int32, []int32) {
	if e.t.ignoreMerges {
		if id, ok := e.t.ids[p]; ok {
			return append(ids, id), append(ends, int32(base+len(p)))
		}
	}
	if e.t.blank {
		e.characters(p)
	} else {
		e.byteParts(p)
	}
	e.merger.merge(&e.t.rules)
	for i := range e.merger.parts {
		ids = append(ids, e.merger.parts[i].id)
		ends = append(ends, int32(base)+e.merger.parts[i].end)
	}
	return ids, ends
}

func (e *Encoder) byteParts(p string) {
	parts := e.merger.parts[:0]
	for i := range len(p) {
		rank := uint32(noRank)
		if i+1 < len(p) {
			rank = e.t.pairs[int(p[i])<<8|int(p[i+1])]
		}
		parts = append(parts, part{id: e.t.byteID[p[i]], end: int32(i + 1), rank: rank})
	}
	e.merger.parts = parts
}

// characters makes a part of each character that is a token, and of each byte of the others.
func (e *Encoder) characters(p string) {
	parts := e.merger.parts[:0]
	for i := 0; i < len(p); {
		if p[i] < utf8.RuneSelf {
			parts = append(parts, part{id: e.t.charID[p[i]], end: int32(i + 1)})
			i++
			continue
		}
		_, n := utf8.DecodeRuneInString(p[i:])
		if id, ok := e.t.ids[p[i:i+n]]; ok {
			parts = append(parts, part{id: id, end: int32(i + n)})
		} else {
			for j := i; j < i+n; j++ {
				parts = append(parts, part{id: e.t.byteID[p[j]], end: int32(j + 1)})
			}
		}
		i += n
	}
	for i := range parts {
		parts[i].rank = noRank
		if i+1 < len(parts) {
			parts[i].rank = e.t.rules.rank(parts[i].id, parts[i+1].id)
		}
	}
	e.merger.parts = parts
}

// Err says why a text was not encoded whole since the Encoder was made: the
// engine behind a Tokenizer of [LoadAny] gave up. It is nil for all others.
func (e *Encoder) Err() error { return e.err }
