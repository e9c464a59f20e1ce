package answer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// deriveTable is a question, an answer, and the graph: each node as
// value[parents], with ! behind it if it is a result that is not bound, and
// {name} or {$name} where it is a result with a name.
var deriveTable = []struct{ name, question, answer, want string }{
	{"the worked trace of package format", "Ann has 48 clips and gives half away. How many are left of the rest after 4 more are lost?",
		"Ann gives 48/2 = <<48/2=24>>24 clips away.\nThat leaves 24-4 = <<24-4=20>>20 clips.\n#### 20", "48 4 24[1] 20[3 2]"},
	{"two givens of one value", "He has 5 red and 5 blue ones.", "<<5+1=6>>6", "5 5 6!"},
	{"a given and a result of one value", "He has 6 and 2 and 3.", "<<2*3=6>>6 and <<6+1=7>>7", "6 2 3 6[2 3] 7!"},
	{"a copy makes nothing ambiguous", "He has 2 and 3.", "<<2+3=5>>5, again <<2+3=5>>5, that is <<5=5>>5, so <<5*7=35>>35", "2 3 5[1 2] 35[3]"},
	{"a constant makes no edge", "He works 3 hours.", "<<3*60=180>>180 minutes", "3 180[1]{minutes}"},
	{"a percentage under both readings", "He saves 20% of $50.", "<<.2*50=10>>10 and <<20/100=0.2>>0.2", "20 50 10[1 2] 0.2[1]"},
	{"an inexact claim is not bound", "He has 10 and 3.", "<<10/3=3.33>>3.33", "10 3 3.33[1 2]!"},
	{"a chain is one quantity", "He has 2, 3 and 4.", "so 2*3*4 = 6*4 = <<6*4=24>>24 cards", "2 3 4 24[1 2 3]{cards}"},
	{"number words; one is a pronoun", "One of two boys has a dozen eggs, another seventeen.", "<<12+17=29>>29 - <<2*1=2>>2", "2 12 17 29[2 3] 2[1]"},
	{"twenty-four is one number", "She has twenty-four hats.", "<<24/2=12>>12 hats", "24 12[1]"},
	{"a fraction is one number", "He eats 1/5 of 20.", "<<20*0.2=4>>4 pies", "0.2 20 4[2 1]{pies}"},
	{"a name that two nodes share is none", "He has 2 and 3.", "<<2*3=6>>6 eggs and <<2+3=5>>5 eggs", "2 3 6[1 2] 5[1 2]"},
	{"unless who does it tells them apart", "He has 2 and 3.", "Ann has 2*3=<<2*3=6>>6 eggs. Bob has 2+3=<<2+3=5>>5 eggs.", "2 3 6[1 2]{eggs Ann has} 5[1 2]{eggs Bob has}"},
	{"money", "It costs $4 and 3.", "So she pays 4*3=$<<4*3=12>>12 for the tea. The total cost is 12+4=$<<12+4=16>>16.",
		"4 3 12[1 2]{$she pays for the tea} 16[3 1]{$of the total cost}"},
	{"a sum that is a difference has no name", "It cost $9 and 4.", "The new price is 9-4=$<<9-4=5>>5 more than that", "9 4 5[1 2]"},
	{"a difference has no name", "He has 9 and 4.", "<<9-4=5>>5 more eggs than Bob", "9 4 5[1 2]"},
	{"the noun counts only a part", "He has 25 and 15.", "there were <<25+15=40>>40 men and Bob", "25 15 40[1 2]"},
	{"not evaluable", "He has 3.", "<<X*3=9>>9", "3 9!"},
	{"nothing", "He has 3.", "no claim here", "none"},
}

func TestDerive(t *testing.T) {
	for _, row := range deriveTable {
		if got := showGraph(Derive(row.question, lines(row.answer))); got != row.want {
			t.Errorf("%s\n got %s\nwant %s", row.name, got, row.want)
		}
	}
}

func showGraph(g *format.Graph) string {
	if g == nil {
		return "none"
	}
	var all []string
	for _, n := range g.Nodes {
		s := n.Value.String()
		if len(n.Parents) > 0 {
			s += strings.ReplaceAll(fmt.Sprint(n.Parents), "[]", "")
		}
		if n.Kind == format.ResultNode && n.Name != "" {
			s += "{" + n.Unit + n.Name + "}"
		}
		if !n.Bound {
			s += "!"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func FuzzDerive(f *testing.F) {
	for _, row := range deriveTable {
		f.Add(row.question, row.answer)
	}
	f.Fuzz(func(t *testing.T, question, answer string) {
		steps := lines(answer)
		if err := lawful(question, steps, Derive(question, steps)); err != nil {
			t.Fatal(err)
		}
		again := lines(answer)
		if Derive(question, steps); showGraph(Derive(question, again)) != showGraph(Derive(question, steps)) {
			t.Fatalf("deriving twice gives another graph")
		}
	})
}
