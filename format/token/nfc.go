package token

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// A change is a run that normalizing rewrote: buf[start:end] stands for the
// source up to srcEnd, and whatever follows is unchanged up to the next change.
type change struct{ start, end, srcEnd int }

// firstUnsettled is the lowest code point that NFC may touch.
const firstUnsettled = 0x300

// appendNFC writes s in normal form C to buf, and what it changed to changes. If
// nothing changes it returns both as they were.
//
// The text is cut before every character that is sure to begin afresh, so only the
// stretches that hold an unsettled character are taken apart.
func (n *normalizer) appendNFC(buf []byte, changes []change, s string) ([]byte, []change) {
	done, from := 0, 0 // s[:done] is in buf; the stretch being looked at begins at from
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i = asciiEnd(s, i)
			from = i - 1
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r < firstUnsettled || !isUnsettled(r) {
			from = i
			i += size
			continue
		}
		end := i + size
		for end < len(s) {
			r, size := utf8.DecodeRuneInString(s[end:])
			if r < firstUnsettled || !isUnsettled(r) {
				break
			}
			end += size
		}
		if utf8.ValidString(s[from:end]) {
			n.compose(s[from:end])
			if string(n.out) != s[from:end] {
				head, tail := common(view(n.out), s[from:end])
				buf = append(buf, s[done:from+head]...)
				at := len(buf)
				buf = append(buf, n.out[head:len(n.out)-tail]...)
				changes = append(changes, change{at, len(buf), end - tail})
				done = end - tail
			}
		}
		from, i = end, end
	}
	if done > 0 {
		buf = append(buf, s[done:]...)
	}
	return buf, changes
}

// common returns the size of the characters that a and b, which differ, have in
// common at their head, and behind that at their tail.
func common(a, b string) (head, tail int) {
	most := min(len(a), len(b))
	for head < most && a[head] == b[head] {
		head++
	}
	for head > 0 && (head < len(a) && !utf8.RuneStart(a[head]) || head < len(b) && !utf8.RuneStart(b[head])) {
		head--
	}
	for tail < most-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for tail > 0 && !utf8.RuneStart(a[len(a)-tail]) {
		tail--
	}
	return head, tail
}

// A normalizer holds the scratch of one stretch.
type normalizer struct {
	runes []markedRune
	out   []byte
}

type markedRune struct {
	r     rune
	class uint8
}

// compose writes the normal form C of one stretch to n.out.
func (n *normalizer) compose(s string) {
	n.runes = n.runes[:0]
	for _, r := range s {
		n.decompose(r)
	}
	for i := 0; i < len(n.runes); i++ {
		from := i
		for i < len(n.runes) && n.runes[i].class > 0 {
			i++
		}
		slices.SortStableFunc(n.runes[from:i], func(a, b markedRune) int { return cmp.Compare(a.class, b.class) })
	}
	n.join()
	n.out = n.out[:0]
	for _, m := range n.runes {
		n.out = utf8.AppendRune(n.out, m.r)
	}
}

// join replaces a starter and a mark that nothing blocks from it by their composite.
func (n *normalizer) join() {
	starter, kept := -1, 0
	last := uint8(0) // class of the rune kept last after the starter
	for _, m := range n.runes {
		if starter >= 0 && (starter == kept-1 || last != 0 && last < m.class) {
			if r, ok := composite(n.runes[starter].r, m.r); ok {
				n.runes[starter].r = r
				continue
			}
		}
		if m.class == 0 {
			starter = kept
		}
		last = m.class
		n.runes[kept] = m
		kept++
	}
	n.runes = n.runes[:kept]
}

// Hangul syllables are composed by arithmetic: 19 leads, 21 vowels, 28 tails.
const (
	hangulBase, hangulCount       = 0xAC00, 19 * 21 * 28
	leadBase, vowelBase, tailBase = 0x1100, 0x1161, 0x11A7
)

func (n *normalizer) decompose(r rune) {
	if k := r - hangulBase; k >= 0 && k < hangulCount {
		n.runes = append(n.runes, markedRune{leadBase + k/(21*28), 0}, markedRune{vowelBase + k%(21*28)/28, 0})
		if k%28 > 0 {
			n.runes = append(n.runes, markedRune{tailBase + k%28, 0})
		}
		return
	}
	i, ok := slices.BinarySearchFunc(decompositions[:], r, func(d decomposition, r rune) int { return cmp.Compare(d.from, r) })
	if !ok {
		n.runes = append(n.runes, markedRune{r, combiningClass(r)})
		return
	}
	for _, d := range decompositions[i].to {
		n.runes = append(n.runes, markedRune{d, combiningClass(d)})
	}
}

func composite(a, b rune) (rune, bool) {
	if l, v := a-leadBase, b-vowelBase; l >= 0 && l < 19 && v >= 0 && v < 21 {
		return hangulBase + (l*21+v)*28, true
	}
	if k, t := a-hangulBase, b-tailBase; k >= 0 && k < hangulCount && k%28 == 0 && t > 0 && t < 28 {
		return a + t, true
	}
	i, ok := slices.BinarySearchFunc(compositions[:], composition{first: a, second: b}, func(x, y composition) int {
		return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.second, y.second))
	})
	if !ok {
		return 0, false
	}
	return compositions[i].to, true
}

func combiningClass(r rune) uint8 {
	if r < firstUnsettled {
		return 0
	}
	i, ok := slices.BinarySearchFunc(combining[:], r, func(m markRange, r rune) int {
		return inRange(m.first, m.last, r)
	})
	if !ok {
		return 0
	}
	return combining[i].class
}

func isUnsettled(r rune) bool {
	_, ok := slices.BinarySearchFunc(unsettled[:], r, func(u runeRange, r rune) int {
		return inRange(u.first, u.last, r)
	})
	return ok
}

// inRange compares a range with a rune: 0 if it holds it.
func inRange(first, last, r rune) int {
	switch {
	case last < r:
		return -1
	case first > r:
		return 1
	}
	return 0
}
