package jinja

import (
	"fmt"
	"slices"
	"strings"
)

// maxNesting bounds how deep expressions and blocks nest in a template's text.
const maxNesting = 150

// A Template is a parsed chat template. It is read-only, and may be run by many
// goroutines at a time.
type Template struct {
	body  []stmt
	names []string // by id
	ids   map[string]int32
	text  []string // literal data and string constants, in order
	gens  bool
}

// Parse reads a template.
func Parse(src string) (*Template, error) {
	tokens, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, tpl: &Template{ids: map[string]int32{}}}
	p.tpl.body = p.block("")
	if p.err == nil && p.peek().kind != tokEOF {
		p.fail("unexpected %v", p.peek())
	}
	return p.tpl, p.err
}

// Literals are the pieces of text that the template holds: its data and its
// string constants.
func (t *Template) Literals() []string { return t.text }

// HasGeneration says whether the template marks what a model writes.
func (t *Template) HasGeneration() bool { return t.gens }

// Uses says whether the template mentions a name.
func (t *Template) Uses(name string) bool { _, ok := t.ids[name]; return ok }

type parser struct {
	tokens []token
	at     int
	depth  int
	parts  int // of the expressions of the tag being read
	loops  int // nesting of loops, for break and continue
	tpl    *Template
	err    error
}

func (p *parser) peek() *token { return &p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokEOF {
		p.at++
	}
	return t
}

func (p *parser) fail(format string, args ...any) { p.failAt(p.peek().at, format, args...) }

func (p *parser) failAt(at place, format string, args ...any) {
	if p.err == nil {
		p.err = syntaxError(at, fmt.Sprintf(format, args...))
		p.at = len(p.tokens) - 1 // everything after an error is silent
	}
}

