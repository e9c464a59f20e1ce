package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// maxMark bounds the length of a calculator mark, so that a text full of
// unclosed marks is read in linear time.
const maxMark = 256

// Claims finds the arithmetic that text states: calculator marks
// <<expr=value>>, and equations in prose such as 15 * $2 = $30. A chain
// a = b = c is one claim a hop. An equation that only introduces a mark, as in
// 48/2 = <<48/2=24>>24, belongs to the mark. Start and End are byte offsets in
// text; a mark's range is the mark with its brackets.
//
// Where prose leaves doubt about what is meant (a letter that may be a
// variable, "twice 5 + 3", an ellipsis, a factorial), there is no claim.
func Claims(text string) []format.Claim { return AppendClaims(nil, text) }

// AppendClaims appends the claims of text to dst.
func AppendClaims(dst []format.Claim, text string) []format.Claim {
	if !mayClaim(text) {
		return dst
	}
	c := scanner{s: text, claims: dst}
	c.scan()
	return c.claims
}

// mayClaim is a quick look for a sign of equality.
func mayClaim(text string) bool {
	return strings.IndexByte(text, '=') >= 0 || strings.Contains(text, "≈")
}

// A scanner walks over a text once. After an expression that turns out to be
// none it goes on where that one ended, never back.
type scanner struct {
	s      string
	claims []format.Claim
	intro  []int // where wanted: for each mark, where the equation before it begins, else -1
	want   bool
	first  int // claims in dst before the scan
	loose  int // end of the last expression that led to no equation, 0 if none
}

func (c *scanner) scan() {
	s := c.s
	c.first = len(c.claims)
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case b == '<' && i+1 < len(s) && s[i+1] == '<':
			i = c.mark(i, -1)
		case isDigit(b) || b == '(' || b == '$' || b == '.' && i+1 < len(s) && isDigit(s[i+1]):
			if starts(s, i) {
				i = max(c.chain(i), i+1)
			} else if isDigit(b) {
				i = number(s, i)
			} else {
				i++
			}
		case b == '-' && i+1 < len(s) && (isDigit(s[i+1]) || s[i+1] == '$' || s[i+1] == '(') && starts(s, i):
			i = max(c.chain(i), i+1)
		default:
			i++
		}
	}
}

// mark reads the calculator mark at s[i:] and returns where to go on. intro is
// where the prose equation before it begins.
func (c *scanner) mark(i, intro int) int {
	s := c.s[i:min(len(c.s), i+maxMark)]
	end := strings.Index(s, ">>")
	if nl := strings.IndexByte(s, '\n'); end < 0 || nl >= 0 && nl < end {
		return i + 2
	}
	body := s[2:end]
	eq := strings.LastIndexByte(body, '=')
	if eq < 0 {
		return i + end + 2
	}
	c.claims = append(c.claims, format.Claim{Expr: strings.TrimSpace(body[:eq]), Value: strings.TrimSpace(body[eq+1:]),
		Start: i, End: i + end + 2, Mark: true})
	if c.want {
		for len(c.intro) < len(c.claims)-c.first {
			c.intro = append(c.intro, -1)
		}
		c.intro[len(c.intro)-1] = intro
	}
	return i + end + 2
}

// chain reads expr = expr = … at s[i:], adds a claim for each hop, and returns
// where to go on.
func (c *scanner) chain(i int) int {
	left, ok := expression(c.s, i)
	if !ok {
		return left.next
	}
	first, hops := left.start, len(c.claims)
	for {
		eq := equals(c.s, left.next)
		if eq == 0 {
			if left.start == first && left.ops > 0 {
				c.loose = left.next
			}
			if goesOn(c.s, left.next) { // = 2*1 = 2, times 3: the hops were parts
				c.claims = c.claims[:hops]
			}
			return left.next
		}
		if left.start == first && c.unsure(left) {
			return left.next
		}
		at := skipSpace(c.s, left.next+eq)
		if m := skipSpace(c.s, at+currency(c.s, at)); strings.HasPrefix(c.s[m:], "<<") {
			if left.ops == 0 {
				first = -1
			}
			return c.mark(m, first)
		}
		right, ok := expression(c.s, at)
		if !ok {
			return max(right.next, at)
		}
		last := equals(c.s, right.next) == 0
		if left.ops > 0 && (!last || closed(c.s, right)) {
			c.claims = append(c.claims, format.Claim{Expr: c.s[left.start:left.full], Value: c.s[right.start:right.end],
				Start: left.start, End: right.end})
		}
		left = right
	}
}

// unsure reports whether the expression that a chain begins with may be less
// than what the text equates: 20 + 10 to the 29 + 24 = 83, weeks 1-2 = 26,
// 1/2 a cup = 4 ounces.
func (c *scanner) unsure(e span) bool {
	if c.loose > 0 {
		between := c.s[min(c.loose, e.start):e.start]
		c.loose = 0
		if strings.IndexByte(between, '\n') < 0 && !strings.Contains(between, ". ") && !strings.Contains(between, ", ") {
			return true
		}
	}
	if e.ops != 1 {
		return false
	}
	if e.full > e.end && strings.IndexByte(c.s[e.start:e.end], '/') > 0 {
		return true
	}
	if e.tight {
		at := strings.TrimRight(c.s[max(0, e.start-16):e.start], " ")
		for _, w := range [...]string{"eeks", "ays", "ages", "ears", "rades", "hapters", "umbers", "onths", "ours", "rom", "teps"} {
			if strings.HasSuffix(at, w) {
				return true
			}
		}
	}
	return false
}

