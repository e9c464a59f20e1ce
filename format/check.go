package format

import (
	"fmt"
	"unicode/utf8"
)

// CheckTrace is the law of the IR: it returns the first thing that is wrong with t,
// or nil. Passes may assume it of their input and must keep it.
//
//   - every step has text, valid UTF-8, and an ID of its own;
//   - source steps are numbered upwards from 1, inserted ones carry the
//     Inserted bit, and Origin agrees; one that was renamed keeps its number;
//   - every Origin names a Stamp of the same behavior, and every Stamp has a
//     step;
//   - claims lie inside their step's text, in order.
func CheckTrace(t Trace) error {
	seen := make(map[int]bool, len(t.Steps))
	used := make([]bool, len(t.Edits))
	last := 0
	for i := range t.Steps {
		s := &t.Steps[i]
		if s.Text == "" {
			return fmt.Errorf("step %d: no text", i)
		}
		if !utf8.ValidString(s.Text) {
			return fmt.Errorf("step %d: invalid UTF-8", i)
		}
		if seen[s.ID] {
			return fmt.Errorf("step %d: ID %d used twice", i, s.ID)
		}
		seen[s.ID] = true
		switch e := s.Origin.Edit; {
		case e == 0 && s.Origin.Behavior != "":
			return fmt.Errorf("step %d: behavior %q without an edit", i, s.Origin.Behavior)
		case e == 0 && s.Was != "":
			return fmt.Errorf("step %d: stands for %q without an edit", i, s.Was)
		case (e == 0 || s.Was != "") && (s.ID <= last || s.ID&Inserted != 0):
			return fmt.Errorf("step %d: source step has ID %d after %d", i, s.ID, last)
		case e == 0:
			last = s.ID
		case e < 0 || e > len(t.Edits):
			return fmt.Errorf("step %d: edit %d of %d", i, e, len(t.Edits))
		case !utf8.ValidString(s.Was):
			return fmt.Errorf("step %d: stands for invalid UTF-8", i)
		case s.Was == "" && s.ID&Inserted == 0:
			return fmt.Errorf("step %d: inserted step has source ID %d", i, s.ID)
		case t.Edits[e-1].Behavior != s.Origin.Behavior:
			return fmt.Errorf("step %d: behavior %q, but edit %d is by %q", i, s.Origin.Behavior, e, t.Edits[e-1].Behavior)
		default:
			used[e-1] = used[e-1] || s.Was == "" // a renamed step alone says nothing
			if s.Was != "" {
				last = s.ID
			}
		}
		at := 0
		for j, c := range s.Claims {
			if c.Start < at || c.End < c.Start || c.End > len(s.Text) {
				return fmt.Errorf("step %d: claim %d at %d:%d of %d bytes", i, j, c.Start, c.End, len(s.Text))
			}
			at = c.Start
		}
	}
	for i, ok := range used {
		if !ok {
			return fmt.Errorf("edit %d by %s has no step", i+1, t.Edits[i].Behavior)
		}
		if t.Edits[i].Edit != i+1 {
			return fmt.Errorf("edit %d is numbered %d", i+1, t.Edits[i].Edit)
		}
	}
	return nil
}

// CheckSpans returns the first way in which spans fail to tile n bytes.
func CheckSpans(spans []Span, n int) error {
	at := 0
	for i, s := range spans {
		if s.Start != at || s.End <= s.Start {
			return fmt.Errorf("span %d (%s): covers %d:%d, must begin at %d and hold something", i, s.Name, s.Start, s.End, at)
		}
		at = s.End
	}
	if at != n {
		return fmt.Errorf("spans end at %d of %d bytes", at, n)
	}
	return nil
}
