package export

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format/shard"
)

const dpoDoc = `preference pairs as TRL's DPOTrainer takes them: {"prompt","chosen","rejected"}

<split>.jsonl, one line a row of pairs/, which variants such as pref_pair derive: the
standard (not the conversational) form, three strings, with the pair's id beside
them. The prompt is rendered by the recipe's template and ends where the answer goes
on, so it can end in the middle of an answer; train with no template applied. A
build without pairs is refused.`

// A dpoRow is one line.
type dpoRow struct {
	ID       string `json:"id"`
	Prompt   string `json:"prompt"`
	Chosen   string `json:"chosen"`
	Rejected string `json:"rejected"`
}

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
		rep.Files, rep.Rows = append(rep.Files, f), rep.Rows+rows
	}
	return rep, nil
}

// pairSplits lists the splits that pairs stand in, in order of name.
func (s *source) pairSplits() (splits []string, err error) {
	err = s.eachPair(func(p *shard.Preference) error {
		if !filepath.IsLocal(p.Split) || strings.ContainsAny(p.Split, `/\`) {
			return fmt.Errorf("pair %s: split %q is no file name", p.PairID, p.Split)
		}
		if !slices.Contains(splits, p.Split) {
			splits = append(splits, p.Split)
		}
		return nil
	})
	slices.Sort(splits)
	if err == nil && len(splits) == 0 {
		err = fmt.Errorf("%s: holds no pairs; a recipe derives them by a variant such as pref_pair", s.dir)
	}
	return splits, err
}

// dpoSplit writes the pairs of one split, a line each.
func (s *source) dpoSplit(split, out string) (shard.File, int64, error) {
	r, w := io.Pipe()
	rows := int64(0)
	go func() {
		b := bufio.NewWriter(w)
		err := s.eachPair(func(p *shard.Preference) error {
			if p.Split != split {
				return nil
			}
			line, err := json.Marshal(dpoRow{p.PairID, p.Prompt, p.Chosen, p.Rejected})
			if err != nil {
				return err
			}
			rows++
			_, err = b.Write(append(line, '\n'))
			return err
		})
		if err == nil {
			err = b.Flush()
		}
		w.CloseWithError(err)
	}()
	name := split + ".jsonl"
	f, err := shard.WriteFile(filepath.Join(out, name), shard.RoleData, r)
	r.CloseWithError(err)
	f.Path, f.Rows = name, rows
	return f, rows, err
}

// eachPair calls do with every pair of the build, in order.
func (s *source) eachPair(do func(*shard.Preference) error) error {
	for _, f := range s.m.FilesOf(shard.Preferences.Name) {
		r, err := shard.Preferences.Open(s.path(f))
		if err != nil {
			return err
		}
		for row, err := range r.Rows() {
			if err == nil {
				err = do(row)
			}
			if err != nil {
				r.Close()
				return err
			}
		}
		r.Close()
	}
	return nil
}
