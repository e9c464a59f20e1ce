package token

import "unicode/utf8"

// A scanner returns the end of the piece that begins at i, which is inside s.
// Each is a regular expression written out by hand; pattern.go says which.
type scanner func(s string, i int) int

// scanGPT2 cuts like GPT-2: a space sticks to the word, number or symbols after it.
func scanGPT2(s string, i int) int {
	if s[i] == '\'' {
		if n := contraction(s, i); n > 0 {
			return i + n
		}
	}
	j := i
	if s[i] == ' ' {
		j++
	}
	c, n := peek(s, j)
	switch {
	case c&letter != 0:
		return run(s, j+n, letter)
	case c&number != 0:
		return run(s, j+n, number)
	case n > 0 && c&space == 0:
		return runNot(s, j+n, space|letter|number)
	}
	return scanBlank(s, i)
}

// scanQwen2 and scanLlama3 differ in how many digits make a piece.
func scanQwen2(s string, i int) int  { return scanWords(s, i, 1) }
func scanLlama3(s string, i int) int { return scanWords(s, i, 3) }

// scanCL100K is scanLlama3 but for white space at the end of the text, which stays whole.
func scanCL100K(s string, i int) int {
	if end := scanWords(s, i, 3); run(s, i, space) < len(s) {
		return end
	}
	return len(s)
}

func scanWords(s string, i, digits int) int {
	if s[i] == '\'' {
		if n := contractionFold(s, i); n > 0 {
			return i + n
		}
	}
	c, n := peek(s, i)
	if c&letter != 0 {
		return run(s, i+n, letter)
	}
	if c&number != 0 {
		return scanDigits(s, i, digits)
	}
	if !newline(s[i]) {
		if c, m := peek(s, i+n); c&letter != 0 {
			return run(s, i+n+m, letter)
		}
	}
	if end := scanSymbols(s, i, false); end > i {
		return end
	}
	return scanLines(s, i)
}

// scanTekken cuts words where a capital follows a small letter.
func scanTekken(s string, i int) int { return scanCased(s, i, 1, false) }

// scanO200k is the same with contractions kept on their word and up to three digits.
func scanO200k(s string, i int) int { return scanCased(s, i, 3, true) }

func scanCased(s string, i, digits int, suffix bool) int {
	c, n := peek(s, i)
	if end := casedPiece(s, i, c, n); end > i {
		if suffix {
			end += contractionFold(s, end)
		}
		return end
	}
	if c&number != 0 {
		return scanDigits(s, i, digits)
	}
	if end := scanSymbols(s, i, true); end > i {
		return end
	}
	return scanLines(s, i)
}

// casedPiece matches a word at i, perhaps with one character before it that is no
// letter. A word with small letters comes first, also if it has to do without that
// character: a mark can be either.
func casedPiece(s string, i int, c class, n int) int {
	after, end := i, i
	if c&(letter|number) == 0 && !newline(s[i]) {
		small := false
		after = i + n
		if end, small = casedWord(s, after); small {
			return end
		}
	}
	if bare, small := casedWord(s, i); small || end == after {
		return bare
	}
	return end
}

// casedWord matches capitals, then small letters, and says whether there are
// any of these. A character without case is both. If no small letter follows the
// capitals, they are given back down to the last one without case; if
// there is none, all stay.
func casedWord(s string, i int) (end int, small bool) {
	both := 0
	for {
		c, n := peek(s, i)
		if c&upper == 0 {
			if c&lower != 0 {
				return run(s, i, lower), true
			}
			break
		}
		i += n
		if c&lower != 0 {
			both = i
		}
	}
	if both > 0 {
		return both, true
	}
	return i, false
}

// scanDeepSeek makes three cuts, one inside the other: digits by three, then
// runs of kana and Han, then words and symbols. The third sees
// the end of its region as the end of the text, and what it does not match stays
// whole.
func scanDeepSeek(s string, i int) int {
	c, _ := peek(s, i)
	if c&number != 0 {
		return scanDigits(s, i, 3)
	}
	end := i
	p := region{s, east(s, i)}
	for {
		if next := p.match(end); next > end {
			if end > i {
				return end // a stretch that nothing matched, up to this match
			}
			return next
		}
		_, n := p.peek(end)
		if n == 0 {
			return end
		}
		end += n
	}
}

