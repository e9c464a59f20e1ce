package behaviors

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/shard"
)

const (
	orchard      = `A farmer picks 46 crates of pears and 38 crates of plums. Each crate is sold for 12 dollars. How many dollars does the farmer get?`
	orchardSteps = `The farmer picks 46 + 38 = 84 crates in all.\nSelling the crates brings 84 * 12 = 1008 dollars.\n#### 1008`
	orchardTrace = `{"question":"` + orchard + `","answer":"` + orchardSteps + `"}`
)

// sourced builds a recipe over the orchard with the given errors block and files,
// and returns the build's rows with the folder.
func sourced(t *testing.T, errs, use string, files map[string]string) (string, []*shard.Record) {
	t.Helper()
	dir := t.TempDir()
	if files["traces.jsonl"] == "" {
		files["traces.jsonl"] = orchardTrace + "\n"
	}
	files["recipe.yaml"] = "version: 1\ntraces: [{path: traces.jsonl, reader: " + readerOf(files["traces.jsonl"]) + "}]\n" + errs +
		"\nbehaviors:\n  - {use: " + use + ", select: {per: site, rate: 1}}\n"
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	plan, ds, err := augment.Load(filepath.Join(dir, "recipe.yaml"), Suite)
	if err != nil || plan == nil {
		t.Fatal(err, ds)
	}
	out := filepath.Join(dir, "out")
	if _, err := augment.Build(context.Background(), plan, out, augment.BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	report, err := augment.CheckDir(context.Background(), out, Suite, augment.CheckOptions{})
	if err != nil || !report.OK() {
		t.Fatalf("check: %v %v", err, report)
	}
	r, err := shard.Records.Open(filepath.Join(out, "records", "part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []*shard.Record
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		copied := *row
		rows = append(rows, &copied)
	}
	return out, rows
}

func readerOf(text string) string {
	if strings.HasPrefix(text, `{"set"`) {
		return "graft"
	}
	return "gsm8k"
}

func rollout(prefix string, samples ...string) string {
	return `{"question":"` + orchard + `","prefix":"` + prefix + `","samples":["` + strings.Join(samples, `","`) + `"],"policy":"p7","temperature":0.7}` + "\n"
}

// What a model got wrong after the gold prefix becomes the wrong step of the edit,
// in its own words; what it got right, or did otherwise, does not.
func TestWrongSamplesOfAPolicyAreInjected(t *testing.T) {
	const errs = "errors: {accept: [onpolicy], rollouts: [r.jsonl]}"
	first := `The farmer picks 46 + 38 = 84 crates in all.\n`
	for _, row := range []struct {
		name, sample string
		want         string // text of the wrong step; empty: no edit
		class        string
	}{
		{"false arithmetic", `Every crate sold makes 84 * 12 = 998 dollars.\n#### 998`, "Every crate sold makes 84 * 12 = 998 dollars.", "arithmetic"},
		{"prose before it", `Now the money. That is 84*12=1018 dollars.`, "Now the money. That is 84*12=1018 dollars.", "arithmetic"},
		{"same sentence, wrong operator", `Selling the crates brings 84 / 12 = 7 dollars.`, "Selling the crates brings 84 / 12 = 7 dollars.", "operator"},
		{"same sentence, misread number", `Selling the crates brings 48 * 12 = 576 dollars.`, "Selling the crates brings 48 * 12 = 576 dollars.", "copied"},
		{"right", `Selling the crates brings 84 * 12 = 1008 dollars.`, "", ""},
		{"another way, worked out correctly", `The pears bring 46 * 12 = 552 dollars.`, "", ""},
		{"another sentence, another operator", `They fill 84 / 12 = 7 trucks.`, "", ""},
		{"an operand that the meant one rests on", `Selling the crates brings 46 * 12 = 552 dollars.`, "", ""},
		{"no claim", `So it is a lot of money.`, "", ""},
		{"final answer at once", `#### 998`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, rows := sourced(t, errs, "wrong_then_fix", map[string]string{"r.jsonl": rollout(first, row.sample, `I do not know.`)})
			if row.want == "" {
				if len(rows[0].Edits) != 0 {
					t.Fatalf("an edit where nothing is proved wrong:\n%s", rows[0].Text)
				}
				return
			}
			if len(rows[0].Edits) != 1 {
				t.Fatalf("%d edits, want 1:\n%s", len(rows[0].Edits), rows[0].Text)
			}
			e := rows[0].Edits[0]
			if e.Proof.Grade != "onpolicy" || !strings.HasPrefix(e.Proof.Detail, row.class+": ") ||
				!strings.HasSuffix(e.Proof.Detail, "1 of 2 samples of policy p7 at temperature 0.7") {
				t.Errorf("proof %+v", e.Proof)
			}
			at := slices.IndexFunc(rows[0].Spans, func(s shard.Span) bool { return s.Name == "wrong_then_fix.wrong" })
			if got := strings.TrimSpace(rows[0].Text[rows[0].Spans[at].Start:rows[0].Spans[at].End]); got != row.want {
				t.Errorf("wrong step %q, want %q", got, row.want)
			}
		})
	}
}

// Found errors come first; what is made up fills the other sites, if accepted.
func TestFoundErrorsComeBeforeMadeUpOnes(t *testing.T) {
	r := rollout(`The farmer picks 46 + 38 = 84 crates in all.\n`, `That makes 84 * 12 = 998 dollars.`)
	for errs, want := range map[string][]string{
		"errors: {accept: [onpolicy], rollouts: [r.jsonl]}":           {"onpolicy"},
		"errors: {accept: [onpolicy, computed], rollouts: [r.jsonl]}": {"computed", "onpolicy"},
		"": {"computed", "computed"},
	} {
		_, rows := sourced(t, errs, "backtracking", map[string]string{"r.jsonl": r})
		var got []string
		for _, e := range rows[0].Edits {
			got = append(got, e.Proof.Grade)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: grades %v, want %v\n%s", errs, got, want, rows[0].Text)
		}
	}
}

// A wrong attempt at the same problem lends its first wrong step, proved by
// computing; a step that only a label calls wrong is taken at the label's word, and
// only where the recipe says so.
func TestStepsOfWrongAttemptsAreInjected(t *testing.T) {
	attempts := func(wrong string, label string) map[string]string {
		var steps strings.Builder
		for i, text := range strings.Split(wrong+"|#### 998", "|") {
			kind := "compute"
			if strings.HasPrefix(text, "####") {
				kind = "answer"
			}
			fmt.Fprintf(&steps, `,{"id":%d,"kind":%q,"text":%q}`, i+2, kind, text+"\n")
		}
		rec := `{"set":"mr-gsm8k","id":"x","problem":{"id":"","question":"` + orchard + `","answer":"1008","checker":"number"},"attempts":[` +
			`{"trace":{"id":"","steps":[{"id":1,"kind":"compute","text":"The farmer picks 46 + 38 = 84 crates in all.\n"},` +
			`{"id":2,"kind":"compute","text":"Selling the crates brings 84 * 12 = 1008 dollars.\n"},{"id":3,"kind":"answer","text":"#### 1008"}]}},` +
			`{` + label + `"trace":{"id":"","steps":[{"id":1,"kind":"compute","text":"In all 46 + 38 = 84 crates.\n"}` + steps.String() + `]}}]}` + "\n"
		return map[string]string{"traces.jsonl": rec}
	}
	const labelled = `"errors":[{"step":1,"reason":"it is not asked for","rectified":"prose"}],`
	for _, row := range []struct{ name, errs, wrong, label, grade string }{
		{"attempt", "errors: {accept: [attempt]}", "It gets 84 * 12 = 998 dollars.", "", "attempt"},
		{"attempt, unproved", "errors: {accept: [attempt]}", "It gets 46 * 12 = 552 dollars.", "", ""},
		{"attempt, operands the other way round", "errors: {accept: [attempt]}", "Selling the crates brings 12 + 84 = 96 dollars.", "", "attempt"},
		{"attempt, other words", "errors: {accept: [attempt]}", "It gets 12 + 84 = 96 dollars.", "", ""},
		{"attempt, after another way", "errors: {accept: [attempt]}", "It gets 46 * 12 = 552 dollars.|Selling the crates brings 84 * 21 = 1764 dollars.", "", "attempt"},
		{"attempt, the same operands after another way", "errors: {accept: [attempt]}", "It gets 46 * 12 = 552 dollars.|It gets 12 * 84 = 998 dollars.", "", "attempt"},
		{"attempt, other words after another way", "errors: {accept: [attempt]}", "It gets 46 * 12 = 552 dollars.|It gets 84 * 21 = 1764 dollars.", "", ""},
		{"attempt, other operands after another way", "errors: {accept: [attempt]}", "It gets 46 * 12 = 552 dollars.|It gets 38 * 12 = 444 dollars.", "", ""},
		{"labelled", "errors: {accept: ['labelled:mr-gsm8k']}", "It gets 46 * 12 = 552 dollars.", labelled, "labelled:mr-gsm8k"},
		{"labelled, another set", "errors: {accept: ['labelled:mr-ben']}", "It gets 46 * 12 = 552 dollars.", labelled, ""},
		{"labelled, not accepted", "errors: {accept: [attempt]}", "It gets 46 * 12 = 552 dollars.", labelled, ""},
		{"label on a right step", "errors: {accept: ['labelled:mr-gsm8k']}", "It gets 84 * 12 = 1008 dollars.", labelled, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, rows := sourced(t, row.errs, "backtracking", attempts(row.wrong, row.label))
			got := ""
			if len(rows[0].Edits) > 0 {
				got = rows[0].Edits[0].Proof.Grade
			}
			if got != row.grade {
				t.Errorf("grade %q, want %q\n%s", got, row.grade, rows[0].Text)
			}
		})
	}
}

