package model

import (
	"errors"
	"flag"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

var update = flag.Bool("update", false, "write testdata/saved, for record.py check")

// TestSaveForTransformers: what graft trained and saved is a checkpoint of
// transformers, with the same logits. With -update the folders are written;
// then record.py check loads them there and records what it computes.
func TestSaveForTransformers(t *testing.T) {
	for _, c := range []struct {
		name string
		x    Export
	}{
		{"llama", Export{Type: weights.F32, Shard: 30 << 10}},
		{"qwen2", Export{Type: weights.BF16}},
		{"qwen3", Export{Type: weights.BF16, Shard: 20 << 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			saved := filepath.Join("testdata", "saved", c.name)
			if *update {
				if err := os.RemoveAll(saved); err != nil {
					t.Fatal(err)
				}
				m := loaded(t, filepath.Join("testdata", c.name), 200, true)
				learn(t, m, pack(document(20, 0, 97, 1), document(9, 150, 200, 2)), 3)
				if err := m.Save(saved, c.x); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := weights.OpenFile(filepath.Join(saved, "want.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer want.Close()
			m := loaded(t, saved, 0, false)
			if m.cfg.Vocab != 200 {
				t.Errorf("the saved model has %d words, want those that were added too: 200", m.cfg.Vocab)
			}
			closeTo(t, "logits", logitsOf(t, m), read(t, want, "logits"), func(top, _ float64) float64 { return 1e-4 * top })
		})
	}
}

// loaded is the model of a folder, grown to so many words.
func loaded(t *testing.T, dir string, vocab int, train bool) *Model {
	t.Helper()
	c, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.GrowVocab(vocab)
	m, err := New(c, new(reference), Plan{Tokens: 64, Train: train})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Load(dir); err != nil {
		t.Fatal(err)
	}
	return m
}

// logitsOf runs the recorded documents; it takes room of the arena that scores use.
func logitsOf(t *testing.T, m *Model) []float32 {
	t.Helper()
	if err := m.Forward(pack(recordedDocs()...)); err != nil {
		t.Fatal(err)
	}
	r := m.dev.(*reference)
	at := len(r.mem)
	n := m.work.tokens * m.cfg.Vocab
	r.mem = append(r.mem, make([]float64, 2*n)...)
	b := device.Buf{Off: 2 * at, N: n, Type: device.F32}
	m.Logits(b)
	return download(r, b)
}

// TestGrowVocab: new words have the mean of the old ones, in a free output layer
// too, and the old words stay as they were.
func TestGrowVocab(t *testing.T) {
	dir := filepath.Join("testdata", "qwen3")
	old, m := loaded(t, dir, 0, false), loaded(t, dir, 100, false)
	for i, p := range m.Params() {
		was, now := download(old.dev, old.params[i].W), download(m.dev, p.W)
		if !slices.Equal(now[:len(was)], was) {
			t.Errorf("%s: the old weights changed", p.Name)
		}
		if p.Name != "lm_head.weight" && p.Name != "model.embed_tokens.weight" {
			continue
		}
		if len(now) != 100*32 {
			t.Fatalf("%s has %d weights, want %d", p.Name, len(now), 100*32)
		}
		for j := range 32 {
			sum := 0.0
			for r := range 97 {
				sum += float64(was[r*32+j])
			}
			for r := 97; r < 100; r++ {
				if got, want := now[r*32+j], float32(sum/97); got != want {
					t.Errorf("%s: word %d, column %d is %v, want the mean, %v", p.Name, r, j, got, want)
				}
			}
		}
	}
}

// TestResume: masters and moments come back to the bit, so that a run that was
// stopped goes on as one that was not.
func TestResume(t *testing.T) {
	b := pack(document(20, 0, 97, 1))
	through := loaded(t, "testdata/llama", 0, true)
	learn(t, through, b, 1)
	dir := filepath.Join(t.TempDir(), "step-1")
	if err := through.Save(dir, Export{Type: weights.F32, Optimizer: true, Files: map[string][]byte{"state.json": []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	again := loaded(t, dir, 0, true)
	if err := again.LoadOptimizer(dir); err != nil {
		t.Fatal(err)
	}
	for i, p := range through.Params() {
		q := again.params[i]
		for what, pair := range map[string][2]device.Buf{"weights": {p.W, q.W}, "first moment": {p.M, q.M}, "second moment": {p.V, q.V}} {
			if !slices.Equal(download(through.dev, pair[0]), download(again.dev, pair[1])) {
				t.Errorf("%s: the %s differs", p.Name, what)
			}
		}
	}
	if err := loaded(t, "testdata/qwen2", 0, true).LoadOptimizer(dir); !errors.Is(err, weights.ErrFormat) {
		t.Errorf("the moments of another model: %v", err)
	}
	if err := through.Save(dir, Export{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a checkpoint that is there: %v", err)
	}
}

// TestCompanions: tokenizer and generation config go along; a file that the
// caller gives goes before the one of the folder.
func TestCompanions(t *testing.T) {
	source := filepath.Join(t.TempDir(), "source")
	if err := os.CopyFS(source, os.DirFS("testdata/llama")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"tokenizer.json": "old", "merges.txt": "merges", "notes.txt": "private"} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := loaded(t, source, 0, false).Save(dir, Export{Type: weights.F16, Files: map[string][]byte{"tokenizer.json": []byte("new")}}); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := "config.json generation_config.json merges.txt model.safetensors tokenizer.json"; strings.Join(names, " ") != want {
		t.Errorf("got %v, want %s", names, want)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "tokenizer.json")); string(text) != "new" {
		t.Errorf("tokenizer.json is %q, want the caller's", text)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "config.json")); !strings.Contains(string(text), `"torch_dtype": "float16"`) {
		t.Errorf("config.json does not say how weights are stored:\n%s", text)
	}
}

// TestLoadRefuses: missing, surplus and misshapen tensors are named, and nothing is loaded.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(from []weights.Tensor) []weights.Tensor
		want  string // empty: accepted
	}{
		{"missing", func(x []weights.Tensor) []weights.Tensor { return x[1:] }, `tensor "model.embed_tokens.weight" is missing`},
		{"surplus", func(x []weights.Tensor) []weights.Tensor {
			return append(x, rename(x[3], "model.layers.9.mlp.up_proj.weight"))
		},
			`tensor "model.layers.9.mlp.up_proj.weight" belongs to no layer`},
		{"shape", func(x []weights.Tensor) []weights.Tensor { x[0].Shape = []int{32, 97}; return x },
			`tensor "model.embed_tokens.weight" has shape [32 97]: config.json makes it [97 32]`},
		{"tied stored", func(x []weights.Tensor) []weights.Tensor { return append(x, rename(x[0], "lm_head.weight")) }, ""},
		{"tied differs", func(x []weights.Tensor) []weights.Tensor {
			other := rename(x[0], "lm_head.weight")
			other.Read = func(dst []float32, from int) error { err := x[0].Read(dst, from); dst[5]++; return err }
			return append(x, other)
		}, `"lm_head.weight" differs from "model.embed_tokens.weight"`},
		{"old buffer", func(x []weights.Tensor) []weights.Tensor {
			return append(x, rename(x[1], "model.layers.0.self_attn.rotary_emb.inv_freq"))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := loaded(t, "testdata/llama", 0, false)
			dir := t.TempDir()
			if err := weights.Write(dir, c.write(source.tensors(source.params, Param.master)), weights.F32, 0); err != nil {
				t.Fatal(err)
			}
			m, err := New(source.cfg, new(reference), Plan{Tokens: 1})
			if err != nil {
				t.Fatal(err)
			}
			err = m.Load(dir)
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, weights.ErrFormat) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if w := download(m.dev, m.norm.W); (w[0] == 0) != (c.want != "") {
				t.Errorf("after %v the final norm begins with %v", err, w[0])
			}
		})
	}
}

func rename(x weights.Tensor, name string) weights.Tensor {
	x.Name = name
	return x
}

// TestMasters: on a device whose products read another type, operations read
// their copy of the weights, and only that, and a checkpoint holds the masters.
func TestMasters(t *testing.T) {
	c, err := ReadConfig("testdata/qwen3")
	if err != nil {
		t.Fatal(err)
	}
	dev := &reference{act: device.BF16}
	m, err := New(c, dev, Plan{Tokens: 64, Train: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Load("testdata/qwen3"); err != nil {
		t.Fatal(err)
	}
	b := pack(recordedDocs()...)
	learn(t, m, b, 1) // AdamW keeps the two alike
	spoil := func(what device.Buf) {
		for i := range dev.at(what) {
			dev.at(what)[i] = math.NaN()
		}
	}
	want := loaded(t, "testdata/qwen3", 0, true)
	learn(t, want, b, 1)
	for _, p := range m.Params() {
		if p.W.Type != device.F32 || p.G.Type != device.F32 || p.Act.Type != device.BF16 || p.W.Off == p.Act.Off {
			t.Fatalf("%s: masters %+v, gradient %+v, copy %+v", p.Name, p.W, p.G, p.Act)
		}
	}
	masters := map[string][]float32{}
	for _, p := range m.Params() {
		masters[p.Name] = download(dev, p.W)
		spoil(p.W)
	}
	closeTo(t, "logits", logitsOf(t, m), logitsOf(t, want), func(top, _ float64) float64 { return 1e-6 * top })
	dlogp, dentropy := objective(b)
	step(t, m, b, dlogp, dentropy)
	step(t, want, b, dlogp, dentropy)
	for i, p := range m.Params() {
		closeTo(t, p.Name, download(dev, p.G), download(want.dev, want.params[i].G), func(top, x float64) float64 { return 1e-6 * (top + x) })
		dev.Upload(p.W, masters[p.Name])
		spoil(p.Act)
	}
	dir := filepath.Join(t.TempDir(), "x")
	if err := m.Save(dir, Export{Type: weights.F32}); err != nil {
		t.Fatal(err)
	}
	saved := loaded(t, dir, 0, false)
	for _, p := range saved.Params() {
		if !slices.Equal(download(saved.dev, p.W), masters[p.Name]) {
			t.Errorf("%s: saved something else than the masters", p.Name)
		}
	}
}
