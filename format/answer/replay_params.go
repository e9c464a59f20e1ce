package answer

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// inEach stands between what is counted and its container.
const inEach = " in each "

// maxParams bounds the parameters of a problem.
const maxParams = 4096

// ReadParams reads the parameters of a layered problem from its question alone:
// every premise "The number of A in each B equals …", what the categories that
// they mention come to, and the parameter asked for. Parents come before
// children; Equation has #3 for node 3. The names "each B's A" of the original
// are read as well. What belongs to which category is known for [Worlds]; for
// other names the problem has a param category, "wares: brass lanterns, …".
func ReadParams(p *format.Problem) (*format.Graph, format.NodeID, error) {
	r, target, err := readParams(p)
	if err != nil {
		return nil, 0, err
	}
	return &format.Graph{Nodes: r.nodes}, target, nil
}

// A paramReader defines parameters as they are asked for.
type paramReader struct {
	nodes    []format.Node
	signs    [][]sign // equations, by node
	byName   map[string]format.NodeID
	premises map[string]string   // body, by name
	sentence map[string]string   // whole premise, by name
	inside   map[string][]string // names of what a container holds, by container
	open     map[string]bool     // being defined
	category map[string]string   // beside what is known of Worlds
	mod      format.Num
}

func readParams(p *format.Problem) (*paramReader, format.NodeID, error) {
	r := &paramReader{byName: map[string]format.NodeID{}, premises: map[string]string{}, sentence: map[string]string{},
		inside: map[string][]string{}, open: map[string]bool{}, category: map[string]string{}}
	for _, f := range p.Params {
		switch f.Name {
		case "mod":
			m, ok := format.ParseNum(f.Value)
			if n, whole := m.Int64(); !ok || !whole || n < 2 || n > 1<<30 {
				return nil, 0, fmt.Errorf("mod is %q, no whole number from 2", f.Value)
			}
			r.mod = m
		case "category":
			name, members, _ := strings.Cut(f.Value, ": ")
			for _, m := range strings.Split(members, ", ") {
				r.category[m] = name
			}
		}
	}
	asked := ""
	var order []string
	for text := p.Question; text != ""; {
		var s string
		s, text = sentenceOf(text)
		if body, ok := strings.CutPrefix(s, "The number of "); ok {
			subject, body, ok := strings.Cut(body, " equals ")
			_, box, named := splitName(subject)
			switch {
			case !ok || !named:
				return nil, 0, fmt.Errorf("no premise: %q", s)
			case r.sentence[subject] != "":
				return nil, 0, fmt.Errorf("%s: defined twice", subject)
			case len(order) == maxParams:
				return nil, 0, fmt.Errorf("more than %d premises", maxParams)
			}
			r.premises[subject], r.sentence[subject] = body, s
			r.inside[box] = append(r.inside[box], subject)
			order = append(order, subject)
		} else if q, ok := strings.CutPrefix(s, "How many "); ok {
			asked = askedFor(q)
		}
	}
	if asked == "" {
		return nil, 0, fmt.Errorf("the question asks for no number of things in a container")
	}
	for _, name := range order {
		if _, err := r.define(name, 0); err != nil {
			return nil, 0, err
		}
	}
	target, err := r.define(asked, 0)
	return r, target, err
}

// sentenceOf cuts the first sentence from a text.
func sentenceOf(text string) (s, rest string) {
	for i := 0; i < len(text); i++ {
		if (text[i] == '.' || text[i] == '?') && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n') {
			return strings.TrimSpace(text[:i]), text[i+1:]
		}
	}
	return strings.TrimSpace(text), ""
}

// splitName parts a name into what is counted and its container.
func splitName(name string) (thing, box string, ok bool) {
	if thing, box, ok = strings.Cut(name, inEach); ok {
		return thing, box, thing != "" && box != ""
	}
	if rest, each := strings.CutPrefix(name, "each "); each {
		box, thing, ok = strings.Cut(rest, "'s ")
	}
	return thing, box, ok && thing != "" && box != ""
}

// rename puts another thing and container into the form of a name.
func rename(like, thing, box string) string {
	if strings.Contains(like, inEach) {
		return thing + inEach + box
	}
	return "each " + box + "'s " + thing
}

// askedFor is the parameter of "How many A are there in each B" or "How many A
// does each B have".
func askedFor(q string) string {
	if thing, box, ok := strings.Cut(q, " are there in each "); ok {
		return thing + inEach + box
	}
	if thing, box, ok := strings.Cut(q, " does each "); ok {
		if box, ok = strings.CutSuffix(box, " have"); ok {
			return "each " + box + "'s " + thing
		}
	}
	return ""
}

// define returns the node of a parameter, made with all it rests on.
func (r *paramReader) define(name string, depth int) (format.NodeID, error) {
	if id := r.byName[name]; id != 0 {
		return id, nil
	}
	if r.open[name] {
		return 0, fmt.Errorf("%s: rests on itself", name)
	}
	if len(r.nodes) >= maxParams || depth > maxParams {
		return 0, fmt.Errorf("more than %d parameters", maxParams)
	}
	r.open[name] = true
	defer delete(r.open, name)
	var ts []sign
	var err error
	if body, ok := r.premises[name]; ok {
		ts, err = r.instance(name, body, depth)
	} else {
		ts, err = r.abstract(name, depth)
	}
	if err != nil {
		return 0, err
	}
	return r.add(name, ts)
}

