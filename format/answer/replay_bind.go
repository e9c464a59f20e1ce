package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// BindParams gives steps that are text alone what a generator would have told:
// the graph that the question's premises define, with the step that states each
// value, and for every step the parameter that it is about and the letter that
// it introduces. It reads the line form; nil where the question defines no
// parameters, or no step names one. It claims nothing about truth: that is
// Replay's business.
func BindParams(p *format.Problem, steps []format.Step) *format.Graph {
	r, _, err := readParams(p)
	if err != nil {
		return nil
	}
	open, named := format.NodeID(0), false
	for i := range steps {
		s := &steps[i]
		from := 0
		if n, ok := findNaming(s.Text); ok {
			if open, err = r.define(n.name, 0); err != nil {
				open = 0
				continue
			}
			named = true
			from = n.end
			if !n.recall {
				s.Symbol = string(rune(n.letter))
			}
		}
		if s.Kind == format.Answer || strings.HasPrefix(s.Text, "So the answer is ") {
			open = 0
		}
		if open == 0 {
			continue
		}
		s.Node = open
		if line := strings.TrimRight(s.Text, "\n"); strings.HasSuffix(line, ".") {
			r.state(open, s, from, len(line)-1)
			open = 0
			if !strings.Contains(s.Text[min(from, len(s.Text)):], " = ") { // named only, or put off
				open = s.Node
			}
		}
	}
	if !named {
		return nil
	}
	return &format.Graph{Nodes: r.nodes}
}

// state notes where a step states the value of its parameter.
func (r *paramReader) state(id format.NodeID, s *format.Step, from, end int) {
	if from > end {
		return
	}
	at := strings.LastIndex(s.Text[from:end], " = ")
	if n := &r.nodes[id-1]; at >= 0 && n.Step == 0 {
		n.Step, n.Start, n.End = s.ID, from+at+len(" = "), end
	}
}
