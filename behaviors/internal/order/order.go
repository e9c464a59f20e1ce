// Package order puts the lines of a question or of a trace into another order.
package order

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A Chain is a trace that works a parameter out in each line.
type Chain struct {
	a     *format.Attempt
	graph *format.Graph
	lines []line
	end   int // index of the step after the last line
}

// A line is the steps first up to, and without, last.
type line struct {
	node        *format.Node
	first, last int
}

// Read reads the lines of an attempt from its text; nil where it has none, or does
// not replay.
func Read(p *augment.Pass) *Chain {
	a := p.Attempt
	steps := make([]format.Step, len(a.Trace.Steps))
	for i := range steps {
		steps[i] = format.Step{ID: i + 1, Text: a.Trace.Steps[i].Text}
	}
	c := &Chain{a: a}
	if c.graph = answer.BindParams(p.Problem, steps); c.graph == nil || answer.Replay(p.Problem, a.Trace.Text()) != nil {
		return nil
	}
	for i := range steps {
		n := c.graph.Node(steps[i].Node)
		if n == nil || steps[i].Symbol == "" || n.Step < i+1 {
			continue
		}
		if len(c.lines) > 0 && c.end != i {
			return nil // something else stands between two lines
		}
		c.lines, c.end = append(c.lines, line{n, i, n.Step}), n.Step
	}
	return c
}

// Len is the number of lines.
func (c *Chain) Len() int { return len(c.lines) }

// Open reports whether line k can be worked out once the lines done stand.
func (c *Chain) Open(k int, done []int) bool {
	for _, id := range c.lines[k].node.Parents {
		if !slices.ContainsFunc(done, func(d int) bool { return c.lines[d].node.ID == id }) {
			return false
		}
	}
	return true
}

// Shuffle draws an order in which every line can be worked out, the last one last.
func (c *Chain) Shuffle(r *rand.Rand) (order []int) {
	last := len(c.lines) - 1
	for len(order) < last {
		var open []int
		for k := range last {
			if !slices.Contains(order, k) && c.Open(k, order) {
				open = append(open, k)
			}
		}
		order = append(order, open[r.IntN(len(open))])
	}
	return append(order, last)
}

// Derive writes the lines in an order.
func (c *Chain) Derive(order []int) augment.Derived {
	var list []augment.Segment
	add := func(first, last int) {
		if first < last {
			list = append(list, augment.Steps(c.a, first, last))
		}
	}
	add(0, c.lines[0].first)
	for _, k := range order {
		add(c.lines[k].first, c.lines[k].last)
	}
	add(c.end, len(c.a.Trace.Steps))
	return augment.Derived{Parents: []string{c.a.Trace.ID}, Answer: list,
		Proof: format.Proof{Grade: "computed", Detail: "replayed: every line in the new order can be worked out"}}
}

// Order reads the order that a record gives the lines; an error where it is no
// permutation of them, or does not replay.
func (c *Chain) Order(p *augment.Pass, d *augment.Derived) (order []int, err error) {
	if d.Question != nil || d.Truncated || d.Truth != "" {
		return nil, errors.New("it changes more than the order of the lines")
	}
	for _, s := range d.Answer {
		k := slices.IndexFunc(c.lines, func(l line) bool { return augment.Steps(c.a, l.first, l.last) == s })
		if k >= 0 {
			order = append(order, k)
		}
	}
	if want := c.Derive(order); len(order) != len(c.lines) || !slices.Equal(want.Answer, d.Answer) {
		return nil, errors.New("its segments are not the lines of its parent, each once, between what stands round them")
	}
	text, ok := p.Join(d.Answer)
	if v := answer.Replay(p.Problem, text); !ok || v != nil {
		return nil, errors.New("it does not replay")
	}
	return order, nil
}

// Sorted reports whether an order is that of the source.
func Sorted(order []int) bool { return slices.IsSorted(order) }

// Lines are the segments of a question's lines: premises, and what is asked.
func Lines(p *augment.Pass) (list []augment.Segment) {
	at := 0
	for _, l := range strings.SplitAfter(p.Problem.Question, "\n") {
		if l != "" {
			list = append(list, augment.Segment{Parent: p.Attempt.Trace.ID, Part: augment.QuestionPart, Start: at, End: at + len(l)})
		}
		at += len(l)
	}
	return list
}
