package plain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/seed-cdf14512/graft/format/strict"
)

var (
	parseFault = regexp.MustCompile(`^template: [^:]*:(\d+)(?::(\d+))?: `)
	noFunction = regexp.MustCompile(`function "([^"]*)" not defined`)
)

// template parses one template and holds it to what is known of the file: its
// parameters, the subject's variables, the pattern's groups and the bank.
func (r *reader) template(ptr, source string) *text {
	t, err := parseText("text", source)
	if err != nil {
		line, text := 1, err.Error()
		if m := parseFault.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = text[len(m[0]):]
		}
		if m := noFunction.FindStringSubmatch(text); m != nil {
			text += strict.Suggest("functions", m[1], functionNames())
		}
		r.within(ptr, line, 1, strict.BadValue, "%s", text)
		return nil
	}
	l := linter{r: r, ptr: ptr, source: source}
	if len(t.tpl.Templates()) > 1 {
		l.fault(0, "a step is one template: define and block are not for it")
	}
	if t.tpl.Tree != nil && t.root() != nil {
		l.node(t.root(), 0)
	}
	return t
}

// A linter walks one template.
type linter struct {
	r      *reader
	ptr    string
	source string
}

func (l *linter) fault(pos parse.Pos, text string, args ...any) {
	before := l.source[:min(int(pos), len(l.source))]
	line := 1 + strings.Count(before, "\n")
	l.r.within(l.ptr, line, int(pos)-strings.LastIndex(before, "\n"), strict.BadValue, text, args...)
}

// lists are the fields that a template may range over: they are short.
var lists = []string{"Claims", "Args"}

func (l *linter) node(n parse.Node, depth int) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				l.node(c, depth)
			}
		}
	case *parse.ActionNode:
		l.pipe(n.Pipe)
	case *parse.IfNode:
		l.branch(&n.BranchNode, depth)
	case *parse.WithNode:
		l.branch(&n.BranchNode, depth)
	case *parse.RangeNode:
		if depth == 2 || !ranged(n.Pipe) {
			l.fault(n.Pos, "range is for %s, and for one list inside another at most", strings.Join(lists, " and "))
		}
		l.branch(&n.BranchNode, depth+1)
	case *parse.TemplateNode:
		l.fault(n.Pos, "a step is one template: template is not for it")
	}
}

func (l *linter) branch(n *parse.BranchNode, depth int) {
	l.pipe(n.Pipe)
	l.node(n.List, depth)
	l.node(n.ElseList, depth)
}

// ranged reports whether a pipe is one of the lists.
func ranged(p *parse.PipeNode) bool {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return false
	}
	var path []string
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		path = n.Ident
	case *parse.VariableNode:
		path = n.Ident[1:]
	}
	return len(path) > 0 && slices.Contains(lists, path[len(path)-1])
}

func (l *linter) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for i, c := range p.Cmds {
		l.command(c, i > 0)
	}
}

func (l *linter) command(c *parse.CommandNode, piped bool) {
	for _, a := range c.Args {
		l.arg(a)
	}
	id, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok {
		return
	}
	switch {
	case functionDocs[id.Ident] == "" && !slices.Contains(functionNames(), id.Ident):
		l.fault(id.Pos, "function %q is not for templates%s", id.Ident, strict.Suggest("functions", id.Ident, functionNames()))
	case id.Ident == "say" && (piped || len(c.Args) < 2):
		l.fault(id.Pos, "say wants the section first: say \"section\"")
	case id.Ident == "say":
		l.says(c)
	}
}

func (l *linter) arg(n parse.Node) {
	switch n := n.(type) {
	case *parse.PipeNode:
		l.pipe(n)
	case *parse.FieldNode:
		l.field(n.Pos, n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			l.field(n.Pos, n.Ident[1:])
		}
	case *parse.ChainNode:
		l.arg(n.Node)
	}
}

// fields are all that a view has.
var fields = []string{"Question", "Step", "Kind", "Text", "Claim", "Claims", "Expr", "Value", "Args", "From", "Captures", "Params", "Vars"}

