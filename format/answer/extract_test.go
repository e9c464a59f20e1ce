package answer

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

const clipsAsked = "Ann sold clips to 48 friends in April, and then half as many clips in May. How many clips did Ann sell altogether?"

func textSteps(texts ...string) (steps []format.Step) {
	for i, t := range texts {
		steps = append(steps, format.Step{ID: i + 1, Text: t})
	}
	return steps
}

func clipsRead() []Quantity {
	return []Quantity{
		{ID: "april", Name: "clips sold in April", Value: "48"},
		{ID: "may", Name: "clips sold in May", Step: 1, Value: "24", Equation: "april / 2", From: []string{"april"}},
		{ID: "all", Name: "clips sold altogether", Step: 2, Value: "72", Equation: "april + may", From: []string{"april", "may"}},
	}
}

// What stands in prose only has no claims, and yet a graph: what was read in it,
// where all of it holds.
func TestBindProse(t *testing.T) {
	steps := textSteps("In May she sold 24 of them.\n", "That makes 72 in both months.\n", "#### 72")
	if g := Derive(clipsAsked, steps); g != nil {
		t.Fatalf("the text makes claims of its own: %+v", g)
	}
	g, m := NewDeriver().Bind(clipsAsked, steps, clipsRead())
	if m != nil {
		t.Fatal(m)
	}
	if len(g.Nodes) != 3 {
		t.Fatalf("%d nodes", len(g.Nodes))
	}
	may, all := g.Nodes[1], g.Nodes[2]
	if g.Nodes[0].Name != "clips sold in April" || may.Step != 1 || !may.Bound || !slices.Equal(may.Parents, []format.NodeID{1}) || may.Equation != "(48) / 2" ||
		all.Step != 2 || !slices.Equal(all.Parents, []format.NodeID{1, 2}) || steps[0].Text[may.Start:may.End] != "24" || all.Claim != 0 || steps[1].Node != 3 {
		t.Errorf("got %+v", g.Nodes)
	}
}

// Where the text has claims, their operands are bound to the quantities of the
// list: equal numbers, which Derive must leave ambiguous, are told apart.
func TestBindTellsEqualNumbersApart(t *testing.T) {
	const asked = "A red box has 6 rows of 2 pens. A blue box has 6 rows of 3 pens. How many pens is that?"
	texts := []string{"The red box has 6 * 2 = 12 pens.\n", "The blue box has 6 * 3 = 18 pens.\n", "Together that is 12 + 18 = 30 pens.\n"}
	steps := textSteps(texts...)
	if g := Derive(asked, steps); g.Nodes[len(g.Nodes)-3].Bound {
		t.Fatalf("Derive binds the 6 of two boxes: %+v", g)
	}
	list := []Quantity{
		{ID: "a", Name: "rows of the red box", Value: "6"}, {ID: "b", Name: "pens in rows of red", Value: "2"},
		{ID: "c", Name: "rows of the blue box", Value: "6"}, {ID: "d", Name: "pens in rows of blue", Value: "3"},
		{ID: "e", Name: "pens in the red box", Step: 1, Value: "12", Equation: "a*b", From: []string{"a", "b"}},
		{ID: "f", Name: "pens in the blue box", Step: 2, Value: "18", Equation: "c*d", From: []string{"c", "d"}},
		{ID: "g", Name: "pens together", Step: 3, Value: "30", Equation: "e+f", From: []string{"e", "f"}},
	}
	steps = textSteps(texts...)
	g, m := NewDeriver().Bind(asked, steps, list)
	if m != nil {
		t.Fatal(m)
	}
	if a, c := steps[0].Claims[0].Args[0], steps[1].Claims[0].Args[0]; a.Node != 1 || c.Node != 3 || a.Binding != format.Given {
		t.Errorf("the sixes are bound to %d and %d", a.Node, c.Node)
	}
	last := steps[2].Claims[0]
	if n := g.Node(last.Node); n == nil || !n.Bound || n.Name != "pens together" || last.Args[0].Binding != format.Result || !slices.Equal(n.Parents, []format.NodeID{5, 6}) {
		t.Errorf("got %+v, %+v", n, last)
	}
}

