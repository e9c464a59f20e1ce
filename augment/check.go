package augment

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// A Finding is one way in which a build breaks a law.
type Finding struct {
	Law    string `json:"law"`              // files, erasure, truth, conservation, provenance, tokens
	File   string `json:"file,omitempty"`   // of the build
	Record string `json:"record,omitempty"` // record_id
	Edit   int    `json:"edit,omitempty"`
	Detail string `json:"detail"`
}

func (f Finding) String() string {
	s := f.Law + ": "
	if f.File != "" {
		s += f.File + ": "
	}
	if f.Record != "" {
		s += "record " + f.Record + ": "
	}
	if f.Edit > 0 {
		s += fmt.Sprintf("edit %d: ", f.Edit)
	}
	return s + f.Detail
}

// A CheckReport says what was proved again, and what failed.
type CheckReport struct {
	BuildID   string    `json:"build_id"`
	Files     int       `json:"files"`
	Samples   int64     `json:"samples"`
	Edits     int64     `json:"edits"`
	Tokens    int64     `json:"tokens"`
	Documents int64     `json:"documents"`
	Derived   int64     `json:"derived,omitempty"`
	Findings  []Finding `json:"findings"`
	More      int64     `json:"more,omitempty"` // findings beyond those listed
}

// OK reports whether nothing was found.
func (r *CheckReport) OK() bool { return len(r.Findings) == 0 }

// CheckOptions are what a check may be told.
type CheckOptions struct {
	Workers  int
	Most     int // findings to list; 0: 100
	Progress func(Progress)
}