// goesOn reports whether the text goes on computing with the value at s[:i].
func goesOn(s string, i int) bool {
	if i < len(s) && s[i] == ',' {
		i = skipSpace(s, i+1)
	}
	switch s[i:word(s, i)] {
	case "times", "minus", "plus":
		return true
	}
	return false
}

// equals returns the length of the sign of equality at s[i:], 0 if none.
func equals(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	if s[i] == '=' && (i+1 == len(s) || s[i+1] != '=' && s[i+1] != '>') && (i == 0 || strings.IndexByte("<>!=:", s[i-1]) < 0) {
		return 1
	}
	if strings.HasPrefix(s[i:], "≈") {
		return len("≈")
	}
	return 0
}

// A span is an expression found in a text.
type span struct {
	start, end int // without unit words at its end
	full       int // with them
	next       int // after them, and after blanks
	ops        int
	tight      bool // the last operator is a dash without blanks, as in 5-10
}

// expression delimits the expression at s[i:]. It does not compute. If there is
// none, next says how far it has looked.
func expression(s string, i int) (e span, ok bool) {
	var open [maxDepth]int
	depth := 0
	e = span{start: i, end: i, next: i}
	for {
		i = skipSpace(s, i)
		for { // signs and parentheses before an operand
			if op, n := operator(s, i); op == '-' {
				i = skipSpace(s, i+n)
				continue
			}
			if i < len(s) && s[i] == '(' {
				if depth == maxDepth {
					e.next = i
					return e, false
				}
				open[depth], depth = i, depth+1
				i = skipSpace(s, i+1)
				continue
			}
			break
		}
		n := operand(s, i)
		if n == 0 {
			e.next = i
			return e, false
		}
		i += n
		e.end = i
		e.full = units(s, i)
		i = skipSpace(s, e.full)
		for i < len(s) && s[i] == ')' && depth > 0 {
			depth--
			i++
			e.end = i
			e.full = units(s, i)
			i = skipSpace(s, e.full)
		}
		if e.next = i; vague(s, e.end, i) {
			return e, false
		}
		op, n := operator(s, i)
		if n == 0 && i == e.end && i < len(s) && s[i] == '(' && i+1 < len(s) && isDigit(s[i+1]) {
			op = '*' // 2(3+4)
		}
		if op == 0 {
			if depth > 0 { // the text's own parenthesis, not the expression's
				e.start = skipSpace(s, open[depth-1]+1)
			}
			return e, true
		}
		e.tight = op == '-' && space(s, i+n) == 0 && i == e.end
		e.ops++
		i += n
	}
}

// operand returns the length of the number, with currency and percent sign, or
// of the \frac of plain numbers at s[i:], 0 if there is none.
func operand(s string, i int) int {
	start := i
	if n := fraction(s, i); n > 0 {
		a := number(s, i+n)
		if a == i+n || !strings.HasPrefix(s[a:], "}{") {
			return 0
		}
		b := number(s, a+2)
		if b == a+2 || b >= len(s) || s[b] != '}' {
			return 0
		}
		return b + 1 - start
	}
	if n := currency(s, i); n > 0 {
		i = skipSpace(s, i+n)
	}
	end := number(s, i)
	if end == i || s[i] == '0' && i+1 < end && isDigit(s[i+1]) { // 0730 is a time
		return 0
	}
	if n := percent(s, end); n > 0 {
		return end + n - start
	}
	if n := currency(s, end); n > 1 {
		return end + n - start
	}
	return end - start
}