// A region is the text seen by DeepSeek's third cut: it ends at a digit, and where
// the script changes.
type region struct {
	s    string
	east bool
}

func east(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r >= 0x4E00 && r <= 0x9FA5 || r >= 0x3040 && r <= 0x30FF
}

func (p region) peek(i int) (class, int) {
	c, n := peek(p.s, i)
	if n == 0 || c&number != 0 || n > 1 && east(p.s, i) != p.east || n == 1 && p.east {
		return 0, 0
	}
	return c, n
}

func (p region) run(i int, set class) int {
	for {
		c, n := p.peek(i)
		if c&set == 0 {
			return i
		}
		i += n
	}
}

func (p region) match(i int) int {
	c, n := p.peek(i)
	if n == 0 {
		return i
	}
	b := p.s[i]
	next, m := p.peek(i + n)
	if b < utf8.RuneSelf && c&(punct|symbol) != 0 && m == 1 && asciiLetter(p.s[i+1]) {
		for i++; i < len(p.s) && asciiLetter(p.s[i]); i++ {
		}
		return i
	}
	if c&(letter|mark) != 0 {
		return p.run(i, letter|mark)
	}
	if !newline(b) && c&(punct|symbol) == 0 && next&(letter|mark) != 0 {
		return p.run(i+n, letter|mark)
	}
	j := i
	if b == ' ' {
		j++
	}
	if k := p.run(j, punct|symbol); k > j {
		for !p.east && k < len(p.s) && newline(p.s[k]) {
			k++
		}
		return k
	}
	if c&space == 0 {
		return i
	}
	end := p.run(i, space)
	_, more := p.peek(end)
	return blank(p.s, i, end, more == 0, true)
}

func scanDigits(s string, i, most int) int {
	for ; most > 0; most-- {
		c, n := peek(s, i)
		if c&number == 0 {
			break
		}
		i += n
	}
	return i
}

// scanSymbols matches symbols with the space before them and the line ends
// after them, and slashes among these if slash is set.
func scanSymbols(s string, i int, slash bool) int {
	j := i
	if s[i] == ' ' {
		j++
	}
	k := runNot(s, j, space|letter|number)
	if k == j {
		return i
	}
	for k < len(s) && (newline(s[k]) || slash && s[k] == '/') {
		k++
	}
	return k
}

func scanBlank(s string, i int) int {
	end := run(s, i, space)
	return blank(s, i, end, end == len(s), false)
}

func scanLines(s string, i int) int {
	end := run(s, i, space)
	return blank(s, i, end, end == len(s), true)
}

// blank says where the piece ends that opens the white space s[i:end]: after its last
// line end, if lines asks for that; else before its last character, which goes
// to what follows, if anything follows and it is not the only one.
func blank(s string, i, end int, last, lines bool) int {
	if lines {
		for k := end; k > i; k-- {
			if newline(s[k-1]) {
				return k
			}
		}
	}
	if last {
		return end
	}
	_, n := utf8.DecodeLastRuneInString(s[i:end])
	if end-n == i {
		return end
	}
	return end - n
}

// contraction returns the size of 's 't 're 've 'm 'll 'd at i, or 0.
func contraction(s string, i int) int {
	if i+1 >= len(s) {
		return 0
	}
	switch s[i+1] {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if i+2 < len(s) && s[i+2] == 'e' {
			return 3
		}
	case 'l':
		if i+2 < len(s) && s[i+2] == 'l' {
			return 3
		}
	}
	return 0
}

// contractionFold is contraction in either case. The long s, U+017F, is an s too.
func contractionFold(s string, i int) int {
	if i+1 >= len(s) || s[i] != '\'' {
		return 0
	}
	second := byte(0)
	if i+2 < len(s) {
		second = s[i+2]
	}
	switch s[i+1] | 0x20 {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if second|0x20 == 'e' {
			return 3
		}
	case 'l':
		if second|0x20 == 'l' {
			return 3
		}
	}
	if s[i+1] == 0xC5 && second == 0xBF {
		return 3
	}
	return 0
}

func newline(b byte) bool     { return b == '\n' || b == '\r' }
func asciiLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
