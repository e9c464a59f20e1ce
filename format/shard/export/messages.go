package export

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format/shard"
)

// Formats of whole messages weigh a message as a whole, or not at all. mix says
// how far that is from what the build means.

// A mix is the weight of a message.
type mix struct {
	trained bool // some span has a weight above 0
	exact   bool // every span has the same weight, and that is 0 or 1
	spans   []string
}

func (s *source) mix(r *shard.Record, m shard.Message) (mix, error) {
	x := mix{exact: true}
	first := -1
	for i := range r.Spans {
		sp := &r.Spans[i]
		if sp.End <= m.Start || sp.Start >= m.End {
			continue
		}
		n, ok := s.names[sp.Name]
		if !ok {
			return x, fmt.Errorf("record %s: span name %q is not in the manifest", r.RecordID, sp.Name)
		}
		trained, exact := binary(s.weights[n])
		x.trained = x.trained || trained
		x.exact = x.exact && exact && (first < 0 || s.weights[n].Equal(s.weights[first]))
		if first < 0 {
			first = n
		}
		if label := sp.Name + " " + s.weights[n].String(); !slices.Contains(x.spans, label) {
			x.spans = append(x.spans, label)
		}
	}
	return x, nil
}

// A noter counts what was written less exactly than the build says it.
type noter struct {
	format string
	lossy  bool
	counts map[string]int64
}

// inexact is an error, or counted, as the caller chose.
func (n *noter) inexact(record string, message int, spans []string) error {
	slices.Sort(spans)
	what := strings.Join(spans, ", ")
	if !n.lossy {
		return fmt.Errorf("record %s: message %d has spans of weights %s, but format %s trains whole messages, alike: use trl, or allow a lossy export (--lossy)", record, message, what, n.format)
	}
	if n.counts == nil {
		n.counts = map[string]int64{}
	}
	n.counts[what]++
	return nil
}

func (n *noter) notes() []string {
	var out []string
	for what, k := range n.counts {
		out = append(out, fmt.Sprintf("%d messages with spans of weights %s are trained as a whole", k, what))
	}
	slices.Sort(out)
	return out
}

// jsonl writes one line a record to out/<split>.jsonl.
func (s *source) jsonl(out string, line func(*shard.Record) ([]byte, error)) (Report, error) {
	var rep Report
	files := map[string]*os.File{} // spools: a record's split is known when it is read
	defer func() {
		for _, f := range files {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := os.MkdirAll(out, 0o777); err != nil {
		return rep, err
	}
	err := s.each(func(r *shard.Record) error {
		b, err := line(r)
		if err != nil {
			return err
		}
		f := files[r.Split]
		if f == nil {
			if !filepath.IsLocal(r.Split) || strings.ContainsAny(r.Split, `/\`) {
				return fmt.Errorf("record %s: split %q is no file name", r.RecordID, r.Split)
			}
			if f, err = os.CreateTemp(out, ".spool-*"); err != nil {
				return err
			}
			files[r.Split] = f
		}
		rep.Rows++
		_, err = f.Write(append(b, '\n'))
		return err
	})
	if err != nil {
		return rep, err
	}
	splits := make([]string, 0, len(files))
	for split := range files {
		splits = append(splits, split)
	}
	slices.Sort(splits)
	for _, split := range splits {
		if _, err := files[split].Seek(0, io.SeekStart); err != nil {
			return rep, err
		}
		f, err := shard.WriteFile(filepath.Join(out, split+".jsonl"), shard.RoleData, files[split])
		if err != nil {
			return rep, err
		}
		f.Path = split + ".jsonl"
		rep.Files = append(rep.Files, f)
	}
	return rep, nil
}
