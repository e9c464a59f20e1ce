package ingest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

const lowerHex = "0123456789abcdef"

// shortEscapes holds the letter of each control character that has one.
var shortEscapes = [0x20]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// AppendCanonical appends the canonical JSON of v to dst: no white space, keys
// in byte order, numbers as written, and in strings only the escapes that JSON
// demands, each in its shortest form. Two records that differ only in layout,
// key order or escaping have the same canonical JSON, hence the same identity.
func (v *Value) AppendCanonical(dst []byte) []byte {
	switch {
	case v == nil || v.Type == Null:
		return append(dst, "null"...)
	case v.Type == String:
		return v.appendString(dst)
	case v.Type == Array:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.Items[i].AppendCanonical(dst)
		}
		return append(dst, ']')
	case v.Type == Object:
		return appendMembers(dst, v.Members)
	}
	return append(dst, v.text...)
}

func appendMembers(dst []byte, members []Member) []byte {
	var few [fewKeys]int
	order := few[:0]
	for i := range members {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(members[a].Key, members[b].Key) })
	dst = append(dst, '{')
	for n, i := range order {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, members[i].Key), ':')
		dst = members[i].Value.AppendCanonical(dst)
	}
	return append(dst, '}')
}

func (v *Value) appendString(dst []byte) []byte {
	if v.loose {
		return appendQuoted(dst, v.Str())
	}
	return append(append(append(dst, '"'), v.text...), '"')
}

// appendQuoted writes s, which must be valid UTF-8, as a canonical JSON string.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if !stops[c] {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch {
		case c >= 0x20:
			dst = append(dst, '\\', c)
		case shortEscapes[c] != 0:
			dst = append(dst, '\\', shortEscapes[c])
		default:
			dst = append(dst, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}

// Canonical parses one strict JSON text and returns its canonical form, which
// is raw itself where raw is canonical already. The error is a *SyntaxError
// whose line and byte count from the start of raw.
func Canonical(raw []byte) ([]byte, error) {
	v, same, bad := parseValue(string(raw))
	if bad != nil {
		return nil, locate(bad, raw, "", 1, 0)
	}
	if same {
		return raw, nil
	}
	return v.AppendCanonical(make([]byte, 0, len(raw))), nil
}

// ParseValue parses one strict JSON text. The error is as Canonical's.
func ParseValue(raw []byte) (*Value, error) {
	v, _, bad := parseValue(string(raw))
	if bad != nil {
		return nil, locate(bad, raw, "", 1, 0)
	}
	return &v, nil
}

// idOf is the identity of a canonical record or problem: the first 16 bytes of
// a SHA-256 in hex.
func idOf(digest [sha256.Size]byte) string {
	var text [32]byte
	hex.Encode(text[:], digest[:16])
	return string(text[:])
}

// locate turns a fault inside raw into a SyntaxError. Line and offset are
// those of raw's first byte.
func locate(bad *fault, raw []byte, file string, line, offset int64) *SyntaxError {
	e := &SyntaxError{File: file, Line: line, Byte: 1, Offset: -1, Reason: bad.reason, Detail: bad.detail}
	if offset >= 0 {
		e.Offset = offset + int64(bad.at)
	}
	for _, c := range raw[:min(bad.at, len(raw))] {
		if e.Byte++; c == '\n' {
			e.Line, e.Byte = e.Line+1, 1
		}
	}
	return e
}
