package token

import "unicode/utf8"

// A Decoder decodes ids one at a time, as a model samples them, and lets out
// whole characters only.
type Decoder struct {
	t       *Tokenizer
	held    []byte // the beginning of a character
	started bool
}

// Decoder returns a new Decoder for t.
func (t *Tokenizer) Decoder() *Decoder { return &Decoder{t: t} }

// Append appends the characters that id completes. Bytes that can no longer become a
// character are let out as they are.
func (d *Decoder) Append(dst []byte, id int32) []byte {
	s, _ := d.t.Bytes(id)
	if !d.started && s != "" {
		if d.started = true; d.t.strip && s[0] == ' ' {
			s = s[1:]
		}
	}
	d.held = append(d.held, s...)
	whole := len(d.held)
	for back := 1; back < utf8.UTFMax && back <= len(d.held); back++ {
		if tail := d.held[len(d.held)-back:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				whole -= back
			}
			break
		}
	}
	dst = append(dst, d.held[:whole]...)
	d.held = d.held[:copy(d.held, d.held[whole:])]
	return dst
}

// Flush appends what is held back: bytes that are no character. The Decoder
// then begins anew.
func (d *Decoder) Flush(dst []byte) []byte {
	dst = append(dst, d.held...)
	d.held, d.started = d.held[:0], false
	return dst
}
