package answer

import "strings"

// maxAnswer bounds the bytes of an answer that is read as a formula.
const maxAnswer = 2048

var spellings = strings.NewReplacer(
	`\\`, `\\`, `,\! `, ",", `,\!`, ",", // \\ first: it ends a row, and is not the escape of what follows
	`\left`, "", `\right`, "", `\!`, "", `\,`, " ", `\;`, " ", `\:`, " ", `\ `, " ", "~", " ", "\u00a0", " ",
	`\displaystyle`, "", `\dfrac`, `\frac`, `\tfrac`, `\frac`, `\cfrac`, `\frac`,
	`\cdot`, "*", `\times`, "*", `\div`, "/", "×", "*", "·", "*", "÷", "/", "−", "-", "–", "-",
	`^{\circ}`, "°", `^\circ`, "°", `^ \circ`, "°", `^ {\circ}`, "°", `\degree`, "°", `\%`, "%", `\$`, "$", `\{`, "\x01", `\}`, "\x02",
	`\lbrace`, "\x01", `\rbrace`, "\x02", "π", `\pi `, "√", `\sqrt`, "∞", `\infty `, `\mathbb{R}`, "ℝ",
	`\(`, "", `\)`, "", `\[`, "", `\]`, "", `\mbox`, `\text`, `\mathrm`, `\text`, `\textbf`, `\text`, `\textit`, `\text`,
	`\mathbf`, `\text`, `\operatorname`, `\text`, "∪", `\cup `, "∈", `\in `, "±", `\pm `, `\bmatrix`, "",
	"bmatrix", "pmatrix", "vmatrix", "pmatrix", `\ldots`, "…", `\dots`, "…",
)

// tidy writes an answer in one spelling: no layout commands, no math brackets,
// no \boxed around it, no full stop after it.
func tidy(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), " .;\n")
	for i := 0; i < 4; i++ {
		at := strings.Index(s, `\boxed{`)
		if at != 0 {
			break
		}
		if end := closing(s, 6); end == len(s)-1 {
			s = strings.TrimSpace(s[7:end])
		}
	}
	s = strings.TrimSpace(spellings.Replace(s))
	if len(s) > 1 && strings.HasPrefix(s, "$") && strings.HasSuffix(s, "$") {
		s = strings.Trim(s, "$ ")
	}
	s = strings.TrimRight(s, " .;\n")
	if strings.HasPrefix(s, `\text{`) && closing(s, 5) == len(s)-1 {
		s = strings.TrimSpace(s[6 : len(s)-1])
	}
	return s
}

// A kind of object that an answer can be.
type shape uint8

const (
	scalar shape = iota
	tuple        // points and intervals, with their brackets
	set
	matrix
	list  // values with commas between them, in no brackets
	union // of intervals
)

type object struct {
	shape      shape
	value      ratio
	items      []object
	open, clos byte
	pct        bool
	unit       string
	decimals   int // written after the point of a plain number
	width      int // columns of a matrix
	infinite   int // -1, +1: the scalar is infinite
}

// parse reads a tidied answer; ok is false if it has no value known here.
func parse(s string) (o object, ok bool) {
	if len(s) > maxAnswer || len(s) == 0 {
		return o, false
	}
	return parseAny(s, 0)
}

func parseAny(s string, depth int) (o object, ok bool) {
	s = strings.TrimSpace(s)
	if depth > 8 || s == "" {
		return o, false
	}
	if parts := splitTop(s, `\cup`); len(parts) > 1 {
		return parseItems(parts, object{shape: union}, depth)
	}
	if inner, ok := strings.CutPrefix(s, `\begin{pmatrix}`); ok {
		if inner, ok = strings.CutSuffix(inner, `\end{pmatrix}`); ok {
			return parseMatrix(inner, depth)
		}
		return o, false
	}
	if inner, ok := strings.CutPrefix(s, "\x01"); ok && strings.HasSuffix(inner, "\x02") {
		return parseItems(splitTop(inner[:len(inner)-1], ","), object{shape: set}, depth)
	}
	if c := s[0]; (c == '(' || c == '[') && matching(s) {
		inner, last := s[1:len(s)-1], s[len(s)-1]
		if parts := splitTop(inner, ","); len(parts) > 1 {
			return parseItems(parts, object{shape: tuple, open: c, clos: last}, depth)
		}
		if c == '[' {
			return o, false
		}
	}
	if parts := splitTop(s, ","); len(parts) > 1 && !thousands(s) {
		return parseItems(parts, object{shape: list}, depth)
	}
	if at := strings.Index(s, `\pm`); at >= 0 {
		return parsePlusMinus(s, at, depth)
	}
	return parseScalar(s)
}

// thousands reports whether the commas of s only group digits.
func thousands(s string) bool {
	for i := range len(s) {
		if s[i] == ',' {
			if i == 0 || !isDigit(s[i-1]) || !group(s, i) {
				return false
			}
		}
	}
	return true
}

