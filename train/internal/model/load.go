package model

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// ReadConfig reads dir/config.json.
func ReadConfig(dir string) (Config, error) {
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(data)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", dir, err)
	}
	return c, nil
}

// Load reads the weights of a folder whose config.json gave the model's Config.
// Every tensor must be there, in its shape, and no other; the files are checked
// before the first weight is written. Words that GrowVocab added take the mean row.
func (m *Model) Load(dir string) error {
	c, err := weights.Open(dir)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := m.match(c); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	m.uploadTables()
	for _, p := range m.params {
		w := make([]float32, p.Elements())
		old := w[:p.Elements()-m.grown(p)*m.cfg.Width]
		if err := c.Read(p.Name, old); err != nil {
			return err
		}
		fillMean(w, len(old), m.cfg.Width)
		m.dev.Upload(p.W, w)
	}
	m.SyncAct()
	m.source = dir
	return m.dev.Sync()
}

// match compares the names and shapes of a checkpoint with the model's.
func (m *Model) match(c *weights.Checkpoint) error {
	var bad []string
	known := map[string]bool{}
	for _, p := range m.params {
		known[p.Name] = true
		shape := slices.Clone(p.Shape)
		shape[0] -= m.grown(p)
		if e, ok := c.Entry(p.Name); !ok {
			bad = append(bad, fmt.Sprintf("tensor %q is missing", p.Name))
		} else if !slices.Equal(e.Shape, shape) {
			bad = append(bad, fmt.Sprintf("tensor %q has shape %d: config.json makes it %d", p.Name, e.Shape, shape))
		}
	}
	for _, name := range c.Names() {
		if known[name] || strings.HasSuffix(name, "rotary_emb.inv_freq") { // computed, and once stored
			continue
		}
		if name == "lm_head.weight" && m.cfg.Tied {
			if err := sameTensor(c, name, m.embed.Name); err != nil {
				bad = append(bad, err.Error())
			}
			continue
		}
		bad = append(bad, fmt.Sprintf("tensor %q belongs to no layer of this model", name))
	}
	if len(bad) > 0 {
		const most = 12
		if n := len(bad) - most; n > 0 {
			bad = append(bad[:most], fmt.Sprintf("and %d more", n))
		}
		return fmt.Errorf("%w: %s", weights.ErrFormat, strings.Join(bad, "; "))
	}
	return nil
}

// sameTensor is nil if a tied output layer that was stored all the same is the embedding.
func sameTensor(c *weights.Checkpoint, a, b string) error {
	ea, _ := c.Entry(a)
	eb, ok := c.Entry(b)
	if ok && slices.Equal(ea.Shape, eb.Shape) {
		wa, wb := make([]float32, ea.Elements()), make([]float32, eb.Elements())
		if err := c.Read(a, wa); err != nil {
			return err
		}
		if err := c.Read(b, wb); err != nil {
			return err
		}
		if slices.Equal(wa, wb) {
			return nil
		}
	}
	return fmt.Errorf("tensor %q differs from %q, to which config.json ties it", a, b)
}

// grown is how many rows of p are not in the checkpoint.
func (m *Model) grown(p Param) int {
	if p.Name == m.embed.Name || p.Name == m.head.Name {
		return m.cfg.Grown
	}
	return 0
}

// fillMean writes the mean of the rows of w[:old] to the rows after them.
func fillMean(w []float32, old, width int) {
	if old == len(w) {
		return
	}
	sum := make([]float64, width)
	for i, x := range w[:old] {
		sum[i%width] += float64(x)
	}
	rows := float64(old / width)
	for i := old; i < len(w); i++ {
		w[i] = float32(sum[i%width] / rows)
	}
}
