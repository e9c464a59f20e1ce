package augment

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// paramChecker grades problems whose question defines parameters.
const paramChecker = "igsm"

// graphOf is the value graph of steps: of the parameters that the question
// defines, where it defines some, and of the numbers otherwise. A build and check
// both read it from the text, so that they cannot differ.
func graphOf(d *answer.Deriver, p *format.Problem, steps []format.Step) *format.Graph {
	if p.Checker == paramChecker {
		for i := range steps {
			steps[i].Node, steps[i].Symbol, steps[i].Refs, steps[i].Claims = 0, "", nil, nil
		}
		if g := answer.BindParams(p, steps); g != nil {
			return g
		}
	}
	return d.Derive(p.Question, steps)
}

// params reports whether the nodes of a graph are parameters of the question.
func params(g *format.Graph) bool {
	return g != nil && len(g.Nodes) > 0 && g.Nodes[0].Kind == format.ParamNode
}

// replayed proves an edit on a problem with parameters: the source with this edit
// alone is worked through from its text, and nothing in it may break a rule.
func (e *editProof) replayed(edit *Edit) error {
	steps := e.pass.Steps()
	for _, r := range edit.Replaces {
		if r.Step < e.slot || r.Step >= len(steps) || !params(e.pass.Graph) {
			return Refuse("rename", "step %d is renamed by an edit that stands before step %d", r.Step, e.slot)
		}
		if want, ok := answer.Recall(steps[r.Step].Text); !ok || want != r.Text {
			return Refuse("rename", "%q does not recall what %q introduces", r.Text, steps[r.Step].Text)
		}
	}
	if !params(e.pass.Graph) {
		return nil
	}
	var b strings.Builder
	for i := range len(steps) + 1 {
		if i == e.slot {
			for k := range edit.Steps {
				b.WriteString(edit.Steps[k].Text)
			}
		}
		if i < len(steps) {
			text := steps[i].Text
			for _, r := range edit.Replaces {
				if r.Step == i {
					text = r.Text
				}
			}
			b.WriteString(text)
		}
	}
	e.hold(e.pass)
	if v := e.replayer.Replay(e.pass.Problem, b.String()); v != nil {
		return Refuse("replay-"+string(v.Rule), "%s", v.Detail)
	}
	return nil
}

// hold has texts be replayed beside the source of an attempt.
func (v *prover) hold(pass *Pass) {
	if v.held != pass.Attempt {
		v.held = pass.Attempt
		v.replayer.Hold(pass.Problem, pass.Attempt.Trace.Text())
	}
}

// premise proves that a premise is restated as it stands, in its place: before
// the equation of its parameter, after its letter.
func (e *editProof) premise(s *format.Step) error {
	node := e.pass.Graph.Node(s.Node)
	if node == nil || node.Kind != format.ParamNode || e.solved(node) {
		return Refuse("not-ahead", "the premise is of no parameter that is still to be worked out")
	}
	_, body, _ := strings.Cut(node.Premise, " equals ")
	if body == "" || !strings.Contains(s.Text, body) {
		return Refuse("premise", "%q does not say that it equals %q", s.Text, body)
	}
	if e.slot == 0 || e.pass.Steps()[e.slot-1].Node != node.ID {
		return Refuse("premise", "what stands before the premise is about another parameter")
	}
	e.checked = true
	return nil
}

// paramHop proves one operation in the equation of a parameter: what stands
// before it, with one operation carried out, and not yet the value.
func (e *editProof) paramHop(edit *Edit, s *format.Step, node *format.Node) error {
	if e.solved(node) {
		return Refuse("not-ahead", "node %d is worked out already", node.ID)
	}
	if node.Step == 0 { // a whole line about something that nothing needs
		if !strings.Contains(edit.Steps[0].Text, node.Name) {
			return Refuse("no-claim", "the line does not name node %d", node.ID)
		}
		e.checked = true
		return nil
	}
	if e.slot == 0 || e.pass.Steps()[e.slot-1].Node != node.ID {
		return Refuse("hop-shape", "what stands before the hop is about another parameter")
	}
	before := e.pass.Steps()[e.slot-1].Text
	for i := range edit.Steps {
		if &edit.Steps[i] == s {
			break
		}
		before = edit.Steps[i].Text
	}
	if !answer.OneHop(lastSide(before), lastSide(s.Text)) || strings.Count(s.Text, "=") != 1 {
		return Refuse("hop-shape", "%q is not one operation from %q", s.Text, before)
	}
	if _, ok := format.ParseNum(lastSide(s.Text)); ok {
		return Refuse("restatement", "the hop states the value itself")
	}
	e.checked = true
	return nil
}

// lastSide is what stands after the last equals sign.
func lastSide(text string) string {
	return strings.TrimRight(strings.TrimSpace(text[strings.LastIndexByte(text, '=')+1:]), ".")
}
