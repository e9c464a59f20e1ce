package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A cutter walks a text once and reports where steps end. It moves only
// forward, and remembers what it has searched for, so that its time is linear
// in the text whatever the text says.
type cutter struct {
	*tiler
	lines   bool // a line feed ends a step
	closers [len(pairs)]memo
}

// A memo is the first place of a needle at or after some point.
type memo struct{ from, at int }

// find is the first place of needle at or after i, or the length of the text.
// Queries of one memo come with growing i.
func (c *cutter) find(m *memo, needle string, i int) int {
	if m.from > 0 && m.at >= i {
		return m.at
	}
	m.from, m.at = i+1, len(c.text)
	if n := strings.Index(c.text[min(i, len(c.text)):], needle); n >= 0 {
		m.at = i + n
	}
	return m.at
}

// pairs are the delimiters between which nothing is cut, provided that they
// close before the stop. A formula that is not closed in its paragraph is no
// formula, and a mark that is not closed in its line no mark.
var pairs = [...]struct{ open, closing, stop string }{
	{`\[`, `\]`, "\n\n"},
	{`\(`, `\)`, "\n\n"},
	{`$$`, `$$`, "\n\n"},
	{`<<`, `>>`, "\n"},
	{`[asy]`, `[/asy]`, ""},
	{"\n\n", "", ""}, // no pairs: memos of the stops
	{"\n", "", ""},
}

const (
	blankLine = len(pairs) - 2
	lineFeed  = len(pairs) - 1
)

// tags are steps of their own.
var tags = [...]string{"<think>", "</think>", "<thinking>", "</thinking>", "<answer>", "</answer>", "<reasoning>", "</reasoning>"}

// special marks the bytes at which a cutter looks closer.
var special = func() (t [256]bool) {
	for _, c := range []byte("\n.!?<\\$[`") {
		t[c] = true
	}
	for _, lead := range []byte("\xe2\xe3\xef") { // U+2028, U+2029; 。; ！ ？
		t[lead] = true
	}
	return t
}()

func (c *cutter) run() {
	text := c.text
	deadBegin := 0 // no \begin before this closes
	for i := 0; i < len(text); {
		ch := text[i]
		if !special[ch] {
			i++
			continue
		}
		switch ch {
		case '\n':
			if i++; c.lines || i < len(text) && text[i] == '\n' {
				c.cut(i)
			}
		case '`':
			i = c.fence(i)
		case '<':
			i = c.angle(i)
		case '\\':
			if i+6 < len(text) && text[i+1] == 'b' && strings.HasPrefix(text[i:], `\begin{`) && i >= deadBegin {
				end, stop := c.environment(i)
				if deadBegin = stop; end > 0 {
					i = end
					continue
				}
			}
			if end := c.pair(i); end > 0 {
				i = end
			} else {
				i += min(2, len(text)-i) // not "\\[" of "\\\\[2pt]"
			}
		case '[':
			if end := c.pair(i); end > 0 {
				i = end
			} else {
				i++
			}
		case '$':
			i = c.dollar(i)
		case '.', '!', '?':
			i = c.stop(i)
		default:
			i = c.wide(i)
		}
	}
}

// pair is the end of the delimited stretch that begins at i, or 0.
func (c *cutter) pair(i int) int {
	for k := range blankLine {
		p := &pairs[k]
		if !strings.HasPrefix(c.text[i:], p.open) {
			continue
		}
		body := i + len(p.open)
		end := c.find(&c.closers[k], p.closing, body)
		if end == len(c.text) {
			return 0
		}
		switch p.stop {
		case "\n\n":
			if c.find(&c.closers[blankLine], p.stop, i) < end {
				return 0
			}
		case "\n":
			if c.find(&c.closers[lineFeed], p.stop, i) < end {
				return 0
			}
		}
		return end + len(p.closing)
	}
	return 0
}

// dollar passes a formula in dollar signs. A single dollar opens one only if
// no space follows it, and closes it only if no space precedes and no digit
// follows it: "$5 and $10" is money.
func (c *cutter) dollar(i int) int {
	if end := c.pair(i); end > 0 {
		return end
	}
	text := c.text
	if i+1 >= len(text) || text[i+1] == ' ' || text[i+1] == '\n' || text[i+1] == '$' {
		return i + 1
	}
	const longest = 400 // of a formula in a line; the search is bounded by it
	for j := i + 1; j < len(text) && j < i+longest && text[j] != '\n'; j++ {
		switch text[j] {
		case '\\':
			j++
		case '$':
			if text[j-1] != ' ' && !startsDigit(text[j+1:]) {
				return j + 1
			}
			return i + 1
		}
	}
	return i + 1
}

// environment passes \begin{x}…\end{x}, nested ones included. stop is how far
// it looked.
func (c *cutter) environment(i int) (end, stop int) {
	limit := min(c.find(&c.closers[blankLine], "\n\n", i), len(c.text))
	depth := 0
	for j := i; j < limit; {
		n := strings.IndexByte(c.text[j:limit], '\\')
		if n < 0 {
			break
		}
		j += n
		switch rest := c.text[j:limit]; {
		case strings.HasPrefix(rest, `\begin{`):
			depth, j = depth+1, j+7
		case strings.HasPrefix(rest, `\end{`):
			depth, j = depth-1, j+5
			if depth == 0 {
				if n := strings.IndexByte(c.text[j:limit], '}'); n >= 0 {
					return j + n + 1, j
				}
			}
		default:
			j++
		}
	}
	return 0, limit
}

