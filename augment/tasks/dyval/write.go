package dyval

import (
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A wording is how an operation is said in a premise and written in an equation.
type wording struct {
	before, between, after string // round the operands of a premise
	sign                   string // between the operands of an equation
}

var wordings = map[byte]wording{
	'+': {"the sum of ", " and ", "", " + "},
	'-': {"", " less ", "", " - "},
	'*': {"the product of ", " and ", "", " * "},
	'/': {"", " divided by ", "", " / "},
	's': {"the square of ", "", "", ""},
	'r': {"the square root of ", "", "", ""},
	'&': {"true when ", " and ", " are all true, and false otherwise", " and "},
	'|': {"true when at least one of ", " and ", " is true, and false otherwise", " or "},
	'!': {"the opposite of ", "", "", ""},
}

func (g *generator) show(v int64) string {
	switch {
	case g.p.Kind != "boolean":
		return strconv.FormatInt(v, 10)
	case v == 1:
		return "true"
	}
	return "false"
}

// premise says what a node is.
func (g *generator) premise(i int) string {
	n := &g.nodes[i]
	subject := "The value of " + g.names[i] + " is "
	if n.op == 0 {
		return subject + g.show(n.value)
	}
	w := wordings[n.op]
	list := make([]string, len(n.on))
	for k, c := range n.on {
		list[k] = g.names[c]
	}
	return subject + w.before + strings.Join(list, w.between) + w.after
}

// equation writes a node's equation over what operand says.
func (g *generator) equation(i int, operand func(int) string) string {
	n := &g.nodes[i]
	first := operand(n.on[0])
	switch n.op {
	case 's':
		return first + " * " + first
	case 'r':
		return "sqrt(" + first + ")"
	case '!':
		return "not " + first
	}
	list := make([]string, len(n.on))
	for k, c := range n.on {
		list[k] = operand(c)
	}
	return strings.Join(list, wordings[n.op].sign)
}

// write words the problem and solves it, operands first.
func (g *generator) write(spare int) format.Record {
	order := make([]int, len(g.nodes))
	for i := range order {
		order[i] = i
		if g.p.Order == "reversed" {
			order[i] = len(g.nodes) - 1 - i
		}
	}
	if g.p.Order == "random" {
		g.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	} else {
		g.scatter(order)
	}
	var q strings.Builder
	for _, i := range order {
		q.WriteString(g.premise(i))
		q.WriteString(".\n")
	}
	q.WriteString("What is the value of " + g.names[g.root] + "?")
	graph := &format.Graph{Nodes: make([]format.Node, len(g.nodes))}
	for i := range g.nodes {
		graph.Nodes[i] = g.describe(i)
	}
	steps := g.solve(graph)
	rec := format.Record{Set: "dyval", Problem: format.Problem{Question: q.String(), Answer: g.show(g.nodes[g.root].value), Checker: "number"},
		Attempts: []format.Attempt{{Author: "dyval", Label: format.Right, Answer: g.show(g.nodes[g.root].value), Trace: format.Trace{Steps: steps}, Graph: graph}},
		Meta: []format.Field{{Name: "depth", Value: strconv.Itoa(g.p.Depth)}, {Name: "nodes", Value: strconv.Itoa(len(g.nodes))},
			{Name: "redundant", Value: strconv.Itoa(spare)}}}
	if g.p.Kind == "boolean" {
		rec.Problem.Checker = "text"
	}
	return rec
}

// scatter puts the premises of redundant nodes at random places; those that are
// needed keep their order.
func (g *generator) scatter(order []int) {
	kept := make([]int, 0, len(order))
	var spare []int
	for _, i := range order {
		if g.nodes[i].spare {
			spare = append(spare, i)
		} else {
			kept = append(kept, i)
		}
	}
	for _, i := range spare {
		at := g.r.IntN(len(kept) + 1)
		kept = append(kept, 0)
		copy(kept[at+1:], kept[at:])
		kept[at] = i
	}
	copy(order, kept)
}

func (g *generator) describe(i int) format.Node {
	n := &g.nodes[i]
	d := format.Node{ID: format.NodeID(i + 1), Kind: format.ParamNode, Name: g.names[i], Value: format.Int(n.value), Bound: true, Premise: g.premise(i)}
	d.Equation = g.show(n.value)
	if n.op != 0 {
		d.Equation = g.equation(i, func(c int) string { return "#" + strconv.Itoa(c+1) })
		for _, c := range n.on {
			d.Parents = append(d.Parents, format.NodeID(c+1))
		}
	}
	return d
}

// solve writes the reference trace: a line for every node that is needed.
func (g *generator) solve(graph *format.Graph) (steps []format.Step) {
	add := func(s format.Step) *format.Step {
		s.ID = len(steps) + 1
		steps = append(steps, s)
		return &steps[len(steps)-1]
	}
	if g.p.Envelope {
		add(format.Step{Kind: format.Setup, Text: "<think>\nOperands first.\n"})
	}
	for i := range g.nodes {
		n, d := &g.nodes[i], &graph.Nodes[i]
		if n.spare {
			continue
		}
		value := g.show(n.value)
		text := g.names[i] + " = " + value
		var claims []format.Claim
		if n.op != 0 {
			letters := g.equation(i, func(c int) string { return g.names[c] })
			numbers := g.equation(i, func(c int) string { return g.show(g.nodes[c].value) })
			add(format.Step{Kind: format.Derive, Text: g.names[i] + " = " + letters + " = " + numbers, Node: d.ID, Refs: d.Parents})
			text = " = " + value
			if g.p.Kind == "arithmetic" && n.op != 'r' {
				claims = []format.Claim{{Expr: numbers, Value: value, Start: 3, End: len(text), Node: d.ID}}
			}
		}
		s := add(format.Step{Kind: format.Compute, Text: text + ".\n", Node: d.ID, Symbol: g.names[i], Refs: d.Parents, Claims: claims})
		d.Step, d.End = s.ID, len(text)
		d.Start = d.End - len(value)
	}
	answer := g.show(g.nodes[g.root].value)
	text := "So the answer is " + answer + ".\n"
	if g.p.Envelope {
		text += "</think>\n<answer>\nThe final answer is \\boxed{" + answer + "}.\n</answer>"
	}
	add(format.Step{Kind: format.Answer, Text: text})
	return steps
}
