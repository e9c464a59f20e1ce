package behaviors

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/tasks/igsm"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// script is what recipes/bridge-script.yaml weaves in; rate is that of visits in
// percent.
func script(t testing.TB, rate int64) (list []augment.ResolvedUse) {
	for _, u := range []struct {
		name, params string
		rate         int64 // in a thousand
	}{
		{"detour_redundant", `{"share": true}`, 3 * rate}, {"reflect_locked", `{"locked": false, "level": 2}`, 10 * rate},
		{"info_analysis", `{"level": 2}`, 1000}, {"subgoal_compute", "{}", 1000},
	} {
		use := graphUse(t, u.name, u.params)
		q, _ := format.Frac(u.rate, 1000)
		use.Select.Rate = &q
		list = append(list, use)
	}
	return list
}

// A tally is one statistic of an answer, and what was published for 500 of them.
type tally struct {
	name   string
	theirs float64
	half   float64 // half a unit of the last digit published
	share  bool    // of answers, not a mean
	of     func(out *format.Trace) float64
}

func edits(behavior string) func(*format.Trace) float64 {
	return func(out *format.Trace) (n float64) {
		for i := range out.Edits {
			if out.Edits[i].Behavior == behavior {
				n++
			}
		}
		return n
	}
}

func steps(out *format.Trace) (n float64) {
	for i := range out.Steps {
		s := &out.Steps[i]
		if s.Symbol != "" && s.Was == "" || s.Was != "" || s.Origin.Behavior == "reflect_locked" && s.Kind == format.Probe && s.Symbol == "" {
			n++
		}
	}
	return n
}

func analyses(out *format.Trace) (n float64) {
	for i := range out.Steps {
		if s := &out.Steps[i]; s.Kind == format.Analysis || s.Kind == format.Probe && strings.Contains(s.Text, ". It equals ") {
			n++
		}
	}
	return n
}

func atLeastOne(out *format.Trace) float64 { return min(1, edits("reflect_locked")(out)) }

// What the recipe of the released script weaves in is as much as was measured on
// its own output, to two standard errors and the rounding of what was published.
func TestScriptStatistics(t *testing.T) {
	table := func(steps_, visits, one, said, hops, detours float64) []tally {
		list := []tally{{"steps", steps_, .05, false, steps}, {"reflections", visits, .005, false, edits("reflect_locked")},
			{"answers with a reflection", one, .005, true, atLeastOne}, {"analyses", said, .05, false, analyses},
			{"equations of several hops", hops, .05, false, edits("subgoal_compute")}}
		if visits > 1 {
			list[1].half = .05
		}
		if detours > 0 {
			list = append(list, tally{"redundant lines", detours, .005, false, edits("detour_redundant")})
		}
		return list
	}
	for _, set := range []struct {
		name string
		op   int
		n    int // problems; many where a row is near the bound, so that the error is theirs and little of it ours
		rate int64
		rows []tally
	}{
		{"p = .1", 0, 8000, 10, table(13.3, .83, .57, 3.9, 3.1, .09)},
		{"p = .3", 0, 2000, 30, table(14.9, 2.6, .94, 4.4, 3.2, 0)},
		{"p = .1, op 25", 25, 2000, 10, table(18.0, 1.1, .67, 5.8, 5.6, 0)},
	} {
		p := igsm.Defaults
		p.ExactOp = set.op
		draw, err := igsm.New(p)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(100, 8))
		c := augment.NewCompiler(5, script(t, set.rate))
		n := float64(set.n)
		sum, square := make([]float64, len(set.rows)), make([]float64, len(set.rows))
		bytes, source, words, before := 0, 0, 0, 0
		for i := range set.n {
			rec, err := draw(r)
			if err != nil {
				t.Fatal(err)
			}
			a := &rec.Attempts[0]
			a.Trace.ID = string(rune('a'+i%26)) + strings.Repeat("x", i/26%400) + strings.Repeat("y", i/10400)
			a.Graph = answer.BindParams(&rec.Problem, a.Trace.Steps)
			out, _ := c.Compile(&rec, a)
			for k := range set.rows {
				v := set.rows[k].of(&out)
				sum[k], square[k] = sum[k]+v, square[k]+v*v
			}
			bytes, source = bytes+len(out.Text()), source+len(a.Trace.Text())
			words, before = words+len(strings.Fields(out.Text())), before+len(strings.Fields(a.Trace.Text()))
		}
		t.Logf("%s: %-28s %8s %8s %8s %6s", set.name, "", "ours", "theirs", "s.e.", "off by")
		for k, row := range set.rows {
			mean := sum[k] / n
			variance := square[k]/n - mean*mean
			se := math.Sqrt(variance/n + variance/500)
			off := max(0, math.Abs(mean-row.theirs)-row.half) / se
			t.Logf("%s: %-28s %8.3f %8.3f %8.3f %6.2f", set.name, row.name, mean, row.theirs, se, off)
			if off > 2 {
				t.Errorf("%s: %s: %.3f, theirs %.3f: %.2f standard errors off", set.name, row.name, mean, row.theirs, off)
			}
		}
		slots := float64(c.Counts[1].Sites)
		t.Logf("%s: %.4f reflections a slot of %.2f slots; %.2f times the bytes, %.2f times the words (theirs 1.37 at p = .1)", set.name,
			sum[1]/slots, slots/n, float64(bytes)/float64(source), float64(words)/float64(before))
	}
}