// Every lie about a text is refused for what it is, and the graph is then the one
// that is derived.
func TestBindRefuses(t *testing.T) {
	prose := []string{"In May she sold 24 of them.\n", "That makes 72 in both months.\n", "#### 72"}
	marked := []string{"In May she sold 48/2 = 24 of them.\n", "That makes 48 + 24 = 72 in both months.\n", "#### 72"}
	for _, row := range []struct {
		name, want string
		texts      []string
		lie        func(q []Quantity) []Quantity
	}{
		{"nothing", MisfitEmpty, prose, func(q []Quantity) []Quantity { return q[:1] }},
		{"too many", MisfitMany, prose, func(q []Quantity) []Quantity { return make([]Quantity, 257) }},
		{"id twice", MisfitID, prose, func(q []Quantity) []Quantity { q[1].ID = "april"; return q }},
		{"malformed id", MisfitID, prose, func(q []Quantity) []Quantity { q[1].ID = "4x"; return q }},
		{"no name", MisfitName, prose, func(q []Quantity) []Quantity { q[1].Name = ""; return q }},
		{"a digit in the name", MisfitName, prose, func(q []Quantity) []Quantity { q[1].Name = "clips sold to 48 friends"; return q }},
		{"two of a name", MisfitName, prose, func(q []Quantity) []Quantity { q[1].Name = "Clips sold in April"; return q }},
		{"a sentence for a name", MisfitName, prose, func(q []Quantity) []Quantity { q[1].Name = "clips. And sold"; return q }},
		{"an invented name", MisfitUnseen, prose, func(q []Quantity) []Quantity { q[1].Name = "brooches sold in May"; return q }},
		{"no such step", MisfitStep, prose, func(q []Quantity) []Quantity { q[2].Step = 4; return q }},
		{"a step before the first", MisfitStep, prose, func(q []Quantity) []Quantity { q[2].Step = -1; return q }},
		{"no value", MisfitValue, prose, func(q []Quantity) []Quantity { q[1].Value = "many"; return q }},
		{"two values", MisfitValue, prose, func(q []Quantity) []Quantity { q[1].Value = "12*2"; return q }},
		{"no equation", MisfitEquation, prose, func(q []Quantity) []Quantity { q[1].Equation, q[1].From = "", nil; return q }},
		{"a bare number", MisfitEquation, prose, func(q []Quantity) []Quantity { q[1].Equation, q[1].From = "24", nil; return q }},
		{"no arithmetic", MisfitEquation, prose, func(q []Quantity) []Quantity { q[1].Equation = "april / / 2"; return q }},
		{"a given with an equation", MisfitEquation, prose, func(q []Quantity) []Quantity { q[0].Equation = "may*2"; return q }},
		{"an unknown parent", MisfitParent, prose, func(q []Quantity) []Quantity { q[1].Equation = "march / 2"; return q }},
		{"a parent that is listed only", MisfitParents, prose, func(q []Quantity) []Quantity { q[1].From = []string{"april", "all"}; return q }},
		{"a parent that is not listed", MisfitParents, prose, func(q []Quantity) []Quantity { q[2].From = q[2].From[:1]; return q }},
		{"a cycle", MisfitCycle, prose, func(q []Quantity) []Quantity {
			q[1].Equation, q[1].From = "all - april", []string{"all", "april"}
			return q
		}},
		{"a later parent", MisfitLater, prose, func(q []Quantity) []Quantity {
			q[1].Equation, q[1].From = "all / 3", []string{"all"}
			q[2].Equation, q[2].From = "april * 3 / 2", []string{"april"}
			return q
		}},
		{"a false value", MisfitReplay, prose, func(q []Quantity) []Quantity { q[1].Value = "25"; return q }},
		{"a false equation", MisfitReplay, prose, func(q []Quantity) []Quantity { q[2].Equation = "april * may"; return q }},
		{"division by zero", MisfitEquation, prose, func(q []Quantity) []Quantity { q[1].Equation = "april / (april - april)"; return q }},
		{"a parent without effect", MisfitIdle, prose, func(q []Quantity) []Quantity {
			q[2].Equation, q[2].From = "may * 3 + april - april", []string{"may", "april"}
			return q
		}},
		{"a number from nowhere", MisfitConstant, prose, func(q []Quantity) []Quantity { q[1].Equation = "april - 22 - 2"; return q }},
		{"a result as a number", MisfitConstant, prose, func(q []Quantity) []Quantity { q[2].Equation, q[2].From = "may + 72 - 24", []string{"may"}; return q }},
		{"a value nowhere in the text", MisfitNowhere, []string{"In May she sold some.\n", "That makes 72.\n"}, func(q []Quantity) []Quantity { return q }},
		{"a given nowhere in the question", MisfitNowhere, prose, func(q []Quantity) []Quantity {
			q[0].Value, q[1].Equation, q[2].Equation = "96", "april / 4", "april * 3 / 4"
			q[2].From = q[2].From[:1]
			return q
		}},
		{"stated earlier", MisfitEarlier, prose, func(q []Quantity) []Quantity {
			q[1].Step = 2
			return q
		}},
		{"a computed result left out", MisfitLeft, marked, func(q []Quantity) []Quantity {
			q[2].Equation, q[2].From = "april * 3 / 2", []string{"april"}
			return append(q[:1], q[2])
		}},
		{"another computation", MisfitOther, marked, func(q []Quantity) []Quantity { q[2].Equation, q[2].From = "may * 3", []string{"may"}; return q }},
	} {
		t.Run(row.name, func(t *testing.T) {
			steps := textSteps(row.texts...)
			if row.name == "stated earlier" {
				steps[1].Text = "That makes 24 and 72.\n"
			}
			g, m := NewDeriver().Bind(clipsAsked, steps, row.lie(clipsRead()))
			if m == nil || m.Reason != row.want {
				t.Fatalf("got %v, want %s", m, row.want)
			}
			if want := Derive(clipsAsked, textSteps(row.texts...)); (g == nil) != (want == nil) || g != nil && len(g.Nodes) != len(want.Nodes) {
				t.Errorf("the graph is not the derived one: %+v", g)
			}
		})
	}
	for _, texts := range [][]string{prose, marked} { // and the truth is not
		if _, m := NewDeriver().Bind(clipsAsked, textSteps(texts...), clipsRead()); m != nil {
			t.Errorf("%q: %v", strings.Join(texts, ""), m)
		}
	}
}

