package dyval

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A reader works a problem out from its question alone, the other way round: it
// asks for the root and goes down.
type reader struct {
	t      *testing.T
	says   map[string]string
	values map[string]int64
	used   map[string]bool
}

func (r *reader) value(name string) int64 {
	if v, ok := r.values[name]; ok {
		return v
	}
	says, ok := r.says[name]
	if !ok {
		r.t.Fatalf("%s is not defined", name)
	}
	r.used[name] = true
	list := func(s, sep string) (vs []int64) {
		for _, n := range strings.Split(s, sep) {
			vs = append(vs, r.value(n))
		}
		return vs
	}
	fold := func(vs []int64, f func(a, b int64) int64) int64 {
		v := vs[0]
		for _, w := range vs[1:] {
			v = f(v, w)
		}
		return v
	}
	var v int64
	if n, err := strconv.ParseInt(says, 10, 64); err == nil {
		v = n
	} else if says == "true" || says == "false" {
		v = int64(strings.Index("ft", says[:1]))
	} else if s, ok := strings.CutPrefix(says, "the sum of "); ok {
		v = fold(list(s, " and "), func(a, b int64) int64 { return a + b })
	} else if s, ok := strings.CutPrefix(says, "the product of "); ok {
		v = fold(list(s, " and "), func(a, b int64) int64 { return a * b })
	} else if s, ok := strings.CutPrefix(says, "the square of "); ok {
		v = r.value(s) * r.value(s)
	} else if s, ok := strings.CutPrefix(says, "the square root of "); ok {
		for v*v < r.value(s) {
			v++
		}
	} else if s, ok := strings.CutPrefix(says, "the opposite of "); ok {
		v = 1 - r.value(s)
	} else if s, ok := strings.CutPrefix(says, "true when at least one of "); ok {
		s, _ = strings.CutSuffix(s, " is true, and false otherwise")
		v = fold(list(s, " and "), func(a, b int64) int64 { return a | b })
	} else if s, ok := strings.CutPrefix(says, "true when "); ok {
		s, _ = strings.CutSuffix(s, " are all true, and false otherwise")
		v = fold(list(s, " and "), func(a, b int64) int64 { return a & b })
	} else if strings.Contains(says, " less ") {
		v = fold(list(says, " less "), func(a, b int64) int64 { return a - b })
	} else {
		v = fold(list(says, " divided by "), func(a, b int64) int64 { return a / b })
	}
	r.values[name] = v
	return v
}

// The answer is what the question says, every step of the trace is exact, a
// parent is worked out before its child, and nothing redundant is worked out.
func TestTrees(t *testing.T) {
	for _, set := range []func(*Params){
		func(*Params) {}, func(p *Params) { p.Depth, p.Order, p.Redundant, p.More = 5, "reversed", 20, 2 },
		func(p *Params) { p.Ops, p.Order, p.Links = "+-*/sr", "topological", 0 }, func(p *Params) { p.Kind, p.Children = "boolean", 3 },
	} {
		p := Defaults
		set(&p)
		draw, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 1000 {
			rec, err := draw(r)
			if err != nil {
				t.Fatal(err)
			}
			in := reader{t, map[string]string{}, map[string]int64{}, map[string]bool{}}
			lines := strings.Split(rec.Problem.Question, "\n")
			for _, l := range lines[:len(lines)-1] {
				name, says, _ := strings.Cut(strings.TrimPrefix(l, "The value of "), " is ")
				in.says[name] = strings.TrimSuffix(says, ".")
			}
			asked := strings.TrimSuffix(strings.TrimPrefix(lines[len(lines)-1], "What is the value of "), "?")
			want := strconv.FormatInt(in.value(asked), 10)
			if p.Kind == "boolean" {
				want = [...]string{"false", "true"}[in.value(asked)]
			}
			a := rec.Attempts[0]
			if rec.Problem.Answer != want {
				t.Fatalf("the answer is %s, stated %s\n%s\n%s", want, rec.Problem.Answer, rec.Problem.Question, a.Trace.Text())
			}
			if got := answer.Find(rec.Problem.Checker).Grade(&rec.Problem, a.Trace.Text()); got.Verdict != format.Exact {
				t.Fatalf("graded %s (%s)\n%s", got.Verdict, got.Detail, a.Trace.Text())
			}
			if err := format.CheckTrace(a.Trace); err != nil {
				t.Fatal(err)
			}
			var done []format.NodeID
			for _, s := range a.Trace.Steps {
				for _, c := range s.Claims {
					if v := answer.CheckClaim(c); v != format.Exact || !strings.HasSuffix(s.Text[:c.End], c.Value) {
						t.Fatalf("%q: %s = %s is %s", s.Text, c.Expr, c.Value, v)
					}
				}
				if s.Kind == format.Compute {
					done = append(done, s.Node)
					n := a.Graph.Node(s.Node)
					if got := s.Text[n.Start:n.End]; p.Kind == "arithmetic" && got != n.Value.String() {
						t.Fatalf("%q: node %d has %s there, not %s", s.Text, n.ID, got, n.Value)
					}
					if in.values[n.Name] != mustInt(n.Value) || !in.used[n.Name] {
						t.Fatalf("%s: %s in the graph, %d in the question; needed: %v", n.Name, n.Value, in.values[n.Name], in.used[n.Name])
					}
					for _, parent := range n.Parents {
						if !slices.Contains(done, parent) {
							t.Fatalf("%s is worked out before node %d", n.Name, parent)
						}
					}
				}
			}
		}
	}
}

func mustInt(n format.Num) int64 {
	v, _ := n.Int64()
	return v
}

// Whether there is a way is found again from the question's roads alone.
func TestReach(t *testing.T) {
	p := Defaults
	p.Kind = "reach"
	draw, _ := New(p)
	r := rand.New(rand.NewPCG(3, 4))
	yes := 0
	for range 2000 {
		rec, err := draw(r)
		if err != nil {
			t.Fatal(err)
		}
		roads := map[string][]string{}
		lines := strings.Split(rec.Problem.Question, "\n")
		for _, l := range lines[:len(lines)-1] {
			w := strings.Fields(strings.TrimSuffix(l, "."))
			roads[w[5]] = append(roads[w[5]], w[7])
		}
		w := strings.Fields(strings.TrimSuffix(lines[len(lines)-1], "?"))
		to, from := w[4], w[len(w)-1]
		seen := map[string]bool{}
		var visit func(string)
		visit = func(at string) {
			if !seen[at] {
				seen[at] = true
				for _, next := range roads[at] {
					visit(next)
				}
			}
		}
		visit(from)
		want := map[bool]string{true: "yes", false: "no"}[seen[to]]
		if rec.Problem.Answer != want {
			t.Fatalf("%s is right, stated %s\n%s", want, rec.Problem.Answer, rec.Problem.Question)
		}
		if seen[to] {
			yes++
		}
		for _, s := range rec.Attempts[0].Trace.Steps {
			if w := strings.Fields(strings.NewReplacer(".", "", " and ", " ").Replace(s.Text)); s.Kind == format.Derive && w[0] == "From" {
				for _, next := range w[3:] {
					if !slices.Contains(roads[w[1]], next) {
						t.Fatalf("%q: no such road", s.Text)
					}
				}
			}
		}
	}
	if yes < 800 || yes > 1200 {
		t.Errorf("%d of 2,000 can be reached: a constant does too well", yes)
	}
}
