package shard

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"path/filepath"
)

// A Pair is what two builds hold under one record ID; one side is nil where
// only the other build has it.
type Pair struct {
	ID   string
	A, B *Record
}

// Join walks two builds by record ID: first the records of b in their order,
// each with its partner in a, then those that only a has, in theirs. It holds
// 16 bytes of digest and a place for each record of a in memory; rows that stand
// in about the same order in both are read in one pass.
func Join(a, b string) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		x, err := newIndex(a)
		if err != nil {
			yield(Pair{}, err)
			return
		}
		defer x.close()
		for rb, err := range records(b) {
			p := Pair{B: rb}
			if err == nil {
				p.ID = rb.RecordID
				p.A, err = x.take(rb.RecordID)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
		for ra, err := range records(a) {
			if err == nil && !x.left(ra.RecordID) {
				continue
			}
			p := Pair{A: ra}
			if err == nil {
				p.ID = ra.RecordID
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// records yields every record of a build, in order of file and row.
func records(dir string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		m, err := ReadManifest(dir)
		if err != nil {
			yield(nil, err)
			return
		}
		for rec, err := range Records.Rows(dir, m) {
			if !yield(rec, err) {
				return
			}
		}
	}
}

// An index finds the records of a build by ID.
type index struct {
	files []*Reader[Record]
	at    map[[16]byte]place
}

type place struct {
	file, row int32
	taken     bool
}

func newIndex(dir string) (*index, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	x := &index{at: make(map[[16]byte]place, m.Attempts.Out)}
	for i, f := range m.FilesOf(Records.Name) {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		r, err := Records.Open(name)
		if err != nil {
			x.close()
			return nil, err
		}
		x.files = append(x.files, r)
		row := int32(0)
		for rec, err := range r.Rows() {
			if err == nil && x.at[key(rec.RecordID)] != (place{}) {
				err = fmt.Errorf("%s: row %d: record %s stands in the build twice", name, row, rec.RecordID)
			}
			if err != nil {
				x.close()
				return nil, err
			}
			row++
			x.at[key(rec.RecordID)] = place{file: int32(i), row: row}
		}
	}
	return x, nil
}

func key(id string) [16]byte {
	h := sha256.Sum256([]byte(id))
	return [16]byte(h[:])
}

// take returns the record with the ID and remembers that it has a partner.
func (x *index) take(id string) (*Record, error) {
	p, ok := x.at[key(id)]
	if !ok {
		return nil, nil
	}
	p.taken = true
	x.at[key(id)] = p
	rec := new(Record)
	return rec, x.files[p.file].Row(int64(p.row-1), rec)
}

func (x *index) left(id string) bool { return !x.at[key(id)].taken }

func (x *index) close() {
	for _, r := range x.files {
		r.Close()
	}
}