// An edit with a borrowed wrong step is refused by proof and behavior alike once the
// step is right after all, or only another way.
func TestBorrowedStepsAreProvedAgain(t *testing.T) {
	question := orchard
	steps := ingest.Segment(strings.ReplaceAll(orchardSteps, `\n`, "\n"))
	a := &format.Attempt{Trace: format.Trace{ID: "x", Steps: steps}, Graph: answer.Derive(question, steps)}
	p := &augment.Pass{Problem: &format.Problem{Question: question}, Attempt: a, Graph: a.Graph}
	at := slices.IndexFunc(steps, func(s format.Step) bool { return strings.Contains(s.Text, "84 * 12") })
	node := steps[at].Claims[0].Node
	edit := func(wrong, retract string) augment.Edit {
		return augment.Edit{Proof: format.Proof{Grade: "onpolicy"}, Steps: []format.Step{
			{Kind: format.Wrong, Node: node, Text: wrong + "\n"},
			{Kind: format.Retract, Node: node, Refs: []format.NodeID{node}, Text: retract + "\n"}}}
	}
	b := Suite.Find("wrong_then_fix")
	p.Params = b.Params
	good := edit("It gets 84 * 12 = 998 dollars.", "That does not hold: 998 / 84 = 11.88. Out goes 998.")
	_ = good
	for name, e := range map[string]augment.Edit{
		"right":       edit("It gets 84 * 12 = 1008 dollars.", "That fails. Out goes 1008."),
		"another way": edit("It gets 46 * 12 = 552 dollars.", "It uses 46 where 84 belongs. Out goes 552."),
		"no reason":   edit("It gets 84 * 12 = 998 dollars.", "That fails. Out goes 998."),
	} {
		if err := b.Verify(p, augment.Site{Step: at}, e); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}
