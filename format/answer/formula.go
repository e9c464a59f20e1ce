package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

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
		if !ok {
			return v, false
		}
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
