package ingest

import (
	"bytes"
	"fmt"
	"io"
)

// sniffArray says yes to '[': no record is an array.
func sniffArray(head []byte, _ bool) bool { return len(head) > 0 && head[0] == '[' }

// sniffObject says yes to an object whose first member is a record or a list
// of records, and which is no record itself.
func sniffObject(head []byte, _ bool) bool {
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	end, closed, _ := valueEnd(head)
	if closed && len(bytes.TrimLeft(head[end:], " \t\r\n")) > 0 {
		return false // more records follow: JSONL, or one after the other
	}
	if closed {
		if v, _, bad := parseValue(string(head[:end])); bad == nil {
			if _, sure := Detect(&v); sure > 0 || len(v.Members) == 0 {
				return false
			}
			return holdsRecords(&v.Members[0].Value, len(v.Members) > 1)
		}
	}
	first := firstMember(head)
	v, _, bad := parseValue(string(first))
	return bad == nil && first != nil && holdsRecords(&v, false)
}

// holdsRecords reports whether v is a record or a list of records: one that a
// reader knows, or, where the benefit of the doubt is given, any object.
func holdsRecords(v *Value, doubt bool) bool {
	if v.Is(Array) {
		v = v.At(0)
	}
	if !v.Is(Object) || len(v.Members) < 2 {
		return false
	}
	_, sure := Detect(v)
	return sure > 0 || doubt && len(v.Members) > 2
}

// firstMember is the text of the first member's value, or of the first element
// of that value if it is an array; nil if it does not end within head.
func firstMember(head []byte) []byte {
	trim := func(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }
	rest := trim(head[1:])
	if len(rest) == 0 || rest[0] != '"' {
		return nil
	}
	n, closed, _ := valueEnd(rest)
	if rest = trim(rest[n:]); !closed || len(rest) == 0 || rest[0] != ':' {
		return nil
	}
	if rest = trim(rest[1:]); len(rest) > 0 && rest[0] == '[' {
		rest = trim(rest[1:])
	}
	if n, closed, _ = valueEnd(rest); !closed {
		return nil
	}
	return rest[:n]
}

// sniffJSON says yes where the first record goes on over a line feed.
func sniffJSON(head []byte, _ bool) bool {
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	end, _, inside := valueEnd(head)
	if inside { // a line feed within a string: a broken line of JSONL
		return false
	}
	i := bytes.IndexByte(head[:end], '\n')
	// A next line that opens an object of its own belongs to JSONL, and the
	// first line is broken.
	return i >= 0 && !bytes.HasPrefix(head[i+1:], []byte{'{'})
}

// valueEnd finds where the JSON value at the start of b ends, by brackets and
// quotes alone. It says whether the value closes within b, and whether a line
// feed stands in a string of it, which no JSON allows.
func valueEnd(b []byte) (end int, closed, brokenString bool) {
	var s shape
	n, done := s.scan(b)
	return n, done, s.broken
}

// A shape follows the brackets and quotes of one JSON value through any number
// of blocks.
type shape struct {
	depth                     int
	begun, str, escape, plain bool
	broken                    bool
}

// scan takes the bytes of the value that stand in b. done is true when the
// value ends within them; a number or literal ends before the byte that
// follows it.
func (s *shape) scan(b []byte) (n int, done bool) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case s.escape:
			s.escape = false
		case s.str:
			switch c {
			case '\\':
				s.escape = true
			case '\n':
				s.broken = true
			case '"':
				if s.str = false; s.depth == 0 {
					return i + 1, true
				}
			}
		case c == '"':
			if s.plain && s.depth == 0 {
				return i, true
			}
			s.str, s.begun = true, true
		case c == '{' || c == '[':
			if s.plain && s.depth == 0 {
				return i, true
			}
			s.depth, s.begun = s.depth+1, true
		case c == '}' || c == ']':
			if s.depth--; s.depth < 0 {
				return i, true
			} else if s.depth == 0 {
				return i + 1, true
			}
		case s.depth == 0 && (c == ',' || c == ':' || isJSONSpace(c)):
			return i, true
		case s.depth == 0:
			s.plain, s.begun = true, true
		}
	}
	return len(b), false
}

// A textScanner reads JSON values from a stream and knows its place.
type textScanner struct {
	lineScanner
	col int64 // bytes of the current line before the place
}

func (s *textScanner) place() Frame { return Frame{Line: s.line, Col: s.col, Start: s.at, End: s.at} }

func (s *textScanner) advance(n int) {
	gone := s.block[:n]
	if lf := bytes.LastIndexByte(gone, '\n'); lf >= 0 {
		s.line += int64(bytes.Count(gone, []byte{'\n'}))
		s.col = int64(n - lf - 1)
	} else {
		s.col += int64(n)
	}
	s.block, s.at = s.block[n:], s.at+int64(n)
}

// peek is the next byte that is no white space, or io.EOF.
func (s *textScanner) peek() (byte, error) {
	for {
		rest := bytes.TrimLeft(s.block, " \t\r\n")
		s.advance(len(s.block) - len(rest))
		if len(rest) > 0 {
			return rest[0], nil
		}
		if s.err != nil {
			return 0, s.err
		}
		s.fill()
	}
}

