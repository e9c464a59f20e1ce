package igsm

import (
	"math/rand/v2"
	"testing"

	"github.com/seed-cdf14512/graft/format/answer"
)

// settings are the kinds of sets that the tests of this package run over.
var settings = []struct {
	name string
	set  func(*Params)
}{
	{"reasoning", func(*Params) {}},
	{"hops", func(p *Params) { p.Hops = true }},
	{"small", func(p *Params) { p.MinOp, p.MaxOp = 1, 8 }},
	{"op 25", func(p *Params) { p.ExactOp, p.Hops, p.Envelope = 25, true, false }},
	{"mod 23", func(p *Params) { p.Mod = 23 }},
	{"mod 5, hard", func(p *Params) { p.Mod, p.MinOp, p.MaxOp, p.Instances = 5, 1, 21, 28 }},
}

// Twenty thousand clean solutions of every kind: the replay flags none.
func TestReplayClean(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 2000
	}
	for _, s := range settings {
		p := Defaults
		s.set(&p)
		g, r := fresh(t, p), rand.New(rand.NewPCG(3, 4))
		for i := range (n + len(settings) - 1) / len(settings) {
			rec, err := g.record(r)
			if err != nil {
				t.Fatal(err)
			}
			text := rec.Attempts[0].Trace.Text()
			if v := answer.Replay(&rec.Problem, text); v != nil {
				t.Fatalf("%s, problem %d: %s at step %d: %s\n%s\n%s", s.name, i, v.Rule, v.Step, v.Detail, rec.Problem.Question, text)
			}
		}
	}
}
