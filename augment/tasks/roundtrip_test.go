package tasks

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/augment/tasks/igsm"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// read sends one line through ingest.
func read(t *testing.T, line []byte) format.Record {
	t.Helper()
	canonical, err := ingest.Canonical(line)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ingest.ParseValue(canonical)
	if err != nil {
		t.Fatal(err)
	}
	r, sure := ingest.Detect(v)
	if r == nil {
		t.Fatalf("no reader (%d%%) for %.100s", sure, line)
	}
	rec, err := ingest.Decode(r, canonical, sha256.Sum256(canonical))
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	return rec
}

// Ten thousand problems go through ingest, as records of graft and as plain text:
// the text of the trace comes out unchanged, byte for byte, and the graph read
// from the premises alone is the graph that the generator knew.
func TestTextAndGraphComeBack(t *testing.T) {
	n := int64(10_000)
	if testing.Short() {
		n = 500
	}
	task := Find("igsm")
	for _, set := range []func(*igsm.Params){func(*igsm.Params) {}, func(p *igsm.Params) { p.Mod, p.MinOp, p.Instances = 23, 1, 28 }} {
		p := task.Copy().(*igsm.Params)
		set(p)
		draw, err := task.New(p)
		if err != nil {
			t.Fatal(err)
		}
		s := newStream(task.Name)
		for i := range n / 2 {
			made, err := draw(s.at(11, i))
			if err != nil {
				t.Fatal(err)
			}
			text := made.Attempts[0].Trace.Text()
			line, err := json.Marshal(&made)
			if err != nil {
				t.Fatal(err)
			}
			rec := read(t, line)
			if rec.Set != "igsm" || rec.Attempts[0].Trace.Text() != text || len(rec.Attempts[0].Graph.Nodes) != len(made.Attempts[0].Graph.Nodes) {
				t.Fatalf("problem %d came back changed:\n%s", i, rec.Attempts[0].Trace.Text())
			}
			again, _ := json.Marshal(&rec.Attempts[0].Graph)
			if was, _ := json.Marshal(&made.Attempts[0].Graph); !bytes.Equal(was, again) {
				t.Fatalf("problem %d: the graph came back as\n%s, was\n%s", i, again, was)
			}
			plain, _ := json.Marshal(map[string]string{"instruction": made.Problem.Question, "input": "", "output": text})
			rec = read(t, plain)
			if got := rec.Attempts[0].Trace.Text(); got != text || rec.Problem.Question != made.Problem.Question {
				t.Fatalf("problem %d came back as\n%q, was\n%q", i, got, text)
			}
			rec.Problem.Params = made.Problem.Params
			if diff := sameGraph(&rec.Problem, made.Attempts[0].Graph); diff != "" {
				t.Fatalf("problem %d: %s\n%s", i, diff, rec.Problem.Question)
			}
		}
	}
}

// sameGraph reads the graph of a question and says how it differs from want;
// nodes are compared by name, since premises stand in random order.
func sameGraph(p *format.Problem, want *format.Graph) string {
	got, _, err := answer.ReadParams(p)
	if err != nil {
		return err.Error()
	}
	if len(got.Nodes) != len(want.Nodes) {
		return "another number of nodes"
	}
	byName := map[string]*format.Node{}
	for i := range got.Nodes {
		byName[got.Nodes[i].Name] = &got.Nodes[i]
	}
	for i := range want.Nodes {
		w := &want.Nodes[i]
		g := byName[w.Name]
		switch {
		case g == nil:
			return w.Name + " was not read"
		case !g.Value.Equal(w.Value):
			return w.Name + " is " + g.Value.String() + ", was " + w.Value.String()
		case g.Premise != w.Premise || len(g.Parents) != len(w.Parents):
			return w.Name + ": premise " + g.Premise + ", was " + w.Premise
		case sorted(named(got, g), g.Premise == "") != sorted(named(want, w), w.Premise == ""):
			return w.Name + " = " + named(got, g) + ", was " + named(want, w)
		}
	}
	return ""
}

// named is a node's equation with names in place of numbers of nodes.
func named(g *format.Graph, n *format.Node) string {
	var b strings.Builder
	for i := 0; i < len(n.Equation); {
		if n.Equation[i] != '#' {
			b.WriteByte(n.Equation[i])
			i++
			continue
		}
		id := 0
		for i++; i < len(n.Equation) && n.Equation[i] >= '0' && n.Equation[i] <= '9'; i++ {
			id = id*10 + int(n.Equation[i]-'0')
		}
		b.WriteString("[" + g.Node(format.NodeID(id)).Name + "]")
	}
	return b.String()
}

// sorted puts the terms of a sum in order where the problem does not order them:
// what a container holds stands in no order.
func sorted(equation string, free bool) string {
	if !free {
		return equation
	}
	terms := strings.Split(equation, " + ")
	for i := range terms { // few
		for j := i + 1; j < len(terms); j++ {
			if terms[j] < terms[i] {
				terms[i], terms[j] = terms[j], terms[i]
			}
		}
	}
	return strings.Join(terms, " + ")
}