func (p *parser) skip(k kind, text string) bool {
	if p.peek().is(k, text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) op(text string) bool   { return p.skip(tokOp, text) }
func (p *parser) word(text string) bool { return p.skip(tokName, text) }

func (p *parser) want(k kind, text string) token {
	if !p.peek().is(k, text) {
		p.fail("want %q, found %v", text, p.peek())
	}
	return p.next()
}

func (p *parser) name() string {
	if p.peek().kind != tokName {
		p.fail("want a name, found %v", p.peek())
		return ""
	}
	return p.next().text
}

func (p *parser) id(name string) int32 {
	id, ok := p.tpl.ids[name]
	if !ok {
		id = int32(len(p.tpl.names))
		p.tpl.ids[name] = id
		p.tpl.names = append(p.tpl.names, name)
	}
	return id
}

// maxParts bounds the parts of one expression, which nest where they are run.
const maxParts = 5000

// part counts a part of an expression; it is false once there are too many.
func (p *parser) part() bool {
	if p.parts++; p.parts > maxParts {
		p.fail("an expression of more than %d parts", maxParts)
	}
	return p.err == nil
}

// deeper guards recursion; it is false where the template nests too deep.
func (p *parser) deeper() bool {
	if p.depth++; p.depth > maxNesting {
		p.fail("nested deeper than %d", maxNesting)
		return false
	}
	return true
}

// block reads statements up to one of the named tags, whose name it leaves to
// be read; with none, up to the end.
func (p *parser) block(ends ...string) []stmt {
	var body []stmt
	defer func() { p.depth-- }()
	if !p.deeper() {
		return nil
	}
	for p.err == nil {
		p.parts = 0
		switch t := p.next(); t.kind {
		case tokData:
			p.tpl.text = append(p.tpl.text, t.text)
			body = append(body, &data{plain(t.text)})
		case tokVarBegin:
			body = append(body, &output{t.at, p.tuple(true, false)})
			p.want(tokVarEnd, "}}")
		case tokBlockBegin:
			if p.peek().kind == tokName && slices.Contains(ends, p.peek().text) {
				return body
			}
			if s := p.statement(); s != nil {
				body = append(body, s)
			}
			p.want(tokBlockEnd, "%}")
		case tokEOF:
			if ends[0] != "" {
				p.fail("the template ends within a block; want {%% %s %%}", strings.Join(ends, " %} or {% "))
			}
			return body
		default:
			p.fail("unexpected %v", t)
		}
	}
	return body
}

// body reads the statements of a tag, which ends here, up to its end tag.
func (p *parser) body(ends ...string) []stmt {
	p.op(":")
	p.want(tokBlockEnd, "%}")
	return p.block(ends...)
}

// closed reads a body and its end tag.
func (p *parser) closed(end string) []stmt {
	b := p.body(end)
	p.word(end)
	return b
}

func (p *parser) statement() stmt {
	at := p.peek().at
	switch name := p.name(); name {
	case "if":
		return p.ifs()
	case "for":
		return p.fors(at)
	case "set":
		return p.set(at)
	case "macro":
		return p.macro()
	case "call":
		return p.call(at)
	case "filter":
		f := p.filters(nil)
		return &filterBlock{at, f, p.closed("endfilter")}
	case "with":
		return p.with()
	case "generation":
		p.tpl.gens = true
		return &generation{p.closed("endgeneration")}
	case "print":
		return p.print(at)
	case "break", "continue":
		if p.loops == 0 {
			p.fail("%s outside of a loop", name)
		}
		return jump{name == "break"}
	case "":
		return nil
	default:
		p.failAt(at, "unknown tag %q; chat templates have if, for, set, macro, call, filter, with, generation, print, break, continue and raw", name)
		return nil
	}
}

func (p *parser) ifs() stmt {
	s := &ifs{}
	for p.err == nil {
		cond := p.tuple(false, false)
		s.arms = append(s.arms, arm{cond, p.body("elif", "else", "endif")})
		switch p.name() {
		case "elif":
			continue
		case "else":
			s.other = p.closed("endif")
		}
		break
	}
	return s
}

func (p *parser) fors(at place) stmt {
	s := &fors{at: at}
	s.to = p.target(false)
	if !p.word("in") {
		p.fail("want \"in\", found %v", p.peek())
	}
	s.in = p.tuple(false, false, "recursive")
	if p.word("if") {
		s.test = p.expr()
	}
	s.recursive = p.word("recursive")
	p.loops++
	s.body = p.body("endfor", "else")
	p.loops--
	if p.name() == "else" {
		s.other = p.closed("endfor")
	}
	s.loop = p.id("loop")
	return s
}

func (p *parser) set(at place) stmt {
	to := p.target(true)
	if p.op("=") {
		return &set{at, to, p.tuple(true, false)}
	}
	if to.parts != nil {
		p.fail("a block cannot be set to several names")
	}
	var f expr
	if p.peek().is(tokOp, "|") {
		f = p.filters(nil)
	}
	return &setBlock{at, to, f, p.closed("endset")}
}

// target reads what can be assigned to: a name, names, or an attribute of a
// namespace.
func (p *parser) target(space bool) target {
	defer func() { p.depth-- }()
	if !p.deeper() {
		return target{}
	}
	var parts []target
	for p.err == nil {
		var t target
		if p.op("(") {
			t = p.target(space)
			p.want(tokOp, ")")
		} else {
			name := p.name()
			switch name {
			case "true", "false", "none", "True", "False", "None":
				p.fail("cannot assign to %s", name)
			}
			t.id = p.id(name)
			if space && p.op(".") {
				t.attr = p.name()
			}
		}
		parts = append(parts, t)
		if !p.op(",") {
			break
		}
		if n := p.peek(); n.kind != tokName && !n.is(tokOp, "(") || n.text == "in" {
			return target{parts: parts}
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return target{parts: parts}
}

func (p *parser) signature() (names []int32, text []string, defaults []expr) {
	p.want(tokOp, "(")
	for p.err == nil && !p.peek().is(tokOp, ")") {
		if len(names) > 0 {
			p.want(tokOp, ",")
		}
		name := p.name()
		names, text = append(names, p.id(name)), append(text, name)
		if p.op("=") {
			defaults = append(defaults, p.expr())
		} else if len(defaults) > 0 {
			p.fail("argument %s without a default after one with", name)
		}
	}
	p.want(tokOp, ")")
	return names, text, defaults
}

func (p *parser) macro() stmt {
	m := &macro{}
	m.name = p.name()
	m.id = p.id(m.name)
	m.args, m.argNames, m.defaults = p.signature()
	m.read(p, "endmacro")
	return &defMacro{m}
}

func (p *parser) call(at place) stmt {
	c := &callBlock{at: at, m: macro{name: "caller"}}
	if p.peek().is(tokOp, "(") {
		c.m.args, c.m.argNames, c.m.defaults = p.signature()
	}
	e := p.expr()
	call, ok := e.(*callExpr)
	if !ok {
		p.fail("want a call after the call tag")
		return nil
	}
	c.call = call
	c.m.read(p, "endcall")
	return c
}

func (p *parser) with() stmt {
	w := &with{}
	for p.err == nil && p.peek().kind != tokBlockEnd {
		if len(w.to) > 0 {
			p.want(tokOp, ",")
		}
		w.to = append(w.to, p.singleTarget())
		p.want(tokOp, "=")
		w.values = append(w.values, p.expr())
	}
	w.body = p.closed("endwith")
	return w
}

func (p *parser) singleTarget() target {
	if p.op("(") {
		t := p.target(false)
		p.want(tokOp, ")")
		return t
	}
	return target{id: p.id(p.name())}
}

func (p *parser) print(at place) stmt {
	s := &prints{}
	for p.err == nil && p.peek().kind != tokBlockEnd {
		if len(s.parts) > 0 {
			p.want(tokOp, ",")
		}
		s.parts = append(s.parts, output{at, p.expr()})
	}
	return s
}
