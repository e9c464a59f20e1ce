package prefpair

import (
	"errors"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

// A label is believed only where the step that it means and its correction say the
// same number of themselves; a set that counts from 0, or counts lines of its own,
// would else pair a right step with the correction of another.
func TestNumbering(t *testing.T) {
	steps := []string{"Step 1: Let x be 2.\n", "Step 2: Then 3x is 5.\n", "So much for that.\n", "Step 3: x is 5."}
	for name, c := range map[string]struct {
		step            int
		rectified, want string
		code            string
	}{
		"one annotator":          {1, "Step 2: Then 3x is 6.", "Step 2: Then 3x is 6.", ""},
		"the second by number":   {1, "Step 3: x is 2.\nStep 2: Then 3x is 6.\n", "Step 2: Then 3x is 6.", ""},
		"two lines, then one":    {1, "Step 2: Then\nit is 6.\nStep 2: 3x is 6.", "Step 2: 3x is 6.", ""},
		"no label":               {1, " ", "", ""},
		"counted from 0":         {0, "Step 2: Then 3x is 6.", "", "numbering"},
		"a step without number":  {2, "Step 3: x is 2.", "", "numbering"},
		"another number":         {3, "Step 4: x is 2.", "", "numbering"},
		"a correction without":   {1, "Then 3x is 6.", "", "numbering"},
		"whose line is it":       {1, "Step 2: Then\nit is 6.", "", "numbering"},
		"beyond the last":        {4, "Step 5: x is 2.", "", "numbering"},
		"before the first":       {-1, "Step 0: x is 2.", "", "numbering"},
		"the same again":         {1, "Step 2: Then 3x is 5.", "", "no-change"},
		"a number that is huge":  {1, "Step 99999999999999999999: x", "", "numbering"},
		"a correction of CR, LF": {1, "Step 2: Then 3x is 6.\r\nStep 3: x is 2.", "Step 2: Then 3x is 6.", ""},
	} {
		a := format.Attempt{Trace: format.Trace{ID: "t"}, Errors: []format.StepError{{Step: c.step, Rectified: c.rectified}}}
		for i, s := range steps {
			a.Trace.Steps = append(a.Trace.Steps, format.Step{ID: i + 1, Text: s})
		}
		at, wrong, right, ok, err := labelled(&a)
		var refusal *augment.Refusal
		switch {
		case c.code != "":
			if !errors.As(err, &refusal) || refusal.Code != c.code {
				t.Errorf("%s: got %v, want a refusal for %s", name, err, c.code)
			}
		case ok != (c.want != "") || err != nil:
			t.Errorf("%s: %v, %v", name, ok, err)
		case ok:
			got, text := c.rectified[right.Start:right.End], a.Trace.Text()[wrong.Start:wrong.End]
			if got != c.want || at != c.step || text != "Step 2: Then 3x is 5." {
				t.Errorf("%s: step %d, %q over %q, want %q", name, at, got, text, c.want)
			}
		}
	}
}
