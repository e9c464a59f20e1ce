package augment

import (
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// verdicts are the words for what a checker says of an attempt.
var verdicts = map[format.Verdict]string{
	format.Exact: "right", format.False: "wrong", format.Rounded: "rounded", format.Unknown: "ungraded",
}

// gradeAttempt says what the problem's checker makes of an attempt with the
// given text, and why. Published labels play no part: they lie.
func gradeAttempt(p *format.Problem, a *format.Attempt, text string) (verdict, detail string) {
	c := answer.Find(p.Checker)
	if c == nil {
		return verdicts[format.Unknown], "no checker can grade this problem"
	}
	r := c.Grade(p, text)
	if r.Verdict == format.Unknown && a.Answer != "" {
		// The source keeps the final answer apart from the text.
		r = c.Grade(p, a.Answer)
	}
	return verdicts[r.Verdict], r.Detail
}
