// Package export writes a finished build in the formats of other trainers. Every
// exporter is a pure function of the build's folder: the same build gives the
// same bytes.
//
// What a format cannot say is an error that names the spans in question, or,
// where the caller asks for it, is said as nearly as the format allows, and
// noted. Nothing is lost silently.
package export

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
)

// A Format is a foreign format that a build can be written in.
type Format struct {
	Name  string
	Doc   string // a summary line, a blank line, what is lost and for whom it is
	Write func(dir, out string, o Options) (Report, error)
}

// Options are what a caller may choose.
type Options struct {
	Lossy bool // write what cannot be expressed as nearly as possible, and note it
}

// A Report says what was written.
type Report struct {
	Files  []shard.File `json:"files"`
	Rows   int64        `json:"rows"`
	Tokens int64        `json:"tokens,omitempty"`
	Notes  []string     `json:"notes,omitempty"` // what the format could not say
}

// Formats lists the formats, in order of name.
var Formats = []Format{
	{"dpo", dpoDoc, writeDPO},
	{"openai", openaiDoc, writeOpenAI},
	{"sharegpt", sharegptDoc, writeShareGPT},
	{"trl", trlDoc, writeTRL},
}

// Find returns the format with the given name.
func Find(name string) (Format, error) {
	var all []string
	for _, f := range Formats {
		if f.Name == name {
			return f, nil
		}
		all = append(all, f.Name)
	}
	return Format{}, fmt.Errorf("unknown export format %q; the formats are %s", name, strings.Join(all, ", "))
}

// A source is a build, opened for export.
type source struct {
	dir     string
	m       *shard.Manifest
	names   map[string]int
	weights []format.Num // by span name
}

// open reads the manifest of dir and makes sure that out is a fresh folder:
// files of an earlier export among the new ones would be read by a trainer.
func open(dir, out string) (*source, error) {
	m, err := shard.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	if old, err := os.ReadDir(out); err == nil && len(old) > 0 {
		return nil, fmt.Errorf("%s: holds %s and more: export into a new or empty folder", out, old[0].Name())
	}
	s := &source{dir: dir, m: m, names: map[string]int{}}
	if s.weights, err = m.Weights.Resolve(m.SpanNames); err != nil {
		return nil, err
	}
	for i, n := range m.SpanNames {
		s.names[n] = i
	}
	return s, nil
}

func (s *source) path(f shard.File) string { return filepath.Join(s.dir, filepath.FromSlash(f.Path)) }

// each calls do with every record of the build, in order.
func (s *source) each(do func(*shard.Record) error) error {
	for row, err := range shard.Records.Rows(s.dir, s.m) {
		if err == nil {
			err = do(row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// splits lists the splits that have shards, in order of name.
func (s *source) splits() []string {
	var out []string
	for _, f := range s.m.FilesOf(shard.Shards.Name) {
		if split := shard.SplitOf(f.Path); !slices.Contains(out, split) {
			out = append(out, split)
		}
	}
	return out
}

// binary is a weight as a mask can say it; exact is false for anything between
// and beyond 0 and 1.
func binary(w format.Num) (trained, exact bool) {
	return w.Sign() > 0, w.Sign() == 0 || w.Equal(format.Int(1))
}
