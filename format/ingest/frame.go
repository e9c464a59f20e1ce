package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Frame is one record as it stands in its file: one JSON text, not yet
// parsed. Raw belongs to whoever receives the frame; it may share a block of
// some 256 KiB with its neighbors, so a frame that is kept long should be
// copied.
type Frame struct {
	Raw        []byte
	Key        string // what a container of named records calls this one
	Line       int64  // line of the first byte, from 1; row number for Parquet
	Col        int64  // byte of Start within that line, from 0
	Start, End int64  // bytes of the decompressed file; -1 where they mean nothing
	made       bool   // Raw was written by the framer: places in it are no places in the file
	Err        error  // why the frame has no Raw: a *Rejection or *SyntaxError that Parse hands on
}

// An Item is a parsed frame: the canonical JSON of one record, its digest,
// which is its identity, and where it came from.
type Item struct {
	Canonical []byte
	Digest    [sha256.Size]byte
	Key       string
	Lineage   format.Lineage
}

// A Container is a way of keeping many records in one file.
type Container struct {
	Name, Doc string
	sniff     func(head []byte, whole bool) bool
	frames    func(*framer) error
}

// Containers lists the containers. When a file is sniffed the first that says
// yes has it, so the order is from the most to the least particular.
func Containers() []Container {
	return []Container{
		{"parquet", "Parquet file: a record a row", sniffParquet, (*framer).parquet},
		{"hotpot-log", "text log of Reflexion's HotpotQA agents: a record a question and trial", sniffLog, (*framer).log},
		{"json-array", "JSON array: a record an element; arrays of records inside it are opened too", sniffArray, (*framer).array},
		{"json-object", "JSON object of records, or of lists of records", sniffObject, (*framer).object},
		{"json", "one JSON record, or several one after the other, over any number of lines", sniffJSON, (*framer).sequence},
		{"jsonl", "a JSON record a line", sniffJSONL, (*framer).lines},
		{"csv", "CSV with a header line: an object of strings a row", sniffCSV, (*framer).csv},
		{"text", "plain text: one record {\"text\": …} a file", sniffText, (*framer).text},
	}
}

// container returns the container with the given name.
func container(name string) (Container, error) {
	var names []string
	for _, c := range Containers() {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return Container{}, fmt.Errorf("unknown container %q; the containers are %s", name, strings.Join(names, ", "))
}

// headSize is how much of a file the sniffers see.
const headSize = 1 << 20

// A framer cuts one open file into frames.
type framer struct {
	ctx  context.Context
	o    Options
	path string
	head []byte    // the first bytes, not consumed
	in   io.Reader // the whole file, head included
	emit func(Frame) error
}

// Frames cuts a file into frames and hands them to emit in the order of the
// file, until emit returns an error, which Frames then returns. A record that
// cannot be cut out (a line that is too long, say) becomes a frame with Err; a
// file that cannot be read on is an error.
func Frames(ctx context.Context, path string, o Options, emit func(Frame) error) error {
	s, err := Open(path, o)
	if err != nil {
		return err
	}
	defer s.Close()
	f, c, err := newFramer(ctx, s, o)
	if err != nil {
		return err
	}
	f.emit = emit
	return c.frames(f)
}

// newFramer reads the head of a source and finds its container.
func newFramer(ctx context.Context, s *Source, o Options) (*framer, Container, error) {
	head, err := readHead(s)
	if err != nil {
		return nil, Container{}, fmt.Errorf("%s: %w", s.Path, err)
	}
	f := &framer{ctx: ctx, o: o, path: s.Path, head: head, in: io.MultiReader(bytes.NewReader(head), s)}
	if o.Container != "" {
		c, err := container(o.Container)
		return f, c, err
	}
	whole := len(head) < headSize
	sniffed := bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	for _, c := range Containers() {
		if c.sniff(sniffed, whole) {
			return f, c, nil
		}
	}
	return nil, Container{}, fmt.Errorf("%s: %w: begins with %.16q, which is none of the containers", s.Path, ErrFormat, head)
}

// readHead reads up to headSize bytes. A stream that breaks within the head
// still gives what came before: its frames count, and the error comes again
// when they have been read.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err != nil && n == 0 && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head[:n:n], nil
}

var bom = []byte("\xef\xbb\xbf")

// send hands a frame on, and stops when the context is done.
func (f *framer) send(fr Frame) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	return f.emit(fr)
}

// refuse hands on a frame that is a rejection.
func (f *framer) refuse(at Frame, reason Reason, format string, args ...any) error {
	at.Raw = nil
	at.Err = &Rejection{File: f.path, Line: at.Line, Reason: reason, Detail: fmt.Sprintf(format, args...)}
	return f.send(at)
}

// locate turns a fault in the frame's text into an error with its place in the
// file, or with that of the record where the text is the framer's own.
func (f Frame) locate(bad *fault, path string) *SyntaxError {
	if f.made {
		return &SyntaxError{File: path, Line: f.Line, Byte: f.Col + 1, Offset: f.Start, Reason: bad.reason,
			Detail: bad.detail + ", in the record that begins here"}
	}
	e := locate(bad, f.Raw, path, f.Line, f.Start)
	if e.Line == f.Line {
		e.Byte += f.Col
	}
	return e
}

// Parse checks that a frame of the file at path is one strict JSON object, and
// gives it its canonical form and identity. The error is a *SyntaxError or a
// *Rejection.
func (o Options) Parse(path string, f Frame) (Item, error) {
	if f.Err != nil {
		return Item{}, f.Err
	}
	v, same, bad := parseValue(string(f.Raw))
	if bad != nil {
		return Item{}, f.locate(bad, path)
	}
	if v.Type != Object {
		return Item{}, &Rejection{File: path, Line: f.Line, Reason: NotARecord, Detail: "is " + v.Type.String() + ", a record is an object"}
	}
	it := Item{Canonical: f.Raw, Key: f.Key}
	if !same {
		it.Canonical = v.AppendCanonical(make([]byte, 0, len(f.Raw)))
	}
	it.Digest = sha256.Sum256(it.Canonical)
	it.Lineage = format.Lineage{File: path, Line: f.Line, Start: f.Start, End: f.End, Digest: hex.EncodeToString(it.Digest[:])}
	return it, nil
}
