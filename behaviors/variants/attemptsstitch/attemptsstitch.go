package attemptsstitch

import (
	_ "embed" // the phrase bank
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/tries"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of attempts_stitch.
type Params struct {
	K       int  `json:"k" jsonschema:"most attempts in one record, the right one included" range:"1,4"`
	Shuffle bool `json:"shuffle" jsonschema:"wrong attempts in an order of chance, not in the source's"`
}

//go:embed phrases.txt
var phrases string

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "attempts_stitch",
	Doc:     doc,
	Version: 1,
	Params:  &Params{K: 2, Shuffle: true},
	Phrases: phrases,
	Derive:  derive,
	Verify:  verify,
}

// glue is what stands on both sides of what the variant says.
const glue = "\n\n"

func derive(p *augment.Pass) ([]augment.Derived, error) {
	par := p.Params.(*Params)
	wrong := tries.Wrong(p)
	if p.Verdict(p.Attempt.Trace.ID) != "right" || len(wrong) == 0 && par.K > 1 {
		return nil, nil
	}
	if par.Shuffle {
		p.Rand.Shuffle(len(wrong), func(i, j int) { wrong[i], wrong[j] = wrong[j], wrong[i] })
	}
	wrong = wrong[:min(len(wrong), par.K-1)]
	d := augment.Derived{Parents: []string{p.Attempt.Trace.ID}}
	for _, i := range wrong {
		a := &p.Others[i]
		d.Parents = append(d.Parents, a.Trace.ID)
		try := augment.Whole(a)
		try.Wrong = true
		d.Answer = append(d.Answer, try,
			augment.Stamped(format.Doubt, glue+p.Phrases.Say("verdict")),
			augment.Stamped(format.Return, " "+p.Phrases.Say("again")+glue))
	}
	d.Answer = append(d.Answer, augment.Whole(p.Attempt))
	d.Proof = format.Proof{Grade: "attempt", Detail: fmt.Sprintf("stitched: %d wrong by the checker, then one right", len(wrong))}
	return []augment.Derived{d}, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	n := len(d.Answer)
	if n%3 != 1 || n/3 >= p.Params.(*Params).K || len(d.Parents) != n/3+1 || d.Truncated || d.Truth != "" {
		return fmt.Errorf("%d segments of %d parents are no tries with their verdicts", n, len(d.Parents))
	}
	if d.Answer[n-1] != augment.Whole(p.Attempt) || p.Verdict(d.Parents[0]) != "right" {
		return augment.Refuse("not-right", "it does not end with the whole right attempt")
	}
	seen := map[string]bool{}
	for k := 0; k+2 < n; k += 3 {
		try, verdict, back := &d.Answer[k], &d.Answer[k+1], &d.Answer[k+2]
		at := p.Other(try.Parent)
		if at < 0 || try.Parent != d.Parents[k/3+1] || !try.Wrong || try.Start != 0 || try.Part != augment.SourcePart || try.End != len(p.Others[at].Trace.Text()) {
			return augment.Refuse("not-whole", "try %d is not a whole attempt, named wrong", k/3+1)
		}
		if p.Verdicts[at] != "wrong" {
			return augment.Refuse("not-wrong", "try %d is said to be wrong, and grades %s", k/3+1, p.Verdicts[at])
		}
		if text := p.Others[at].Trace.Text(); seen[text] {
			return augment.Refuse("twice", "try %d was made before", k/3+1)
		} else {
			seen[text] = true
		}
		if verdict.Parent != "" || verdict.Kind != format.Doubt || back.Parent != "" || back.Kind != format.Return || strings.ContainsAny(verdict.Text+back.Text, "0123456789=") {
			return augment.Refuse("no-verdict", "try %d is not followed by a verdict and a way back, in words", k/3+1)
		}
	}
	return nil
}
