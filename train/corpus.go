package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
)

// A build is what a run trains on: the manifest, verified against the files, and
// the weight of each span name.
type build struct {
	dir      string
	manifest *shard.Manifest
	weights  []float32 // by span name
}

// openBuild reads a build, refuses one whose files are not those of its
// manifest, and resolves the weights for a mode of [DataRun].
func openBuild(dir, mode string) (*build, error) {
	m, differences, err := shard.Verify(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range differences {
		if d.Kind != "extra" { // a run may stand in the folder of its data
			return nil, fmt.Errorf("%s is not the build that its manifest describes: %v; build it again", dir, d)
		}
	}
	b := &build{dir: dir, manifest: m}
	resolved, err := m.Weights.Resolve(m.SpanNames)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	for i, name := range m.SpanNames {
		w := float(resolved[i])
		switch {
		case mode == "all":
			w = 1
		case mode == "answer" && (name == format.SpanTemplate || name == format.SpanSystem || name == format.SpanUser):
			w = 0
		case mode == "answer":
			w = 1
		}
		b.weights = append(b.weights, float32(w))
	}
	return b, nil
}

// A split is the packed rows of one split of a build, by number.
type split struct {
	*build
	name    string
	starts  []int64 // first row of each file, and the number of rows
	readers []*shard.Reader[shard.Row]
	lengths []int32 // tokens of each row

	maxRow  int     // tokens of the longest row
	maxDoc  int     // tokens of the longest document
	density float64 // most documents a token of a row
	trained int64   // tokens with a weight above 0
	ends    map[int32]bool
}

// openSplit opens the rows of a split and reads each once: the ids must be below
// vocab, and the lengths tell how much there is to do. A split without rows has
// none; that is no error here.
func (b *build) openSplit(name string, vocab int) (_ *split, err error) {
	s := &split{build: b, name: name, starts: []int64{0}, ends: map[int32]bool{}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, f := range b.manifest.FilesOf(shard.Shards.Name) {
		if shard.SplitOf(f.Path) != name {
			continue
		}
		r, err := shard.Shards.Open(filepath.Join(b.dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return nil, err
		}
		s.readers = append(s.readers, r)
		s.starts = append(s.starts, s.starts[len(s.starts)-1]+r.NumRows())
		i := int64(0)
		for row, err := range r.Rows() {
			if err == nil {
				err = s.survey(row, vocab)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: row %d: %w", r.Path(), i, err)
			}
			i++
		}
	}
	return s, nil
}

// survey takes account of a row.
func (s *split) survey(row *shard.Row, vocab int) error {
	for i, id := range row.InputIDs {
		if int(id) >= vocab {
			return fmt.Errorf("token %d has id %d, but the model has %d words: its embedding must grow, or the data needs its tokenizer", i, id, vocab)
		}
	}
	for _, n := range row.SpanName {
		if int(n) >= len(s.weights) {
			return fmt.Errorf("span name %d; the manifest has %d", n, len(s.weights))
		}
	}
	n := len(row.InputIDs)
	s.lengths = append(s.lengths, int32(n))
	s.maxRow = max(s.maxRow, n)
	s.density = max(s.density, float64(len(row.SeqLengths))/float64(n))
	for _, l := range row.SeqLengths {
		s.maxDoc = max(s.maxDoc, int(l))
	}
	at, doc, first := 0, 0, int32(0)
	for i, end := range row.SpanEnd {
		if at < int(end) && s.manifest.SpanNames[row.SpanName[i]] == format.SpanEnd {
			s.ends[row.InputIDs[at]] = true
		}
		for ; at < int(end); at++ {
			if doc < len(row.SeqLengths) && int32(at) == first { // no target
				first += row.SeqLengths[doc]
				doc++
			} else if s.weights[row.SpanName[i]] > 0 {
				s.trained++
			}
		}
	}
	return nil
}

// endings are the tokens with which turns end, or none where that is no matter of
// a few tokens.
func (s *split) endings() (ids []int) {
	const few = 4
	if len(s.ends) > few {
		return nil
	}
	for id := range s.ends {
		ids = append(ids, int(id))
	}
	slices.Sort(ids)
	return ids
}

// rows is the number of rows.
func (s *split) rows() int64 { return int64(len(s.lengths)) }

// A source says where a row stands.
type source struct {
	File    string   `json:"file"`
	Row     int64    `json:"row"`
	Records []string `json:"records"`
}

// row reads row i of the split.
func (s *split) row(i int64) (*shard.Row, source, error) {
	f := sort.Search(len(s.readers)-1, func(f int) bool { return s.starts[f+1] > i })
	row, r := new(shard.Row), s.readers[f]
	if err := r.Row(i-s.starts[f], row); err != nil {
		return nil, source{}, err
	}
	return row, source{r.Path(), i - s.starts[f], row.RecordID}, nil
}

func (s *split) close() error {
	var errs []error
	for _, r := range s.readers {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}
