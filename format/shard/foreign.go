package shard

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
)

// WriteParquet writes rows of a foreign schema with the pinned settings of this
// package, so that exporters give the same bytes every time. meta is key, value,
// key, value, …; a row group has groupRows rows.
func WriteParquet[T any](path string, groupRows int, rows iter.Seq2[*T, error], meta ...string) (_ File, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return File{}, err
	}
	f, err := os.Create(path + temporaryName)
	if err != nil {
		return File{}, err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	sum := sha256.New()
	buf := bufio.NewWriterSize(io.MultiWriter(f, sum), 256<<10)
	var kv []parquet.WriterOption
	for i := 0; i+1 < len(meta); i += 2 {
		kv = append(kv, parquet.KeyValueMetadata(meta[i], meta[i+1]))
	}
	w := newParquet[T](buf, kv...)
	one, n := make([]T, 1), int64(0)
	for row, err := range rows {
		if err == nil && n > 0 && n%int64(groupRows) == 0 {
			err = w.Flush()
		}
		if err == nil {
			one[0] = *row
			_, err = w.Write(one)
		}
		if err != nil {
			return File{}, fmt.Errorf("%s: row %d: %w", path, n, err)
		}
		n++
	}
	if err := w.Close(); err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := buf.Flush(); err != nil {
		return File{}, err
	}
	st, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	return File{Path: path, Role: RoleData, Rows: n, Bytes: st.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))}, commit(f, path)
}
