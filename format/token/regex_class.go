package token

import (
	"fmt"
	"unicode/utf8"
)

// class reads a bracket expression behind its [, with ranges, negation, classes
// inside and intersections (&&).
func (t *translation) class(depth int) (set, error) {
	if depth > deepest {
		return nil, fmt.Errorf("classes stand %d deep in each other", depth)
	}
	negated := t.skip("^")
	if t.skip("]") {
		return nil, fmt.Errorf("an empty class, or ] as its first member; write \\]")
	}
	all := set{{0, lastRune}} // what the parts before && leave
	var part set
	for {
		if t.at == len(t.src) {
			return nil, fmt.Errorf("a [ without its ]")
		}
		if t.skip("]") {
			break
		}
		if t.skip("&&") {
			all, part = all.and(part), nil
			continue
		}
		s, err := t.member(depth)
		if err != nil {
			return nil, err
		}
		part = part.or(s)
	}
	all = all.and(part)
	if negated && t.fold {
		return nil, fmt.Errorf("a negated class without regard to case is not supported")
	}
	if negated {
		return all.not(), nil
	}
	return t.folded(all)
}

// member reads a class inside, or a character, a range, an escape.
func (t *translation) member(depth int) (set, error) {
	if t.skip("[") {
		if t.skip(":") {
			return nil, fmt.Errorf("[: is not supported; use \\p")
		}
		return t.class(depth + 1)
	}
	s, err := t.one()
	if err != nil || len(t.rest()) < 2 || t.rest()[0] != '-' || t.rest()[1] == ']' {
		return s, err
	}
	t.at++
	if t.rest()[0] == '[' || len(s) != 1 || s[0].first != s[0].last {
		return nil, fmt.Errorf("a - between classes; write \\-")
	}
	end, err := t.one()
	if err != nil {
		return nil, err
	}
	if len(end) != 1 || end[0].first != end[0].last || end[0].first < s[0].first {
		return nil, fmt.Errorf("a range that ends before it begins, or with a class")
	}
	return set{{s[0].first, end[0].first}}, nil
}

func (t *translation) one() (set, error) {
	if t.rest()[0] == '\\' {
		return t.escapedSet()
	}
	r, n := utf8.DecodeRuneInString(t.rest())
	t.at += n
	return runes(r), nil
}

// quantifiers reads what repeats the atom that was written from out[from] on.
func (t *translation) quantifiers(from int) error {
	for again := false; t.at < len(t.src); again = true {
		c := t.src[t.at]
		interval := c == '{' && t.interval() > 0
		switch {
		case interval && again:
			return fmt.Errorf("one repetition of another is not supported")
		case interval:
			n := t.interval()
			repeat := t.rest()[:n]
			t.at += n
			if t.skip("?") {
				return fmt.Errorf("%s? is not supported", repeat)
			}
			t.wrap("(?:", from, repeat+")")
			if t.skip("+") { // no possessive here, but one repetition of another
				t.symbol("+")
			}
		case c == '{' && len(t.rest()) > 1 && t.rest()[1] == ',':
			return fmt.Errorf("{, is not supported; write {0,")
		case c != '*' && c != '+' && c != '?':
			return nil
		case again:
			return fmt.Errorf("one repetition of another is not supported")
		default:
			t.at++
			switch {
			case t.skip("+"):
				t.wrap("(?>", from, string(c)+")")
			case t.skip("?"):
				t.symbol(string(c) + "?")
			default:
				t.symbol(string(c))
			}
		}
	}
	return nil
}

// wrap puts a group around what was written from out[from] on.
func (t *translation) wrap(open string, from int, end string) {
	t.out = append(t.out, symbolOrSet{})
	copy(t.out[from+1:], t.out[from:])
	t.out[from] = symbolOrSet{symbol: open}
	t.symbol(end)
}

// interval returns the size of {n}, {n,} or {n,m}, or 0: then the brace is a character.
func (t *translation) interval() int {
	s := t.rest()
	i, digits, commas := 1, 0, 0
	for ; i < len(s) && s[i] != '}'; i++ {
		switch {
		case s[i] >= '0' && s[i] <= '9':
			digits++
		case s[i] == ',' && digits > 0 && commas == 0:
			commas++
		default:
			return 0
		}
	}
	if i == len(s) || digits == 0 || i > 10 {
		return 0
	}
	return i + 1
}
