package export

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format/shard"
)

const dpoDoc = `preference pairs as TRL's DPOTrainer takes them: {"prompt","chosen","rejected"}

<split>.jsonl, one line a row of pairs/, which variants such as pref_pair derive, and
the same rows as data/<split>-00000-of-00001.parquet: the standard (not the
conversational) form, three strings, with the pair's id beside them. datasets reads
either by its name. The prompt is rendered by the recipe's template and ends where the answer goes
on, so it can end in the middle of an answer; train with no template applied. A
build without pairs is refused.`

// A dpoRow is one line.
type dpoRow struct {
	ID       string `json:"id" parquet:"id"`
	Prompt   string `json:"prompt" parquet:"prompt"`
	Chosen   string `json:"chosen" parquet:"chosen"`
	Rejected string `json:"rejected" parquet:"rejected"`
}

// dpoFeatures tells datasets the columns' types.
const dpoFeatures = `{"info":{"features":{` +
	`"id":{"dtype":"string","_type":"Value"},` +
	`"prompt":{"dtype":"string","_type":"Value"},` +
	`"chosen":{"dtype":"string","_type":"Value"},` +
	`"rejected":{"dtype":"string","_type":"Value"}}}}`

func writeDPO(dir, out string, _ Options) (rep Report, err error) {
	s, err := open(dir, out)
	if err != nil {
		return rep, err
	}
	splits, err := s.pairSplits()
	if err != nil {
		return rep, err
	}
	for _, split := range splits {
		f, rows, err := s.dpoSplit(split, out)
		if err != nil {
			return rep, err
		}
		name := fmt.Sprintf("data/%s-00000-of-00001.parquet", split)
		g, err := shard.WriteParquet(filepath.Join(out, filepath.FromSlash(name)), 1024, s.dpoRows(split), "huggingface", dpoFeatures)
		if err != nil {
			return rep, err
		}
		g.Path = name
		rep.Files, rep.Rows = append(rep.Files, f, g), rep.Rows+rows
	}
	return rep, nil
}

// pairSplits lists the splits that pairs stand in, in order of name.
func (s *source) pairSplits() (splits []string, _ error) {
	for p, err := range shard.Preferences.Rows(s.dir, s.m) {
		switch {
		case err != nil:
			return nil, err
		case !filepath.IsLocal(p.Split) || strings.ContainsAny(p.Split, `/\`):
			return nil, fmt.Errorf("pair %s: split %q is no file name", p.PairID, p.Split)
		case !slices.Contains(splits, p.Split):
			splits = append(splits, p.Split)
		}
	}
	slices.Sort(splits)
	if len(splits) == 0 {
		return nil, fmt.Errorf("%s: holds no pairs; a recipe derives them by a variant such as pref_pair", s.dir)
	}
	return splits, nil
}

// dpoRows yields the pairs of one split, in order.
func (s *source) dpoRows(split string) iter.Seq2[*dpoRow, error] {
	return func(yield func(*dpoRow, error) bool) {
		for p, err := range shard.Preferences.Rows(s.dir, s.m) {
			if err != nil {
				yield(nil, err)
				return
			}
			if p.Split == split && !yield(&dpoRow{p.PairID, p.Prompt, p.Chosen, p.Rejected}, nil) {
				return
			}
		}
	}
}

// dpoSplit writes the pairs of one split, a line each.
func (s *source) dpoSplit(split, out string) (shard.File, int64, error) {
	r, w := io.Pipe()
	rows := int64(0)
	go func() { w.CloseWithError(s.dpoLines(split, w, &rows)) }()
	name := split + ".jsonl"
	f, err := shard.WriteFile(filepath.Join(out, name), shard.RoleData, r)
	r.CloseWithError(err)
	f.Path, f.Rows = name, rows
	return f, rows, err
}

func (s *source) dpoLines(split string, w io.Writer, n *int64) error {
	b := bufio.NewWriter(w)
	for row, err := range s.dpoRows(split) {
		if err != nil {
			return err
		}
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := b.Write(append(line, '\n')); err != nil {
			return err
		}
		*n++
	}
	return b.Flush()
}