// angle cuts round a tag, and passes a calculator mark.
func (c *cutter) angle(i int) int {
	rest := c.text[i:]
	if strings.HasPrefix(rest, "<<") {
		if end := c.pair(i); end > 0 {
			return end
		}
		return i + 2
	}
	for _, tag := range tags {
		if strings.HasPrefix(rest, tag) {
			c.cut(i)
			c.cut(i + len(tag))
			return i + len(tag)
		}
	}
	return i + 1
}

// fence passes a fenced block of code, which begins a line with three
// backquotes, is cut off on both sides, and ends with such a line or the text.
func (c *cutter) fence(i int) int {
	const mark = "```"
	if !strings.HasPrefix(c.text[i:], mark) {
		return i + 1
	}
	start := i
	for start > 0 && (c.text[start-1] == ' ' || c.text[start-1] == '\t') {
		start--
	}
	if start > 0 && c.text[start-1] != '\n' {
		return i + len(mark)
	}
	c.cut(start)
	for j := i; ; {
		n := strings.IndexByte(c.text[j:], '\n')
		if n < 0 {
			return len(c.text)
		}
		j += n + 1
		if line := j + len(c.text[j:]) - len(strings.TrimLeft(c.text[j:], " \t")); strings.HasPrefix(c.text[line:], mark) {
			end := line + len(mark)
			if n := strings.IndexByte(c.text[end:], '\n'); n >= 0 && strings.Trim(c.text[end:end+n], " \t\r") == "" {
				end += n + 1
			}
			c.cut(end)
			return end
		}
	}
}

// stop decides whether the mark at i ends a sentence.
func (c *cutter) stop(i int) int {
	text := c.text
	end := i + 1
	for end < len(text) && (text[end] == '.' || text[end] == '!' || text[end] == '?') {
		end++
	}
	if end == i+1 && text[i] == '.' && !c.fullStop(i) {
		return end
	}
	for end < len(text) && strings.IndexByte(`"')]}*_`, text[end]) >= 0 {
		end++
	}
	if strings.HasPrefix(text[end:], "”") || strings.HasPrefix(text[end:], "’") {
		end += len("”")
	}
	next := skipSpace(text, end)
	if next == end || next == len(text) {
		return end
	}
	r, _ := utf8.DecodeRuneInString(text[next:])
	if unicode.IsLower(r) || strings.IndexByte(",;:)]}", text[next]) >= 0 {
		return end // "approx. half", "etc., and"
	}
	c.cut(end)
	return end
}

// abbreviations end in a full stop that ends no sentence.
var abbreviations = [...]string{"Mr", "Mrs", "Ms", "Dr", "St", "Jr", "Sr", "Prof", "Gen", "Col", "Lt", "Sgt", "Capt",
	"Mt", "Ave", "Inc", "Ltd", "Co", "Corp", "vs", "etc", "approx", "eg", "ie", "e.g", "i.e", "No", "Fig", "Eq", "Ex", "cf", "al"}

// fullStop reports whether the point at i can end a sentence, by the word
// before it. A decimal point needs no rule: no white space follows it.
func (c *cutter) fullStop(i int) bool {
	text := c.text
	start := i
	for start > 0 && i-start < 8 && (isLetter(text[start-1]) || text[start-1]-'0' <= 9 || text[start-1] == '.') {
		start--
	}
	word := text[start:i]
	switch {
	case word == "":
		return true
	case len(word) == 1 && word[0] >= 'A' && word[0] <= 'Z':
		return c.variable(start) // an initial, unless it names something: "so we call it B."
	case word[0]-'0' <= 9 && strings.TrimLeft(word, "0123456789") == "":
		return !c.lineStart(start) // the number of a list
	}
	for _, a := range abbreviations {
		if word == a {
			return word == "No" && !startsDigit(strings.TrimLeft(text[i+1:min(len(text), i+4)], " ")) || word == "etc"
		}
	}
	return true
}

// variable reports whether the single capital at i is more likely the name of
// a thing at the end of a sentence than an initial: a lower-case word or a
// sign stands before it.
func (c *cutter) variable(i int) bool {
	j := i
	for j > 0 && c.text[j-1] == ' ' {
		j--
	}
	if j == 0 || j == i {
		return false
	}
	prev := c.text[j-1]
	return prev >= 'a' && prev <= 'z' || strings.IndexByte("=+-*/<>,", prev) >= 0
}

// lineStart reports whether only space and list signs stand before i in its
// line, or "Step".
func (c *cutter) lineStart(i int) bool {
	for j := i - 1; j >= 0 && i-j < 16; j-- {
		switch ch := c.text[j]; {
		case ch == '\n':
			return true
		case ch == ' ' || ch == '\t' || ch == '*' || ch == '#' || ch == '(' || ch == '-' || ch == '>':
		case ch == 'p' && j >= 3 && (c.text[j-3:j+1] == "Step" || c.text[j-3:j+1] == "step"):
			return true
		default:
			return false
		}
	}
	return i < 16
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// wide cuts after the full stops and separators beyond ASCII.
func (c *cutter) wide(i int) int {
	r, n := utf8.DecodeRuneInString(c.text[i:])
	end := i + n
	switch r {
	case '\u2028', '\u2029':
		c.cut(end)
	case '。', '！', '？':
		for {
			r, n := utf8.DecodeRuneInString(c.text[end:])
			if r != '」' && r != '』' && r != '”' && r != '’' && r != '）' && r != '。' && r != '！' && r != '？' {
				break
			}
			end += n
		}
		c.cut(end)
	}
	return end
}