// matching reports whether the bracket that s begins with closes at its end.
func matching(s string) bool {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[', '{', 1:
			depth++
		case ')', ']', '}', 2:
			if depth--; depth == 0 {
				return i == len(s)-1 && (s[i] == ')' || s[i] == ']')
			}
		}
	}
	return false
}

// splitTop splits s at sep outside all brackets.
func splitTop(s, sep string) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{', 1:
			depth++
		case ')', ']', '}', 2:
			depth--
		}
		if depth == 0 && strings.HasPrefix(s[i:], sep) {
			parts, from = append(parts, s[from:i]), i+len(sep)
		}
	}
	return append(parts, s[from:])
}

func parseItems(parts []string, o object, depth int) (object, bool) {
	if len(parts) > 64 {
		return o, false
	}
	for _, p := range parts {
		item, ok := parseAny(p, depth+1)
		if !ok {
			return o, false
		}
		if item.shape == list && len(o.items)+len(item.items) <= 64 { // 1 ± √5 inside a set
			o.items = append(o.items, item.items...)
		} else {
			o.items = append(o.items, item)
		}
	}
	return o, true
}

func parseMatrix(inner string, depth int) (object, bool) {
	var cells []string
	rows := strings.Split(inner, `\\`)
	if strings.TrimSpace(rows[len(rows)-1]) == "" {
		rows = rows[:len(rows)-1]
	}
	for i, row := range rows {
		at := len(cells)
		cells = append(cells, splitTop(row, "&")...)
		if i > 0 && len(cells)-at != len(cells)/(i+1) {
			return object{}, false
		}
	}
	if len(rows) == 0 {
		return object{}, false
	}
	return parseItems(cells, object{shape: matrix, width: len(cells) / len(rows)}, depth)
}

func parsePlusMinus(s string, at, depth int) (o object, ok bool) {
	if strings.Contains(s[at+3:], `\pm`) {
		return o, false
	}
	return parseItems([]string{s[:at] + "+" + s[at+3:], s[:at] + "-" + s[at+3:]}, object{shape: list}, depth)
}

func parseScalar(s string) (o object, ok bool) {
	s = strings.TrimSpace(s)
	sign := s
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign = strings.TrimSpace(s[1:])
	}
	if strings.TrimSpace(sign) == `\infty` {
		o.infinite = 1
		if s[0] == '-' {
			o.infinite = -1
		}
		return o, true
	}
	s, o.unit = cutUnit(s)
	if t, cut := strings.CutSuffix(s, "%"); cut {
		s, o.pct = strings.TrimSpace(t), true
	}
	for n := currency(s, 0); n > 0; n = 0 {
		s = strings.TrimSpace(s[n:])
	}
	if neg, cut := strings.CutPrefix(s, "-$"); cut {
		s = "-" + neg
	}
	if s == "" || longWord(s) {
		return o, false
	}
	p := formula{s: s}
	o.value, ok = p.sum()
	p.blank()
	if !ok || p.i != len(s) {
		return o, false
	}
	if p.plain {
		o.decimals = lastDigits(s)
	}
	return o, true
}

// cutUnit cuts degrees, \text{…} with its power, and words of letters off the
// end of s.
func cutUnit(s string) (rest, unit string) {
	if at := strings.Index(s, `\text{`); at > 0 {
		if end := closing(s, at+5); end > 0 {
			after := strings.Trim(s[end+1:], " ^{}0123456789")
			if after == "" || after == "." {
				return strings.TrimSpace(s[:at]), strings.ToLower(strings.TrimSpace(s[at+6 : end]))
			}
		}
	}
	if t, ok := strings.CutSuffix(s, "°"); ok {
		return strings.TrimSpace(t), "degrees"
	}
	end := len(s)
	for end > 0 && (isLetter(s[end-1]) || s[end-1] == ' ' || s[end-1] == '/') {
		end--
	}
	w := strings.TrimSpace(s[end:])
	if end > 0 && len(w) > 1 && s[end-1] != '\\' && (s[end] == ' ' || longWord(w)) && w != "pi" && w != "sqrt" {
		if s[end-1] == '}' || s[end-1] == ')' || isDigit(s[end-1]) || s[end-1] == '%' || strings.HasSuffix(s[:end], "°") {
			return strings.TrimSuffix(s[:end], "°"), strings.ToLower(w)
		}
	}
	return s, ""
}

// longWord reports whether s holds three letters in a row that are no command:
// a word, and no product of letters.
func longWord(s string) bool {
	run, command := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '\\':
			run, command = 0, true
		case isLetter(s[i]):
			if run++; run >= 3 && !command {
				return !strings.HasPrefix(s[i-2:], "sqrt")
			}
		default:
			run, command = 0, false
		}
	}
	return false
}
