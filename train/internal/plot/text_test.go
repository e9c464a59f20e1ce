package plot

import (
	"math"
	"strings"
	"testing"
)

func text(t *testing.T, p Panel) []string {
	t.Helper()
	var b strings.Builder
	if err := p.Text(&b, "step"); err != nil {
		t.Fatal(err)
	}
	return strings.Split(b.String(), "\n")
}

// Curves reach from corner to corner, the axes say where, and where two meet is seen.
func TestTextShowsWhereCurvesRun(t *testing.T) {
	got := text(t, Panel{"right", []Curve{{"up", []Point{{0, 0}, {5, 0.5}, {10, 1}}}, {"down", []Point{{0, 1}, {5, 0.5}, {10, 0}}}}})
	for at, want := range map[int]string{
		0: "     right", 1: "  1 ┤*·", 14: "  0 ┤o·", 15: "    └──", 18: "  o up: 0 at step 0, 1 at step 10", 19: "  * down: 1 at step 0, 0 at step 10",
	} {
		if !strings.HasPrefix(got[at], want) {
			t.Errorf("line %d is %q, want it to begin with %q", at, got[at], want)
		}
	}
	for at, want := range map[int]string{1: "·o", 14: "·*"} {
		if !strings.HasSuffix(got[at], want) || len([]rune(got[at])) != 5+textWide {
			t.Errorf("line %d is %q, want it to end with %q in the last column", at, got[at], want)
		}
	}
	if all := strings.Join(got[1:15], "\n"); strings.Count(all, "=") != 1 {
		t.Errorf("two curves meet once:\n%s", all)
	}
}

// What is no number leaves a gap, and nothing, one point and a constant are drawn.
func TestTextOfLittle(t *testing.T) {
	nan := math.NaN()
	for _, p := range []Panel{
		{"none", nil}, {"empty", []Curve{{"a", nil}}}, {"one", []Curve{{"a", []Point{{3, 7}}}}}, {"flat", []Curve{{"a", []Point{{0, 2}, {9, 2}}}}},
		{"gap", []Curve{{"a", []Point{{0, 1}, {1, nan}, {2, 3}, {3, math.Inf(1)}}}}},
	} {
		all := strings.Join(text(t, p), "\n")
		points := 0
		for _, c := range p.Curves {
			for _, q := range c.Points {
				if q.finite() {
					points++
				}
			}
		}
		if got := strings.Count(strings.SplitN(all, "└", 2)[0], "o"); got-strings.Count(p.Title, "o") != points || strings.Contains(all, "NaN") || strings.Contains(all, "Inf") {
			t.Errorf("%s: %d marks, want %d:\n%s", p.Title, got, points, all)
		}
	}
}
