package shard

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"path"
	"path/filepath"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Census is what Audit counted in the files of a build.
type Census struct {
	Records   int64            `json:"records"`
	Documents int64            `json:"documents"` // in shards
	Rows      int64            `json:"rows"`      // in shards
	Tokens    int64            `json:"tokens"`
	Trained   int64            `json:"trained"` // targets with a weight above 0
	Edits     int64            `json:"edits"`
	Prompts   int64            `json:"prompts"`
	Spans     map[string]int64 `json:"spans"` // tokens by span name
}

// Audit reads every row of a build and proves what can be proved of it without
// tokenizer, template or source: each row keeps the law of its table; the files
// hold the rows that the manifest says; every record is packed exactly once, in
// its split, with as many tokens and the same spans; tokens add up to the
// manifest's; the text of every record, without what graft put in, is its source
// (law 1); every document has something to learn and an end. Memory does not
// grow with the build.
//
// Problems are returned together, at most 100 of them; what was found after
// that is not listed.
func Audit(dir string) (Census, []error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return Census{}, []error{err}
	}
	a := audit{m: m, dir: dir}
	a.census.Spans = map[string]int64{}
	if a.weights, err = m.Weights.Resolve(m.SpanNames); err != nil {
		return Census{}, []error{err}
	}
	a.names = make(map[string]int32, len(m.SpanNames))
	for i, n := range m.SpanNames {
		a.names[n] = int32(i)
	}
	auditTable(&a, &Records, a.record)
	auditTable(&a, &Shards, a.row)
	auditTable(&a, &Prompts, func(File, *Prompt) error { a.census.Prompts++; return nil })
	auditTable(&a, &Lineages, func(File, *Lineage) error { return nil })
	auditTable(&a, &Derivations, func(File, *Derivation) error { return nil })
	auditTable(&a, &Parents, func(File, *Parent) error { return nil })
	auditTable(&a, &Preferences, func(File, *Preference) error { return nil })
	a.balance()
	return a.census, a.problems
}

type audit struct {
	m        *Manifest
	dir      string
	weights  []format.Num
	names    map[string]int32
	census   Census
	inText   multiset // documents as records/ has them
	inShards multiset // as shards/ has them
	problems []error
}

func (a *audit) add(err error) {
	if err != nil && len(a.problems) < 100 {
		a.problems = append(a.problems, err)
	}
}

func auditTable[T any](a *audit, t *Table[T], each func(File, *T) error) {
	for _, f := range a.m.FilesOf(t.Name) {
		r, err := t.Open(filepath.Join(a.dir, filepath.FromSlash(f.Path)))
		if err != nil {
			a.add(err)
			continue
		}
		if r.NumRows() != f.Rows {
			a.add(fmt.Errorf("%s: %d rows, the manifest says %d", f.Path, r.NumRows(), f.Rows))
		}
		n := 0
		for row, err := range r.Rows() {
			if err == nil {
				if err = each(f, row); err != nil {
					err = fmt.Errorf("%s: row %d: %w", f.Path, n, err)
				}
			}
			a.add(err)
			n++
		}
		r.Close()
	}
}

func (a *audit) record(f File, r *Record) error {
	a.census.Records++
	a.census.Edits += int64(len(r.Edits))
	h := newEntry(r.RecordID, r.Split, int(r.NTokens), len(r.Spans))
	for i := range r.Spans {
		n, ok := a.names[r.Spans[i].Name]
		if !ok {
			return fmt.Errorf("record %s: span %d: name %q is not in the manifest", cut(r.RecordID, 80), i, cut(r.Spans[i].Name, 80))
		}
		h.span(n, r.Spans[i].Edit)
	}
	a.inText.add(h)
	if sum := sha256.Sum256([]byte(r.Erase())); hex.EncodeToString(sum[:]) != r.SourceSum {
		return fmt.Errorf("record %s: without its edits the text has SHA-256 %x, its source %s", cut(r.RecordID, 80), sum, r.SourceSum)
	}
	return nil
}

// SplitOf is the split that a shards file holds: shards/train-00003.parquet.
func SplitOf(file string) string {
	name := strings.TrimSuffix(path.Base(file), ".parquet")
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		return name[:i]
	}
	return name
}

func (a *audit) row(f File, r *Row) error {
	if len(r.InputIDs) > a.m.Capacity {
		return fmt.Errorf("%d tokens, the capacity is %d", len(r.InputIDs), a.m.Capacity)
	}
	a.census.Rows++
	for _, d := range r.documents() {
		if err := a.document(f, d); err != nil {
			return fmt.Errorf("document %s: %w", cut(d.RecordID, 80), err)
		}
	}
	return nil
}

func (a *audit) document(f File, d Document) error {
	a.census.Documents++
	a.census.Tokens += int64(len(d.IDs))
	for i, id := range d.IDs {
		if int(id) >= a.m.Tokenizer.Vocab {
			return fmt.Errorf("token %d has id %d, the vocabulary has %d", i, id, a.m.Tokenizer.Vocab)
		}
	}
	h := newEntry(d.RecordID, SplitOf(f.Path), len(d.IDs), len(d.Spans))
	at := int32(0)
	for _, s := range d.Spans {
		if int(s.Name) >= len(a.weights) {
			return fmt.Errorf("span name %d, the manifest has %d", s.Name, len(a.weights))
		}
		h.span(s.Name, s.Edit)
		a.census.Spans[a.m.SpanNames[s.Name]] += int64(s.End - at)
		if a.weights[s.Name].Sign() > 0 {
			a.census.Trained += int64(max(0, s.End-max(at, 1)))
		}
		at = s.End
	}
	a.inShards.add(h)
	return CheckTrained(d.Spans, a.weights, a.m.SpanNames)
}

// balance compares what was counted with the manifest.
func (a *audit) balance() {
	c, m := &a.census, a.m
	if c.Records != m.Attempts.Out {
		a.add(fmt.Errorf("%d rows in records/, the manifest says %d", c.Records, m.Attempts.Out))
	}
	if c.Tokens != m.Tokens.Out {
		a.add(fmt.Errorf("%d tokens packed, the manifest says %d", c.Tokens, m.Tokens.Out))
	}
	if a.inText != a.inShards {
		a.add(errors.New("records/ and shards/ do not hold the same documents: one is missing, doubled, in another split, or has other tokens or spans"))
	}
}

// A multiset is a digest of a collection that does not depend on its order: the
// sum of its entries' SHA-256, as four words with carry, and their number.
type multiset struct {
	n   int64
	sum [4]uint64
}

func (m *multiset) add(e entry) {
	h := sha256.Sum256(e.b)
	m.n++
	carry := uint64(0)
	for i := range m.sum {
		m.sum[i], carry = bits.Add64(m.sum[i], binary.LittleEndian.Uint64(h[8*i:]), carry)
	}
}

// An entry is one document as both tables can describe it.
type entry struct{ b []byte }

func newEntry(id, split string, tokens, spans int) entry {
	b := binary.AppendUvarint(make([]byte, 0, 256), uint64(len(id)))
	b = append(b, id...)
	b = binary.AppendUvarint(b, uint64(len(split)))
	b = append(b, split...)
	return entry{binary.AppendUvarint(binary.AppendUvarint(b, uint64(tokens)), uint64(spans))}
}

func (e *entry) span(name, edit int32) {
	e.b = binary.AppendUvarint(binary.AppendUvarint(e.b, uint64(uint32(name))), uint64(uint32(edit)))
}
