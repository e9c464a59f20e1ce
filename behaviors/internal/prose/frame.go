package prose

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Frame is the white space that an inserted step needs so that it joins its
// neighbors as they join one another.
type Frame struct{ lead, trail string }

// Before frames steps that go before steps[i].
func Before(steps []format.Step, i int) Frame {
	_, after := blanks(steps[i].Text)
	before := ""
	if i > 0 {
		_, before = blanks(steps[i-1].Text)
	}
	lead, _ := blanks(steps[i].Text)
	switch {
	case i > 0 && before == "" && lead != "":
		return Frame{lead: lead} // the trace puts its white space in front
	case before != "":
		return Frame{trail: before}
	case after != "":
		return Frame{trail: after}
	}
	return Frame{trail: "\n"}
}

// After frames steps that go after steps[i].
func After(steps []format.Step, i int) Frame {
	if _, trail := blanks(steps[i].Text); trail != "" {
		return Frame{trail: trail}
	}
	if i+1 < len(steps) {
		if lead, _ := blanks(steps[i+1].Text); lead != "" {
			return Frame{lead: lead}
		}
	}
	// The last step of the trace ends bare; so shall what follows it.
	if i > 0 {
		if _, trail := blanks(steps[i-1].Text); trail != "" {
			return Frame{lead: trail}
		}
		if lead, _ := blanks(steps[i].Text); lead != "" {
			return Frame{lead: lead}
		}
	}
	return Frame{lead: "\n"}
}

// Put wraps a sentence.
func (f Frame) Put(sentence string) string { return f.lead + strings.TrimSpace(sentence) + f.trail }

// Again wraps a step of the source that is said again: it keeps its indentation.
func (f Frame) Again(step string) string {
	lead, _ := blanks(step)
	if lead == "" {
		lead = f.lead
	}
	return lead + strings.TrimSpace(step) + f.trail
}

// A Fence knows whether steps stand in a code block.
type Fence struct{ open bool }

// Inside takes the next step and reports whether it is code, or borders on it:
// prose put beside it might land between the fences.
func (f *Fence) Inside(step string) bool {
	n := strings.Count(step, "```")
	was := f.open
	f.open = was != (n%2 == 1)
	return was || n > 0
}

func blanks(s string) (lead, trail string) {
	body := strings.TrimLeft(s, " \t\r\n")
	lead = s[:len(s)-len(body)]
	return lead, body[len(strings.TrimRight(body, " \t\r\n")):]
}

// English reports whether phrases in English may stand in the trace: the
// question has English words, and the step no letters of other scripts.
func English(question, step string) bool {
	for i := range len(step) {
		// Lead bytes of Greek and Cyrillic up to Arabic, and from E0 on all but
		// punctuation, arrows and operators (E2).
		if c := step[i]; c >= 0xCD && c <= 0xDF || c >= 0xE0 && c != 0xE2 {
			return false
		}
	}
	return latin(question) && (strings.Contains(question, " the ") || strings.Contains(question, " is ") ||
		strings.Contains(question, " of ") || strings.Contains(question, " and ") || strings.Contains(question, " has "))
}

func latin(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0xE3 && c <= 0xEC {
			return false
		}
	}
	return true
}

// And joins names as a sentence does: a, b and c.
func And(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
