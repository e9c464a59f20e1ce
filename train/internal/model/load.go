package model

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// ReadConfig reads dir/config.json.
func ReadConfig(dir string) (Config, error) {
	data, err := weights.ReadText(filepath.Join(dir, "config.json"))
	if err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(data)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", dir, err)
	}
	return c, nil
}

// Fits refuses a folder whose weights are not those of the model's Config: every
// tensor must be there, in its shape, and no other. It reads the headers alone, so
// that a config.json that lies is found before memory is taken for what it claims.
func (m *Model) Fits(dir string) error {
	c, err := m.open(dir)
	if err != nil {
		return err
	}
	return c.Close()
}

// open opens the weights of a folder and holds their headers against the Config.
func (m *Model) open(dir string) (*weights.Checkpoint, error) {
	c, err := weights.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := m.match(c); err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return c, nil
}

// Load reads the weights of a folder whose config.json gave the model's Config.
// Every tensor must be there, in its shape, and no other; the files are checked
// before the first weight is written. Words that GrowVocab added take the mean row.
func (m *Model) Load(dir string) error {
	c, err := m.open(dir)
	if err != nil {
		return err
	}
	defer c.Close()
	m.uploadTables()
	for _, p := range m.params {
		if m.twinOf != nil && p.Frozen {
			continue // they are the other model's
		}
		mean, err := m.meanRow(c, p)
		if err != nil {
			return err
		}
		old := p.Elements() - m.grown(p)*m.cfg.Width
		if err := m.pour(p.W, func(dst []float32, from int) error {
			n := min(max(old-from, 0), len(dst))
			for i := n; i < len(dst); i++ {
				dst[i] = mean[(from+i)%m.cfg.Width]
			}
			return c.Read(p.Name, min(from, old), dst[:n])
		}); err != nil {
			return err
		}
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
	equal := ok && slices.Equal(ea.Shape, eb.Shape)
	wa, wb := make([]float32, weights.Chunk), make([]float32, weights.Chunk)
	for at := 0; equal && at < ea.Elements(); at += weights.Chunk {
		n := min(weights.Chunk, ea.Elements()-at)
		if err := errors.Join(c.Read(a, at, wa[:n]), c.Read(b, at, wb[:n])); err != nil {
			return err
		}
		equal = slices.Equal(wa[:n], wb[:n])
	}
	if !equal {
		return fmt.Errorf("tensor %q differs from %q, to which config.json ties it", a, b)
	}
	return nil
}

// grown is how many rows of p are not in the checkpoint.
func (m *Model) grown(p Param) int {
	if p.Name == m.embed.Name || p.Name == m.head.Name {
		return m.cfg.Grown
	}
	return 0
}

// meanRow is the mean of the rows of a tensor that is to grow; nil for others.
func (m *Model) meanRow(c *weights.Checkpoint, p Param) ([]float32, error) {
	if m.grown(p) == 0 {
		return nil, nil
	}
	width, rows := m.cfg.Width, m.cfg.Vocab-m.cfg.Grown
	sum, mean, row := make([]float64, width), make([]float32, width), make([]float32, width)
	for r := range rows {
		if err := c.Read(p.Name, r*width, row); err != nil {
			return nil, err
		}
		for i, x := range row {
			sum[i] += float64(x)
		}
	}
	for i := range mean {
		mean[i] = float32(sum[i] / float64(rows))
	}
	return mean, nil
}

// pour fills a buffer piece by piece: read gives its elements from one on.
func (m *Model) pour(b device.Buf, read func(dst []float32, from int) error) error {
	if m.chunk == nil {
		m.chunk = make([]float32, weights.Chunk)
	}
	for at := 0; at < b.N; at += weights.Chunk {
		dst := m.chunk[:min(weights.Chunk, b.N-at)]
		if err := read(dst, at); err != nil {
			return err
		}
		m.dev.Upload(b.Slice(at, len(dst)), dst)
	}
	return nil
}
