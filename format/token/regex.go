package token

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A translation is a regular expression as the reference's engine (Oniguruma,
// in its Ruby syntax) reads it, taken apart: operators, and between them sets of
// characters by number. All that depends on Unicode is in the sets, and those
// are frozen.
type translation struct {
	src  string
	at   int
	fold bool // inside (?i: )
	out  []symbolOrSet
	sets []set
}

// symbolOrSet is an operator as it is written, or the number of a set.
type symbolOrSet struct {
	symbol string
	set    int
}

// translate takes a pattern apart. What it does not know it refuses.
func translate(src string) (*translation, error) {
	t := &translation{src: src}
	if !utf8.ValidString(src) {
		return nil, fmt.Errorf("the pattern is not UTF-8")
	}
	if err := t.alternatives(0); err != nil {
		return nil, fmt.Errorf("at byte %d of the pattern: %w", t.at, err)
	}
	if t.at < len(src) {
		return nil, fmt.Errorf("at byte %d of the pattern: a ) without its (", t.at)
	}
	return t, nil
}

// deepest is how far groups may stand in each other.
const deepest = 100

func (t *translation) rest() string    { return t.src[t.at:] }
func (t *translation) symbol(s string) { t.out = append(t.out, symbolOrSet{symbol: s}) }
func (t *translation) skip(s string) bool {
	if !strings.HasPrefix(t.rest(), s) {
		return false
	}
	t.at += len(s)
	return true
}

func (t *translation) set(s set) {
	for i := range t.sets {
		if slices.Equal(t.sets[i], s) {
			t.out = append(t.out, symbolOrSet{set: i})
			return
		}
	}
	t.sets = append(t.sets, s)
	t.out = append(t.out, symbolOrSet{set: len(t.sets) - 1})
}

// alternatives reads up to the end or to the ) of the group that it stands in.
func (t *translation) alternatives(depth int) error {
	if depth > deepest {
		return fmt.Errorf("groups stand %d deep in each other", depth)
	}
	last := byte(0) // the letter before, if folding could join it to the next
	for t.at < len(t.src) && t.src[t.at] != ')' {
		if t.skip("|") {
			t.symbol("|")
			last = 0
			continue
		}
		from := len(t.out)
		c := t.src[t.at]
		if err := t.atom(depth); err != nil {
			return err
		}
		if t.fold && asciiLetter(c) {
			if pair := string([]byte{last | 0x20, c | 0x20}); last != 0 && slices.Contains([]string{"ss", "st", "ff", "fi", "fl"}, pair) {
				return fmt.Errorf("%q without regard to case also matches a ligature, which is not supported", pair)
			}
			last = c
		} else {
			last = 0
		}
		if err := t.quantifiers(from); err != nil {
			return err
		}
	}
	return nil
}

// atom reads one character, class, escape, anchor or group.
func (t *translation) atom(depth int) error {
	switch c := t.src[t.at]; c {
	case '(':
		return t.group(depth)
	case '[':
		t.at++
		s, err := t.class(depth)
		t.set(s)
		return err
	case '.':
		t.at++
		t.set(runes('\n').not())
	case '^': // at every line
		t.at++
		t.symbol(`(?:\A|(?<=`)
		t.set(runes('\n'))
		t.symbol(`)(?!\z))`)
	case '$':
		t.at++
		t.symbol(`(?=\z|`)
		t.set(runes('\n'))
		t.symbol(`)`)
	case '*', '+', '?':
		return fmt.Errorf("%q repeats nothing", string(c))
	case '\\':
		return t.escape()
	default:
		r, n := utf8.DecodeRuneInString(t.rest())
		t.at += n
		return t.literal(r)
	}
	return nil
}

func (t *translation) literal(r rune) error {
	s, err := t.folded(runes(r))
	t.set(s)
	return err
}

// folded adds the other case where that counts.
func (t *translation) folded(s set) (set, error) {
	if !t.fold {
		return s, nil
	}
	for _, r := range s {
		if r.last >= utf8.RuneSelf {
			return nil, fmt.Errorf("characters beyond ASCII without regard to case are not supported")
		}
		for c := r.first; c <= r.last; c++ {
			if asciiLetter(byte(c)) {
				s = s.or(runes(c ^ 0x20))
			}
			switch c | 0x20 {
			case 's':
				s = s.or(runes('\u017f'))
			case 'k':
				s = s.or(runes('\u212a'))
			}
		}
	}
	return s, nil
}

