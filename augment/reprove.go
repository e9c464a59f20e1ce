package augment

import (
	"fmt"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// A rowProver proves single rows of records/. It belongs to one goroutine.
type rowProver struct {
	c      *checker
	enc    *token.Encoder
	prover prover
	params map[string]any // parsed parameters by behavior and text
}

func (p *rowProver) prove(row *shard.Record) (out checkedRecord) {
	out.id = row.RecordID
	fail := func(law string, edit int, format string, args ...any) {
		out.findings = append(out.findings, Finding{Law: law, Edit: edit, Detail: fmt.Sprintf(format, args...)})
	}
	s, err := row.Sample()
	if err != nil {
		fail("provenance", 0, "%v", err)
		return out
	}
	p.tokens(&s, int(row.NTokens), &out, fail)
	if s.Variant != "" {
		return out // what it says is proved with its parents
	}
	question, trace, source, err := readBack(&s)
	if err != nil {
		fail("provenance", 0, "%v", err)
		return out
	}
	if err := format.CheckTrace(trace); err != nil {
		fail("provenance", 0, "%v", err)
		return out
	}
	problem := format.Problem{Question: question, Answer: s.Answer, Checker: s.Checker}
	if err := p.filtered(&problem, s.Grade, source.Text()); err != nil {
		fail("truth", 0, "%v", err)
	}
	p.truth(&problem, &source, &trace, fail)
	if got, want := finalOf(trace.Text()), finalOf(source.Text()); got != want {
		fail("truth", 0, "the final answer reads %q, the source's %q", got, want)
	}
	return out
}

// filtered holds a row against what the recipe keeps: the verdict that the row
// states is one that it keeps, and the checker, asked again, does not say the
// opposite. What the checker needs beside the row, it may not be able to tell.
func (p *rowProver) filtered(problem *format.Problem, stated, text string) error {
	if f := filterOf(p.c.keep); f != nil && f.Verdict != "" && stated != f.Verdict {
		return fmt.Errorf("the recipe keeps %s, the row says %s", f.Keep, stated)
	}
	opposite := map[string]string{"right": "wrong", "wrong": "right"}[stated]
	if got, detail := gradeAttempt(problem, &format.Attempt{}, text); opposite != "" && got == opposite {
		return fmt.Errorf("the row says %s, the checker %s finds it %s: %s", stated, problem.Checker, got, detail)
	}
	return nil
}

func finalOf(text string) string {
	a, _, _, _ := answer.Final(text)
	return a
}

// tokens encodes the text again.
func (p *rowProver) tokens(s *format.Sample, n int, out *checkedRecord, fail func(string, int, string, ...any)) {
	if err := encodeSample(p.enc, p.c.tok, s, nil); err != nil {
		fail("tokens", 0, "%v", err)
		return
	}
	out.tokens = len(s.IDs)
	if len(s.IDs) != n {
		fail("tokens", 0, "the text has %d tokens, the row says %d", len(s.IDs), n)
	}
	spans, err := shard.TokenSpans(nil, s, func(name string) (int32, bool) { i, ok := p.c.spans[name]; return i, ok })
	if err != nil {
		fail("tokens", 0, "%v", err)
		return
	}
	out.doc = documentSum(s.RecordID, s.IDs, spans)
}

// readBack rebuilds the attempt from a row: the question, the stamped trace,
// and the source alone. It checks provenance on the way: every span lies where
// its edit and its source offsets say.
func readBack(s *format.Sample) (question string, trace, source format.Trace, err error) {
	if len(s.Messages) < 2 {
		return "", trace, source, fmt.Errorf("%d messages, want a question and an answer", len(s.Messages))
	}
	last := s.Messages[len(s.Messages)-1]
	for _, m := range s.Messages {
		if m.Role == "user" {
			question = s.Text[m.Start:m.End]
		}
	}
	trace = format.Trace{ID: s.RecordID, Edits: s.Edits}
	source.ID = s.RecordID
	at, told := 0, make([]int, len(s.Edits))
	for i := range s.Spans {
		sp := &s.Spans[i]
		if sp.Start < last.Start || sp.End > last.End {
			continue
		}
		text := s.Text[sp.Start:sp.End]
		switch sp.Origin {
		case format.FromSource:
			if sp.SrcStart != at || sp.SrcEnd != at+len(text) || sp.Name != format.SpanSource {
				return "", trace, source, fmt.Errorf("span %d (%s) covers source bytes %d:%d, want %d:%d", i, sp.Name, sp.SrcStart, sp.SrcEnd, at, at+len(text))
			}
			at += len(text)
			step := format.Step{ID: len(source.Steps) + 1, Text: text}
			source.Steps = append(source.Steps, step)
			trace.Steps = append(trace.Steps, step)
		case format.FromGraft:
			e := &s.Edits[sp.Edit-1]
			if told[sp.Edit-1] == len(e.Facts) {
				return "", trace, source, fmt.Errorf("span %d (%s): edit %d has %d steps only", i, sp.Name, sp.Edit, len(e.Facts))
			}
			k := told[sp.Edit-1]
			f := e.Facts[k]
			told[sp.Edit-1]++
			if want := chat.SpanName(e.Behavior, f.Kind); sp.Name != want || sp.SrcStart != at || sp.SrcEnd != at+len(f.Was) {
				return "", trace, source, fmt.Errorf("span %d is %s at source bytes %d:%d, want %s at %d:%d", i, sp.Name, sp.SrcStart, sp.SrcEnd, want, at, at+len(f.Was))
			}
			if f.Was != "" { // a source step, renamed
				at += len(f.Was)
				was := format.Step{ID: len(source.Steps) + 1, Text: f.Was}
				source.Steps = append(source.Steps, was)
				was.Kind, was.Node, was.Was, was.Text = f.Kind, f.Node, f.Was, text
				was.Origin = format.Origin{Edit: sp.Edit, Behavior: e.Behavior}
				trace.Steps = append(trace.Steps, was)
				continue
			}
			gap := e.Step - 1
			if e.After {
				gap = e.Step
			}
			if gap != len(source.Steps) {
				return "", trace, source, fmt.Errorf("edit %d is about step %d, but stands after %d source steps", sp.Edit, e.Step, len(source.Steps))
			}
			name := e.Behavior
			if e.Parent > 0 {
				host, err := hostOf(s.Edits, sp.Edit)
				if err != nil {
					return "", trace, source, err
				}
				name = nestedName(name, host.Behavior)
			}
			trace.Steps = append(trace.Steps, format.Step{
				ID: insertedID(name, e.Step, e.After, k), Kind: f.Kind, Text: text, Node: f.Node, Refs: f.Refs,
				Origin: format.Origin{Edit: sp.Edit, Behavior: e.Behavior},
			})
		case format.FromTemplate:
			// What a template writes into an answer of its own is no step.
		default:
			return "", trace, source, fmt.Errorf("span %d (%s) in the answer is by %s", i, sp.Name, sp.Origin)
		}
	}
	for i, n := range told {
		if n != len(s.Edits[i].Facts) {
			return "", trace, source, fmt.Errorf("edit %d has %d steps, %d spans", i+1, len(s.Edits[i].Facts), n)
		}
	}
	return question, trace, source, nil
}

// hostOf finds the edit that another is nested in: an earlier one at the same site
// that is not nested itself.
func hostOf(edits []format.Stamp, edit int) (*format.Stamp, error) {
	e := &edits[edit-1]
	if e.Parent < 1 || e.Parent >= edit {
		return nil, fmt.Errorf("edit %d is nested in edit %d", edit, e.Parent)
	}
	host := &edits[e.Parent-1]
	if host.Parent != 0 || host.Step != e.Step || host.After != e.After {
		return nil, fmt.Errorf("edit %d is nested in edit %d, which stands elsewhere or is nested itself", edit, e.Parent)
	}
	return host, nil
}

// truth proves every edit again on the graph of the source.
func (p *rowProver) truth(problem *format.Problem, source, trace *format.Trace, fail func(string, int, string, ...any)) {
	if len(trace.Edits) == 0 && p.c.graphs.find(source.ID) == nil {
		return
	}
	attempt := format.Attempt{Trace: *source}
	var err error
	if attempt.Graph, err = p.c.graphs.of(problem, &attempt); err != nil {
		fail("truth", 0, "%v", err)
		return
	}
	pass := Pass{Problem: problem, Attempt: &attempt, Graph: attempt.Graph, HasToken: hasToken(p.c.tok)}
	for i := range trace.Edits {
		stamp := &trace.Edits[i]
		b := p.c.suite.Find(stamp.Behavior)
		if b == nil || b.Version != stamp.Version {
			fail("truth", i+1, "behavior %s version %d is not in this graft, so its edits cannot be proved", stamp.Behavior, stamp.Version)
			continue
		}
		params, err := p.paramsOf(b, stamp.Params)
		if err != nil {
			fail("truth", i+1, "%v", err)
			continue
		}
		pass.Params = params
		site := Site{Step: stamp.Step - 1, After: stamp.After}
		edit := editOf(trace, i+1)
		if pass.Host = nil; stamp.Parent > 0 {
			host := editOf(trace, stamp.Parent)
			pass.Host = &Host{Behavior: trace.Edits[stamp.Parent-1].Behavior, Site: site, Edit: &host}
		}
		if b.Nests != (stamp.Parent > 0) {
			fail("truth", i+1, "%s nests: %v; the edit is nested in edit %d", b.Name, b.Nests, stamp.Parent)
			continue
		}
		if site.Step < 0 || site.Step >= len(source.Steps) {
			fail("provenance", i+1, "is about step %d of %d", stamp.Step, len(source.Steps))
			continue
		}
		if err = accepted(p.c.errors, &edit); err == nil {
			err = p.prover.prove(&pass, site, &edit)
		}
		if err == nil {
			err = b.Verify(&pass, site, edit)
		}
		if err != nil {
			fail("truth", i+1, "%s: %v", b.Name, err)
		}
	}
}

// editOf gathers the steps of one edit.
func editOf(trace *format.Trace, edit int) Edit {
	e := Edit{Proof: trace.Edits[edit-1].Proof}
	parent, before := trace.Edits[edit-1].Parent, 0
	source := 0 // steps of the source before step k
	for k := range trace.Steps {
		s := &trace.Steps[k]
		if s.Source() != "" {
			source++
		}
		switch at := s.Origin.Edit; {
		case at == edit && s.Was != "":
			e.Replaces = append(e.Replaces, Replacement{Step: source - 1, Text: s.Text})
		case at == edit:
			e.Steps = append(e.Steps, trace.Steps[k])
			if parent > 0 {
				e.At = append(e.At, before)
			}
		case at == parent && parent > 0:
			before++
		}
	}
	return e
}

// paramsOf parses stamped parameters, each text once.
func (p *rowProver) paramsOf(b *Behavior, text string) (any, error) {
	key := b.Name + "\x00" + text
	if v, ok := p.params[key]; ok {
		return v, nil
	}
	v, err := b.ParseParams(text)
	if err != nil {
		return nil, err
	}
	if p.params == nil {
		p.params = map[string]any{}
	}
	p.params[key] = v
	return v, nil
}
