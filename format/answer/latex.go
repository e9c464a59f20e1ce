package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

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

// A formula is a recursive-descent parser from a formula to its normal form.
type formula struct {
	s     string
	i     int
	depth int
	steps int
	plain bool // nothing but one number was read
}

func (p *formula) blank() {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
}

func (p *formula) peek() byte {
	p.blank()
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *formula) sum() (v ratio, ok bool) {
	if p.depth++; p.depth > 32 {
		return v, false
	}
	defer func() { p.depth-- }()
	p.plain = true
	if v, ok = p.product(); !ok {
		return v, false
	}
	for {
		c := p.peek()
		if c != '+' && c != '-' {
			return v, true
		}
		p.i++
		p.plain = false
		w, ok := p.product()
		if !ok {
			return v, false
		}
		p.plain = false
		if c == '-' {
			w = w.neg()
		}
		if v, ok = v.add(w); !ok {
			return v, false
		}
	}
}

func (p *formula) product() (v ratio, ok bool) {
	if c := p.peek(); c == '-' || c == '+' {
		p.i++
		if p.depth++; p.depth > 32 {
			return v, false
		}
		v, ok = p.product()
		p.depth--
		if c == '-' {
			v = v.neg()
		}
		return v, ok
	}
	if v, ok = p.power(); !ok {
		return v, false
	}
	for {
		if p.steps++; p.steps > 256 {
			return v, false
		}
		c := p.peek()
		switch {
		case c == '*' || c == '/':
			p.i++
			var w ratio
			if p.peek() == '-' {
				p.i++
				if w, ok = p.power(); ok {
					w = w.neg()
				}
			} else {
				w, ok = p.power()
			}
			p.plain = false
			if !ok {
				return v, false
			}
			if c == '*' {
				v, ok = v.mul(w)
			} else {
				v, ok = v.quo(w)
			}
		case c == '(' || c == '\\' || isLetter(c):
			w, ok2 := p.power()
			p.plain = false
			if !ok2 {
				return v, false
			}
			v, ok = v.mul(w)
		default:
			return v, true
		}
		if !ok {
			return v, false
		}
	}
}

func (p *formula) power() (v ratio, ok bool) {
	if v, ok = p.atom(); !ok {
		return v, false
	}
	if p.peek() != '^' {
		return v, true
	}
	p.i++
	p.plain = false
	w, ok := p.argument()
	if !ok {
		return v, false
	}
	p.plain = false
	exp, ok := w.rational()
	if !ok {
		return v, false
	}
	if n, ok := exp.Int64(); ok {
		return v.pow(n)
	}
	if h, _ := format.Frac(1, 2); exp.Equal(h) {
		return root(v)
	}
	return v, false
}

// argument reads what follows \frac, \sqrt and ^: a group in braces or
// parentheses, or one digit, letter or command.
func (p *formula) argument() (v ratio, ok bool) {
	c := p.peek()
	switch {
	case c == '{':
		return p.group('}')
	case isDigit(c):
		p.i++
		return constant(format.Int(int64(c - '0'))), true
	case c == '-':
		p.i++
		if v, ok = p.argument(); ok {
			v = v.neg()
		}
		return v, ok
	}
	return p.atom()
}

func (p *formula) group(end byte) (v ratio, ok bool) {
	p.i++
	if v, ok = p.sum(); !ok || p.peek() != end {
		return v, false
	}
	p.i++
	return v, true
}

func (p *formula) atom() (v ratio, ok bool) {
	if p.steps++; p.steps > 256 {
		return v, false
	}
	c := p.peek()
	switch {
	case isDigit(c) || c == '.':
		return p.numeral()
	case c == '(':
		return p.group(')')
	case c == '{':
		return p.group('}')
	case isLetter(c):
		if rest := p.s[p.i:]; strings.HasPrefix(rest, "sqrt") {
			p.i += 4
			return p.rootOf()
		} else if strings.HasPrefix(rest, "pi") {
			p.i += 2
			return ratio{single(1, "π1 ", format.Int(1)), one()}, true
		}
		p.i++
		p.plain = false
		return ratio{single(1, string(c)+"1 ", format.Int(1)), one()}, p.i == len(p.s) || p.s[p.i] != '_'
	case c == '\\':
		return p.command()
	}
	return v, false
}

func (p *formula) numeral() (v ratio, ok bool) {
	end := number(p.s, p.i)
	if end == p.i {
		return v, false
	}
	x, ok := value(p.s[p.i:end])
	if !ok || end < len(p.s) && (p.s[end] == '_' || p.s[end] == '!' || scientific(p.s[end:])) {
		return v, false
	}
	p.i = end
	if mixed, ok := p.mixed(); ok && x.IsInt() {
		x = x.Add(mixed)
	}
	return constant(x), true
}