// Whatever is read in whatever text, Bind ends, and a graph that it accepts holds:
// parents come first and no later than what rests on them, and every value follows.
func FuzzBind(f *testing.F) {
	list, _ := json.Marshal(clipsRead())
	f.Add(clipsAsked, "In May she sold 24 of them.\nThat makes 72 in both months.\n#### 72", string(list))
	f.Add(clipsAsked, "In May she sold 48/2 = <<48/2=24>>24.\n48+24 = 72 in all.\n72 is 72 = 72.", string(list))
	f.Fuzz(func(t *testing.T, question, text, read string) {
		var list []Quantity
		if json.Unmarshal([]byte(read), &list) != nil {
			return
		}
		steps := textSteps(strings.SplitAfter(text, "\n")...)
		g, m := NewDeriver().Bind(question, steps, list)
		if m != nil {
			return
		}
		for i := range g.Nodes {
			n := &g.Nodes[i]
			if n.ID != format.NodeID(i+1) {
				t.Fatalf("node %d has ID %d", i, n.ID)
			}
			for _, p := range n.Parents {
				if p >= n.ID || g.Node(p).Step > n.Step {
					t.Fatalf("node %d of step %d rests on node %d of step %d", n.ID, n.Step, p, g.Node(p).Step)
				}
			}
			if v, ok := Eval(n.Equation); n.Kind == format.ResultNode && (!ok || !equalShare(v, n.Value)) {
				t.Fatalf("%s is %v, not %s", n.Equation, v, n.Value)
			}
		}
		for i := range steps {
			for _, c := range steps[i].Claims {
				for _, a := range c.Args {
					if n := g.Node(a.Node); a.Node != 0 && (n == nil || !equalShare(n.Value, a.Value)) {
						t.Fatalf("%s is bound to %+v", a.Text, n)
					}
				}
			}
		}
	})
}
