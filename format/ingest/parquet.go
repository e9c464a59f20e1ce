package ingest

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	pqformat "github.com/parquet-go/parquet-go/format"
)

func sniffParquet(head []byte, _ bool) bool { return bytes.HasPrefix(head, []byte("PAR1")) }

// parquet makes an object of every row. A file with a column of a type that
// JSON has no plain word for is refused by the column's name; so is a corrupt
// one, whatever the library does about it, which includes panics.
func (f *framer) parquet() (err error) {
	file, err := os.Open(f.path)
	if f.path == Stdin || err != nil {
		return fmt.Errorf("%s: %w: Parquet is read from a plain file, because its index stands at the end", f.path, ErrFormat)
	}
	defer file.Close()
	var sent error // what emit said: never mistaken for damage
	row := int64(0)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %w: corrupt Parquet at row %d: %v", f.path, ErrFormat, row+1, p)
		} else if err != nil && err != sent {
			err = fmt.Errorf("%s: %w: %w", f.path, ErrFormat, err)
		}
	}()
	magic := make([]byte, 4)
	if n, err := file.ReadAt(magic, 0); n < 4 || string(magic) != "PAR1" {
		return fmt.Errorf("a compressed Parquet file must be unpacked first: %v", err)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := footerFits(file, info.Size()); err != nil {
		return fmt.Errorf("corrupt Parquet: %w", err)
	}
	p, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return fmt.Errorf("corrupt Parquet: %w", err)
	}
	if err := plainColumns(p); err != nil {
		return err
	}
	if err := chunksFit(p, f.o.maxRatio()); err != nil {
		return fmt.Errorf("corrupt Parquet: %w", err)
	}
	r := parquet.NewReader(p)
	defer r.Close()
	for ; row < p.NumRows(); row++ {
		cells := map[string]any{}
		if err := r.Read(&cells); err != nil {
			if err == io.EOF {
				return fmt.Errorf("corrupt Parquet: %d rows where the footer says %d", row, p.NumRows())
			}
			return fmt.Errorf("corrupt Parquet at row %d: %w", row+1, err)
		}
		at := Frame{Line: row + 1, Start: -1, End: -1}
		raw, bad := appendCell(nil, "", cells)
		if bad != "" {
			sent = f.refuse(at, BadColumn, "%s", bad)
		} else {
			at.Raw, at.made = raw, true
			sent = f.send(at)
		}
		if sent != nil {
			return sent
		}
	}
	return nil
}

// footerFits checks the length of the footer before the library makes room for
// it.
func footerFits(file io.ReaderAt, size int64) error {
	tail := make([]byte, 8)
	if n, err := file.ReadAt(tail, size-8); n < 8 || string(tail[4:]) != "PAR1" {
		return fmt.Errorf("the file does not end in PAR1: cut short (%v)", err)
	}
	if n := int64(binary.LittleEndian.Uint32(tail)); n > size-12 {
		return fmt.Errorf("a footer of %d bytes in a file of %d", n, size)
	}
	return nil
}

// chunksFit checks what the footer says of the columns against the file.
func chunksFit(p *parquet.File, ratio int64) error {
	for _, group := range p.Metadata().RowGroups {
		for _, col := range group.Columns {
			m := col.MetaData
			name := strings.Join(m.PathInSchema, ".")
			if m.TotalCompressedSize < 0 || m.TotalCompressedSize > p.Size() || m.DataPageOffset < 0 || m.DataPageOffset > p.Size() {
				return fmt.Errorf("column %s: %d bytes at %d in a file of %d", name, m.TotalCompressedSize, m.DataPageOffset, p.Size())
			}
			if most := max(ratioFloor, ratio*m.TotalCompressedSize); m.TotalUncompressedSize > most || m.NumValues > 8*most {
				return fmt.Errorf("column %s: %d bytes are said to become %d, with %d values", name, m.TotalCompressedSize, m.TotalUncompressedSize, m.NumValues)
			}
		}
	}
	return nil
}

// plainColumns refuses the first column whose type JSON cannot hold, and the
// first chunk whose codec cannot be read.
func plainColumns(p *parquet.File) error {
	if err := plainNode(p.Schema(), nil); err != nil {
		return err
	}
	for _, group := range p.Metadata().RowGroups {
		for _, col := range group.Columns {
			switch m := col.MetaData; m.Codec {
			case pqformat.Uncompressed, pqformat.Snappy, pqformat.Gzip, pqformat.Zstd, pqformat.Brotli, pqformat.Lz4Raw:
			default:
				return fmt.Errorf("column %s: codec %v cannot be read; write it with zstd or snappy", strings.Join(m.PathInSchema, "."), m.Codec)
			}
		}
	}
	return nil
}

func plainNode(n parquet.Node, path []string) error {
	for _, field := range n.Fields() {
		at := append(slices.Clone(path), field.Name())
		if !field.Leaf() {
			if err := plainNode(field, at); err != nil {
				return err
			}
			continue
		}
		if name := oddType(field.Type()); name != "" {
			return fmt.Errorf("column %s: type %s has no plain JSON form; leave the column out or write it as a string", strings.Join(at, "."), name)
		}
	}
	return nil
}

// oddType names the type of a leaf that is refused, or returns nothing.
func oddType(t parquet.Type) string {
	name := t.String()
	if l := t.LogicalType(); l != nil && l.Value != nil {
		switch l := l.Value.(type) {
		case *pqformat.StringType, *pqformat.EnumType, *pqformat.JsonType:
			return ""
		case *pqformat.IntType:
			if l.IsSigned || l.BitWidth < 64 {
				return ""
			}
		}
		return name
	}
	switch t.Kind() {
	case parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double, parquet.ByteArray:
		return ""
	}
	return name
}

// appendCell writes a value that Parquet gave as JSON. bad says which column
// holds something that JSON cannot: bytes that are no text, an infinity.
func appendCell(dst []byte, path string, v any) (_ []byte, bad string) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), ""
	case string:
		return appendText(dst, path, v)
	case []byte:
		return appendText(dst, path, string(v))
	case float64:
		return appendFloat(dst, path, v, v)
	case float32:
		return appendFloat(dst, path, float64(v), v)
	case bool, int, int32, int64, uint32:
		return fmt.Append(dst, v), ""
	case []any:
		dst = append(dst, '[')
		for i := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, bad = appendCell(dst, path, v[i]); bad != "" {
				return dst, bad
			}
		}
		return append(dst, ']'), ""
	case map[string]any:
		return appendCells(dst, path, v)
	case deprecated.Int96:
		return dst, "column " + path + ": int96"
	}
	return dst, fmt.Sprintf("column %s: %T has no plain JSON form", path, v)
}

func appendCells(dst []byte, path string, cells map[string]any) (_ []byte, bad string) {
	names := make([]string, 0, len(cells))
	for name := range cells {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, name), ':')
		if dst, bad = appendCell(dst, strings.TrimPrefix(path+"."+name, "."), cells[name]); bad != "" {
			return dst, bad
		}
	}
	return append(dst, '}'), ""
}

func appendText(dst []byte, path, s string) ([]byte, string) {
	if !utf8.ValidString(s) {
		return dst, "column " + path + ": bytes that are not UTF-8 text"
	}
	return appendQuoted(dst, s), ""
}

func appendFloat(dst []byte, path string, f float64, as any) ([]byte, string) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return dst, fmt.Sprintf("column %s: %v has no JSON form", path, f)
	}
	text, err := json.Marshal(as)
	if err != nil {
		return dst, fmt.Sprintf("column %s: %v", path, err)
	}
	return append(dst, text...), ""
}