// value takes the next JSON value. One that is longer than the limit is read
// past, and the error is errLong.
func (s *textScanner) value() (Frame, error) {
	at := s.place()
	var sh shape
	seen, long := 0, false
	for {
		n, done := sh.scan(s.block[seen:])
		seen += n
		if done || s.err == io.EOF && sh.plain && sh.depth == 0 && !sh.str {
			long = long || s.at+int64(seen)-at.Start > s.max
			at.End = s.at + int64(seen)
			at.Raw = s.block[:seen:seen]
			s.advance(seen)
			if long {
				at.Raw = nil
				return at, errLong
			}
			return at, nil
		}
		if s.err != nil {
			return at, s.err
		}
		if long = long || int64(seen) > s.max; long {
			s.advance(seen)
			seen = 0
		}
		s.fill()
	}
}

func (f *framer) scanner() *textScanner {
	s := &textScanner{lineScanner: lineScanner{in: f.in, max: f.o.maxLine(), line: 1}}
	s.skipBOM()
	return s
}

// ends turns the error of a scanner into one that says where the text stopped.
func (f *framer) ends(s *textScanner, err error, inside string) error {
	if err != io.EOF && err != nil {
		return readError(f.path, s.place(), err)
	}
	return f.syntax(s, "the file ends inside "+inside)
}

func (f *framer) syntax(s *textScanner, detail string) error {
	return &SyntaxError{File: f.path, Line: s.line, Byte: s.col + 1, Offset: s.at, Reason: BadJSON, Detail: detail}
}

// record takes one value and hands it on as a frame.
func (f *framer) record(s *textScanner, key string) error {
	at, err := s.value()
	at.Key = key
	switch {
	case err == errLong:
		return f.refuse(at, LineTooLong, "record of %d bytes; the limit is %d", at.End-at.Start, f.o.maxLine())
	case err != nil:
		return f.ends(s, err, fmt.Sprintf("the record that begins on line %d", at.Line))
	case len(at.Raw) == 0:
		return f.syntax(s, "a value is missing")
	}
	return f.send(at)
}

// sequence reads records one after the other.
func (f *framer) sequence() error {
	s := f.scanner()
	for {
		c, err := s.peek()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return readError(f.path, s.place(), err)
		case c == ',' || c == ':' || c == ']' || c == '}':
			return f.syntax(s, fmt.Sprintf("%q where a record must begin", c))
		}
		if err := f.record(s, ""); err != nil {
			return err
		}
	}
}

// array reads the one array of a file.
func (f *framer) array() error {
	s := f.scanner()
	if err := f.list(s, "", true); err != nil {
		return err
	}
	return f.nothingElse(s)
}

func (f *framer) nothingElse(s *textScanner) error {
	switch c, err := s.peek(); {
	case err == nil:
		return f.syntax(s, fmt.Sprintf("%q follows the end", c))
	case err != io.EOF:
		return readError(f.path, s.place(), err)
	}
	return nil
}

// list reads an array of records. Where open is set, an element that is an
// array of objects is opened as well: some files are [config, [records]].
func (f *framer) list(s *textScanner, key string, open bool) error {
	if c, err := s.peek(); err != nil || c != '[' {
		return f.ends(s, err, "an array that has not begun")
	}
	return f.members(s, ']', func(first byte) error {
		if first == '[' && open && s.opensObject() {
			return f.list(s, key, false)
		}
		return f.record(s, key)
	})
}

// opensObject reports whether '[' is followed by '{'.
func (s *textScanner) opensObject() bool {
	for {
		rest := bytes.TrimLeft(s.block[1:], " \t\r\n")
		if len(rest) > 0 {
			return rest[0] == '{'
		}
		if s.err != nil || len(s.block) > blockSize {
			return false
		}
		s.fill()
	}
}

// object reads the one object of a file, whose members are records or lists of
// records.
func (f *framer) object() error {
	s := f.scanner()
	seen := map[string]bool{}
	err := f.members(s, '}', func(first byte) error {
		at := s.place()
		k, err := s.value()
		if err != nil {
			return f.ends(s, err, "a key")
		}
		key, _, bad := parseValue(string(k.Raw))
		if bad != nil || key.Type != String {
			return f.syntax(s, "a key must be a string")
		}
		if c, err := s.peek(); err != nil || c != ':' {
			return f.ends(s, err, "a member, before its ':'")
		}
		s.advance(1)
		c, err := s.peek()
		if err != nil {
			return f.ends(s, err, "a member")
		}
		name := key.Str()
		if seen[name] {
			if err := f.refuse(at, DuplicateKey, "key %.100q stands twice", name); err != nil {
				return err
			}
		}
		seen[name] = true
		if c == '[' && s.opensObject() {
			return f.list(s, name, false)
		}
		return f.record(s, name)
	})
	if err != nil {
		return err
	}
	return f.nothingElse(s)
}

// members walks what stands between an opening byte, not yet taken, and the
// closing one; each is called at the start of every member.
func (f *framer) members(s *textScanner, closing byte, each func(first byte) error) error {
	s.advance(1)
	for n := 0; ; n++ {
		c, err := s.peek()
		if err != nil {
			return f.ends(s, err, "an array or object")
		}
		if c == closing && n == 0 {
			break
		}
		if err := each(c); err != nil {
			return err
		}
		if c, err = s.peek(); err != nil {
			return f.ends(s, err, "an array or object")
		}
		if c == closing {
			break
		}
		if c != ',' {
			return f.syntax(s, fmt.Sprintf("%q where ',' or '%c' must stand", c, closing))
		}
		s.advance(1)
	}
	s.advance(1)
	return nil
}
