package model

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// companions are the files of a checkpoint that go along unchanged: what a
// tokenizer and a sampler need, in the names of Hugging Face.
var companions = []string{
	"generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
	"vocab.json", "merges.txt", "tokenizer.model", "chat_template.jinja", "chat_template.json",
}

// optimizer is the file of the moments, in a checkpoint that can be resumed.
const optimizer = "optimizer.safetensors"

// An Export says how Save writes a model.
type Export struct {
	Type  weights.Type // BF16 for use, F32 for the masters
	Shard int64        // bytes of a weight file; 0 means weights.DefaultShard

	// Optimizer writes the moments too, as optimizer.safetensors, in F32: what
	// LoadOptimizer reads.
	Optimizer bool
	// Adapter writes the adapter of a model with LoRA, in the layout of PEFT, in the
	// place of config.json and merged weights: what LoadAdapter reads.
	Adapter bool
	// Base is the folder or name of the model that an adapter belongs to.
	Base string
	// From is the folder whose generation config and tokenizer files are copied;
	// empty means that which Load read, if any.
	From string
	// Files are further files of the folder, by name; they go before those of From.
	Files map[string][]byte
}

// Save writes the folder dir: config.json, weights with the adapters merged into
// them, companions; or an adapter. It appears under its name when it is whole and
// on disk; one that exists is refused, and kept.
func (m *Model) Save(dir string, x Export) error {
	return weights.Replace(dir, func(tmp string) error { return m.write(tmp, x) })
}

func (m *Model) write(dir string, x Export) error {
	for _, name := range slices.Sorted(maps.Keys(x.Files)) {
		if err := weights.WriteText(filepath.Join(dir, name), x.Files[name]); err != nil {
			return err
		}
	}
	from := x.From
	if from == "" {
		from = m.source
	}
	if err := copyCompanions(dir, from, x.Files); err != nil {
		return err
	}
	if x.Optimizer {
		if err := weights.WriteFile(filepath.Join(dir, optimizer), m.moments(), weights.F32); err != nil {
			return err
		}
	}
	if x.Adapter {
		return m.writeAdapter(dir, x)
	}
	if err := weights.Write(dir, m.merged(), x.Type, x.Shard); err != nil {
		return err
	}
	c := m.cfg
	c.Grown = 0
	text, err := c.JSON(x.Type.Torch())
	if err != nil {
		return err
	}
	// Last, so that a folder that somebody copied half way has none.
	return weights.WriteText(filepath.Join(dir, "config.json"), append(text, '\n'))
}

func (p Param) master() device.Buf { return p.W }

// tensors lists one buffer of every parameter of a list for writing.
func (m *Model) tensors(of []Param, pick func(Param) device.Buf) []weights.Tensor {
	var out []weights.Tensor
	for _, p := range of {
		out = append(out, weights.Tensor{Name: p.Name, Shape: p.Shape, Read: func(dst []float32, from int) error {
			m.dev.Download(dst, pick(p).Slice(from, len(dst)))
			return m.dev.Sync()
		}})
	}
	return out
}

// moments are the first, then the second moments: "m." and "v." before the names.
func (m *Model) moments() []weights.Tensor {
	first := m.tensors(m.trained, func(p Param) device.Buf { return p.M })
	second := m.tensors(m.trained, func(p Param) device.Buf { return p.V })
	for i := range first {
		first[i].Name, second[i].Name = "m."+first[i].Name, "v."+second[i].Name
	}
	return append(first, second...)
}

// LoadOptimizer reads the moments that Save wrote with Optimizer. It refuses
// those of another model before it changes anything.
func (m *Model) LoadOptimizer(dir string) error {
	path := filepath.Join(dir, optimizer)
	c, err := weights.OpenFile(path)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := exactly(c, m.moments()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range m.trained {
		for prefix, b := range map[string]device.Buf{"m.": p.M, "v.": p.V} {
			err := m.pour(b, func(dst []float32, from int) error { return c.Read(prefix+p.Name, from, dst) })
			if err != nil {
				return err
			}
		}
	}
	return m.dev.Sync()
}

// copyCompanions copies what is there and not given already.
func copyCompanions(dir, from string, given map[string][]byte) error {
	if from == "" {
		return nil
	}
	for _, name := range companions {
		if _, ok := given[name]; ok {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := weights.WriteText(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return nil
}
