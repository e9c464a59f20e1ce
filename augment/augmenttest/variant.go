package augmenttest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// RunVariant derives from every testdata/NAME.txtar with v, NAME being that of the
// variant, and compares with what it wants. The sections of a file:
//
//	question  the question
//	answer    the reference answer, graded as a number
//	attempt   an attempt, as often as there are; the first is derived from
//	want      the derived texts, the parent or the role of each segment in the margin
//
// Bytes stand for tokens, and compiled, unless nil, makes the compiled attempt.
// With -update the last is rewritten.
func RunVariant(t *testing.T, v *augment.Variant, compiled func(*format.Record) *format.Trace) {
	file := filepath.Join("testdata", v.Name+".txtar")
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rec, want := &format.Record{ID: v.Name, Problem: format.Problem{ID: v.Name, Checker: "number"}}, ""
	for _, f := range ar.Files {
		text := strings.TrimSuffix(string(f.Data), "\n")
		switch f.Name {
		case "question":
			rec.Problem.Question = text
		case "answer":
			rec.Problem.Answer = text
		case "attempt":
			id := fmt.Sprintf("try%d", len(rec.Attempts)+1)
			rec.Attempts = append(rec.Attempts, format.Attempt{Trace: format.Trace{ID: id, Steps: ingest.Segment(text)}})
		case "want":
			want = text
		}
	}
	bank, err := augment.ParseBank(v.Name, v.Phrases)
	if err != nil {
		t.Fatal(err)
	}
	use := &augment.ResolvedVariant{Variant: v, Params: v.Params, ParamsJSON: "{}", Bank: bank}
	var trace *format.Trace
	if v.Compiled {
		rec.Attempts[0].Graph = answer.Derive(rec.Problem.Question, rec.Attempts[0].Trace.Steps)
		trace = compiled(rec)
	}
	count := func(text string) int { return len(text) }
	pass, made, errs := augment.TryVariant(use, 1, rec, 0, trace, count, nil)
	got := derivedMargin(pass, made, errs)
	if *update {
		put(ar, "want", got)
		if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if strings.TrimSuffix(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func derivedMargin(p *augment.Pass, made []augment.Derived, errs []error) string {
	var b strings.Builder
	for i, err := range errs {
		if err != nil {
			fmt.Fprintf(&b, "refused: %v\n", err)
			continue
		}
		d := &made[i]
		fmt.Fprintf(&b, "%s of %s, truth %q, notes %v, proof %s: %s\n", d.Form, strings.Join(d.Parents, " "), d.Truth, d.Notes, d.Proof.Grade, d.Proof.Detail)
		for _, field := range []struct {
			name string
			list []augment.Segment
		}{{"question", d.Question}, {"answer", d.Answer}, {"chosen", d.Chosen}, {"rejected", d.Rejected}} {
			for k := range field.list {
				s := &field.list[k]
				text, _ := p.Text(s)
				from := s.Kind.String()
				if s.Parent != "" {
					from = fmt.Sprintf("%s %s %d:%d", s.Parent, s.Part, s.Start, s.End)
				}
				if s.Wrong {
					from += " wrong"
				}
				fmt.Fprintf(&b, "%-9s %-24s | %s\n", field.name, from, strings.ReplaceAll(text, "\n", `\n`))
			}
		}
	}
	return b.String()
}
