package augment

import (
	"errors"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// What an edit says of nodes that are not solved yet is held to the graph: plans to
// its order, branches to what is unused, hops to the operations of the step.
func TestLookingAhead(t *testing.T) {
	question := "Ann plants 12 bulbs in each of 5 beds and sows 30 seeds for her 3 sisters. She keeps 7 pots."
	steps := []format.Step{
		{ID: 1, Text: "She has 12*5 = <<12*5=60>>60 flowers.\n"},
		{ID: 2, Text: "She has 60+30 = <<60+30=90>>90 green plants.\n"},
		{ID: 3, Text: "That makes 90-7+3 = <<90-7+3=86>>86 things in all.\n"},
		{ID: 4, Text: "#### 86"},
	}
	a := &format.Attempt{Trace: format.Trace{ID: "t", Steps: steps}}
	a.Graph = answer.Derive(question, steps)
	id := map[string]format.NodeID{}
	for _, n := range a.Graph.Nodes {
		id[n.Name] = n.ID
	}
	last := format.NodeID(len(a.Graph.Nodes))
	flowers, plants, pots := id["flowers"], id["green plants"], id["pots"]
	if flowers == 0 || plants == 0 || pots == 0 || !a.Graph.Node(last).Bound {
		t.Fatalf("names are %v", id)
	}
	pass := &Pass{Problem: &format.Problem{Question: question}, Attempt: a, Graph: a.Graph}
	plan := func(text string, refs ...format.NodeID) []format.Step {
		return []format.Step{{Kind: format.Setup, Node: last, Refs: refs, Text: text}}
	}
	start := func(node format.NodeID, text, back string) []format.Step {
		s := []format.Step{{Kind: format.Branch, Node: node, Text: text}}
		if back != "" {
			s = append(s, format.Step{Kind: format.Return, Text: back})
		}
		return s
	}
	hops := func(texts ...string) (s []format.Step) {
		for _, x := range texts {
			s = append(s, format.Step{Kind: format.Compute, Node: last, Text: x})
		}
		return s
	}
	for _, x := range []struct {
		name  string
		steps []format.Step
		slot  int
		want  string
	}{
		{"a plan in order", plan("First the flowers, then the green plants.\n", flowers, plants), 0, ""},
		{"refs against the graph", plan("First the green plants, then the flowers.\n", plants, flowers), 0, "plan-order"},
		{"names against the refs", plan("First the green plants, then the flowers.\n", flowers, plants), 0, "plan-order"},
		{"a goal that is reached", plan("First the flowers, then the green plants.\n", flowers, plants), 1, "not-ahead"},
		{"a goal twice", plan("First the flowers, then the flowers.\n", flowers, flowers), 0, "plan-order"},
		{"a goal that stands in the question", plan("First the pots.\n", pots), 0, "not-ahead"},
		{"a goal without a name", plan("First the green plants.\n", flowers, plants), 0, "missing-unnamed"},
		{"a goal's value", plan("First the 60 flowers.\n", flowers), 0, "value-leaked"},
		{"a name that is no goal", plan("First the flowers, then the green plants.\n", flowers), 0, "extra-named"},
		{"no goals", plan("First a plan.\n"), 0, "no-claim"},
		{"a start on a result", start(plants, "On to the green plants.\n", "No.\n"), 0, ""},
		{"a start on an unused number", start(pots, "On to the pots.\n", "No.\n"), 1, ""},
		{"a start on a used number", start(pots, "On to the pots.\n", "No.\n"), 3, "used-already"},
		{"a start on a solved node", start(flowers, "On to the flowers.\n", "No.\n"), 1, "used-already"},
		{"no way back", start(plants, "On to the green plants.\n", ""), 0, "not-returned"},
		{"a start without the name", start(plants, "On to something else.\n", "No.\n"), 0, "missing-unnamed"},
		{"a start that tells the value", start(plants, "On to the green plants.\n", "No, 90 comes later.\n"), 0, "value-leaked"},
		{"one hop", hops("First 90 - 7 = 83.\n"), 2, ""},
		{"all the way", hops("First 90 - 7 = 83.\n", "Then 83 + 3 = 86.\n"), 2, ""},
		{"a false hop", hops("First 90 - 7 = 82.\n"), 2, "false-claim"},
		{"a foreign number", hops("First 90 - 5 = 85.\n"), 2, "foreign-operand"},
		{"an operand twice", hops("First 90 - 7 = 83.\n", "Then 83 - 7 = 76.\n"), 2, "foreign-operand"},
		{"another operation", hops("First 90 * 7 = 630.\n"), 2, "hop-shape"},
		{"the wrong end", hops("First 90 - 7 = 83.\n", "Then 83 - 3 = 80.\n"), 2, "hop-shape"},
		{"a whole expression", hops("First 90 - 7 + 3 = 86.\n"), 2, "hop-shape"},
		{"after the step", hops("First 90 - 7 = 83.\n"), 3, "not-ahead"},
	} {
		edit := Edit{Proof: format.Proof{Grade: "computed"}, Steps: x.steps}
		err := new(prover).prove(pass, Site{Step: x.slot}, &edit)
		var r *Refusal
		if x.want == "" && err != nil || x.want != "" && (!errors.As(err, &r) || r.Code != x.want) {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
}

// An edit read back from files is nested only in an earlier one at its own site
// that is not nested itself.
func TestHostOf(t *testing.T) {
	edits := []format.Stamp{{Edit: 1, Step: 2}, {Edit: 2, Step: 2, Parent: 1}, {Edit: 3, Step: 2, Parent: 2}, {Edit: 4, Step: 3, Parent: 1},
		{Edit: 5, Step: 2, After: true, Parent: 1}, {Edit: 6, Step: 2, Parent: 6}, {Edit: 7, Step: 2, Parent: 9}}
	for i := range edits[1:] {
		host, err := hostOf(edits, i+2)
		if good := i == 0; (err == nil) != good || good && host != &edits[0] {
			t.Errorf("edit %d in edit %d: %v", i+2, edits[i+1].Parent, err)
		}
	}
}
