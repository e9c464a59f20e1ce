package ingest

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// sniffLog knows the log by its two headlines.
func sniffLog(head []byte, _ bool) bool {
	return bytes.HasPrefix(head, []byte("########")) &&
		bytes.Contains(head, []byte("\nBEGIN TRIAL ")) && bytes.Contains(head, []byte("\nContext: "))
}

// log cuts a log of Reflexion's HotpotQA agents. Trials and groups of agents
// have headlines; below them every question is a block that begins with
// "Context: " and ends at the next block or headline. A frame is made of each:
// {"trial": …, "agents": …, "text": the block as it stands}.
func (f *framer) log() error {
	s := lineScanner{in: f.in, max: f.o.maxLine(), line: 1}
	s.skipBOM()
	var block []byte
	var at Frame
	trial, agents := "", ""
	flush := func() error {
		if at.Line == 0 {
			return nil
		}
		text := bytes.TrimRight(block, "\n")
		at.End = at.Start + int64(len(text))
		at.Raw = append(appendQuoted([]byte(`{"agents":`), agents), `,"text":`...)
		at.Raw = append(appendQuoted(at.Raw, text), `,"trial":`...)
		at.Raw, at.made = append(appendQuoted(at.Raw, trial), '}'), true
		whole := at
		block, at = block[:0], Frame{}
		return f.send(whole)
	}
	for {
		line, place, err := s.next()
		switch {
		case err == io.EOF:
			return flush()
		case errors.Is(err, errLong):
			if err := f.refuse(place, LineTooLong, "line of %d bytes; the limit is %d", place.End-place.Start, s.max); err != nil {
				return err
			}
			block, at = block[:0], Frame{}
			continue
		case err != nil:
			return readError(f.path, place, err)
		}
		starts := bytes.HasPrefix(line, []byte("Context: "))
		if starts || bytes.HasPrefix(line, []byte("####")) || bytes.HasPrefix(line, []byte("------------- BEGIN ")) {
			if err := flush(); err != nil {
				return err
			}
		}
		switch {
		case starts:
			at = place
		case bytes.HasPrefix(line, []byte("BEGIN TRIAL ")):
			trial, agents = string(bytes.TrimPrefix(line, []byte("BEGIN TRIAL "))), ""
		case bytes.HasPrefix(line, []byte("------------- BEGIN ")):
			agents = strings.TrimSuffix(string(bytes.Trim(line[len("------------- BEGIN "):], "- ")), " AGENTS")
		}
		if at.Line == 0 {
			continue
		}
		if int64(len(block)+len(line)) > s.max {
			if err := f.refuse(at, LineTooLong, "block of more than %d bytes", s.max); err != nil {
				return err
			}
			block, at = block[:0], Frame{}
			continue
		}
		block = append(append(block, line...), '\n')
	}
}

// sniffText says yes to whatever is UTF-8 without NUL.
func sniffText(head []byte, whole bool) bool {
	if !whole { // the head may end inside a character
		for i := 0; i < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); i++ {
			head = head[:len(head)-1]
		}
	}
	return utf8.Valid(head) && bytes.IndexByte(head, 0) < 0
}

// text makes one frame of a whole file.
func (f *framer) text() error {
	all, err := io.ReadAll(io.LimitReader(f.in, f.o.maxLine()+1))
	at := Frame{Line: 1, End: int64(len(all))}
	switch {
	case err != nil:
		return readError(f.path, at, err)
	case int64(len(all)) > f.o.maxLine():
		return f.refuse(at, LineTooLong, "text of more than %d bytes", f.o.maxLine())
	}
	at.Raw, at.made = append(appendQuoted([]byte(`{"text":`), bytes.TrimPrefix(all, bom)), '}'), true
	return f.send(at)
}
