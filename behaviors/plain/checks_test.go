package plain

import (
	"errors"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
)

// A bench is a trace with the values that its steps state, for edits to stand in.
type bench struct {
	pass augment.Pass
	t    *testing.T
}

func newBench(t *testing.T, question, text string) *bench {
	rec := augmenttest.Record("r", question, text)
	return &bench{augment.Pass{Problem: &rec.Problem, Attempt: &rec.Attempts[0], Graph: rec.Attempts[0].Graph}, t}
}

// of is the node that a step computes.
func (b *bench) of(step int) format.NodeID {
	for i := range b.pass.Graph.Nodes {
		if n := &b.pass.Graph.Nodes[i]; n.Kind == format.ResultNode && n.Step == step {
			return n.ID
		}
	}
	b.t.Fatalf("step %d computes nothing", step)
	return 0
}

// Every check stands alone: of two edits that differ in one thing, it takes the one
// and refuses the other, by the code that rejects.jsonl counts. What the engine
// proves beside it is not asked here, so that a check that holds of everything is
// found out even where the engine would still refuse.
func TestEachCheckRefusesByItself(t *testing.T) {
	pens := newBench(t, question, "There are 6 * 4 = 24 pens.\nThen 24 - 10 = 14 pens are left.\n#### 14")
	clips := newBench(t, "Ann sold 48 clips in May and half as many in June. A clip costs $3. She spends the $20 of a bill from the money. How much is left?",
		"She sold 48/2 = <<48/2=24>>24 clips in June.\nShe sold 48+24 = <<48+24=72>>72 clips in both months.\nThat makes 72*3 = $<<72*3=216>>216 for the clips.\nShe keeps 216-20 = $<<216-20=196>>196 of the money.\n#### 196")
	all, left := pens.of(1), pens.of(2)
	step := func(k format.Kind, text string) format.Step { return format.Step{Kind: k, Text: text} }
	about := func(n format.NodeID, s format.Step, refs ...format.NodeID) format.Step {
		s.Node, s.Refs = n, refs
		return s
	}
	verify := func(text string) []format.Step { return []format.Step{about(all, step(format.Check, text))} }
	wrong := about(all, step(format.Wrong, "There are 6 * 4 = 26 pens.\n"))
	doubt := about(all, step(format.Doubt, "Wait. Going back, 26 / 4 = 6.5, not 6.\n"))
	retract := about(all, step(format.Retract, "So 26 is wrong.\n"), all)
	probe := func(n format.NodeID, text string) []format.Step {
		return []format.Step{about(n, step(format.Probe, text), clips.of(1))}
	}
	before, after := augment.Site{Step: 0}, augment.Site{Step: 0, After: true}
	const locked = "Could I settle the number of clips in both months? For that I need the number of clips in June.\n"

	held, refused := map[string]bool{}, map[string]bool{}
	for _, row := range []struct {
		check string
		b     *bench
		site  augment.Site
		code  string // "" where the check holds
		steps []format.Step
	}{
		{"claim-holds", pens, before, "", []format.Step{wrong, doubt}},
		{"claim-holds", pens, before, "false-claim", []format.Step{wrong, step(format.Doubt, "Wait. 26 / 4 = 6, not 7.\n")}},
		{"claim-holds", pens, after, "false-claim", verify("24 / 4 = 7.")},

		{"claim-is-wrong", pens, before, "", []format.Step{wrong}},
		{"claim-is-wrong", pens, before, "wrong-is-right", []format.Step{about(all, step(format.Wrong, "There are 6 * 4 = 24 pens.\n"))}},
		{"claim-is-wrong", pens, before, "wrong-is-right", []format.Step{about(all, step(format.Wrong, "Of 24 pens there are 6 * 4 = 26.\n"))}},
		{"claim-is-wrong", pens, before, "wrong-shape", []format.Step{about(all, step(format.Wrong, "There are 26 pens.\n"))}},
		{"claim-is-wrong", pens, before, "wrong-shape", []format.Step{about(99, wrong)}},

		{"restates", pens, before, "", []format.Step{wrong, doubt, retract}},
		{"restates", pens, before, "no-reason", []format.Step{wrong, step(format.Doubt, "Wait, that looks off.\n"), retract}},
		{"restates", pens, before, "shape", []format.Step{about(left, wrong), doubt, retract}},
		{"restates", pens, before, "not-withdrawn", []format.Step{wrong, doubt, about(all, step(format.Retract, "So that is wrong.\n"), all)}},
		{"restates", pens, before, "not-withdrawn", []format.Step{wrong, doubt, about(all, retract, left)}},
		{"restates", pens, before, "shape", []format.Step{doubt, retract}},
		{"restates", pens, after, "shape", []format.Step{wrong, doubt, retract}},

		{"withdraws", pens, before, "", []format.Step{wrong, doubt, retract}},
		{"withdraws", pens, before, "not-withdrawn", []format.Step{wrong, doubt}},
		{"withdraws", pens, before, "not-withdrawn", []format.Step{wrong, doubt, step(format.Retract, "So 62 is wrong.\n")}},
		{"withdraws", pens, before, "not-withdrawn", []format.Step{wrong, about(left, step(format.Wrong, "Then 26 - 10 = 16 pens are left.\n")), retract}},

		{"verdict-is-computed", pens, after, "", verify("24 / 4 = 6, as it should be.")},
		{"verdict-is-computed", pens, after, "", verify("4 * 6 = 24, as it should be.")},
		{"verdict-is-computed", pens, after, "no-claim", verify("That is right.")},
		{"verdict-is-computed", pens, after, "false-claim", verify("24 / 4 = 5.")},
		{"verdict-is-computed", pens, after, "verdict", verify("4 + 6 = 10.")},
		{"verdict-is-computed", pens, before, "check-shape", verify("24 / 4 = 6.")},
		{"verdict-is-computed", pens, after, "check-shape", []format.Step{about(left, step(format.Check, "14 + 10 = 24."))}},

		{"independent", pens, after, "", verify("24 / 4 = 6.")},
		{"independent", pens, after, "restatement", verify("4 * 6 = 24.")},
		{"independent", pens, after, "foreign-operand", verify("24 + 7 = 31.")},
		{"independent", pens, after, "verdict", verify("4 + 6 = 10.")},
		{"independent", pens, after, "no-claim", verify("Fine.")},
		{"independent", pens, before, "check-shape", verify("24 / 4 = 6.")},

		{"missing-set-exact", clips, before, "", probe(clips.of(2), locked)},
		{"missing-set-exact", clips, before, "next-step", probe(clips.of(1), locked)},
		{"missing-set-exact", clips, before, "no-node", probe(99, locked)},
		{"missing-set-exact", clips, after, "no-node", probe(clips.of(2), locked)},
		{"missing-set-exact", clips, before, "states-value", probe(clips.of(2), locked+"It is 48 + 24 = 72.\n")},
		{"missing-set-exact", clips, before, "extra-named", []format.Step{about(clips.of(2), step(format.Probe, locked))}},

		{"no-claims", pens, after, "", []format.Step{step(format.Derive, "That makes sense.\n")}},
		{"no-claims", pens, after, "claim", []format.Step{step(format.Derive, "That makes sense, as 2 + 2 = 4.\n")}},

		{"answer-untouched", pens, after, "", verify("24 / 4 = 6.")},
		{"answer-untouched", pens, after, "answer", verify("24 / 4 = 6. The answer is 24.")},
		{"answer-untouched", pens, after, "answer", []format.Step{step(format.Derive, "#### 24\n")}},
	} {
		c := findCheck(row.check)
		if c == nil {
			t.Fatalf("there is no check %s", row.check)
		}
		held[row.check] = held[row.check] || row.code == ""
		refused[row.check] = refused[row.check] || row.code != ""
		e := augment.Edit{Steps: row.steps, Proof: computed("")}
		err := c.holds(&row.b.pass, row.site, &e)
		text := format.Trace{Steps: row.steps}.Text()
		var r *augment.Refusal
		if got := errors.As(err, &r); got != (row.code != "") || got && r.Code != row.code {
			t.Errorf("%s says %v of %q, want %q", row.check, err, text, row.code)
		}
		f := &form{File: File{Command: []string{"x"}, Site: SiteRule{Place: "before"}}, subject: &subject{}, checks: []*check{c}}
		if row.site.After {
			f.Site.Place = "after"
		}
		if err := f.verify(&row.b.pass, row.site, e); row.code != "" && (!errors.As(err, &r) || r.Code != row.code) {
			t.Errorf("a file whose only check is %s says %v of %q, want %q", row.check, err, text, row.code)
		}
	}
	for _, c := range checks {
		if !held[c.name] || !refused[c.name] {
			t.Errorf("%s: held %v, refused %v; want one edit of each here", c.name, held[c.name], refused[c.name])
		}
	}
}
