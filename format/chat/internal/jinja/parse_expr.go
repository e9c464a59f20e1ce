package jinja

import "slices"

// expr reads an expression with an inline if.
func (p *parser) expr() expr {
	defer func() { p.depth-- }()
	if !p.deeper() {
		return constant{}
	}
	e := p.or()
	for p.part() && p.word("if") {
		c := &cond{test: p.or(), then: e}
		if p.word("else") {
			c.other = p.expr()
		}
		e = c
	}
	return e
}

// tuple reads an expression, or several with commas between them. Where parens
// are open, nothing at all is the empty tuple.
func (p *parser) tuple(inlineIf, parens bool, stops ...string) expr {
	var items []expr
	comma := false
	for p.err == nil {
		if len(items) > 0 {
			p.want(tokOp, ",")
		}
		t := p.peek()
		if t.kind == tokVarEnd || t.kind == tokBlockEnd || t.is(tokOp, ")") || t.kind == tokName && slices.Contains(stops, t.text) {
			break
		}
		if inlineIf {
			items = append(items, p.expr())
		} else {
			items = append(items, p.or())
		}
		if !p.peek().is(tokOp, ",") {
			break
		}
		comma = true
	}
	switch {
	case comma:
		return &listExpr{items, true}
	case len(items) == 1:
		return items[0]
	case !parens:
		p.fail("want an expression, found %v", p.peek())
	}
	return &listExpr{nil, true}
}

func (p *parser) or() expr {
	e := p.and()
	for p.part() && p.word("or") {
		e = &logic{e, p.and(), true}
	}
	return e
}

func (p *parser) and() expr {
	e := p.not()
	for p.part() && p.word("and") {
		e = &logic{e, p.not(), false}
	}
	return e
}

func (p *parser) not() expr {
	n := 0
	for p.word("not") {
		n++
	}
	e := p.compare()
	// An even number of them leaves the truth of e, not its value.
	switch {
	case n == 0:
		return e
	case n%2 == 0:
		e = &not{e}
	}
	return &not{e}
}

var comparisons = []string{"==", "!=", "<", "<=", ">", ">="}

func (p *parser) compare() expr {
	at := p.peek().at
	e := p.sum()
	var c *compare
	for p.err == nil {
		op := ""
		switch t := p.peek(); {
		case t.kind == tokOp && slices.Contains(comparisons, t.text):
			op = t.text
			p.next()
		case p.word("in"):
			op = "in"
		case t.is(tokName, "not") && p.tokens[min(p.at+1, len(p.tokens)-1)].is(tokName, "in"):
			op = "not in"
			p.at += 2
		}
		if op == "" {
			break
		}
		if c == nil {
			c = &compare{at: at, first: e}
		}
		c.ops, c.rest = append(c.ops, op), append(c.rest, p.sum())
	}
	if c == nil {
		return e
	}
	return c
}

func (p *parser) sum() expr {
	e := p.concat()
	for t := p.peek(); p.part() && (t.is(tokOp, "+") || t.is(tokOp, "-")); t = p.peek() {
		p.next()
		e = &binary{t.at, t.text[0], e, p.concat()}
	}
	return e
}

func (p *parser) concat() expr {
	e := p.product()
	if !p.peek().is(tokOp, "~") {
		return e
	}
	c := &concat{p.peek().at, []expr{e}}
	for p.op("~") {
		c.parts = append(c.parts, p.product())
	}
	return c
}

// The operators of a product and their one-byte names.
var products = map[string]byte{"*": '*', "/": '/', "//": 'd', "%": '%'}

func (p *parser) product() expr {
	e := p.power()
	for p.part() {
		t := p.peek()
		op := products[t.text]
		if t.kind != tokOp || op == 0 {
			break
		}
		p.next()
		e = &binary{t.at, op, e, p.power()}
	}
	return e
}

func (p *parser) power() expr {
	e := p.unary(true)
	for t := p.peek(); p.part() && t.is(tokOp, "**"); t = p.peek() {
		p.next()
		e = &binary{t.at, '^', e, p.unary(true)}
	}
	return e
}

func (p *parser) unary(filters bool) expr {
	defer func() { p.depth-- }()
	if !p.deeper() {
		return constant{}
	}
	var e expr
	switch t := p.peek(); {
	case p.op("-"):
		e = &negate{t.at, true, p.unary(false)}
	case p.op("+"):
		e = &negate{t.at, false, p.unary(false)}
	default:
		e = p.primary()
	}
	e = p.postfix(e)
	if filters {
		e = p.filtered(e)
	}
	return e
}

func (p *parser) primary() expr {
	switch t := p.next(); t.kind {
	case tokName:
		switch t.text {
		case "true", "True":
			return constant{true}
		case "false", "False":
			return constant{false}
		case "none", "None":
			return constant{nil}
		}
		return &name{p.id(t.text)}
	case tokString:
		s := t.text
		for p.peek().kind == tokString {
			s += p.next().text
		}
		p.tpl.text = append(p.tpl.text, s)
		return constant{plain(s)}
	case tokInt, tokFloat:
		return constant{t.num}
	case tokOp:
		switch t.text {
		case "(":
			e := p.tuple(true, true)
			p.want(tokOp, ")")
			return e
		case "[":
			return p.list()
		case "{":
			return p.dict()
		}
		p.at--
		p.fail("unexpected %v", t)
	default:
		p.fail("unexpected %v", t)
	}
	return constant{}
}