// field checks the names that the file or its subject declares.
func (l *linter) field(pos parse.Pos, path []string) {
	for i, name := range path {
		if i > 0 && slices.Contains([]string{"Params", "Vars", "Captures"}, path[i-1]) {
			break // names of the file
		}
		if !slices.Contains(fields, name) {
			l.fault(pos, "there is no field %q%s", name, strict.Suggest("fields", name, fields))
			return
		}
	}
	if len(path) < 2 {
		return
	}
	name, f := path[1], l.r.f
	switch path[0] {
	case "Params":
		if _, ok := f.Params[name]; !ok {
			l.fault(pos, "there is no parameter %q%s", name, strict.Suggest("parameters", name, l.r.paramNames()))
		}
		l.r.used[name] = true
	case "Vars":
		if f.subject.variable(name) == nil {
			var all []string
			for _, v := range f.subject.vars {
				all = append(all, v.name)
			}
			l.fault(pos, "%s has no var %q%s", f.subject.name, name, strict.Suggest("vars", name, all))
		}
	case "Captures":
		if f.pattern == nil {
			l.fault(pos, "there are no captures without a pattern")
		} else if groups := f.pattern.GetGroupNames(); !slices.Contains(groups, name) {
			l.fault(pos, "the pattern has no group %q%s", name, strict.Suggest("groups", name, groups))
		}
	}
}

// says notes the sections that a call may ask for, and checks the vars it gives.
func (l *linter) says(c *parse.CommandNode) {
	bank := l.r.f.bank
	if bank == nil {
		return // told
	}
	names, known := l.domain(c.Args[1])
	if !known {
		l.r.said[""] = true
	}
	for _, name := range names {
		l.r.said[name] = true
		if !slices.Contains(bank.Sections(), name) {
			l.fault(c.Args[1].Position(), "the bank has no section [%s]%s", name, strict.Suggest("sections", name, bank.Sections()))
		}
	}
	for i := 2; i < len(c.Args); i += 2 {
		s, ok := c.Args[i].(*parse.StringNode)
		if !ok {
			continue
		}
		if l.r.given[s.Text] = true; !slices.Contains(bank.Vars(), s.Text) {
			l.fault(s.Pos, "the bank declares no var %q%s", s.Text, strict.Suggest("vars", s.Text, bank.Vars()))
		}
	}
}

// domain lists all that a value can be, if that is known.
func (l *linter) domain(n parse.Node) (all []string, known bool) {
	switch n := n.(type) {
	case *parse.StringNode:
		return []string{n.Text}, true
	case *parse.FieldNode:
		return l.fieldDomain(n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return l.fieldDomain(n.Ident[1:])
		}
	case *parse.PipeNode:
		if len(n.Cmds) != 1 || len(n.Decl) > 0 {
			return nil, false
		}
		args := n.Cmds[0].Args
		id, ok := args[0].(*parse.IdentifierNode)
		switch {
		case !ok && len(args) == 1:
			return l.domain(args[0])
		case ok && (id.Ident == "cat" || id.Ident == "choose"):
			return l.combined(args[1:], id.Ident == "cat")
		}
	}
	return nil, false
}

func (l *linter) fieldDomain(path []string) ([]string, bool) {
	if len(path) != 2 {
		return nil, false
	}
	if v := l.r.f.subject.variable(path[1]); path[0] == "Vars" && v != nil && v.domain != nil {
		return v.domain, true
	}
	if p, ok := l.r.f.Params[path[1]]; path[0] == "Params" && ok && len(p.Enum) > 0 {
		return p.Enum, true
	}
	return nil, false
}

// combined is the domain of cat, which joins its arguments, or of choose.
func (l *linter) combined(args []parse.Node, join bool) (all []string, known bool) {
	if join {
		all = []string{""}
	}
	for _, a := range args {
		list, ok := l.domain(a)
		if !ok || len(list)*max(1, len(all)) > 1000 {
			return nil, false
		}
		if !join {
			all = append(all, list...)
			continue
		}
		var longer []string
		for _, head := range all {
			for _, tail := range list {
				longer = append(longer, head+tail)
			}
		}
		all = longer
	}
	return all, true
}
