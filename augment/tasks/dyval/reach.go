package dyval

import (
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// reach draws a directed graph and asks whether one node can be reached from
// another; half of the answers are yes as far as the graph allows. The trace
// visits nodes breadth first.
func (g *generator) reach() format.Record {
	n := g.p.Nodes
	g.edges = make([][]int, n)
	var arcs [][2]int
	for i := range n {
		for range 1 + g.r.IntN(2) {
			if j := g.r.IntN(n); j != i && !contains(g.edges[i], j) {
				g.edges[i] = append(g.edges[i], j)
				arcs = append(arcs, [2]int{i, j})
			}
		}
	}
	from := g.r.IntN(n)
	want := g.r.IntN(2) == 0
	to := g.pickEnd(from, want)
	g.r.Shuffle(len(arcs), func(i, j int) { arcs[i], arcs[j] = arcs[j], arcs[i] })
	var q strings.Builder
	for _, a := range arcs {
		q.WriteString("There is a road from " + g.names[a[0]] + " to " + g.names[a[1]] + ".\n")
	}
	q.WriteString("Roads are one-way. Can " + g.names[to] + " be reached from " + g.names[from] + "?")
	steps, found := g.walk(from, to)
	answer := "no"
	if found {
		answer = "yes"
	}
	steps = append(steps, format.Step{ID: len(steps) + 1, Kind: format.Answer, Text: "#### " + answer})
	return format.Record{Set: "dyval", Problem: format.Problem{Question: q.String(), Answer: answer, Checker: "text"},
		Attempts: []format.Attempt{{Author: "dyval", Label: format.Right, Answer: answer, Trace: format.Trace{Steps: steps}}},
		Meta:     []format.Field{{Name: "nodes", Value: strconv.Itoa(n)}}}
}

// pickEnd draws a node that can be reached, or one that cannot.
func (g *generator) pickEnd(from int, want bool) int {
	_, seen := g.visit(from, -1)
	var fit, rest []int
	for i := range g.edges {
		switch {
		case i == from:
		case seen[i] == want:
			fit = append(fit, i)
		default:
			rest = append(rest, i)
		}
	}
	if len(fit) == 0 {
		fit = rest
	}
	return fit[g.r.IntN(len(fit))]
}

// visit walks breadth first until it meets to.
func (g *generator) visit(from, to int) (order []int, seen []bool) {
	seen = make([]bool, len(g.edges))
	seen[from] = true
	order = []int{from}
	for i := 0; i < len(order); i++ {
		for _, j := range g.edges[order[i]] {
			if !seen[j] {
				seen[j] = true
				order = append(order, j)
			}
		}
		if to >= 0 && seen[to] {
			break
		}
	}
	return order, seen
}

// walk writes the visit.
func (g *generator) walk(from, to int) (steps []format.Step, found bool) {
	seen := make([]bool, len(g.edges))
	seen[from] = true
	order := []int{from}
	add := func(kind format.Kind, text string) {
		steps = append(steps, format.Step{ID: len(steps) + 1, Kind: kind, Text: text})
	}
	for i := 0; i < len(order) && !seen[to]; i++ {
		at := order[i]
		var fresh []string
		for _, j := range g.edges[at] {
			if !seen[j] {
				seen[j] = true
				order = append(order, j)
				fresh = append(fresh, g.names[j])
			}
		}
		if len(fresh) == 0 {
			add(format.Return, "From "+g.names[at]+" nothing new.\n")
		} else {
			add(format.Derive, "From "+g.names[at]+" to "+strings.Join(fresh, " and ")+".\n")
		}
	}
	if seen[to] {
		add(format.Derive, g.names[to]+" is reached.\n")
	} else {
		add(format.Derive, "Every road from the places reached has been taken, and "+g.names[to]+" is not among them.\n")
	}
	return steps, seen[to]
}