// CheckDir proves a finished build again from its files alone: the digests of
// every file; erasure (law 1) and conservation (law 4) as [shard.Audit] does;
// truth (law 2) by deriving the value graph from the text and proving every edit
// on it; provenance (law 5) of every span, edit and source record; and that the
// tokens in shards/ are those of the texts in records/, by encoding them again.
func CheckDir(ctx context.Context, dir string, suite Suite, o CheckOptions) (*CheckReport, error) {
	m, diffs, err := shard.Verify(dir)
	if err != nil {
		return nil, err
	}
	c := &checker{dir: dir, m: m, suite: suite, o: o, report: &CheckReport{BuildID: m.BuildID, Files: len(m.Files)}}
	if c.o.Most == 0 {
		c.o.Most = 100
	}
	if c.o.Workers < 1 {
		c.o.Workers = runtime.GOMAXPROCS(0)
	}
	for _, d := range diffs {
		c.find(Finding{Law: "files", Detail: d.String()})
	}
	if len(diffs) > 0 {
		return c.report, nil // what follows would only echo it
	}
	census, problems := shard.Audit(dir)
	for _, p := range problems {
		c.find(Finding{Law: "tables", Detail: p.Error()})
	}
	c.report.Samples, c.report.Documents, c.report.Edits = census.Records, census.Documents, census.Edits
	if c.suite, err = c.withSources(); err != nil {
		return nil, err
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	if err := c.readGraphs(ctx); err != nil {
		return nil, err
	}
	if err := c.records(ctx); err != nil {
		return nil, err
	}
	if err := c.derived(ctx); err != nil {
		return nil, err
	}
	c.restGraphs()
	for _, f := range c.strays {
		c.find(f)
	}
	if err := c.shards(); err != nil {
		return nil, err
	}
	if c.wantDocs != c.gotDocs {
		c.find(Finding{Law: "tokens", Detail: "the documents in shards/ are not the texts in records/, encoded: an id or a span differs"})
	}
	return c.report, nil
}

type checker struct {
	dir    string
	m      *shard.Manifest
	suite  Suite
	o      CheckOptions
	tok    *token.Tokenizer
	spans  map[string]int32
	errors *ErrorSources // which grades of proof the recipe accepts
	report *CheckReport

	keep   string // which attempts the recipe keeps
	grader string // the checker that the recipe put in place of the readers'
	graphs *keptGraphs
	strays []Finding // derived rows that nothing accounts for

	wantDocs, gotDocs multiset // documents by records/ and by shards/
}

// A multiset is a sum of digests: equal for equal multisets, whatever the
// order, and in no more memory than one digest.
type multiset [4]uint64

func (m *multiset) add(d [32]byte) {
	for i := range m {
		m[i] += binary.LittleEndian.Uint64(d[8*i:])
	}
}

func (c *checker) find(f Finding) {
	if len(c.report.Findings) >= c.o.Most {
		c.report.More++
		return
	}
	c.report.Findings = append(c.report.Findings, f)
}

func (c *checker) load() error {
	b, err := os.ReadFile(filepath.Join(c.dir, tokenizerName))
	if err != nil {
		return err
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(b)); got != c.m.Tokenizer.SHA256 {
		c.find(Finding{Law: "tokens", File: tokenizerName, Detail: "is " + got + ", the manifest names " + c.m.Tokenizer.SHA256})
	}
	if c.tok, err = token.LoadAny(b); err != nil {
		return fmt.Errorf("%s: %w", tokenizerName, err)
	}
	var recipe struct {
		Errors Errors `json:"errors"`
		Grade  struct {
			Checker string `json:"checker"`
			Keep    string `json:"keep"`
		} `json:"grade"`
	}
	if err := json.Unmarshal(c.m.Recipe, &recipe); err != nil {
		return fmt.Errorf("recipe in the manifest: %w", err)
	}
	c.errors = &ErrorSources{accept: recipe.Errors.Accept}
	c.grader, c.keep = recipe.Grade.Checker, recipe.Grade.Keep
	c.spans = map[string]int32{}
	for i, n := range c.m.SpanNames {
		c.spans[n] = int32(i)
	}
	return nil
}

// A checked record is what one worker found out about one row.
type checkedRecord struct {
	id       string
	class    string // of a derived row: variant, split and class
	tokens   int
	doc      [32]byte
	findings []Finding
}

// records proves every row of records/.
func (c *checker) records(ctx context.Context) error {
	newWork := func() func([]*shard.Record) ([]checkedRecord, error) {
		p := rowProver{c: c, enc: c.tok.Encoder()}
		return func(rows []*shard.Record) ([]checkedRecord, error) {
			out := make([]checkedRecord, len(rows))
			for i, r := range rows {
				out[i] = p.prove(r)
			}
			return out, nil
		}
	}
	progress := Progress{Stage: "check", Total: c.m.Attempts.Out}
	lineage := c.trace()
	defer lineage.stop()
	err := ordered(ctx, c.o.Workers, batched(shard.Records.Rows(c.dir, c.m), 64), newWork, func(rows []checkedRecord) error {
		for i := range rows {
			r := &rows[i]
			c.report.Tokens += int64(r.tokens)
			c.wantDocs.add(r.doc)
			for _, f := range r.findings {
				f.Record = r.id
				c.find(f)
			}
			if err := lineage.find(r.id); err != nil {
				return err
			}
		}
		progress.Done += int64(len(rows))
		if c.o.Progress != nil {
			c.o.Progress(progress)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return lineage.rest()
}

func batched[T any](items iter.Seq2[T, error], n int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var batch []T
		for item, err := range items {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, item); len(batch) == n {
				if !yield(batch, nil) {
					return
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// A tracer walks lineage/ beside records/: both are in the order of identities.
type tracer struct {
	c    *checker
	next func() (*shard.Lineage, error, bool)
	stop func()
	at   string // record of the row last read
}

func (c *checker) trace() *tracer {
	next, stop := iter.Pull2(shard.Lineages.Rows(c.dir, c.m))
	return &tracer{c: c, next: next, stop: stop}
}

// find moves on to the source record of a sample.
func (t *tracer) find(sample string) error {
	record, _, _ := strings.Cut(sample, ".")
	for t.at != record {
		ok, err := t.step()
		if err != nil {
			return err
		}
		if !ok {
			t.c.find(Finding{Law: "provenance", Record: sample, Detail: "its source record stands nowhere in lineage/"})
			t.at = record
		}
	}
	return nil
}

func (t *tracer) step() (bool, error) {
	row, err, ok := t.next()
	if !ok || err != nil {
		return false, err
	}
	t.at = row.RecordID
	if len(row.Digest) < 32 || !strings.HasPrefix(row.RecordID, row.Digest[:32]) {
		t.c.find(Finding{Law: "provenance", Record: row.RecordID, Detail: "lineage/ gives it the digest " + row.Digest})
	}
	return true, nil
}

// rest reads what is left: records that gave a prompt only.
func (t *tracer) rest() error {
	defer t.stop()
	for {
		if ok, err := t.step(); !ok {
			return err
		}
	}
}

// shards sums the documents of every packed row.
func (c *checker) shards() error {
	for row, err := range shard.Shards.Rows(c.dir, c.m) {
		if err != nil {
			return err
		}
		docs, err := row.Documents()
		if err != nil {
			c.find(Finding{Law: "tokens", Detail: err.Error()})
			continue
		}
		for i := range docs {
			c.gotDocs.add(documentSum(docs[i].RecordID, docs[i].IDs, docs[i].Spans))
		}
	}
	return nil
}

// documentSum is the digest of everything that a shard says of one document.
func documentSum(id string, ids []int32, spans []shard.TokenSpan) [32]byte {
	b := make([]byte, 0, 8+len(id)+4*len(ids)+12*len(spans))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(id)))
	b = append(b, id...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(ids)))
	for _, x := range ids {
		b = binary.LittleEndian.AppendUint32(b, uint32(x))
	}
	for _, s := range spans {
		b = binary.LittleEndian.AppendUint32(b, uint32(s.End))
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Name))
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Edit))
	}
	return sha256.Sum256(b)
}
