package shard

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/seed-cdf14512/graft/format"
)

func weights(t *testing.T, text string) Weights {
	t.Helper()
	var w Weights
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWeightOf(t *testing.T) {
	for _, c := range []struct{ weights, name, want, why string }{
		{`{}`, "source", "1", "the default"},
		{`{}`, "end", "1", "the default"},
		{`{}`, "template", "0", "never trained"},
		{`{}`, "user", "0", "not trained by default"},
		{`{}`, "backtracking.wrong", "0", "not trained by default"},
		{`{"default": 0.25}`, "reflection.fix", "0.25", "a number is as good as a string"},
		{`{"default": 2}`, "system", "0", "the default does not reach it"},
		{`{"reflection.*": 2, "reflection.fix": "1.5", "*": 3}`, "reflection.fix", "1.5", "a name beats globs"},
		{`{"reflection.*": 2, "*": 3}`, "reflection.fix", "2", "the longer glob wins"},
		{`{"*.fix": 2, "ref*ix": 3, "r*": 4}`, "reflection.fix", "3", "the longer glob wins, in any order"},
		{`{"*.fix": 2, "ref*x": 3}`, "reflection.fix", "2", "equal lengths: first in order"},
		{`{"backtracking.*": 2}`, "backtracking.wrong", "0", "a general glob does not train errors"},
		{`{"backtracking.wrong": 0.5}`, "backtracking.wrong", "0.5", "a name does"},
		{`{"*.wrong": 0.5}`, "backtracking.wrong", "0.5", "and a glob that says wrong"},
		{`{"*": 5}`, "template", "0", "no glob trains the template"},
		{`{"*": 5}`, "user", "0", "nor the user"},
		{`{"user": 1}`, "user", "1", "a name does"},
		{`{"a*b*c": 7}`, "aXbYc", "7", "two stars"},
		{`{"a*b*c": 7}`, "acb", "1", "parts in order"},
		{`{"ab*ba": 7}`, "aba", "1", "parts do not overlap"},
		{`{"default": "0.1"}`, "source", "0.1", "exact"},
	} {
		if got := weights(t, c.weights).Of(c.name).String(); got != c.want {
			t.Errorf("%s: weight of %s is %s, want %s (%s)", c.weights, c.name, got, c.want, c.why)
		}
	}
}

func TestWeightsRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"x": "1e3"}`, "want a decimal"},
		{`{"x": true}`, "want a decimal"},
		{`{"x": -1}`, "must be 0 or more"},
		{`{"default": "-0.5"}`, "must be 0 or more"},
		{`{"template": 1}`, "template is never trained"},
		{`{"x": 1, "x": 2}`, "duplicate"},
		{`{"": 1}`, "is empty"},
	} {
		var w Weights
		if err := json.Unmarshal([]byte(c.text), &w); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.text, err, c.want)
		}
	}
	names := []string{"template", "source", "end", "reflection.fix"}
	for _, c := range []struct{ text, want string }{
		{`{"reflection.fixed": 2}`, `"reflection.fixed" matches no span name`},
		{`{"backtracking.*": 2}`, `"backtracking.*" matches no span name`},
		{`{"end": 0}`, `"end" has weight 0, must be above 0`},
		{`{"default": 0}`, `"end" has weight 0, must be above 0`},
	} {
		if _, err := weights(t, c.text).Resolve(names); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.text, err, c.want)
		}
	}
	if _, err := weights(t, `{"*.wrong": 0}`).Resolve(names); err != nil {
		t.Errorf("a pattern that says what holds anyway: %v", err)
	}
}

func TestWeightsRoundTrip(t *testing.T) {
	w := weights(t, `{"z*": 0.125, "default": "2", "a.b": 3}`)
	b, err := json.Marshal(w)
	if want := `{"default":"2","a.b":"3","z*":"0.125"}`; err != nil || string(b) != want {
		t.Errorf("%s (%v), want %s", b, err, want)
	}
}

func TestCheckTrained(t *testing.T) {
	names := []string{"template", "source", "end", "x.wrong"}
	w, err := DefaultWeights().Resolve(names)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spans []TokenSpan
		want  string
	}{
		{"right", []TokenSpan{{End: 3, Name: 0}, {End: 9, Name: 1}, {End: 10, Name: 2}, {End: 11, Name: 0}}, ""},
		{"no end", []TokenSpan{{End: 3, Name: 0}, {End: 9, Name: 1}}, "not a turn end"},
		{"end without tokens", []TokenSpan{{End: 3, Name: 0}, {End: 9, Name: 1}, {End: 9, Name: 2}}, "not a turn end"},
		{"text after the end", []TokenSpan{{End: 3, Name: 0}, {End: 4, Name: 2}, {End: 9, Name: 1}}, "not a turn end"},
		{"nothing trained", []TokenSpan{{End: 3, Name: 0}, {End: 9, Name: 3}}, "no token has a weight"},
		{"only the first token", []TokenSpan{{End: 1, Name: 2}, {End: 9, Name: 3}}, "no token has a weight"},
		{"unknown name", []TokenSpan{{End: 3, Name: 7}}, "span name 7 of 4"},
	} {
		err := CheckTrained(c.spans, w, names)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if err := CheckTrained(nil, w, names); !errors.Is(err, ErrUntrained) {
		t.Errorf("no spans: %v", err)
	}
	if n := testing.AllocsPerRun(100, func() { CheckTrained([]TokenSpan{{End: 3, Name: 1}, {End: 4, Name: 2}}, w, names) }); n > 0 {
		t.Errorf("%v allocations a document", n)
	}
}

// A token belongs to the span of its last byte, and span k stays span k.
func TestTokenSpans(t *testing.T) {
	name := func(s string) (int32, bool) { return int32(len(s)), s != "unknown" }
	sample := func(text string, ends []int32, cuts ...int) *format.Sample {
		s := &format.Sample{RecordID: "r", Text: text, Ends: ends, IDs: make([]int32, len(ends))}
		at := 0
		for i, c := range cuts {
			s.Spans = append(s.Spans, format.Span{Start: at, End: c, Name: "n", Edit: i})
			at = c
		}
		return s
	}
	for _, c := range []struct {
		name string
		s    *format.Sample
		want []int32 // ends in tokens
	}{
		{"aligned", sample("abcdef", []int32{2, 4, 6}, 2, 6), []int32{1, 3}},
		{"a token over a border is the right span's", sample("abcdef", []int32{1, 3, 6}, 2, 6), []int32{1, 3}},
		{"the first token is the first span's", sample("abcdef", []int32{3, 6}, 2, 6), []int32{1, 2}},
		{"a span inside a token has none", sample("abcdef", []int32{1, 5, 6}, 2, 4, 6), []int32{1, 1, 3}},
		{"a token over the last border", sample("abcdef", []int32{2, 6}, 2, 5, 6), []int32{1, 1, 2}},
		{"tokens without bytes", sample("abcd", []int32{0, 2, 2, 4, 4}, 2, 4), []int32{3, 5}},
	} {
		got, err := TokenSpans(nil, c.s, name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, s := range got {
			if len(got) != len(c.want) || s.End != c.want[i] || int(s.Edit) != i {
				t.Errorf("%s: %v, want ends %v", c.name, got, c.want)
				break
			}
		}
		r := Row{}
		r.Append("first", make([]int32, 4), []TokenSpan{{End: 4}, {End: 4}})
		r.Append("r", c.s.IDs, got)
		r.Append("last", make([]int32, 1), []TokenSpan{{End: 1}})
		docs, err := r.Documents()
		if err != nil || len(docs) != 3 || len(docs[0].Spans) != 2 || len(docs[1].Spans) != len(got) || docs[1].Start != 4 {
			t.Errorf("%s: packed and unpacked: %v, %v", c.name, docs, err)
		}
	}
	for _, c := range []struct {
		s    *format.Sample
		want string
	}{
		{sample("abcd", []int32{2}, 4), "cover 2 of 4 bytes"},
		{sample("abcd", []int32{2, 1, 4}, 4), "ends at byte 1, after one that ends at 2"},
		{sample("abcd", []int32{2, 9}, 4), "ends at byte 9"},
		{sample("abcd", nil, 4), "0 tokens with 0 ends"},
	} {
		if _, err := TokenSpans(nil, c.s, name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.s.Ends, err, c.want)
		}
	}
}

func TestRowLaw(t *testing.T) {
	good := func() *Row {
		r := &Row{}
		r.Append("a", []int32{1, 2, 3}, []TokenSpan{{2, 0, 0}, {3, 1, 1}})
		r.Append("b", []int32{4, 5}, []TokenSpan{{1, 0, 0}, {2, 1, 0}, {2, 2, 0}})
		return r
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(*Row)
	}{
		{"no tokens", func(r *Row) { r.Reset() }},
		{"negative id", func(r *Row) { r.InputIDs[1] = -1 }},
		{"a record too few", func(r *Row) { r.RecordID = r.RecordID[:1] }},
		{"nameless record", func(r *Row) { r.RecordID[1] = "" }},
		{"length 0", func(r *Row) { r.SeqLengths[0] = 0 }},
		{"lengths add up to less", func(r *Row) { r.SeqLengths[1] = 1 }},
		{"lengths add up to more", func(r *Row) { r.SeqLengths[1] = 3 }},
		{"huge length", func(r *Row) { r.SeqLengths[1] = 1<<31 - 1 }},
		{"span over a document", func(r *Row) { r.SpanEnd[1] = 4 }},
		{"spans go back", func(r *Row) { r.SpanEnd[1] = 1 }},
		{"spans end early", func(r *Row) { r.SpanEnd[3], r.SpanEnd[4] = 4, 4 }},
		{"first span empty", func(r *Row) { r.SpanEnd[0] = 0 }},
		{"a name too few", func(r *Row) { r.SpanName = r.SpanName[:4] }},
		{"negative name", func(r *Row) { r.SpanName[0] = -1 }},
		{"negative edit", func(r *Row) { r.SpanEdit[0] = -1 }},
		{"a span too many", func(r *Row) {
			r.SpanEnd, r.SpanName, r.SpanEdit = append(r.SpanEnd, 6), append(r.SpanName, 0), append(r.SpanEdit, 0)
		}},
	} {
		r := good()
		c.spoil(r)
		if err := r.Check(); err == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
}
