package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// Made-up errors are held against a policy's own: classes, values, and how many of
// them the policy makes. The report says why that matters.
func TestStatsOfErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "traces.jsonl"), shopTraces)
	recipe := func(name, errs string) string {
		return write(t, filepath.Join(dir, name), "version: 1\ntraces: [{path: traces.jsonl}]\n"+errs+
			"\nbehaviors: [{use: wrong_then_fix, select: {per: site, rate: 1}}]\n")
	}
	const question = `"question":"A shop sells 46 pens and 38 pads. Each item costs 12 dollars. How many dollars is that?","policy":"p"`
	rollouts := write(t, filepath.Join(dir, "r.jsonl"),
		`{`+question+`,"steps":0,"of":3,"next":"The shop sells 46 + 38 = 84 items.\n","samples":["46 + 38 = 94","46 + 38 = 94","46 + 38 = 84","I pass."]}`+"\n"+
			`{`+question+`,"prefix":"The shop sells 46 + 38 = 84 items.\n","steps":1,"of":3,"next":"The items cost 84 * 12 = 1008 dollars.\n","samples":["84 * 12 = 998","84 * 12 = 1009","46 * 12 = 552"]}`+"\n")
	own, made := filepath.Join(dir, "own"), filepath.Join(dir, "made")
	graft(t, 0, "build", recipe("own.yaml", "errors: {accept: [onpolicy], rollouts: [r.jsonl]}"), "-o", own)
	graft(t, 0, "build", recipe("made.yaml", ""), "-o", made)
	type report struct {
		A, B struct {
			Errors   int
			Right    int
			Unjudged int
			Classes  map[string]int
		}
		JS      float64 `json:"js_classes"`
		Covered int
		Made    int `json:"made_by_policy"`
	}
	read := func(a, b string) (r report) {
		out, _ := graft(t, 0, "stats", "--errors", "--json", a, b)
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := read(own, rollouts); r.A.Errors != 2 || r.B.Errors != 4 || r.B.Right != 1 || r.B.Unjudged != 2 || r.Covered != 2 || r.Made != 2 {
		t.Errorf("the policy's own: %+v", r)
	}
	if r := read(rollouts, rollouts); r.JS != 0 || r.B.Classes["off_by_one"] != 1 || r.B.Classes["arithmetic"] != 3 {
		t.Errorf("rollouts with themselves: %+v", r)
	}
	if r := read(made, rollouts); r.A.Errors != 2 || r.Covered != 2 {
		t.Errorf("made up: %+v", r)
	}
	out, _ := graft(t, 0, "stats", "--errors", made, rollouts)
	if !strings.Contains(out, "known not to teach") || !strings.Contains(out, "2512.02389") || !strings.Contains(out, "errors of A itself") {
		t.Errorf("said:\n%s", out)
	}
	graft(t, 2, "stats", "--errors", made)
	graft(t, 2, "stats", made, own)
	graft(t, 1, "stats", "--errors", made, filepath.Join(dir, "traces.jsonl"))
	graft(t, 1, "stats", "--errors", made, filepath.Join(dir, "none.jsonl"))
}
