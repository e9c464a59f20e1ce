package answer

import "strings"

// Final finds the final answer that an attempt states, and where it stands:
// #### x, \boxed{x}, a line that begins A:, Answer:, RESULT: or the like, or
// "the answer is x", in this order; of several of one form the last. What a
// closing think tag precedes is looked at only if nothing follows it. ok is
// false if no answer is marked as one; LastNumber and LastMath are the guesses.
func Final(text string) (answer string, start, end int, ok bool) {
	if at := strings.LastIndex(text, "</think>"); at >= 0 {
		at += len("</think>")
		if a, s, e, ok := final(text[at:]); ok {
			return a, s + at, e + at, true
		}
		text = text[:at-len("</think>")]
	}
	return final(text)
}

func final(text string) (answer string, start, end int, ok bool) {
	for _, find := range [...]func(string) (int, int, bool){hashes, boxed, labelled, announced} {
		if s, e, ok := find(text); ok {
			s, e = trimAnswer(text, s, e)
			if s < e {
				return text[s:e], s, e, true
			}
		}
	}
	return "", 0, 0, false
}

func hashes(text string) (int, int, bool) {
	at := strings.LastIndex(text, "####")
	if at < 0 {
		return 0, 0, false
	}
	return at + 4, lineEnd(text, at), true
}

func boxed(text string) (int, int, bool) {
	for rest := len(text); ; {
		at := strings.LastIndex(text[:rest], `\boxed{`)
		if at < 0 {
			return 0, 0, false
		}
		open := at + strings.IndexByte(text[at:], '{')
		if end := closing(text[:rest], open); end > 0 {
			return open + 1, end, true
		}
		rest = at // unclosed: what is before it may be whole, and is not read again after it
	}
}

// closing returns the index of the brace that closes the one at s[open], or -1.
func closing(s string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// The words that begin a line with an answer.
var answerLabels = [...]string{"a:", "answer:", "final answer:", "the answer:", "result:", "solution:", "the final answer:"}

func labelled(text string) (int, int, bool) {
	for end := len(text); end > 0; {
		start := strings.LastIndexByte(text[:end], '\n') + 1
		line := strings.TrimLeft(text[start:end], " \t*#")
		from := end - len(line)
		for _, l := range answerLabels {
			if len(line) > len(l) && strings.EqualFold(line[:len(l)], l) && strings.Trim(line[len(l):], " \t*\r") != "" {
				return from + len(l), end, true
			}
		}
		if end = start - 1; start == 0 {
			break
		}
	}
	return 0, 0, false
}

func announced(text string) (int, int, bool) {
	for _, phrase := range [...]string{"answer is", "answer to the question is", "Answer is"} {
		at := strings.LastIndex(text, phrase)
		if at < 0 {
			continue
		}
		at += len(phrase)
		if at < len(text) && text[at] == ':' {
			at++
		}
		end := lineEnd(text, at)
		if stop := strings.Index(text[at:end], ". "); stop >= 0 {
			end = at + stop
		}
		return at, end, true
	}
	return 0, 0, false
}

func lineEnd(text string, i int) int {
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}

// trimAnswer narrows a range by blanks, emphasis, a full stop and one pair of
// math brackets.
func trimAnswer(text string, s, e int) (int, int) {
	for s < e && strings.IndexByte(" \t\r\n*", text[s]) >= 0 {
		s++
	}
	for e > s && strings.IndexByte(" \t\r\n*.", text[e-1]) >= 0 {
		e--
	}
	for _, p := range [...][2]string{{`\(`, `\)`}, {`\[`, `\]`}, {"$$", "$$"}, {"$", "$"}} {
		if strings.HasPrefix(text[s:e], p[0]) && strings.HasSuffix(text[s:e], p[1]) && e-s >= len(p[0])+len(p[1]) {
			return trimAnswer(text, s+len(p[0]), e-len(p[1]))
		}
	}
	return s, e
}

// LastNumber is the last number of text, with its sign: a guess at the answer
// for texts that mark none.
func LastNumber(text string) (answer string, start, end int, ok bool) {
	for e := len(text); e > 0; e-- {
		if !isDigit(text[e-1]) {
			continue
		}
		s := e
		for s > 0 && (isDigit(text[s-1]) || (text[s-1] == '.' || text[s-1] == ',') && s > 1 && isDigit(text[s-2])) {
			s--
		}
		if s > 0 && text[s-1] == '-' && (s == 1 || !isDigit(text[s-2]) && !isLetter(text[s-2]) && text[s-2] != ' ' || s > 2 && text[s-2] == ' ' && !isDigit(text[s-3])) {
			s--
		}
		return text[s:e], s, e, true
	}
	return "", 0, 0, false
}

// LastMath is the last formula of text, right of its last sign of equality: a
// guess at the answer for LaTeX texts that mark none.
func LastMath(text string) (answer string, start, end int, ok bool) {
	s, e := -1, -1
	for _, p := range [...][2]string{{`\(`, `\)`}, {`\[`, `\]`}, {"$", "$"}} {
		b := strings.LastIndex(text, p[1])
		if b <= e {
			continue
		}
		if a := strings.LastIndex(text[:b], p[0]); a >= 0 {
			s, e = a+len(p[0]), b
		}
	}
	if s < 0 {
		return "", 0, 0, false
	}
	if eq := strings.LastIndexByte(text[s:e], '='); eq >= 0 {
		s += eq + 1
	}
	if s, e = trimAnswer(text, s, e); s == e {
		return "", 0, 0, false
	}
	return text[s:e], s, e, true
}