// scientific reports e-5 and the like after a number: a power of ten or a
// letter, nobody knows.
func scientific(s string) bool {
	if len(s) < 2 || s[0]|0x20 != 'e' {
		return false
	}
	return isDigit(s[1]) || len(s) > 2 && (s[1] == '-' || s[1] == '+') && isDigit(s[2])
}

// mixed reads the fraction of a mixed number: 1\frac{4}{5}, 1 4/5.
func (p *formula) mixed() (v format.Num, ok bool) {
	rest := p.s[p.i:]
	trimmed := strings.TrimLeft(rest, " ")
	at := p.i + len(rest) - len(trimmed)
	if strings.HasPrefix(trimmed, `\frac`) {
		q := formula{s: p.s, i: at, depth: p.depth + 1}
		r, ok := q.atom()
		if v, rational := r.rational(); ok && rational && v.Cmp(format.Int(1)) < 0 && v.Sign() > 0 {
			p.i, p.plain = q.i, false
			return v, true
		}
		return v, false
	}
	if at == p.i {
		return v, false
	}
	a := number(p.s, at)
	if a == at || a >= len(p.s) || p.s[a] != '/' {
		return v, false
	}
	b := number(p.s, a+1)
	x, ok := value(p.s[at:a])
	y, ok2 := value(p.s[a+1 : b])
	if !ok || !ok2 {
		return v, false
	}
	if v, ok = x.Quo(y); ok {
		p.i, p.plain = b, false
	}
	return v, ok
}

func (p *formula) command() (v ratio, ok bool) {
	end := p.i + 1
	for end < len(p.s) && isLetter(p.s[end]) {
		end++
	}
	name := p.s[p.i+1 : end]
	p.i = end
	p.plain = false
	switch name {
	case "pi":
		return ratio{single(1, "π1 ", format.Int(1)), one()}, true
	case "frac":
		a, ok := p.argument()
		if !ok {
			return v, false
		}
		b, ok := p.argument()
		p.plain = false
		if !ok {
			return v, false
		}
		return a.quo(b)
	case "sqrt":
		return p.rootOf()
	case "theta", "alpha", "beta", "gamma", "lambda", "mu", "omega", "phi", "sigma", "delta", "epsilon", "tau", "rho":
		return ratio{single(1, `\`+name+"1 ", format.Int(1)), one()}, true
	}
	return v, false
}

func (p *formula) rootOf() (v ratio, ok bool) {
	p.plain = false
	degree := int64(2)
	if p.peek() == '[' {
		p.i++
		n, ok := p.sum()
		if !ok || p.peek() != ']' {
			return v, false
		}
		p.i++
		x, ok := n.rational()
		if degree, ok = x.Int64(); !ok {
			return v, false
		}
	}
	if v, ok = p.argument(); !ok {
		return v, false
	}
	p.plain = false
	if degree == 2 {
		return root(v)
	}
	return exactRoot(v, degree)
}

// root is the square root of a rational constant.
func root(v ratio) (ratio, bool) {
	x, ok := v.rational()
	if !ok {
		return v, false
	}
	vars := ""
	if x.Sign() < 0 {
		x, vars = x.Neg(), "i1 "
	}
	r := x.Rat()
	if !r.Num().IsInt64() || !r.Denom().IsInt64() {
		return v, false
	}
	n, d := r.Num().Int64(), r.Denom().Int64()
	if n > 1<<31 || d > 1<<31 {
		return v, false
	}
	out, rad := squareFree(n * d) // sqrt(n/d) = sqrt(n d)/d
	c, _ := format.Frac(out, d)
	if n == 0 {
		return constant(format.Int(0)), true
	}
	return ratio{single(rad, vars, c), one()}, rad > 0
}

// exactRoot is a root of higher degree, where it is a whole number.
func exactRoot(v ratio, degree int64) (ratio, bool) {
	x, ok := v.rational()
	n, ok2 := x.Int64()
	if !ok || !ok2 || degree < 2 || degree > 30 || n < 0 && degree%2 == 0 {
		return v, false
	}
	for k := int64(0); k <= 1<<16; k++ {
		w, ok := pow(format.Int(k), format.Int(degree))
		if !ok {
			return v, false
		}
		switch w.Cmp(x.Abs()) {
		case 0:
			if n < 0 {
				k = -k
			}
			return constant(format.Int(k)), true
		case 1:
			return v, false
		}
	}
	return v, false
}
