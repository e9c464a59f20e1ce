package verdictrecord

import (
	_ "embed" // the phrase bank
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of verdict_record: none yet.
type Params struct{}

//go:embed phrases.txt
var phrases string

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "verdict_record",
	Doc:     doc,
	Version: 1,
	Params:  &Params{},
	Phrases: phrases,
	Classes: []string{"right", "wrong"},
	Derive:  derive,
	Verify:  verify,
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	id := p.Attempt.Trace.ID
	v := p.Verdict(id)
	if v != "right" && v != "wrong" {
		return nil, nil
	}
	return []augment.Derived{{
		Parents: []string{id},
		Question: []augment.Segment{
			{Parent: id, Part: augment.QuestionPart, End: len(p.Problem.Question)},
			augment.Stamped(format.Setup, "\n\n"+p.Phrases.Say("before")+"\n\n"),
			augment.Whole(p.Attempt),
			augment.Stamped(format.Setup, "\n\n"+p.Phrases.Say("ask")),
		},
		Answer: []augment.Segment{augment.Stamped(format.Answer, v)},
		Truth:  v, Checker: "text", Class: v,
		Proof: format.Proof{Grade: "attempt", Detail: v + ": by the checker " + p.Problem.Checker},
	}}, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	id := p.Attempt.Trace.ID
	v := p.Verdict(id)
	q := d.Question
	if len(q) != 4 || q[0] != (augment.Segment{Parent: id, Part: augment.QuestionPart, End: len(p.Problem.Question)}) || q[2] != augment.Whole(p.Attempt) {
		return augment.Refuse("shape", "the question is not the problem's and one whole attempt")
	}
	if q[1].Parent != "" || q[3].Parent != "" || q[1].Kind != format.Setup || q[3].Kind != format.Setup || strings.ContainsAny(q[1].Text+q[3].Text, "0123456789=") {
		return augment.Refuse("shape", "what stands around the attempt is no frame of words")
	}
	if len(d.Answer) != 1 || d.Answer[0] != augment.Stamped(format.Answer, v) || d.Truth != v || d.Class != v || d.Checker != "text" || d.Truncated {
		return augment.Refuse("verdict", "the record says %q of an attempt that grades %s", d.Truth, v)
	}
	return nil
}
