package igsm

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
)

// A measure is one statistic of a set of problems as the published generator
// gives it. The figures marked (500) are those of the notes on the method; the
// others were taken from runs of the published program, its names and wording
// untouched.
type measure struct {
	name     string
	mean, sd float64
	n        float64
	of       func(g *generator) float64
	rounded  float64 // half a unit of the last digit that was published
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func count(g *generator, list []int, f func(p int) bool) (n float64) {
	for _, p := range list {
		n += yes(f(p))
	}
	return n
}

func needed(g *generator) float64    { return float64(len(g.order)) }
func redundant(g *generator) float64 { return float64(len(g.extra)) }
func told(g *generator) float64 {
	given := func(p int) bool { return !g.s.params[p].abstract }
	return 1 + count(g, g.order, given) + count(g, g.extra, given)
}
func spared(g *generator) float64 {
	return count(g, g.extra, func(p int) bool { return !g.s.params[p].abstract })
}
func abstracts(g *generator) float64 {
	return count(g, g.order, func(p int) bool { return g.s.params[p].abstract })
}
func randoms(g *generator) float64 {
	return count(g, g.order, func(p int) bool { return g.nodes[p].random })
}
func leaves(g *generator) float64 {
	return count(g, g.order, func(p int) bool { return len(g.nodes[p].on) == 0 })
}
func longer(g *generator) float64 { // equations with two operations or more
	return count(g, g.order, func(p int) bool {
		n := 0
		for _, t := range g.equation(nil, p) {
			n += int(yes(strings.IndexByte("+-*", t.op) >= 0 && t.op != 0))
		}
		return n >= 2
	})
}
func zero(g *generator) float64     { return yes(g.nodes[g.target()].value == 0) }
func negative(g *generator) float64 { return yes(g.nodes[g.target()].value < 0) }
func lastAbstract(g *generator) float64 {
	return yes(g.s.params[g.target()].abstract)
}

// op is the share of problems with n operations, counted from the graph.
func op(n int) func(*generator) float64 {
	return func(g *generator) float64 { return yes(operations(g) == n) }
}

func operations(g *generator) (n int) {
	for _, p := range g.order {
		for _, t := range g.equation(nil, p) {
			n += int(yes(strings.IndexByte("+-*", t.op) >= 0 && t.op != 0))
		}
		n += int(yes(len(g.equation(nil, p)) == 1)) // a constant or a copy counts as one
	}
	return n
}

func share(p, n float64) (mean, sd, size float64) { return p, math.Sqrt(p * (1 - p)), n }

// The statistics of a set are those of the published generator, to two standard
// errors of the difference.
func TestStatistics(t *testing.T) {
	row := func(name string, mean, sd, n float64, of func(*generator) float64) measure {
		half := 0.0
		if strings.Contains(name, "(") {
			half = 0.05
		}
		return measure{name, mean, sd, n, of, half}
	}
	part := func(name string, p, n float64, of func(*generator) float64) measure {
		m, sd, n := share(p, n)
		half := 0.0
		if strings.Contains(name, "(") {
			half = 0.005
		}
		return measure{name, m, sd, n, of, half}
	}
	sets := []struct {
		name string
		p    func(*Params)
		rows []measure
	}{
		{"op 15-20", func(p *Params) {}, []measure{
			row("needed (500)", 12.1, 2.19, 500, needed), row("redundant (500)", 2.8, 3.25, 500, redundant), row("lines (500)", 12, 3.56, 500, told),
			row("equations of several operations (500)", 3.1, 1.59, 500, longer), part("zero answers (10,000)", 0.17, 10000, zero),
			part("op 15 (10,000)", 0.35, 10000, op(15)), part("op 16 (10,000)", 0.26, 10000, op(16)), part("op 17 (10,000)", 0.19, 10000, op(17)),
			part("op 18 (10,000)", 0.13, 10000, op(18)), part("op 19 (10,000)", 0.06, 10000, op(19)), part("op 20 (10,000)", 0.02, 10000, op(20)),
			row("needed", 12.0932, 2.1832, 12000, needed), row("redundant", 2.6781, 3.3054, 12000, redundant),
			row("redundant premises", 2.3870, 2.8948, 12000, spared), row("abstract", 3.4742, 1.9088, 12000, abstracts),
			row("lines", 12.0060, 3.5574, 12000, told), row("constants", 5.8533, 1.5671, 12000, randoms), row("leaves", 1.4480, 0.6884, 12000, leaves),
			row("equations of several operations", 3.1886, 1.5613, 12000, longer),
			part("zero answers", 0.1788, 12000, zero), part("negative answers", 0.1368, 12000, negative), part("abstract asked for", 0.5295, 12000, lastAbstract),
			part("op 15", 0.34398, 16000, op(15)), part("op 16", 0.25893, 16000, op(16)), part("op 17", 0.19485, 16000, op(17)),
			part("op 18", 0.11728, 16000, op(18)), part("op 19", 0.0669, 16000, op(19)), part("op 20", 0.01798, 16000, op(20)),
		}},
		{"op 20", func(p *Params) { p.ExactOp = 20 }, []measure{
			part("zero answers (500)", 0.23, 500, zero),
			row("needed", 14.2240, 2.5180, 6000, needed), row("redundant", 1.9087, 2.7650, 6000, redundant), row("abstract", 4.2942, 2.3679, 6000, abstracts),
			row("lines", 12.6327, 3.4095, 6000, told), row("equations of several operations", 4.1812, 1.8795, 6000, longer), part("zero answers", 0.2388, 6000, zero),
		}},
		{"op 25", func(p *Params) { p.ExactOp = 25 }, []measure{
			part("zero answers (500)", 0.16, 500, zero),
			row("needed", 16.6482, 2.9948, 6000, needed), row("redundant", 1.1742, 2.1703, 6000, redundant), row("abstract", 5.0890, 2.7864, 6000, abstracts),
			row("lines", 13.5977, 3.1055, 6000, told), row("equations of several operations", 5.7687, 2.1550, 6000, longer), part("zero answers", 0.1760, 6000, zero),
		}},
		{"op 21-25", func(p *Params) { p.MinOp, p.MaxOp = 21, 25 }, []measure{
			part("zero answers (500)", 0.13, 500, zero), part("zero answers", 0.1410, 2000, zero),
			row("needed", 15.0290, 2.7133, 2000, needed), row("redundant", 1.6160, 2.5970, 2000, redundant), part("op 21", 0.4280, 2000, op(21)),
		}},
		{"op 1-8", func(p *Params) { p.MinOp, p.MaxOp = 1, 8 }, []measure{
			row("needed", 2.9095, 1.7295, 2000, needed), row("redundant", 7.8780, 5.1846, 2000, redundant), part("zero answers", 0.1070, 2000, zero), part("op 1", 0.2875, 2000, op(1)),
		}},
	}
	for _, set := range sets {
		p := Defaults
		set.p(&p)
		g := fresh(t, p)
		const n = 8000
		sum, square := make([]float64, len(set.rows)), make([]float64, len(set.rows))
		r := rand.New(rand.NewPCG(20261122, 2))
		for range n {
			if _, err := g.record(r); err != nil {
				t.Fatal(err)
			}
			for i, m := range set.rows {
				v := m.of(g)
				sum[i], square[i] = sum[i]+v, square[i]+v*v
			}
		}
		t.Logf("%s: %-40s %10s %10s %10s %6s", set.name, "", "ours", "theirs", "s.e.", "off by")
		for i, m := range set.rows {
			mean := sum[i] / n
			se := math.Sqrt((square[i]/n-mean*mean)/n + m.sd*m.sd/m.n)
			off := max(0, math.Abs(mean-m.mean)-m.rounded) / se
			t.Logf("%s: %-40s %10.4f %10.4f %10.4f %6.2f", set.name, m.name, mean, m.mean, se, off)
			if off > 2 {
				t.Errorf("%s: %s is %.4f, theirs %.4f: %.2f standard errors off", set.name, m.name, mean, m.mean, off)
			}
		}
	}
}

func fresh(t testing.TB, p Params) *generator {
	t.Helper()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return newGenerator(p)
}

// Chance in integers is what the formulas say: e^-x to a millionth, and the
// mean of e^|N(0,1)| from the table.
func TestChance(t *testing.T) {
	for _, x := range []float64{0, 0.001, 0.09, 0.5, 1, 2.5, 9} {
		got, want := float64(expNeg(int64(x*one)))/one, math.Exp(-x)
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("e^-%v is %v, want %v", x, got, want)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	var drawn uint64
	for range 1000 {
		drawn |= 1 << pick(r, 0b1011, 0b10, 0b10)
	}
	if drawn != 0b1011 || bits.OnesCount64(drawn) != 3 {
		t.Errorf("drawn from {0, 1, 3}: %b", drawn)
	}
}

// Half of the draws fall to the bound on answers, as they do for the published
// program (0.5247 of 33,663).
func TestTooBig(t *testing.T) {
	p := Defaults
	g := fresh(t, p)
	g.r = rand.New(rand.NewPCG(20261122, 3))
	drawn, big := 0.0, 0.0
	for drawn < 8000 {
		if _, ok := g.problem(); ok {
			drawn++
		} else if g.stated {
			drawn++
			big++
		}
	}
	mean := big / drawn
	se := math.Sqrt(mean*(1-mean)/drawn + 0.5247*0.4753/33663)
	t.Logf("ours %.4f, theirs 0.5247, s.e. %.4f", mean, se)
	if math.Abs(mean-0.5247) > 2*se {
		t.Errorf("%.4f of the draws have answers of 1000 and more, theirs 0.5247", mean)
	}
}