// vague reports whether what stands after a number (its unit words end at i)
// makes its value something else than the digits say.
func vague(s string, end, i int) bool {
	if i >= len(s) {
		return false
	}
	switch c := s[i]; {
	case isDigit(c) || c == '_' || c == '!' || c == '{':
		return true
	case c == '\'': // a closing quote is none of the text's business
		return i+1 < len(s) && (isLetter(s[i+1]) || isDigit(s[i+1]))
	case c == '.':
		return i+1 < len(s) && (s[i+1] == '.' || isDigit(s[i+1]))
	case c == ':': // a time, a ratio
		j := skipSpace(s, i+1)
		return j < len(s) && (isDigit(s[j]) || s[j] == '-')
	case c == '(':
		return strings.HasPrefix(s[i:], "(mod") || i == end && i+1 < len(s) && !isDigit(s[i+1])
	case c == '\\':
		if i+1 == len(s) || !isLetter(s[i+1]) {
			return false
		}
		if _, n := operator(s, i); n > 0 {
			return false
		}
		for _, ok := range [...]string{`\text`, `\mathrm`, `\mbox`, `\quad`, `\qquad`, `\end`, `\right`, `\approx`, `\neq`} {
			if strings.HasPrefix(s[i:], ok) {
				return false
			}
		}
		return true
	case isLetter(c):
		if _, n := operator(s, i); n > 0 {
			return false
		}
		w := s[i:word(s, i)]
		if i == end || len(w) == 1 && w != "a" && w != "I" {
			return true // 3x, 5 m, 3 R 1
		}
		switch w {
		case "and": // 5 and 2/3
			j := skipSpace(s, i+3)
			if j < len(s) && s[j] == '(' {
				j++
			}
			k := number(s, j)
			return k > j && k+1 < len(s) && s[k] == '/' && isDigit(s[k+1])
		case "hundred", "thousand", "million", "billion", "trillion", "dozen", "remainder", "mod", "half", "squared", "cubed",
			"plus", "minus", "times", "divided":
			return true
		}
		return false
	case c >= 0x80:
		_, n := operator(s, i)
		if n > 0 || equals(s, i) > 0 {
			return false
		}
		switch {
		case strings.HasPrefix(s[i:], "…") || strings.HasPrefix(s[i:], "°"):
			return true
		case c == 0xC2 || c == 0xC3: // ² ³ ½ and the like
			return i == end && currency(s, i) == 0
		case c == 0xE2:
			return !strings.HasPrefix(s[i:], "\xe2\x80") && currency(s, i) == 0 // √ ∞ and the like
		}
		return c == 0xCE || c == 0xCF // Greek
	}
	return false
}

// closed reports whether the last expression of a chain can be its value: a
// range such as 5-10 is none.
func closed(s string, e span) bool {
	return !e.tight && operandsOnly(s[e.start:e.end])
}

// operandsOnly is false for what only looks like an expression at the end of a
// chain: dates and ratings such as 3/4/2020.
func operandsOnly(s string) bool { return strings.Count(s, "/") < 2 }

// starts reports whether an expression may begin at s[i:]: no operand or
// operator stands before it, no word that acts on it.
func starts(s string, i int) bool {
	if i == 0 {
		return true
	}
	if c := s[i-1]; isLetter(c) || isDigit(c) || c == '_' || c == '.' || c == ')' || c == '}' || c == '{' || c == '%' || c == '^' || c == '\\' || c == '!' {
		return c == '\\' && s[i] == '$'
	} else if c == ',' && i > 1 && isDigit(s[i-2]) && isDigit(s[i]) {
		return false
	}
	j := i
	for k := 0; j > 0 && k < 8; k++ {
		if s[j-1] == ' ' || s[j-1] == '\t' || s[j-1] == '$' {
			j--
		} else if j > 1 && s[j-2] == 0xC2 && s[j-1] == 0xA0 {
			j -= 2
		} else {
			break
		}
	}
	if j == 0 || s[j-1] == '\n' {
		return true
	}
	switch c := s[j-1]; {
	case isDigit(c) || strings.IndexByte("+/^%_}", c) >= 0:
		return false
	case c == '*' || c == '-':
		k := j - 1
		for k > 0 && s[k-1] == ' ' {
			k--
		}
		return k == 0 || s[k-1] == '\n' || c == '*' && s[k-1] == '*' // a list item, or bold
	case c == ')':
		return j < 2 || !isDigit(s[j-2])
	case c == '(':
		return j < 2 || !isLetter(s[j-2]) && s[j-2] != ')'
	case isLetter(c):
		return !acts(s, j)
	case c >= 0x80:
		r := s[max(0, j-3):j]
		for _, o := range operators[:7] {
			if strings.HasSuffix(r, o.text) {
				return false
			}
		}
		return !strings.HasSuffix(r, "√") && c&0xC0 == 0x80 && !greek(r)
	}
	return true
}

func greek(r string) bool {
	return len(r) >= 2 && (r[len(r)-2] == 0xCE || r[len(r)-2] == 0xCF)
}

// acts reports whether the word that ends at s[:j] acts on the number after it,
// so that an expression cannot be cut off there: twice 5 + 3.
func acts(s string, j int) bool {
	i := j
	for i > 0 && isLetter(s[i-1]) {
		i--
	}
	if i > 0 && s[i-1] == '\\' {
		switch s[i:j] {
		case "implies", "quad", "qquad", "to", "Rightarrow", "therefore", "approx":
			return false
		}
		return true
	}
	if j-i == 1 {
		return s[i] != 'a' && s[i] != 'I'
	}
	switch s[i:j] {
	case "twice", "double", "triple", "half", "by", "minus", "plus", "times", "over", "than", "root", "squared",
		"negative", "log", "sin", "cos", "tan", "ln", "sqrt", "Twice", "Half", "from", "less", "more", "every", "mod":
		return true
	case "of":
		k := i
		for k > 0 && s[k-1] == ' ' {
			k--
		}
		w := k
		for w > 0 && isLetter(s[w-1]) {
			w--
		}
		switch s[w:k] {
		case "half", "third", "quarter", "fourth", "fifth", "tenth", "thirds", "quarters", "fourths", "fifths", "tenths",
			"percent", "root", "fraction", "rest", "":
			return true
		}
	}
	return false
}
