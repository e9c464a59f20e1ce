package train

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/plot"
)

// runOf makes what a run has logged from one map a step.
func runOf(name string, all ...map[string]float64) logged {
	r := logged{name: name, all: all}
	for i := range all {
		r.steps = append(r.steps, int64(i+1))
	}
	return r
}

// described is panels as text: title, and the names of the curves.
func described(panels []plot.Panel) string {
	var b strings.Builder
	for _, p := range panels {
		b.WriteString(p.Title + ":")
		for _, c := range p.Curves {
			b.WriteString(" [" + c.Name + "]")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// What people look at stands first, shares and lengths have axes of their own,
// names say what tells curves apart, and what never changes takes no room.
func TestPanels(t *testing.T) {
	first := map[string]float64{"loss": 2, "gap": 0, "reward": 0.5, "correct": 0.5, "length": 50, "evaluate/greedy": 0.25, "evaluate/length": 40, "spans/source": 1, "tokens": 7}
	second := map[string]float64{"loss": 1, "gap": 0, "reward": 0.75, "correct": 0.75, "length": 60, "evaluate/greedy": 0.5, "evaluate/length": 45, "spans/source": 2, "tokens": 9}
	one, constant := panelsOf([]logged{runOf("a", first, second)})
	const wantOne = `answers right: [greedy]
reward: [reward]
loss: [loss]
length of answers, in tokens: [evaluate/length] [length]
spans: [source]
`
	if got := described(one); got != wantOne {
		t.Errorf("got\n%s\nwant\n%s", got, wantOne)
	}
	if got := strings.Join(constant, ", "); got != "gap 0" {
		t.Errorf("constant: %q, want gap alone", got)
	}

	paid := map[string]float64{"loss": 1, "gap": 3, "reward": 0.8, "correct": 0.75, "evaluate/greedy": 0.5}
	two, constant := panelsOf([]logged{runOf("a", first, second), runOf("b", first, paid)})
	const wantTwo = `answers right: [a] [b]
reward: [a correct] [b correct] [a reward] [b reward]
loss: [a] [b]
length of answers, in tokens: [a evaluate/length] [b evaluate/length] [a length] [b length]
gap: [a] [b]
spans: [a] [b]
`
	if got := described(two); got != wantTwo || len(constant) > 0 {
		t.Errorf("got\n%s%q\nwant\n%s", got, constant, wantTwo)
	}
}
