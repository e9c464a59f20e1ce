package shard

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	pq "github.com/parquet-go/parquet-go/format"
)

const (
	pageBytes     = 256 << 10 // a page is cut after the row that reaches this
	metaVersion   = "graft.format"
	metaTable     = "graft.table"
	temporaryName = ".tmp"
	magic         = "PAR1"
)

// A Writer writes one file of a table, row by row, in memory of a few row groups:
// full ones are encoded and compressed side by side, and written in their order,
// so that the bytes do not depend on how many processors there are. Nothing is
// visible under the file's name until Close has returned nil.
type Writer[T any] struct {
	table   *Table[T]
	path    string
	file    *os.File
	out     *counter
	sum     hash.Hash
	columns []column
	footer  footer
	open    *group
	flight  []*group // full ones at work, the oldest first
	idle    []*group
	most    int // groups in flight
	took    time.Duration
	rows    int64
	err     error
}

// Create begins the file path, under a temporary name in the same folder. The
// folder is made if it is not there.
func (t *Table[T]) Create(path string) (*Writer[T], error) {
	frame, err := frameOf(t)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	f, err := os.Create(path + temporaryName)
	if err != nil {
		return nil, err
	}
	w := &Writer[T]{table: t, path: path, file: f, sum: sha256.New(), columns: columnsOf(reflect.TypeFor[T]()), footer: footer{file: frame}}
	w.most = min(runtime.GOMAXPROCS(0), 8)
	w.open = newGroup(w.columns)
	w.out = &counter{to: bufio.NewWriterSize(io.MultiWriter(f, w.sum), 256<<10)}
	_, err = w.out.Write([]byte(magic))
	return w, err
}

// frameOf is the footer of a file of the table without rows, as the Parquet library
// writes it: schema, key-value pairs and who made it.
func frameOf[T any](t *Table[T]) (pq.FileMetaData, error) {
	w := newParquet[T](io.Discard, parquet.KeyValueMetadata(metaVersion, strconv.Itoa(Version)), parquet.KeyValueMetadata(metaTable, t.Name))
	if err := w.Close(); err != nil {
		return pq.FileMetaData{}, err
	}
	return *w.File().Metadata(), nil
}

// A counter counts what is written through it.
type counter struct {
	to *bufio.Writer
	n  int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}

// newParquet is the one place where writer settings are made. No column has a
// dictionary: the library's hybrid of runs and packed bits finds its runs by
// assembly that differs between processors (on AVX2 it takes two halves of four
// equal values for eight), so that the same rows would give other bytes on
// another machine. Plain strings under zstd cost 5% more.
func newParquet[T any](to io.Writer, more ...parquet.WriterOption) *parquet.GenericWriter[T] {
	return parquet.NewGenericWriter[T](to, append(more,
		// The library's default names its own module version: a build must give
		// the same bytes whoever compiled graft.
		parquet.CreatedBy("graft", strconv.Itoa(Version)+".0.0", "shard"),
		parquet.Compression(pageCodec),
		parquet.PageBufferSize(pageBytes),
		parquet.WriteBufferSize(0),
		parquet.DataPageVersion(2),
		// Statistics of long text would put whole texts into headers and footer;
		// bounds are kept where a query can use them, and values are short.
		parquet.DataPageStatistics(false),
		boundsOf[T]())...)
}

// boundsOf leaves page bounds to the leaf columns of the row itself, and takes
// them from text and from what lies in lists.
func boundsOf[T any]() parquet.WriterOption {
	c := &parquet.WriterConfig{}
	for _, path := range parquet.SchemaOf(*new(T)).Columns() {
		if len(path) > 1 || slices.Contains([]string{"text", "answer", "ground_truth", "params"}, path[0]) {
			c.SkipPageBounds = append(c.SkipPageBounds, path)
		}
	}
	return c
}

// Write adds one row. The row is checked and copied before Write returns, so
// that the caller may reuse it. After an error only Abort is of use.
func (w *Writer[T]) Write(row *T) (err error) {
	if w.err != nil {
		return w.err
	}
	defer func() { w.err = err }()
	if err := w.table.check(row); err != nil {
		return fmt.Errorf("%s: row %d: %w", w.path, w.rows, err)
	}
	if w.rows == int64(w.table.maxRows) {
		return fmt.Errorf("%s: full with %d rows: begin another file", w.path, w.rows)
	}
	size := w.table.size(row)
	if g := w.open; g.rows == w.table.groupRows || g.rows > 0 && g.weight+size > w.table.groupBytes {
		if err := w.send(); err != nil {
			return fmt.Errorf("%s: %w", w.path, err)
		}
	}
	w.open.add(unsafe.Pointer(row), size)
	w.rows++
	return nil
}

// send sets the open group to work and opens another. It waits for the oldest one
// at work where there are too many.
func (w *Writer[T]) send() error {
	w.open.done = make(chan struct{})
	go w.open.encode()
	w.flight = append(w.flight, w.open)
	if len(w.flight) > w.most {
		if err := w.land(); err != nil {
			return err
		}
	}
	if n := len(w.idle); n > 0 {
		w.open, w.idle = w.idle[n-1], w.idle[:n-1]
	} else {
		w.open = newGroup(w.columns)
	}
	return nil
}

// land writes the oldest group at work.
func (w *Writer[T]) land() error {
	g := w.flight[0]
	w.flight = w.flight[1:]
	<-g.done
	w.took += g.took
	if g.err != nil {
		return g.err
	}
	w.footer.add(g, w.out.n)
	_, err := w.out.Write(g.body)
	g.reset()
	w.idle = append(w.idle, g)
	return err
}

// Encoding is how long the goroutines that encode have worked for the writer; after
// Close, for the whole file.
func (w *Writer[T]) Encoding() time.Duration { return w.took }

// Rows is the number of rows written so far.
func (w *Writer[T]) Rows() int64 { return w.rows }

// Close ends the file, makes it durable and gives it its name. The entry is
// what the manifest says of it; its path is the one given to Create.
func (w *Writer[T]) Close() (File, error) {
	if w.err != nil {
		w.Abort()
		return File{}, w.err
	}
	if err := w.finish(); err != nil {
		w.Abort()
		return File{}, fmt.Errorf("%s: %w", w.path, err)
	}
	w.err = fmt.Errorf("%s: closed", w.path)
	return File{Path: w.path, Role: w.table.Role, Rows: w.rows, Bytes: w.out.n, SHA256: hex.EncodeToString(w.sum.Sum(nil))}, nil
}

func (w *Writer[T]) finish() error {
	if w.open.rows > 0 {
		if err := w.send(); err != nil {
			return err
		}
	}
	for len(w.flight) > 0 {
		if err := w.land(); err != nil {
			return err
		}
	}
	if err := w.footer.write(w.out); err != nil {
		return err
	}
	if err := w.out.to.Flush(); err != nil {
		return err
	}
	return commit(w.file, w.path)
}

// Abort drops the file. After Close it does nothing.
func (w *Writer[T]) Abort() {
	if w.file.Close() == nil {
		os.Remove(w.file.Name())
	}
	if w.err == nil {
		w.err = fmt.Errorf("%s: aborted", w.path)
	}
}

// commit makes f durable and renames it to path.
func commit(f *os.File, path string) error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// WriteFile writes a file that is no table (a report, a data card, a list of
// rejections) as durably and atomically as the tables, and describes it.
func WriteFile(path, role string, content io.Reader) (File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return File{}, err
	}
	f, err := os.Create(path + temporaryName)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), content)
	if err == nil {
		err = commit(f, path)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	return File{Path: path, Role: role, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}
