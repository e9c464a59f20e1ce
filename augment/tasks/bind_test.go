package tasks

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment/tasks/igsm"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// From question and text alone, cut as the generator cut it or by lines, every
// node is bound to the step that states it, at the bytes of its value.
func TestBindParams(t *testing.T) {
	task := Find("igsm")
	p := task.Copy().(*igsm.Params)
	p.Hops = true
	draw, err := task.New(p)
	if err != nil {
		t.Fatal(err)
	}
	s := newStream(task.Name)
	for i := range int64(500) {
		made, err := draw(s.at(21, i))
		if err != nil {
			t.Fatal(err)
		}
		want := made.Attempts[0].Graph
		cut := make([]format.Step, len(made.Attempts[0].Trace.Steps))
		for k, step := range made.Attempts[0].Trace.Steps {
			cut[k] = format.Step{ID: step.ID, Text: step.Text}
		}
		got := answer.BindParams(&made.Problem, cut)
		if got == nil {
			t.Fatal("nothing bound")
		}
		byName := map[string]*format.Node{}
		for k := range got.Nodes {
			byName[got.Nodes[k].Name] = &got.Nodes[k]
		}
		for k := range want.Nodes {
			w := &want.Nodes[k]
			if g := byName[w.Name]; g.Step != w.Step || g.Start != w.Start || g.End != w.End {
				t.Fatalf("%s: step %d %d:%d, want %d %d:%d", w.Name, g.Step, g.Start, g.End, w.Step, w.Start, w.End)
			}
		}
		for k, step := range made.Attempts[0].Trace.Steps {
			if (cut[k].Node == 0) != (step.Node == 0) || step.Node > 0 && got.Node(cut[k].Node).Name != want.Node(step.Node).Name || cut[k].Symbol != step.Symbol {
				t.Fatalf("step %q: node %d, letter %q; the generator says %d, %q", step.Text, cut[k].Node, cut[k].Symbol, step.Node, step.Symbol)
			}
		}
		var lines []format.Step
		for k, l := range strings.SplitAfter(made.Attempts[0].Trace.Text(), "\n") {
			lines = append(lines, format.Step{ID: k + 1, Text: l})
		}
		got = answer.BindParams(&made.Problem, lines)
		for k := range got.Nodes {
			if n := &got.Nodes[k]; n.Step > 0 && lines[n.Step-1].Text[n.Start:n.End] != n.Value.String() {
				t.Fatalf("%s: %q states %s", n.Name, lines[n.Step-1].Text, n.Value)
			}
		}
	}
}
