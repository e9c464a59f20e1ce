// Package weights reads and writes the safetensors checkpoints of Hugging Face:
// one model.safetensors, or shards with an index. A file is
//
//	8 bytes   N, the length of the header, little-endian
//	N bytes   JSON: name -> {"dtype", "shape", "data_offsets": [begin, end]}, and "__metadata__"
//	the rest  the tensors, little-endian, row-major, without gap or overlap
//
// Source: github.com/huggingface/safetensors, README, "Format". A header is
// somebody else's text: everything it claims is checked before it is used.
package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrFormat is wrapped by every refusal of a file for what stands in it.
var ErrFormat = errors.New("not a checkpoint that graft can read")

// maxHeader is the limit of the reference implementation.
const maxHeader = 100_000_000

// maxRank is more dimensions than any tensor has; a row of sizes costs memory.
const maxRank = 8

// An Entry is a tensor of a file.
type Entry struct {
	Name  string
	Type  Type
	Shape []int
	begin int64 // in the file
}

// Elements is the number of weights.
func (e Entry) Elements() int {
	n := 1
	for _, d := range e.Shape {
		n *= d
	}
	return n
}

// Bytes is their size in the file.
func (e Entry) Bytes() int64 { return int64(e.Elements()) * int64(e.Type.size()) }

type entryJSON struct {
	Type    string   `json:"dtype"`
	Shape   []uint64 `json:"shape"`
	Offsets []uint64 `json:"data_offsets"`
}

// readHeader lists the tensors of a file of size bytes, in the order of their data.
func readHeader(r io.ReaderAt, size int64) ([]Entry, error) {
	var length [8]byte
	if size < 8 {
		return nil, fmt.Errorf("%w: %d bytes are too few for a header", ErrFormat, size)
	}
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("%w: a header of %d bytes in a file of %d; at most %d are read", ErrFormat, n, size, maxHeader)
	}
	text := make([]byte, n)
	if _, err := r.ReadAt(text, 8); err != nil && !(err == io.EOF && n == 0) {
		return nil, err
	}
	var raw map[string]jsontext.Value // a name that stands twice is an error of the parser
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	if meta, ok := raw["__metadata__"]; ok {
		var m map[string]string
		if err := json.Unmarshal(meta, &m); err != nil {
			return nil, fmt.Errorf("%w: __metadata__: %w", ErrFormat, err)
		}
		delete(raw, "__metadata__")
	}
	entries := make([]Entry, 0, len(raw))
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		e, err := parseEntry(name, raw[name], uint64(size)-8-n)
		if err != nil {
			return nil, fmt.Errorf("%w: tensor %q: %w", ErrFormat, name, err)
		}
		e.begin += 8 + int64(n)
		entries = append(entries, e)
	}
	return entries, tile(entries, 8+int64(n), size)
}

// parseEntry checks one tensor against the bytes that the file has for data.
func parseEntry(name string, text jsontext.Value, room uint64) (Entry, error) {
	var j entryJSON
	if err := json.Unmarshal(text, &j, json.RejectUnknownMembers(true)); err != nil {
		return Entry{}, err
	}
	kind, ok := typeOf(j.Type)
	if !ok {
		return Entry{}, fmt.Errorf("dtype is %q: graft reads F32, BF16 and F16", j.Type)
	}
	if len(j.Offsets) != 2 || j.Offsets[0] > j.Offsets[1] || j.Offsets[1] > room {
		return Entry{}, fmt.Errorf("data_offsets are %d: want a begin and an end within the %d bytes of data", j.Offsets, room)
	}
	if len(j.Shape) > maxRank {
		return Entry{}, fmt.Errorf("%d dimensions: at most %d are read", len(j.Shape), maxRank)
	}
	need, shape := uint64(kind.size()), make([]int, len(j.Shape))
	for i, d := range j.Shape {
		hi, lo := bits.Mul64(need, d)
		if hi != 0 || lo > room {
			return Entry{}, fmt.Errorf("shape is %d: more than the %d bytes of data", j.Shape, room)
		}
		if d > 1<<40 { // beside a zero it would pass as a size
			return Entry{}, fmt.Errorf("shape is %d: no dimension is that long", j.Shape)
		}
		need, shape[i] = lo, int(d)
	}
	if got := j.Offsets[1] - j.Offsets[0]; got != need {
		return Entry{}, fmt.Errorf("data_offsets span %d bytes; shape %d of %s needs %d", got, j.Shape, j.Type, need)
	}
	return Entry{Name: name, Type: kind, Shape: shape, begin: int64(j.Offsets[0])}, nil
}

// tile sorts tensors by place and checks that they fill the data, without gap or overlap.
func tile(entries []Entry, begin, end int64) error {
	slices.SortStableFunc(entries, func(a, b Entry) int {
		if a.begin != b.begin {
			return int(min(max(a.begin-b.begin, -1), 1))
		}
		return int(min(max(a.Bytes()-b.Bytes(), -1), 1)) // an empty tensor before the one that starts there too
	})
	at := begin
	for _, e := range entries {
		switch {
		case e.begin < at:
			return fmt.Errorf("%w: tensor %q overlaps the one before it by %d bytes", ErrFormat, e.Name, at-e.begin)
		case e.begin > at:
			return fmt.Errorf("%w: %d bytes before tensor %q belong to none", ErrFormat, e.begin-at, e.Name)
		}
		at += e.Bytes()
	}
	if at != end {
		return fmt.Errorf("%w: the last %d bytes belong to no tensor", ErrFormat, end-at)
	}
	return nil
}
