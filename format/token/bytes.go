package token

// Byte-level vocabularies are written in 256 printable characters, one a byte:
// those of Latin-1 that print stand for themselves, the others, in order, for U+0100 onwards.

func runeOfByte() (table [256]rune) {
	next := rune(256)
	for b := range table {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			table[b] = rune(b)
		} else {
			table[b] = next
			next++
		}
	}
	return table
}

func byteOfRune() map[rune]byte {
	m := make(map[rune]byte, 256)
	for b, r := range runeOfByte() {
		m[r] = byte(b)
	}
	return m
}

// fromByteLevel appends the bytes that s stands for; false if some character stands for none.
func fromByteLevel(buf []byte, s string, of map[rune]byte) ([]byte, bool) {
	for _, r := range s {
		b, ok := of[r]
		if !ok {
			return buf, false
		}
		buf = append(buf, b)
	}
	return buf, true
}