func (r *paramReader) add(name string, ts []sign) (format.NodeID, error) {
	n := format.Node{ID: format.NodeID(len(r.nodes) + 1), Kind: format.ParamNode, Name: name, Bound: true, Premise: r.sentence[name]}
	values := make([]sign, len(ts))
	var b strings.Builder
	for i, t := range ts {
		values[i] = t
		switch t.op {
		case 0:
			b.WriteString(t.n.String())
		case 'v':
			fmt.Fprintf(&b, "#%d", t.node)
			n.Parents = append(n.Parents, t.node)
			values[i] = sign{n: r.nodes[t.node-1].Value}
		case '(', ')':
			b.WriteByte(t.op)
		default:
			b.WriteString(" " + string(t.op) + " ")
		}
	}
	v, ok := evaluate(values, r.mod)
	if !ok {
		return 0, fmt.Errorf("%s: no equation, or a value of more than 18 digits", name)
	}
	n.Value, n.Equation = residue(v, r.mod), b.String()
	r.nodes = append(r.nodes, n)
	r.signs = append(r.signs, ts)
	r.byName[name] = n.ID
	return n.ID, nil
}

// instance reads what a premise says: [k | k more than | k times] and a
// parameter, the sum of several or the difference of two.
func (r *paramReader) instance(name, body string, depth int) (ts []sign, err error) {
	digits := 0
	for digits < len(body) && isDigit(body[digits]) {
		digits++
	}
	if digits > 0 {
		k, ok := format.ParseNum(body[:digits])
		if !ok || digits > 18 {
			return nil, fmt.Errorf("%s: no constant: %q", name, body)
		}
		ts = append(ts, sign{n: k})
		rest := body[digits:]
		if rest == "" {
			return ts, nil
		}
		found := false
		for _, f := range [...]struct {
			words string
			op    byte
		}{{" more than ", '+'}, {" times as much as ", '*'}, {" times ", '*'}} {
			if after, ok := strings.CutPrefix(rest, f.words); ok {
				body, found = after, true
				ts = append(ts, sign{op: f.op})
				break
			}
		}
		if !found {
			return nil, fmt.Errorf("%s: no premise: %q", name, body)
		}
	}
	op, list := byte('+'), body
	if sum, ok := strings.CutPrefix(body, "the sum of "); ok {
		list = sum
	} else if diff, ok := strings.CutPrefix(body, "the difference of "); ok {
		op, list = '-', diff
	}
	names := splitList(list)
	if list == body && len(names) != 1 || op == '-' && len(names) != 2 || len(names) > maxSigns/2-2 {
		return nil, fmt.Errorf("%s: %d operands: %q", name, len(names), body)
	}
	brackets := len(ts) > 0 && len(names) > 1
	if brackets {
		ts = append(ts, sign{op: '('})
	}
	for i, n := range names {
		id, err := r.define(n, depth+1)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			ts = append(ts, sign{op: op})
		}
		ts = append(ts, sign{op: 'v', node: id})
	}
	if brackets {
		ts = append(ts, sign{op: ')'})
	}
	return ts, nil
}

// splitList cuts "A, B and C".
func splitList(list string) []string {
	parts := strings.Split(list, ", ")
	if last := parts[len(parts)-1]; len(parts) > 0 {
		if a, b, ok := strings.Cut(last, " and "); ok {
			parts = append(parts[:len(parts)-1], a, b)
		}
	}
	return parts
}

// abstract works out the number of things of a category in a container: the sum
// over what the container holds, each counted as often as it is there.
func (r *paramReader) abstract(name string, depth int) (ts []sign, err error) {
	what, box, ok := splitName(name)
	held := r.inside[box]
	if !ok || len(held) == 0 {
		return nil, fmt.Errorf("%q: no such parameter", name)
	}
	for i, one := range held {
		thing, _, _ := splitName(one)
		id, err := r.define(one, depth+1)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			ts = append(ts, sign{op: '+'})
		}
		ts = append(ts, sign{op: 'v', node: id})
		if r.of(thing) == what {
			continue
		}
		inner := rename(name, what, thing)
		if strings.Contains(name, inEach) {
			inner = rename(name, what, strings.TrimSuffix(thing, "s"))
		}
		if id, err = r.define(inner, depth+1); err != nil {
			return nil, fmt.Errorf("%q: no such parameter", name)
		}
		ts = append(ts, sign{op: '*'}, sign{op: 'v', node: id})
	}
	if len(ts) > maxSigns {
		return nil, fmt.Errorf("%s: more than %d operands", name, maxSigns/2)
	}
	return ts, nil
}

// of is the category of a thing, or nothing.
func (r *paramReader) of(thing string) string {
	if c := r.category[thing]; c != "" {
		return c
	}
	return categoryOf()[thing]
}
