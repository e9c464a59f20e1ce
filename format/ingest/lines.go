package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// blockSize is how much is read at once. Frames are slices of the block they
// were read into, so that a line is copied only where it crosses into the next
// block; a block is never used again, and the collector frees it with the last
// of its frames.
const blockSize = 256 << 10

// sniffJSONL says yes to anything that begins like an object, for by then the
// sniffers for other uses of JSON have said no, and to a blank file, which
// holds no record.
func sniffJSONL(head []byte, whole bool) bool {
	return len(head) == 0 && whole || len(head) > 0 && head[0] == '{'
}

// lines cuts a file at line feeds. Blank lines are no records; a line may end
// in CR LF; the last line needs no end.
func (f *framer) lines() error {
	s := lineScanner{in: f.in, max: f.o.maxLine(), line: 1}
	s.skipBOM()
	for {
		line, at, err := s.next()
		switch {
		case errors.Is(err, errLong):
			err = f.refuse(at, LineTooLong, "line of %d bytes; the limit is %d", at.End-at.Start, f.o.maxLine())
		case err == io.EOF:
			return nil
		case err != nil:
			return readError(f.path, at, err)
		default:
			if line = bytes.TrimSuffix(line, []byte{'\r'}); len(bytes.TrimLeft(line, " \t\r")) == 0 {
				continue
			}
			at.Raw, at.End = line, at.Start+int64(len(line))
			err = f.send(at)
		}
		if err != nil {
			return err
		}
	}
}

func readError(path string, at Frame, err error) error {
	if errors.Is(err, ErrFormat) {
		return err // it names the file and the byte already
	}
	return fmt.Errorf("%s:%d: %w", path, at.Line, err)
}

var errLong = errors.New("line too long")

// A lineScanner reads lines of any length up to max without a copy where it
// can. A longer line is skipped and reported with its length.
type lineScanner struct {
	in    io.Reader
	max   int64
	block []byte // what has been read and not been handed out
	at    int64  // byte of the file at which block begins
	line  int64
	err   error
}

func (s *lineScanner) skipBOM() {
	for len(s.block) < len(bom) && s.err == nil {
		s.fill()
	}
	if bytes.HasPrefix(s.block, bom) {
		s.block, s.at = s.block[len(bom):], s.at+int64(len(bom))
	}
}

// fill reads more behind what is left, in a new block where the old one is
// full.
func (s *lineScanner) fill() {
	if cap(s.block)-len(s.block) < 4<<10 {
		grown := make([]byte, len(s.block), max(blockSize, 2*len(s.block)))
		copy(grown, s.block)
		s.block = grown
	}
	var n int
	n, s.err = s.in.Read(s.block[len(s.block):cap(s.block)])
	s.block = s.block[:len(s.block)+n]
}

// next returns the next line without its line feed, and its place.
func (s *lineScanner) next() ([]byte, Frame, error) {
	at := Frame{Line: s.line, Start: s.at, End: s.at}
	seen := 0
	for {
		if i := bytes.IndexByte(s.block[seen:], '\n'); i >= 0 {
			line := s.block[: seen+i : seen+i]
			s.take(seen + i + 1)
			return s.measure(line, at)
		}
		if seen = len(s.block); int64(seen) > s.max {
			return s.skip(at)
		}
		if s.err != nil {
			if s.err == io.EOF && seen > 0 {
				line := s.block
				s.take(seen)
				return s.measure(line, at)
			}
			return nil, at, s.err
		}
		s.fill()
	}
}

func (s *lineScanner) take(n int) {
	s.block, s.at, s.line = s.block[n:len(s.block):cap(s.block)], s.at+int64(n), s.line+1
}

func (s *lineScanner) measure(line []byte, at Frame) ([]byte, Frame, error) {
	at.End = at.Start + int64(len(line))
	if int64(len(line)) > s.max {
		return nil, at, errLong
	}
	return line, at, nil
}

// skip reads to the end of a line that is too long, and keeps none of it.
func (s *lineScanner) skip(at Frame) ([]byte, Frame, error) {
	for {
		if i := bytes.IndexByte(s.block, '\n'); i >= 0 {
			at.End = s.at + int64(i)
			s.take(i + 1)
			return nil, at, errLong
		}
		s.at += int64(len(s.block))
		at.End = s.at
		if s.err != nil {
			s.block = nil
			if s.err == io.EOF {
				return nil, at, errLong
			}
			return nil, at, s.err
		}
		s.block = s.block[:0]
		if cap(s.block) < blockSize {
			s.block = make([]byte, 0, blockSize)
		}
		s.fill()
	}
}
