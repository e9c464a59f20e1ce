package answer

import (
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// What is said in place of the second step, or of a later one, is about that step
// only where its sentence or its operands come back, and wrong only where computing
// shows it.
func TestTakesOfAStep(t *testing.T) {
	const question = "Ray had 25 lollipops. He kept 5 of them, and shared the rest with 4 friends. How many did each receive?"
	steps := []format.Step{
		{ID: 1, Kind: format.Compute, Text: "Ray shared 25 - 5 = 20 lollipops with his friends.\n"},
		{ID: 2, Kind: format.Compute, Text: "Each of them received 20 / 4 = 5 lollipops.\n"},
	}
	g := Derive(question, steps)
	for _, row := range []struct {
		text           string
		at             int
		echoes         bool
		verdict, class string
	}{
		{"Ray shared 25 - 5 = 20 lollipops with his friends.", 0, true, TakeRight, ""},
		{"Ray shared 25 + 5 = 30 lollipops with his friends.", 0, true, TakeWrong, "operator"},
		{"Ray shared 5 + 25 = 30 lollipops with his friends.", 0, true, TakeWrong, "operator"},
		{"Ray shared 5 * 25 = 125 lollipops with his friends.", 0, true, TakeWrong, "operator"},
		{"Ray shared 5 + 20 = 25 lollipops with his friends.", 0, true, TakeOther, ""},
		{"Ray shared 5 + 5 = 10 lollipops with his friends.", 0, true, TakeOther, ""},
		{"Ray shared 25 - 5 - 4 = 16 lollipops with his friends.", 0, true, TakeOther, ""},
		{"In the bag were 5 + 25 = 30 lollipops.", 0, false, TakeOther, ""},
		{"He had 25 - 5 = 21 left.", 0, true, TakeWrong, "off_by_one"},
		{"He had 25 + 5 = 21 left.", 0, false, TakeWrong, "arithmetic"},
		{"He had 16 + 4 = 21 left.", 0, false, TakeWrong, "off_by_one"},
		{"That is 20 / 4 = 6 for each.", 1, true, TakeWrong, "off_by_one"},
		{"That is 4 * 5 = 21 in all.", 1, false, TakeWrong, "off_by_one"},
		{"Each of them received 20 / 4 = 5, so 5 * 4 = 20 lollipops.", 1, false, TakeUnread, ""},
		{"Each of them received some lollipops.", 1, false, TakeUnread, ""},
	} {
		take := JudgeTake(g, steps, row.at, row.text)
		if echoes := Echoes(g, &steps[row.at], row.text); echoes != row.echoes || take.Verdict != row.verdict || take.Class != row.class {
			t.Errorf("%q in place of step %d: echoes %v, %s %s; want %v, %s %s", row.text, row.at+1, echoes, take.Verdict, take.Class, row.echoes, row.verdict, row.class)
		}
	}
}
