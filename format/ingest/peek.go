package ingest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Peeked is what graft makes of a file: the container, the reader and how
// sure of it we are, and the first records. Recipe is the entry to start a
// recipe from; for a shape that no reader knows it holds a mapping whose paths
// were guessed from names and types.
type Peeked struct {
	Path      string   `json:"path"`
	Codec     string   `json:"codec,omitempty"`
	Container string   `json:"container"`
	Reader    string   `json:"reader,omitempty"`
	Sure      int      `json:"sure"`
	Mapping   *Mapping `json:"mapping,omitempty"`
	Records   []Seen   `json:"records,omitempty"`
	Recipe    string   `json:"recipe"`
}

// A Seen is one record of a Peeked, or why it was refused.
type Seen struct {
	Line   int64          `json:"line"`
	Record *format.Record `json:"record,omitempty"`
	Reason Reason         `json:"reason,omitempty"`
	Error  string         `json:"error,omitempty"`
}

// Sniffed is the codec, the container and the reader of a file. Reader is nil
// where no reader knows its records.
type Sniffed struct {
	Codec     string
	Container string
	Reader    *Reader
	Sure      int
}

// sniffFrames is how many records have a say in which reader reads a file.
const sniffFrames = 16

var errEnough = errors.New("enough")

// Sniff finds out how a file is to be read. The reader is the one that is
// surest of the most of the first records: the first record of a file may be a
// configuration.
func Sniff(ctx context.Context, path string, o Options) (Sniffed, error) {
	s, _, err := sniff(ctx, path, o)
	return s, err
}

func sniff(ctx context.Context, path string, o Options) (Sniffed, []Frame, error) {
	src, err := Open(path, o)
	if err != nil {
		return Sniffed{}, nil, err
	}
	defer src.Close()
	f, c, err := newFramer(ctx, src, o)
	found := Sniffed{Codec: src.Codec, Container: c.Name}
	if err != nil {
		return found, nil, err
	}
	var first []Frame
	f.emit = func(fr Frame) error {
		if first = append(first, fr); len(first) == sniffFrames {
			return errEnough
		}
		return nil
	}
	// A file that breaks later on can still be known by what came before.
	if err := c.frames(f); err != nil && err != errEnough && len(first) == 0 {
		return found, nil, err
	}
	found.Reader, found.Sure = elect(first)
	return found, first, nil
}

// elect sums over the frames how sure each reader is.
func elect(frames []Frame) (*Reader, int) {
	sums := make([]int, len(readers))
	sure := make([]int, len(readers))
	for _, f := range frames {
		v, err := ParseValue(f.Raw)
		if f.Err != nil || err != nil {
			continue
		}
		for i := range readers {
			n := readers[i].Sniff(v)
			sums[i] += n
			sure[i] = max(sure[i], n)
		}
	}
	best := -1
	for i, n := range sums {
		if n > 0 && (best < 0 || n > sums[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil, 0
	}
	return &readers[best], sure[best]
}

// Peek sniffs a file and reads its first n records as a build would.
func Peek(ctx context.Context, path string, n int, o Options) (Peeked, error) {
	found, frames, err := sniff(ctx, path, o)
	p := Peeked{Path: path, Codec: found.Codec, Container: found.Container, Sure: found.Sure}
	if err != nil {
		return p, err
	}
	reader := found.Reader
	if reader == nil {
		if m, ok := guess(frames); ok {
			p.Mapping = &m
			reader, err = m.Reader()
			if err != nil {
				return p, err
			}
		}
	} else {
		p.Reader = reader.Name
	}
	for _, f := range frames[:min(n, len(frames))] {
		seen := Seen{Line: f.Line}
		rec, err := o.record(path, reader, f)
		if err != nil {
			seen.Reason, seen.Error = ReasonOf(err), err.Error()
		} else {
			seen.Record = &rec
		}
		p.Records = append(p.Records, seen)
	}
	p.Recipe = p.recipe(reader)
	return p, nil
}

func (o Options) record(path string, reader *Reader, f Frame) (format.Record, error) {
	it, err := o.Parse(path, f)
	if err != nil {
		return format.Record{}, err
	}
	if reader == nil {
		return format.Record{}, reject(NotARecord, "no reader knows this shape, and no field looks like a question")
	}
	return Decode(reader, it.Canonical, it.Digest)
}

// recipe writes the traces entry of a recipe, in YAML.
func (p *Peeked) recipe(reader *Reader) string {
	var b strings.Builder
	b.WriteString("traces:\n  - path: " + strconv.Quote(p.Path) + "\n")
	if p.Mapping == nil {
		if reader != nil {
			fmt.Fprintf(&b, "    format: %s\n", reader.Name)
			if reader.Eval != "" {
				fmt.Fprintf(&b, "    # evaluation data (%s): refused as training input unless the recipe allows it\n", reader.Eval)
			}
		} else {
			b.WriteString("    # no reader knows this shape; write a mapping with a question path\n")
		}
		return b.String()
	}
	m := p.Mapping
	b.WriteString("    format: mapping\n    mapping: # guessed from names and types: check it\n")
	for _, row := range []struct{ key, value string }{
		{"question", m.Question}, {"system", m.System}, {"answer", m.Answer}, {"choices", m.Choices},
		{"steps", m.Steps}, {"label", m.Label}, {"author", m.Author}, {"final", m.Final}, {"checker", m.Checker},
	} {
		if row.value != "" {
			fmt.Fprintf(&b, "      %s: %s\n", row.key, strconv.Quote(row.value))
		}
	}
	if len(m.Traces) > 0 {
		b.WriteString("      traces:\n")
		for _, t := range m.Traces {
			fmt.Fprintf(&b, "        - %s\n", strconv.Quote(t))
		}
		b.WriteString("      split: auto\n")
	}
	return b.String()
}
