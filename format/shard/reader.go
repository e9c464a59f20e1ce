package shard

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"github.com/parquet-go/parquet-go"
	pq "github.com/parquet-go/parquet-go/format"
)

// A Reader reads one file of a table, in order or by row number. It is not safe
// for use by several goroutines at once; opening the file again is cheap.
type Reader[T any] struct {
	table  *Table[T]
	path   string
	in     io.ReaderAt
	close  func() error
	file   *parquet.File
	starts []int64 // first row of each group, and the number of rows

	group int // the open group, or -1
	rows  *parquet.GenericReader[T]
	next  int64 // the row that rows would read
	one   []T
}

// Open opens a file of the table and reads its footer. Bytes that are not a
// file of this table and version are refused with [ErrCorrupt] or [ErrVersion].
func (t *Table[T]) Open(path string) (*Reader[T], error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = corrupt(path, "%s, want a file", st.Mode().Type())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	r, err := t.OpenAt(path, f, st.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	r.close = f.Close
	return r, nil
}

// OpenAt is Open on bytes that the caller holds; path serves errors only.
func (t *Table[T]) OpenAt(path string, in io.ReaderAt, size int64) (_ *Reader[T], err error) {
	defer rescue(path, &err)
	if err := checkFooter(in, size); err != nil {
		return nil, corrupt(path, "%v", err)
	}
	f, err := parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, corrupt(path, "%v", err)
	}
	if err := t.identify(path, f); err != nil {
		return nil, err
	}
	m := f.Metadata()
	starts := make([]int64, 1, len(m.RowGroups)+1)
	for i := range m.RowGroups {
		if err := checkGroup(&m.RowGroups[i], t.groupRows, size); err != nil {
			return nil, corrupt(path, "row group %d: %v", i, err)
		}
		starts = append(starts, starts[i]+m.RowGroups[i].NumRows)
	}
	if n := starts[len(starts)-1]; n != f.NumRows() {
		return nil, corrupt(path, "%d rows in its groups, %d in the footer", n, f.NumRows())
	}
	return &Reader[T]{table: t, path: path, in: in, file: f, starts: starts, group: -1, one: make([]T, 1)}, nil
}

// identify compares version, table and schema with ours.
func (t *Table[T]) identify(path string, f *parquet.File) error {
	version, ok := f.Lookup(metaVersion)
	if !ok {
		return corrupt(path, "no %s in its metadata: a Parquet file, but none of graft's", metaVersion)
	}
	if version != strconv.Itoa(Version) {
		return wrongVersion(path, strconv.Quote(cut(version, 40)))
	}
	if name, _ := f.Lookup(metaTable); name != t.Name {
		return corrupt(path, "a file of table %q, want %q", cut(name, 40), t.Name)
	}
	if want := parquet.SchemaOf(*new(T)); !parquet.EqualNodes(want, f.Schema()) {
		return corrupt(path, "other columns than table %s has in version %d", t.Name, Version)
	}
	return nil
}

// NumRows is the number of rows in the file.
func (r *Reader[T]) NumRows() int64 { return r.starts[len(r.starts)-1] }

// Path is the path that the reader was opened with.
func (r *Reader[T]) Path() string { return r.path }

// Rows yields every row in order. After an error it yields nothing more. A row
// is the caller's to keep.
func (r *Reader[T]) Rows() iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for i := range r.NumRows() {
			row := new(T)
			if err := r.Row(i, row); err != nil {
				yield(nil, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Rows yields every row of a build's table, file by file in order of path. After
// an error it yields nothing more. A row is the caller's to keep.
func (t *Table[T]) Rows(dir string, m *Manifest) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for _, f := range m.FilesOf(t.Name) {
			r, err := t.Open(filepath.Join(dir, filepath.FromSlash(f.Path)))
			if err != nil {
				yield(nil, err)
				return
			}
			for row, err := range r.Rows() {
				if !yield(row, err) || err != nil {
					r.Close()
					return
				}
			}
			r.Close()
		}
	}
}

// Row reads row number i, from 0, into row. Rows in order are read in one pass.
func (r *Reader[T]) Row(i int64, row *T) (err error) {
	defer rescue(r.path, &err)
	if i < 0 || i >= r.NumRows() {
		return fmt.Errorf("%s: row %d of %d", r.path, i, r.NumRows())
	}
	g := sort.Search(len(r.starts)-1, func(g int) bool { return r.starts[g+1] > i })
	if err := r.seek(g, i); err != nil {
		return corrupt(r.path, "row group %d: %v", g, err)
	}
	r.next = i + 1
	clear(r.one)
	n, err := r.rows.Read(r.one)
	if n != 1 {
		r.drop()
		return corrupt(r.path, "row %d: %v", i, errors.Join(errShort, err))
	}
	// What keeps the law when it is written must keep it when it is read.
	if err := r.table.check(&r.one[0]); err != nil {
		return corrupt(r.path, "row %d: %v", i, err)
	}
	*row = r.one[0]
	return nil
}

func (r *Reader[T]) seek(g int, i int64) error {
	if r.group != g {
		r.drop()
		cols := r.file.Metadata().RowGroups[g].Columns
		for c := range cols {
			if err := checkPages(r.in, &cols[c].MetaData, r.starts[g+1]-r.starts[g]); err != nil {
				return fmt.Errorf("column %s: %w", columnName(&cols[c].MetaData), err)
			}
		}
		r.rows = parquet.NewGenericRowGroupReader[T](r.file.RowGroups()[g])
		r.group, r.next = g, r.starts[g]
	}
	if r.next != i {
		return r.rows.SeekToRow(i - r.starts[g])
	}
	return nil
}

func columnName(m *pq.ColumnMetaData) string {
	s := ""
	for _, p := range m.PathInSchema {
		s += "." + cut(p, 40)
	}
	return cut(s, 200)
}

func (r *Reader[T]) drop() {
	if r.rows != nil {
		r.rows.Close()
	}
	r.rows, r.group = nil, -1
}

// Close releases the file.
func (r *Reader[T]) Close() error {
	r.drop()
	if r.close == nil {
		return nil
	}
	return r.close()
}
