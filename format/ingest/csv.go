package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// separators are tried in this order.
var separators = [...]rune{',', '\t', ';'}

func sniffCSV(head []byte, whole bool) bool {
	_, ok := separator(head, whole)
	return ok
}

// separator finds the separator that makes a table of the head: at least two
// named columns, and a second row of as many fields.
func separator(head []byte, whole bool) (rune, bool) {
	for _, sep := range separators {
		r := csv.NewReader(bytes.NewReader(head))
		r.Comma = sep
		header, err := r.Read()
		if err != nil || len(header) < 2 || !named(header) {
			continue
		}
		if _, err = r.Read(); err == nil || err == io.EOF && whole {
			return sep, true
		}
	}
	return 0, false
}

// named reports whether a row can be a header: short names, each once.
func named(header []string) bool {
	seen := map[string]bool{}
	for _, h := range header {
		if h == "" || len(h) > 64 || seen[h] || !utf8.ValidString(h) {
			return false
		}
		seen[h] = true
	}
	return true
}

// csv makes an object of strings of every row. A row with too few or too many
// fields, or with a stray quote, is refused; the next one is read.
func (f *framer) csv() error {
	sep, ok := separator(bytes.TrimPrefix(f.head, bom), len(f.head) < headSize)
	if !ok {
		return fmt.Errorf("%s: %w: no header line with two columns or more", f.path, ErrFormat)
	}
	start := int64(0)
	if bytes.HasPrefix(f.head, bom) {
		start = int64(len(bom))
		if _, err := io.CopyN(io.Discard, f.in, start); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
	}
	fence := &fence{in: f.in, max: f.o.maxLine()}
	r := csv.NewReader(fence)
	r.Comma, r.ReuseRecord = sep, true
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w: header: %w", f.path, ErrFormat, err)
	}
	header = append([]string(nil), header...)
	for {
		at := Frame{Start: start + r.InputOffset()}
		fence.since = 0
		row, err := r.Read()
		at.End = start + r.InputOffset()
		var bad *csv.ParseError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &bad) && !errors.Is(err, errLong):
			at.Line = int64(bad.StartLine)
			err = f.refuse(at, BadCSV, "%v in a table of %d columns", bad.Err, len(header))
		case err != nil:
			return fmt.Errorf("%s: row at byte %d: %w", f.path, at.Start, err)
		default:
			line, _ := r.FieldPos(0)
			at.Line = int64(line)
			at.Raw, at.made = appendRow(nil, header, row), true
			err = f.send(at)
		}
		if err != nil {
			return err
		}
	}
}

func appendRow(dst []byte, header, row []string) []byte {
	dst = append(dst, '{')
	for i := range header {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, header[i]), ':')
		dst = appendQuoted(dst, row[i])
	}
	return append(dst, '}')
}

// A fence stops a reader that takes more than max bytes without finishing a
// row: a quote that is never closed would otherwise swallow the file.
type fence struct {
	in         io.Reader
	since, max int64
}

func (b *fence) Read(p []byte) (int, error) {
	if b.since > b.max {
		return 0, fmt.Errorf("%w: no end of row after %d bytes", errLong, b.since)
	}
	n, err := b.in.Read(p)
	b.since += int64(n)
	return n, err
}
