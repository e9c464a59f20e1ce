package token

import (
	"strings"
	"unsafe"
)

// view is b as a string, for as long as b does not change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// normalize returns s as the tokenizer's normalizer leaves it.
func (t *Tokenizer) normalize(s string) string {
	var n normalizer
	var buf []byte
	var changes []change
	switch {
	case t.nfc:
		buf, changes = n.appendNFC(nil, nil, s)
	case t.blank && t.meta == nil:
		buf, changes = appendBlanks(nil, nil, s, t.prepend)
	}
	if len(changes) == 0 {
		return s
	}
	return string(buf)
}

// restore turns ends in normalized text into ends in the source, which begins at base.
func restore(ends []int32, changes []change, base int) {
	next := 0 // changes[:next] begin before the end at hand
	for i, end := range ends {
		for next < len(changes) && changes[next].start < int(end) {
			next++
		}
		src := int(end)
		if next > 0 {
			c := changes[next-1]
			src = c.srcEnd + max(0, src-c.end)
		}
		ends[i] = int32(base + src)
	}
}

// appendBlanks writes s with blankMark for each space, and one before it if prepend is set.
func appendBlanks(buf []byte, changes []change, s string, prepend bool) ([]byte, []change) {
	if prepend {
		buf = append(buf, blankMark...)
		changes = append(changes, change{0, len(buf), 0})
	}
	done := 0
	for {
		skip := strings.IndexByte(s[done:], ' ')
		if skip < 0 {
			break
		}
		buf = append(buf, s[done:done+skip]...)
		done += skip + 1
		buf = append(buf, blankMark...)
		changes = append(changes, change{len(buf) - len(blankMark), len(buf), done})
	}
	if len(changes) > 0 {
		buf = append(buf, s[done:]...)
	}
	return buf, changes
}