func (p *parser) list() expr {
	l := &listExpr{}
	for p.err == nil && !p.peek().is(tokOp, "]") {
		if len(l.items) > 0 {
			p.want(tokOp, ",")
			if p.peek().is(tokOp, "]") {
				break
			}
		}
		l.items = append(l.items, p.expr())
	}
	p.want(tokOp, "]")
	return l
}

func (p *parser) dict() expr {
	d := &dictExpr{at: p.peek().at}
	for p.err == nil && !p.peek().is(tokOp, "}") {
		if len(d.keys) > 0 {
			p.want(tokOp, ",")
			if p.peek().is(tokOp, "}") {
				break
			}
		}
		d.keys = append(d.keys, p.expr())
		p.want(tokOp, ":")
		d.vals = append(d.vals, p.expr())
	}
	p.want(tokOp, "}")
	return d
}

func (p *parser) postfix(e expr) expr {
	for p.part() {
		switch t := p.peek(); {
		case p.op("."):
			e = p.dot(t.at, e)
		case p.op("["):
			e = p.subscript(t.at, e)
		case t.is(tokOp, "("):
			e = p.callArgs(t.at, e)
		default:
			return e
		}
	}
	return e
}

func (p *parser) dot(at place, e expr) expr {
	switch t := p.next(); t.kind {
	case tokName:
		return &attr{at, e, t.text}
	case tokInt:
		return &item{at, e, constant{t.num}}
	default:
		p.fail("want a name or a number after the dot, found %v", t)
		return e
	}
}

func (p *parser) subscript(at place, e expr) expr {
	var key expr
	before := func(end ...string) bool {
		t := p.peek()
		return t.kind == tokOp && slices.Contains(end, t.text)
	}
	if !before(":") {
		if key = p.expr(); before(",") {
			p.fail("a subscript with commas is not supported")
		}
	}
	if p.op(":") {
		s := &slice{at: at, of: e, from: key}
		if !before(":", "]") {
			s.to = p.expr()
		}
		if p.op(":") && !before("]") {
			s.step = p.expr()
		}
		p.want(tokOp, "]")
		return s
	}
	p.want(tokOp, "]")
	return &item{at, e, key}
}

func (p *parser) callArgs(at place, f expr) *callExpr {
	c := &callExpr{at: at, fn: f}
	p.want(tokOp, "(")
	for n := 0; p.err == nil && !p.peek().is(tokOp, ")"); n++ {
		if n > 0 {
			p.want(tokOp, ",")
			if p.peek().is(tokOp, ")") {
				break
			}
		}
		switch {
		case p.op("*"):
			c.star = p.expr()
		case p.op("**"):
			c.stars = p.expr()
		case p.peek().kind == tokName && p.tokens[p.at+1].is(tokOp, "="):
			name := p.name()
			p.next()
			c.kw, c.kwVals = append(c.kw, name), append(c.kwVals, p.expr())
		default:
			if c.kw != nil || c.star != nil || c.stars != nil {
				p.fail("an argument without a name stands after one with")
			}
			c.args = append(c.args, p.expr())
		}
	}
	p.want(tokOp, ")")
	return c
}

// filtered reads filters, tests and calls behind an expression.
func (p *parser) filtered(e expr) expr {
	for p.part() {
		switch t := p.peek(); {
		case t.is(tokOp, "|"):
			e = p.filters(e)
		case t.is(tokName, "is"):
			e = p.test(e)
		case t.is(tokOp, "("):
			e = p.callArgs(t.at, e)
		default:
			return e
		}
	}
	return e
}

// filters reads a chain of filters; a nil e is the body of a block. The first
// bar is missing behind a filter tag.
func (p *parser) filters(e expr) expr {
	for first := e == nil; p.part() && (p.op("|") || first); first = false {
		at := p.peek().at
		f := &filter{at: at, of: e, name: p.name()}
		if p.peek().is(tokOp, "(") {
			f.call = *p.callArgs(at, nil)
		}
		f.fn = filters[f.name]
		e = f
	}
	return e
}

func (p *parser) test(e expr) expr {
	at := p.next().at
	negated := p.word("not")
	t := &test{at: at, of: e, name: p.name()}
	switch n := p.peek(); {
	case n.is(tokOp, "("):
		t.call = *p.callArgs(at, nil)
	case n.kind == tokString || n.kind == tokInt || n.kind == tokFloat || n.is(tokOp, "[") || n.is(tokOp, "{") ||
		n.kind == tokName && !slices.Contains([]string{"else", "or", "and"}, n.text):
		if n.is(tokName, "is") {
			p.fail("tests cannot be chained with is")
		}
		t.call.args = []expr{p.postfix(p.primary())}
	}
	t.fn = tests[t.name]
	if negated {
		return &not{t}
	}
	return t
}
