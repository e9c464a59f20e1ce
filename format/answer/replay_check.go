package answer

import "github.com/seed-cdf14512/graft/format"

// stepsReplay replays the steps of an attempt together: those before the first
// violation that state something are exact, the one that breaks a rule is
// false, and of what follows nothing is known.
func stepsReplay(p *format.Problem, steps []format.Step) []format.Verdict {
	return upTo(steps, Replay(p, format.Trace{Steps: steps}.Text()))
}

// upTo gives each step its verdict from the first violation in their text.
func upTo(steps []format.Step, v *Violation) []format.Verdict {
	verdicts := make([]format.Verdict, len(steps))
	if v != nil && v.Rule == RuleQuestion {
		return verdicts
	}
	size, at := 0, 0
	for i := range steps {
		size += len(steps[i].Text)
	}
	for i := range steps {
		end := at + len(steps[i].Text)
		switch {
		case v == nil || end <= v.At:
			if steps[i].Kind != format.Setup {
				verdicts[i] = format.Exact
			}
		case at <= v.At || v.At >= size && i == len(steps)-1:
			verdicts[i] = format.False
			return verdicts
		}
		at = end
	}
	return verdicts
}
