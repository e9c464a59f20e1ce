package augment

import (
	"errors"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A probe may name its target and what is missing. A name that contains an
// allowed one is another quantity.
func TestProbeNames(t *testing.T) {
	question := "Ann plants 12 bulbs in each of 5 beds and 30 seeds."
	steps := []format.Step{
		{ID: 1, Text: "She has 12*5 = <<12*5=60>>60 flowers.\n"},
		{ID: 2, Text: "She has 30/3 = <<30/3=10>>10 red flowers.\n"},
		{ID: 3, Text: "That makes 60+10 = <<60+10=70>>70 plants.\n"},
		{ID: 4, Text: "#### 70"},
	}
	a := &format.Attempt{Trace: format.Trace{ID: "t", Steps: steps}}
	a.Graph = answer.Derive(question, steps)
	id := map[string]format.NodeID{}
	for _, n := range a.Graph.Nodes {
		id[n.Name] = n.ID
	}
	if id["flowers"] == 0 || id["red flowers"] == 0 || id["plants"] == 0 {
		t.Fatalf("names are %v", id)
	}
	pass := &Pass{Problem: &format.Problem{Question: question}, Attempt: a, Graph: a.Graph}
	for _, x := range []struct {
		text string
		refs []format.NodeID
		slot int
		want string
	}{
		{"Can I get the number of plants? I lack the number of flowers and the number of red flowers.\n", []format.NodeID{id["flowers"], id["red flowers"]}, 0, ""},
		{"Can I get the number of plants? I lack the number of red flowers.\n", []format.NodeID{id["flowers"], id["red flowers"]}, 0, "missing-unnamed"},
		{"Can I get the number of plants? I lack the number of flowers.\n", []format.NodeID{id["flowers"]}, 0, "missing-set"},
		{"Can I get the number of plants? I lack the number of red flowers.\n", []format.NodeID{id["red flowers"]}, 1, ""},
		{"Can I get the number of plants? I lack the number of red flowers.\n", []format.NodeID{id["red flowers"]}, 2, "not-locked"},
		{"Can I get the 70 plants? I lack the number of red flowers.\n", []format.NodeID{id["red flowers"]}, 1, "value-leaked"},
	} {
		edit := Edit{Proof: format.Proof{Grade: "computed"}, Steps: []format.Step{{Kind: format.Probe, Text: x.text, Node: id["plants"], Refs: x.refs}}}
		err := new(prover).prove(pass, Site{Step: x.slot}, &edit)
		var r *Refusal
		if x.want == "" && err != nil || x.want != "" && (!errors.As(err, &r) || r.Code != x.want) {
			t.Errorf("%q before step %d: %v, want %q", x.text, x.slot+1, err, x.want)
		}
	}
	// The hole that a longer name once slipped through.
	a.Graph.Node(id["plants"]).Parents = []format.NodeID{id["flowers"]}
	edit := Edit{Proof: format.Proof{Grade: "computed"}, Steps: []format.Step{{Kind: format.Probe, Node: id["plants"], Refs: []format.NodeID{id["flowers"]},
		Text: "Can I get the number of plants? I lack the number of flowers, and red flowers too.\n"}}}
	var r *Refusal
	if err := new(prover).prove(pass, Site{}, &edit); !errors.As(err, &r) || r.Code != "extra-named" {
		t.Errorf("a longer name of an unsolved node: %v, want extra-named", err)
	}
}
