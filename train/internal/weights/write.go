package weights

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Tensor is one to be written. Read fills dst with its elements from the given
// one on; it is called when its turn comes, for at most Chunk of them at a time.
type Tensor struct {
	Name  string
	Shape []int
	Read  func(dst []float32, from int) error
}

func (t Tensor) elements() int { return Entry{Shape: t.Shape}.Elements() }

// DefaultShard is the size at which a checkpoint is split, in bytes.
const DefaultShard = 5_000_000_000

// Write puts tensors into dir as model.safetensors, or, if they are more than
// shard bytes, as model-00001-of-0000N.safetensors with an index. The files are
// on disk when it returns. The same tensors give the same bytes.
func Write(dir string, tensors []Tensor, t Type, shard int64) error {
	if shard <= 0 {
		shard = DefaultShard
	}
	groups, total := split(tensors, t, shard)
	if len(groups) == 1 {
		return WriteFile(filepath.Join(dir, single), groups[0], t)
	}
	where := map[string]string{}
	for i, g := range groups {
		name := fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, len(groups))
		for _, x := range g {
			where[x.Name] = name
		}
		if err := WriteFile(filepath.Join(dir, name), g, t); err != nil {
			return err
		}
	}
	text, err := json.Marshal(map[string]any{"metadata": map[string]int64{"total_size": total}, "weight_map": where},
		json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	return writeSynced(filepath.Join(dir, index), text)
}

// split cuts the list where a shard would become too large. A tensor is never cut.
func split(tensors []Tensor, t Type, shard int64) (groups [][]Tensor, total int64) {
	groups = [][]Tensor{nil}
	size := int64(0)
	for _, x := range tensors {
		n := int64(x.elements() * t.size())
		if last := len(groups) - 1; len(groups[last]) > 0 && size+n > shard {
			groups, size = append(groups, nil), 0
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], x)
		size, total = size+n, total+n
	}
	return groups, total
}

// WriteFile writes one safetensors file. It is on disk when the call returns.
func WriteFile(path string, tensors []Tensor, t Type) (err error) {
	header, err := headerOf(tensors, t)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	w.Write(header) // an error stays with the writer, until Flush
	values, raw := make([]float32, Chunk), make([]byte, Chunk*t.size())
	for _, x := range tensors {
		for at := 0; at < x.elements(); at += Chunk {
			n := min(Chunk, x.elements()-at)
			if err := x.Read(values[:n], at); err != nil {
				return fmt.Errorf("tensor %q: %w", x.Name, err)
			}
			if i := t.overflow(values[:n]); i >= 0 {
				return fmt.Errorf("tensor %q: element %d is %g, more than %s can hold", x.Name, at+i, values[i], t)
			}
			t.encode(raw[:n*t.size()], values[:n])
			w.Write(raw[:n*t.size()])
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

// headerOf is the length and the JSON, padded with spaces to a multiple of 8 as
// the reference does, so that data are aligned.
func headerOf(tensors []Tensor, t Type) ([]byte, error) {
	entries := map[string]any{"__metadata__": map[string]string{"format": "pt"}}
	at := 0
	for _, x := range tensors {
		if _, twice := entries[x.Name]; twice {
			return nil, fmt.Errorf("tensor %q is listed twice", x.Name)
		}
		end := at + x.elements()*t.size()
		shape := append([]int{}, x.Shape...)
		entries[x.Name] = map[string]any{"dtype": t.String(), "shape": shape, "data_offsets": [2]int{at, end}}
		at = end
	}
	text, err := json.Marshal(entries, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}
