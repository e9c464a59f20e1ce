package answer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// TestDeriveGSM8K counts what binding and naming reach on GSM8K train, beside
// the plain rule that an operand's digits stand anywhere earlier in the text.
func TestDeriveGSM8K(t *testing.T) {
	var all, marks, plainMarks, plainRecords, records int
	var bind [4]int
	var nodes, bound, named, boundNamed, prose int
	var names []string
	for i, row := range rows[gsmRow](t, "gsm8k/train.jsonl.gz") {
		records++
		n, p := plainRule(row)
		marks, plainMarks = marks+n, plainMarks+p
		if n > 0 && n == p {
			plainRecords++
		}
		steps := lines(row.Answer)
		g := Derive(row.Question, steps)
		if err := format.CheckTrace(format.Trace{Steps: steps}); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		if err := lawful(row.Question, steps, g); err != nil {
			t.Fatalf("record %d: %v\n%s", i, err, row.Answer)
		}
		for _, s := range steps {
			for _, c := range s.Claims {
				if !c.Mark {
					prose++
				}
				for _, a := range c.Args {
					bind[a.Binding]++
					all++
				}
			}
		}
		if g == nil {
			continue
		}
		for _, n := range g.Nodes {
			if n.Kind != format.ResultNode {
				continue
			}
			nodes++
			if n.Bound {
				bound++
			}
			if n.Name != "" {
				named++
				frame := "number of "
				if n.Unit != "" {
					frame = "amount "
				}
				names = append(names, fmt.Sprintf("%5d %s%s\t| %s", i, frame, n.Name, strings.TrimSpace(steps[n.Step-1].Text)))
			}
			if n.Name != "" && n.Bound {
				boundNamed++
			}
		}
	}
	t.Logf("plain rule: %d of %d marks have all operands earlier; %d of %d records all do", plainMarks, marks, plainRecords, records)
	t.Logf("operands: %d given, %d result, %d constant, %d ambiguous of %d; %d claims in prose",
		bind[format.Given], bind[format.Result], bind[format.Constant], bind[format.Ambiguous], all, prose)
	t.Logf("result nodes: %d, bound %d, named %d, both %d", nodes, bound, named, boundNamed)
	if marks != 21505 {
		t.Errorf("%d marks, want 21505", marks)
	}
	if out := os.Getenv("GRAFT_NAMES"); out != "" {
		rnd := rand.New(rand.NewPCG(uint64(len(out)), 1))
		rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		os.WriteFile(out, []byte(strings.Join(names[:300], "\n")+"\n"), 0o644)
	}
}

// plainRule counts marks, and those whose operands all stand as numbers
// somewhere earlier in question and answer.
func plainRule(row gsmRow) (marks, all int) {
	seen := map[string]bool{}
	note := func(text string) {
		for i := 0; i < len(text); {
			if !isDigit(text[i]) && text[i] != '.' {
				i++
				continue
			}
			end := number(text, i)
			if end == i {
				i++
				continue
			}
			if v, ok := value(text[i:end]); ok {
				seen[v.String()] = true
			}
			i = end
		}
	}
	note(row.Question)
	for _, line := range strings.Split(row.Answer, "\n") {
		for _, c := range Claims(line) {
			if !c.Mark {
				continue
			}
			marks++
			ok := true
			for _, o := range Operands(c.Expr) {
				ok = ok && seen[o.Value.String()]
			}
			if ok {
				all++
			}
			if v, ok := Eval(c.Value); ok {
				seen[v.String()] = true
			}
		}
	}
	return marks, all
}

// lawful checks what every derived graph must hold.
func lawful(question string, steps []format.Step, g *format.Graph) error {
	if g == nil {
		return nil
	}
	byID := map[int]*format.Step{}
	for i := range steps {
		byID[steps[i].ID] = &steps[i]
	}
	names := map[string]bool{}
	for i, n := range g.Nodes {
		if n.ID != format.NodeID(i+1) {
			return fmt.Errorf("node %d has ID %d", i+1, n.ID)
		}
		text := question
		if n.Kind == format.ResultNode {
			s := byID[n.Step]
			if s == nil || n.Claim >= len(s.Claims) {
				return fmt.Errorf("node %d is of no claim", n.ID)
			}
			text = s.Text
			if n.Bound && CheckClaim(s.Claims[n.Claim]) != format.Exact {
				return fmt.Errorf("node %d is bound, but its claim is not exact", n.ID)
			}
			if s.Claims[n.Claim].Node != n.ID {
				return fmt.Errorf("node %d: its claim names node %d", n.ID, s.Claims[n.Claim].Node)
			}
			if v, ok := Eval(text[n.Start:n.End]); !ok || !v.Equal(n.Value) {
				if w, _ := v.Quo(format.Int(1)); !w.Abs().Equal(n.Value.Abs()) && n.Unit != "%" {
					return fmt.Errorf("node %d is %v, but stands as %q", n.ID, n.Value, text[n.Start:n.End])
				}
			}
		}
		if n.Start < 0 || n.End > len(text) || n.Start >= n.End {
			return fmt.Errorf("node %d at %d:%d of %d bytes", n.ID, n.Start, n.End, len(text))
		}
		for _, p := range n.Parents {
			if p >= n.ID || p < 1 {
				return fmt.Errorf("node %d has parent %d", n.ID, p)
			}
		}
		if n.Name != "" && names[n.Name] {
			return fmt.Errorf("two nodes are named %q", n.Name)
		}
		names[n.Name] = true
	}
	for _, s := range steps {
		for _, c := range s.Claims {
			for _, a := range c.Args {
				if (a.Node != 0) != (a.Binding == format.Given || a.Binding == format.Result) {
					return fmt.Errorf("operand %s is %v with node %d", a.Text, a.Binding, a.Node)
				}
			}
		}
	}
	return nil
}

func BenchmarkDerive(b *testing.B) {
	row := gsmRow{
		Question: "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did Natalia sell altogether in April and May? Each clip costs $3, and 20% of the money goes to the school.",
		Answer: "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\nNatalia sold 48+24 = <<48+24=72>>72 clips altogether in April and May.\n" +
			"She earned 72 * $3 = $<<72*3=216>>216 with the clips.\nThe school gets 216 * .2 = $<<216*.2=43.2>>43.2 of it.\n#### 43.2",
	}
	steps := lines(row.Answer)
	b.SetBytes(int64(len(row.Question) + len(row.Answer)))
	b.ReportAllocs()
	for b.Loop() {
		for i := range steps {
			steps[i].Claims = nil
		}
		if Derive(row.Question, steps) == nil {
			b.Fatal("no graph")
		}
	}
}
