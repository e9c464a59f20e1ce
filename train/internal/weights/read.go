package weights

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	single = "model.safetensors"
	index  = "model.safetensors.index.json"
)

// A Checkpoint is an open folder of weights. It may be read from one goroutine.
type Checkpoint struct {
	files   []*os.File
	tensors map[string]located
	buf     []byte
}

type located struct {
	Entry
	file *os.File
}

type indexJSON struct {
	Metadata jsontext.Value    `json:"metadata,omitzero"`
	Map      map[string]string `json:"weight_map"`
}

// Open reads the headers of a folder's model.safetensors, or of the shards that
// its index names, and checks them against the sizes of the files: a checkpoint
// that is cut short is refused here.
func Open(dir string) (*Checkpoint, error) {
	c := &Checkpoint{tensors: map[string]located{}}
	text, err := ReadText(filepath.Join(dir, index))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = c.add(dir, single, nil)
	case err == nil:
		err = c.addShards(dir, text)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// OpenFile reads one safetensors file of any name.
func OpenFile(path string) (*Checkpoint, error) {
	c := &Checkpoint{tensors: map[string]located{}}
	if err := c.add(filepath.Dir(path), filepath.Base(path), nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Checkpoint) addShards(dir string, text []byte) error {
	var ix indexJSON
	if err := json.Unmarshal(text, &ix); err != nil {
		return fmt.Errorf("%s: %w: %w", filepath.Join(dir, index), ErrFormat, err)
	}
	shards := map[string][]string{}
	for name, file := range ix.Map {
		if file != filepath.Base(file) || filepath.Ext(file) != ".safetensors" {
			return fmt.Errorf("%s: %w: tensor %q is said to stand in %q: want a .safetensors file of the same folder", filepath.Join(dir, index), ErrFormat, name, file)
		}
		shards[file] = append(shards[file], name)
	}
	for _, file := range slices.Sorted(maps.Keys(shards)) {
		if err := c.add(dir, file, shards[file]); err != nil {
			return err
		}
	}
	return nil
}

// add opens a file. Where names are given, they are the tensors it must hold.
func (c *Checkpoint) add(dir, name string, want []string) error {
	path := filepath.Join(dir, name)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	c.files = append(c.files, f)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w: it is no plain file", path, ErrFormat)
	}
	entries, err := readHeader(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, e := range entries {
		if _, twice := c.tensors[e.Name]; twice {
			return fmt.Errorf("%s: %w: tensor %q stands in another shard too", path, ErrFormat, e.Name)
		}
		if want != nil && !slices.Contains(want, e.Name) {
			return fmt.Errorf("%s: %w: tensor %q is not in the index", path, ErrFormat, e.Name)
		}
		c.tensors[e.Name] = located{e, f}
	}
	for _, n := range want {
		if _, ok := c.tensors[n]; !ok {
			return fmt.Errorf("%s: %w: tensor %q, which the index promises, is missing", path, ErrFormat, n)
		}
	}
	return nil
}

// Names lists the tensors, sorted.
func (c *Checkpoint) Names() []string { return slices.Sorted(maps.Keys(c.tensors)) }

// Entry describes a tensor.
func (c *Checkpoint) Entry(name string) (Entry, bool) {
	t, ok := c.tensors[name]
	return t.Entry, ok
}

// Chunk is how many elements are converted at a time, so that the largest tensor
// needs no copy of itself.
const Chunk = 1 << 18

// Read converts the elements of a tensor from the given one on, as many as dst
// holds. A weight that is NaN or infinite is refused: whatever were computed with
// it would be NaN too, and point elsewhere.
func (c *Checkpoint) Read(name string, from int, dst []float32) error {
	t, ok := c.tensors[name]
	if !ok || from < 0 || from+len(dst) > t.Elements() {
		return fmt.Errorf("%w: tensor %q has no elements from %d to %d", ErrFormat, name, from, from+len(dst))
	}
	size := t.Type.size()
	if c.buf == nil {
		c.buf = make([]byte, 4*Chunk)
	}
	for at := 0; at < len(dst); at += Chunk {
		n := min(Chunk, len(dst)-at)
		if _, err := t.file.ReadAt(c.buf[:n*size], t.begin+int64(from+at)*int64(size)); err != nil {
			return fmt.Errorf("%s: tensor %q: %w", t.file.Name(), name, err)
		}
		t.Type.decode(dst[at:at+n], c.buf[:n*size])
		if i := notFinite(dst[at : at+n]); i >= 0 {
			return fmt.Errorf("%s: %w: tensor %q: element %d is %g, which is no weight", t.file.Name(), ErrFormat, name, from+at+i, dst[at+i])
		}
	}
	return nil
}

// Close lets the files go.
func (c *Checkpoint) Close() error {
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
