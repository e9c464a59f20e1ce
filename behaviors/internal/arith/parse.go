package arith

import "github.com/seed-cdf14512/graft/format/answer"

// maxOperands bounds what Parse takes: longer sums are no step of a student.
const maxOperands = 12

// Parse builds the tree of an expression, or returns nil where the text is more
// than numbers, + - * / and brackets. What it returns evaluates to what
// answer.Eval says.
func Parse(expr string) *Expr {
	args := answer.Operands(expr)
	if len(args) == 0 || len(args) > maxOperands {
		return nil
	}
	p := parser{}
	at := 0
	for i, a := range args {
		if !p.gap(expr, at, a.Start, i == 0) {
			return nil
		}
		p.toks = append(p.toks, token{leaf: &Expr{Value: a.Value, Arg: i}})
		at = a.End
	}
	if !p.gap(expr, at, len(expr), true) {
		return nil
	}
	e := p.sum()
	want, ok := answer.Eval(expr)
	if e == nil || p.at != len(p.toks) || !ok || !want.Equal(e.Value) {
		return nil
	}
	return e
}

type token struct {
	op   byte // operator or bracket
	leaf *Expr
}

type parser struct {
	toks  []token
	at    int
	depth int
}

// gap reads what stands between two operands: closing brackets, one operator,
// opening brackets, and unit words that mean nothing here. At the ends of the
// expression there is no operator.
func (p *parser) gap(s string, from, to int, end bool) bool {
	ops := 0
	for i := from; i < to; {
		op, n := operator(s, i, from, to)
		switch {
		case op == '(' || op == ')':
			p.toks = append(p.toks, token{op: op})
		case op != 0:
			p.toks = append(p.toks, token{op: op})
			ops++
		case s[i] == '\\' || s[i] == '^' || s[i] == '%':
			return false
		}
		i += n
	}
	return end && ops == 0 || !end && ops == 1
}

var signs = [...]struct {
	text string
	op   byte
}{{"×", '*'}, {"·", '*'}, {"÷", '/'}, {"−", '-'}, {"–", '-'}}

// operator reads one operator, bracket or other character at s[i:]. A hyphen or
// slash between letters, as in push-ups or dollars/hour, is part of a unit.
func operator(s string, i, from, to int) (op byte, n int) {
	switch c := s[i]; c {
	case '(', ')', '+', '*':
		return c, 1
	case '-', '/':
		if i > from && letter(s[i-1]) && i+1 < to && letter(s[i+1]) {
			return 0, 1
		}
		return c, 1
	case 'x', 'X':
		if (i == from || !letter(s[i-1])) && (i+1 == to || !letter(s[i+1])) {
			return '*', 1
		}
	case 0xC2, 0xC3, 0xE2:
		for _, g := range signs {
			if len(s)-i >= len(g.text) && s[i:i+len(g.text)] == g.text {
				return g.op, len(g.text)
			}
		}
	}
	return 0, 1
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func (p *parser) peek() byte {
	if p.at < len(p.toks) {
		return p.toks[p.at].op
	}
	return 0
}

func (p *parser) sum() *Expr {
	e := p.product()
	for e != nil && (p.peek() == '+' || p.peek() == '-') {
		op := p.peek()
		p.at++
		e = Join(op, e, p.product())
	}
	return e
}

func (p *parser) product() *Expr {
	e := p.operand()
	for e != nil && (p.peek() == '*' || p.peek() == '/') {
		op := p.peek()
		p.at++
		e = Join(op, e, p.operand())
	}
	return e
}

func (p *parser) operand() *Expr {
	if p.at >= len(p.toks) {
		return nil
	}
	t := p.toks[p.at]
	p.at++
	if t.leaf != nil {
		return t.leaf
	}
	if t.op != '(' || p.depth > maxOperands {
		return nil
	}
	p.depth++
	e := p.sum()
	p.depth--
	if p.peek() != ')' {
		return nil
	}
	p.at++
	return e
}

// FindOp finds the only operator in what stands between two numbers, if it is
// op; n is 0 if there is another, none, or more than one.
func FindOp(gap string, op byte) (at, n int) {
	at = -1
	for i := 0; i < len(gap); {
		got, size := operator(gap, i, 0, len(gap))
		switch {
		case got == op && at < 0:
			at, n = i, size
		case got != 0 || gap[i] == '=' || gap[i] == '\n':
			return -1, 0
		}
		i += size
	}
	return at, n
}
