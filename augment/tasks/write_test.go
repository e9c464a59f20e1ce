package tasks

import (
	"math/rand/v2"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/seed-cdf14512/graft/format"
)

// A record is written as the JSON package writes it, or left to that package.
func TestAppendRecord(t *testing.T) {
	plain := 0
	check := func(rec *format.Record) {
		t.Helper()
		want, err := json.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := appendRecord([]byte("x"), rec)
		if !ok {
			if string(got) != "x" {
				t.Errorf("written in part: %s", got)
			}
			return
		}
		if plain++; string(got) != "x"+string(want)+"\n" {
			t.Fatalf("got\n%swant\n%s", got, want)
		}
	}
	for _, task := range Tasks {
		draw, err := task.New(task.Params)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			rec, err := draw(rand.New(rand.NewPCG(1, 2)))
			if err != nil {
				t.Fatal(err)
			}
			check(&rec)
		}
	}
	if plain < 50 {
		t.Errorf("%d records were written here", plain)
	}
	steps := []format.Step{{ID: 1, Kind: format.Compute, Text: "a \"quoted\" <b> \u2028 \x01\n"}, {ID: 2, Node: 3}}
	odd := []format.Record{
		{}, {Eval: true, Meta: []format.Field{{Name: "a"}, {Value: "b"}}},
		{Attempts: []format.Attempt{{}, {Label: format.WrongLabel, Truncated: true, Answer: "1", Trace: format.Trace{ID: "t", Steps: steps}}, {Author: "me"}}},
		{Problem: format.Problem{System: "s"}}, {Problem: format.Problem{Choices: []string{"c"}}},
		{Attempts: []format.Attempt{{Graph: &format.Graph{}}}}, {Attempts: []format.Attempt{{Errors: make([]format.StepError, 1)}}},
		{Attempts: []format.Attempt{{Trace: format.Trace{Edits: make([]format.Stamp, 1)}}}},
	}
	for _, s := range []format.Step{{Symbol: "x"}, {Was: "x"}, {Refs: []format.NodeID{1}}, {Claims: make([]format.Claim, 1)}, {Origin: format.Origin{Edit: 1}}} {
		odd = append(odd, format.Record{Attempts: []format.Attempt{{Trace: format.Trace{Steps: []format.Step{s}}}}})
	}
	for i := range odd {
		check(&odd[i])
	}
}