// group reads a group; those that capture become plain ones.
func (t *translation) group(depth int) error {
	fold := t.fold
	open := "(?:"
	switch {
	case t.skip("(?i:"):
		t.fold = true
	case t.skip("(?:"):
	case t.skip("(?=") || t.skip("(?!") || t.skip("(?>"):
		open = t.src[t.at-3 : t.at]
	case t.skip("(?<=") || t.skip("(?<!"):
		open = t.src[t.at-4 : t.at]
	case strings.HasPrefix(t.rest(), "(?"):
		return fmt.Errorf("the group %.4q is not supported", t.rest())
	default:
		t.at++
	}
	t.symbol(open)
	if err := t.alternatives(depth + 1); err != nil {
		return err
	}
	if !t.skip(")") {
		return fmt.Errorf("a ( without its )")
	}
	t.symbol(")")
	t.fold = fold
	return nil
}

// escape reads a backslash and what belongs to it, outside a class.
func (t *translation) escape() error {
	switch rest := t.rest(); {
	case t.skip(`\A`) || t.skip(`\z`):
		t.symbol(rest[:2])
	case t.skip(`\Z`):
		t.symbol(`(?=`)
		t.set(runes('\n'))
		t.symbol(`?\z)`)
	case t.skip(`\b`) || t.skip(`\B`):
		yes, no := "=", "!"
		if rest[1] == 'B' {
			no, yes = yes, no // both sides are the same
		}
		word := bareWord()
		t.symbol("(?:(?<=")
		t.set(word)
		t.symbol(")(?" + no)
		t.set(word)
		t.symbol(")|(?<!")
		t.set(word)
		t.symbol(")(?" + yes)
		t.set(word)
		t.symbol("))")
	default:
		s, err := t.escapedSet()
		if err == nil {
			s, err = t.foldedEscape(s)
		}
		switch word := shorthand('w'); {
		case slices.Equal(s, word):
			s = bareWord()
		case slices.Equal(s, word.not()):
			s = bareWord().not()
		}
		t.set(s)
		return err
	}
	return nil
}

// foldedEscape leaves alone what names a set that holds both cases.
func (t *translation) foldedEscape(s set) (set, error) {
	if t.fold && len(s) > 1 {
		return nil, fmt.Errorf("a class without regard to case is not supported")
	}
	return t.folded(s)
}

// escapedSet reads an escape that stands for characters, in a class or outside.
func (t *translation) escapedSet() (set, error) {
	t.at++
	if t.at == len(t.src) {
		return nil, fmt.Errorf("a backslash at the end")
	}
	c := t.src[t.at]
	t.at++
	switch c {
	case 'p', 'P':
		return t.namedSet(c == 'P')
	case 's', 'd', 'w', 'h':
		return shorthand(c), nil
	case 'S', 'D', 'W', 'H':
		return shorthand(c | 0x20).not(), nil
	case 'x', 'u':
		return t.hex(c)
	}
	if at := strings.IndexByte("nrtfvae", c); at >= 0 {
		return runes(rune("\n\r\t\f\v\a\x1b"[at])), nil
	}
	if c >= utf8.RuneSelf || asciiLetter(c) || c >= '0' && c <= '9' {
		return nil, fmt.Errorf("the escape \\%c is not supported", c)
	}
	return runes(rune(c)), nil
}

func (t *translation) namedSet(negated bool) (set, error) {
	var name string
	if !t.skip("{") {
		return nil, fmt.Errorf(`\p without braces is not supported`)
	}
	end := strings.IndexByte(t.rest(), '}')
	if end < 0 {
		return nil, fmt.Errorf(`\p{ without its }`)
	}
	name, t.at = t.rest()[:end], t.at+end+1
	if inner, ok := strings.CutPrefix(name, "^"); ok {
		name, negated = inner, !negated
	}
	s, ok := property(name)
	if !ok {
		return nil, fmt.Errorf(`\p{%s} has no frozen table`, name)
	}
	if negated {
		s = s.not()
	}
	return s, nil
}

// hex reads \xHH, \x{H…} or \uHHHH.
func (t *translation) hex(c byte) (set, error) {
	digits := ""
	switch rest := t.rest(); {
	case c == 'x' && t.skip("{"):
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return nil, fmt.Errorf(`\x{ without its }`)
		}
		digits, t.at = rest[1:end], t.at+end
	case c == 'u' && len(rest) >= 4:
		digits, t.at = rest[:4], t.at+4
	case c == 'x' && len(rest) >= 2:
		digits, t.at = rest[:2], t.at+2
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || n > lastRune || n >= 0xD800 && n < 0xE000 || c == 'x' && len(digits) == 2 && n >= utf8.RuneSelf {
		return nil, fmt.Errorf(`\%c%s is no character`, c, digits)
	}
	return runes(rune(n)), nil
}
