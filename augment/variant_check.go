package augment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/shard"
)

// A family is one source record, with what of its compiled records variants read.
type family struct {
	source   shard.Parent
	compiled []shard.Parent
}

// A claimed row is one row of derived/ with the row that it speaks of.
type claimedRow struct {
	row    *shard.Derivation
	of     *family
	record *shard.Record
	prompt *shard.Prompt
	pair   *shard.Preference
}

// derived proves every derived row again: the source record in parents/ is the one
// whose digest is the record's identity, every segment is the bytes that it names
// there, and what the variant claims is proved anew.
func (c *checker) derived(ctx context.Context) error {
	newWork := func() func([]claimedRow) ([]checkedRecord, error) {
		p := variantProver{c: c, rows: rowProver{c: c, enc: c.tok.Encoder()}}
		return func(rows []claimedRow) ([]checkedRecord, error) {
			out := make([]checkedRecord, len(rows))
			for i := range rows {
				out[i] = p.prove(&rows[i])
			}
			return out, nil
		}
	}
	classes := map[string]int64{}
	err := ordered(ctx, c.o.Workers, batched(c.claimed(), 64), newWork, func(rows []checkedRecord) error {
		for i := range rows {
			c.report.Derived++
			classes[rows[i].class]++
			for _, f := range rows[i].findings {
				f.Record = rows[i].id
				c.find(f)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.balanced(classes)
	return nil
}

// balanced checks that a variant with classes has equally many of each in every
// split.
func (c *checker) balanced(found map[string]int64) {
	for _, v := range c.suite.Variants {
		for _, split := range splits {
			for _, class := range v.Classes {
				n, first := found[classKey(v.Name, split, class)], found[classKey(v.Name, split, v.Classes[0])]
				if n != first {
					c.find(Finding{Law: "truth", Detail: fmt.Sprintf("%s: %d records of class %s in %s, but %d of class %s", v.Name, n, class, split, first, v.Classes[0])})
				}
			}
		}
	}
}

func classKey(variant, split, class string) string { return variant + " " + split + " " + class }

// A walk goes through the rows of one table, which are in the order of source
// records as all tables are.
type walk[T any] struct {
	next func() (*T, error, bool)
	stop func()
	row  *T
}

func newWalk[T any](c *checker, t *shard.Table[T]) *walk[T] {
	next, stop := iter.Pull2(t.Rows(c.dir, c.m))
	return &walk[T]{next: next, stop: stop}
}

// find moves on to the row that is wanted; every row in between is shown to skip.
func (w *walk[T]) find(wanted func(*T) bool, skip func(*T)) (*T, error) {
	for {
		row, err, ok := w.next()
		if !ok || err != nil {
			return nil, err
		}
		if wanted(row) {
			return row, nil
		}
		skip(row)
	}
}

// claimed yields the rows of derived/ with what they speak of.
func (c *checker) claimed() iter.Seq2[claimedRow, error] {
	return func(yield func(claimedRow, error) bool) {
		parents, records := newWalk(c, &shard.Parents), newWalk(c, &shard.Records)
		prompts, pairs := newWalk(c, &shard.Prompts), newWalk(c, &shard.Preferences)
		for _, stop := range []func(){parents.stop, records.stop, prompts.stop, pairs.stop} {
			defer stop()
		}
		stray := func(id string) {
			c.strays = append(c.strays, Finding{Law: "provenance", Record: id, Detail: "stands nowhere in derived/"})
		}
		strayRecord := func(r *shard.Record) {
			if r.Variant != "" {
				stray(r.RecordID)
			}
		}
		strayPrompt := func(r *shard.Prompt) {
			if strings.Contains(r.PromptID, ".") {
				stray(r.PromptID)
			}
		}
		strayPair := func(r *shard.Preference) { stray(r.PairID) }
		var of *family
		for row, err := range shard.Derivations.Rows(c.dir, c.m) {
			out := claimedRow{row: row}
			if err == nil && (of == nil || of.source.ParentID != row.RecordID) {
				of, err = c.family(parents, row.RecordID)
			}
			out.of = of
			if err == nil {
				switch Form(row.Form) {
				case PromptForm:
					out.prompt, err = prompts.find(func(r *shard.Prompt) bool { return r.PromptID == row.DerivedID }, strayPrompt)
				case PairForm:
					out.pair, err = pairs.find(func(r *shard.Preference) bool { return r.PairID == row.DerivedID }, strayPair)
				default:
					out.record, err = records.find(func(r *shard.Record) bool { return r.RecordID == row.DerivedID }, strayRecord)
				}
			}
			if !yield(out, err) || err != nil {
				return
			}
		}
		none, err := records.find(func(*shard.Record) bool { return false }, strayRecord)
		if err == nil {
			_, err = prompts.find(func(*shard.Prompt) bool { return false }, strayPrompt)
		}
		if err == nil {
			_, err = pairs.find(func(*shard.Preference) bool { return false }, strayPair)
		}
		if err != nil || none != nil {
			yield(claimedRow{}, err)
		}
	}
}

// family reads the next source record of parents/ with its compiled ones.
func (c *checker) family(w *walk[shard.Parent], id string) (*family, error) {
	f := &family{source: shard.Parent{ParentID: id}}
	row := w.row
	for row == nil || row.Kind != shard.SourceParent || row.ParentID != id {
		var err error
		var ok bool
		if row, err, ok = w.next(); err != nil || !ok {
			w.row = nil
			return f, err // without a body: its rows will say so
		}
	}
	f.source = *row
	for {
		row, err, ok := w.next()
		if err != nil {
			return f, err
		}
		if !ok || row.Kind == shard.SourceParent {
			w.row = row
			return f, nil
		}
		f.compiled = append(f.compiled, *row)
	}
}

// A variantProver proves derived rows. It belongs to one goroutine.
type variantProver struct {
	c      *checker
	rows   rowProver
	of     *family // whose record and verdicts are at hand
	rec    *format.Record
	grades []string
	failed error
}

func (p *variantProver) prove(w *claimedRow) (out checkedRecord) {
	out.id = w.row.DerivedID
	if err := p.claim(w, &out); err != nil {
		law := "truth"
		if l, ok := err.(*lawError); ok {
			law = l.law
		}
		out.findings = append(out.findings, Finding{Law: law, Detail: err.Error()})
	}
	return out
}

// A lawError says which law a row breaks.
type lawError struct{ law, text string }

func (e *lawError) Error() string { return e.text }

func breaks(law, text string, args ...any) error { return &lawError{law, fmt.Sprintf(text, args...)} }

func (p *variantProver) claim(w *claimedRow, out *checkedRecord) error {
	v := p.c.suite.FindVariant(w.row.Variant)
	if v == nil || v.Version != int(w.row.Version) {
		return breaks("truth", "variant %s version %d is not in this graft, so what it derived cannot be proved", w.row.Variant, w.row.Version)
	}
	if len(w.row.Parents) == 0 {
		return breaks("provenance", "it names no parent")
	}
	texts, split, err := textsIn(w)
	if err != nil {
		return err
	}
	out.class = classKey(v.Name, split, w.row.Class)
	if err := p.meet(w.of); err != nil {
		return err
	}
	d, err := derivedOf(w.row, texts)
	if err != nil {
		return breaks("erasure", "%v", err)
	}
	params, err := p.rows.paramsOf(v.plugin(), w.row.Params)
	if err != nil {
		return err
	}
	pass := Pass{Problem: &p.rec.Problem, Others: p.rec.Attempts, Set: p.rec.Set, Verdicts: p.grades, Params: params, HasToken: hasToken(p.c.tok)}
	at := pass.Other(w.row.Parents[0])
	if at < 0 || !strings.HasPrefix(w.row.DerivedID, w.row.Parents[0]+"."+v.Name) {
		return breaks("provenance", "its first parent is %s, which its record has not or its name does not say", w.row.Parents[0])
	}
	pass.Attempt = &p.rec.Attempts[at]
	if pass.Attempt.Graph == nil { // once an attempt: its claims stand in its steps
		if pass.Attempt.Graph, err = p.c.graphs.of(&p.rec.Problem, pass.Attempt); err != nil {
			return err
		}
	}
	pass.Graph = pass.Attempt.Graph
	pass.Tokens = tokensOf(p.rows.enc)
	var parent *format.Sample
	if v.Compiled {
		if pass.Compiled, parent, err = p.compiled(w.of, pass.Attempt); err != nil {
			return err
		}
	}
	if err := sameTexts(&pass, d, texts); err != nil {
		return err
	}
	grade, err := proveDerived(&pass, v, d)
	if err != nil {
		return err
	}
	if w.record == nil {
		return nil
	}
	return p.record(w, &pass, v, d, grade, parent)
}

// textsIn are the texts of the row that a derivation speaks of, by field.
func textsIn(w *claimedRow) (texts map[string]string, split string, err error) {
	texts = map[string]string{}
	turns := func(list []shard.Turn) {
		for _, m := range list {
			switch m.Role {
			case "user":
				texts["question"] = m.Content
			case "assistant":
				texts["answer"] = m.Content
			}
		}
	}
	switch {
	case w.record != nil:
		s := w.record
		for _, m := range s.Messages {
			if m.Role == "user" {
				texts["question"] = s.Text[m.Start:m.End]
			}
		}
		if n := len(s.Messages); n > 0 {
			texts["answer"] = s.Text[s.Messages[n-1].Start:s.Messages[n-1].End]
		}
		return texts, s.Split, nil
	case w.prompt != nil:
		turns(w.prompt.Messages)
		return texts, "", nil
	case w.pair != nil:
		turns(w.pair.Messages)
		texts["chosen"], texts["rejected"] = w.pair.Chosen, w.pair.Rejected
		return texts, w.pair.Split, nil
	}
	return nil, "", breaks("provenance", "stands in derived/, but not in the table of its form, %q", w.row.Form)
}

// meet decodes the source record of a family and grades its attempts.
func (p *variantProver) meet(f *family) error {
	if p.of == f {
		return p.failed
	}
	p.of, p.failed = f, p.decode(f)
	return p.failed
}

func (p *variantProver) decode(f *family) error {
	digest := sha256.Sum256([]byte(f.source.Body))
	id, ordinal, _ := strings.Cut(f.source.ParentID, "-")
	if hex.EncodeToString(digest[:16]) != id {
		return breaks("erasure", "the source record in parents/ has the digest %x", digest)
	}
	reader, err := readerNamed(f.source.Reader)
	if err != nil {
		return breaks("provenance", "%v", err)
	}
	rec, err := ingest.Decode(reader, []byte(f.source.Body), digest)
	if err != nil {
		return breaks("provenance", "%v", err)
	}
	if ordinal != "" {
		n, err := strconv.Atoi(ordinal)
		if err != nil {
			return breaks("provenance", "%q is no ordinal", ordinal)
		}
		number(&rec, n)
	}
	if p.c.grader != "" {
		rec.Problem.Checker = p.c.grader
	}
	rec.Problem.Question = ask(&rec.Problem)
	p.rec = &rec
	p.grades, _ = grades(&rec)
	return nil
}

// readerNamed finds a reader by its name, or makes it of its mapping.
func readerNamed(name string) (*ingest.Reader, error) {
	if !strings.HasPrefix(name, "{") {
		return ingest.FindReader(name)
	}
	var m InputMapping
	if err := json.Unmarshal([]byte(name), &m); err != nil {
		return nil, fmt.Errorf("mapping of the source: %w", err)
	}
	return m.Ingest().Reader()
}

// compiled reads the compiled parent of an attempt, proves it as records/ are
// proved, and encodes it.
func (p *variantProver) compiled(f *family, a *format.Attempt) (*format.Trace, *format.Sample, error) {
	for i := range f.compiled {
		if f.compiled[i].ParentID != a.Trace.ID {
			continue
		}
		var row shard.Record
		if err := json.Unmarshal([]byte(f.compiled[i].Body), &row); err != nil {
			return nil, nil, breaks("provenance", "the compiled parent: %v", err)
		}
		if err := row.Check(); err != nil {
			return nil, nil, breaks("provenance", "the compiled parent: %v", err)
		}
		if row.Variant != "" {
			return nil, nil, breaks("provenance", "the compiled parent is itself derived, by %s", row.Variant)
		}
		seen := p.rows.prove(&row)
		if len(seen.findings) > 0 {
			return nil, nil, breaks(seen.findings[0].Law, "the compiled parent: %s", seen.findings[0].Detail)
		}
		s, err := row.Sample()
		if err != nil {
			return nil, nil, err
		}
		_, trace, source, err := readBack(&s)
		if err != nil {
			return nil, nil, err
		}
		if row.RecordID != a.Trace.ID || source.Text() != a.Trace.Text() {
			return nil, nil, breaks("erasure", "without its edits the compiled parent is not its source")
		}
		return &trace, &s, encodeSample(p.rows.enc, p.c.tok, &s, nil)
	}
	return nil, nil, breaks("provenance", "its compiled parent stands nowhere in parents/")
}

// sameTexts is law 1: joined, the segments are the texts, and a question without
// segments is the problem's own.
func sameTexts(pass *Pass, d *Derived, texts map[string]string) error {
	for _, f := range textsOf(d) {
		want := texts[f.name]
		if f.name == "question" && len(*f.segments) == 0 {
			if want != pass.Problem.Question {
				return breaks("erasure", "the question is not the problem's")
			}
			continue
		}
		at := 0
		for i := range *f.segments {
			text, ok := pass.Text(&(*f.segments)[i])
			if !ok || !strings.HasPrefix(want[min(at, len(want)):], text) {
				return breaks("erasure", "segment %d of the %s is not what stands there in its parent", i, f.name)
			}
			at += len(text)
		}
		if at != len(want) {
			return breaks("erasure", "the %s has %d bytes, its segments %d", f.name, len(want), at)
		}
	}
	return nil
}

// record checks what a row of records/ says beside its texts.
func (p *variantProver) record(w *claimedRow, pass *Pass, v *Variant, d *Derived, grade string, parent *format.Sample) error {
	s, err := w.record.Sample()
	if err != nil {
		return err
	}
	truth, grader := p.rec.Problem.Answer, p.rec.Problem.Checker
	if d.Truth != "" {
		truth, grader = d.Truth, d.Checker
	}
	switch {
	case s.Variant != v.Name || s.ParentID != d.Parents[0] || s.ProblemID != p.rec.Problem.ID:
		return breaks("provenance", "the row says variant %s of %s, problem %s", s.Variant, s.ParentID, s.ProblemID)
	case s.Grade != grade || s.Answer != truth || s.Checker != grader:
		return breaks("truth", "the row says %s (%s by %s), it is %s (%s by %s)", s.Answer, s.Grade, s.Checker, truth, grade, grader)
	}
	if d.SameLength && parent != nil {
		if err := encodeSample(p.rows.enc, p.c.tok, &s, nil); err != nil {
			return err
		}
		if err := sameLength(parent, &s); err != nil {
			return err
		}
	}
	for i, m := range s.Messages {
		switch {
		case i == len(s.Messages)-1:
			err = laid(&s, m, layout(pass, v.Name, d.Answer, false))
		case m.Role == "user" && d.Question != nil:
			err = laid(&s, m, layout(pass, v.Name, d.Question, true))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// laid compares the spans of a message with those of its segments.
func laid(s *format.Sample, m format.Message, want []segmentSpan) error {
	k := 0
	for _, sp := range s.Spans {
		if sp.Start < m.Start || sp.End > m.End {
			continue
		}
		if k == len(want) {
			return breaks("provenance", "more spans than segments")
		}
		w := want[k].span
		w.Start, w.End = m.Start+want[k].from, m.Start+want[k].to
		if sp != w {
			return breaks("provenance", "span %s covers %d:%d of source %d:%d, want %s at %d:%d of %d:%d", sp.Name, sp.Start, sp.End, sp.SrcStart, sp.SrcEnd, w.Name, w.Start, w.End, w.SrcStart, w.SrcEnd)
		}
		k++
	}
	if k < len(want) {
		return breaks("provenance", "%d spans for %d segments", k, len(want))
	}
	return nil
}
