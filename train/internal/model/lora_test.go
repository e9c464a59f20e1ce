package model

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// peftRecorded names the adapters that testdata/record.py made with PEFT, with
// their bases and their settings.
var peftRecorded = map[string]struct {
	base string
	lora LoRA
}{
	"lora-llama-bias": {"llama-bias", LoRA{Rank: 4, Alpha: 6, Targets: Targets()}},
	"lora-qwen3":      {"qwen3", LoRA{Rank: 3, Alpha: 8, Targets: []string{"v_proj", "down_proj"}, Whole: []string{"embed_tokens", "norm"}}},
}

// adapted is a model of a recorded base, planned for adapters.
func adapted(t *testing.T, base string, dev device.Device, lora *LoRA) *Model {
	t.Helper()
	c, err := ReadConfig(filepath.Join("testdata", base))
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(c, dev, Plan{Tokens: 64, Train: true, LoRA: lora})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Load(filepath.Join("testdata", base)); err != nil {
		t.Fatal(err)
	}
	m.InitAdapters(1)
	return m
}

// TestPEFT: an adapter that PEFT saved gives here the log-probabilities, the
// entropies and the gradients of everything that PEFT trains, and of nothing else.
func TestPEFT(t *testing.T) {
	for name, c := range peftRecorded {
		for _, dev := range devices(t) {
			t.Run(name+"/"+dev.name, func(t *testing.T) {
				m := adapted(t, c.base, dev.make(), &c.lora)
				if err := m.LoadAdapter(filepath.Join("testdata", name)); err != nil {
					t.Fatal(err)
				}
				want, err := weights.OpenFile(filepath.Join("testdata", name, "want.safetensors"))
				if err != nil {
					t.Fatal(err)
				}
				defer want.Close()
				b := pack(recordedDocs()...)
				if err := m.Forward(b); err != nil {
					t.Fatal(err)
				}
				logp, entropy := m.Score(recordedTemperature)
				dlogp, dentropy := objective(b)
				loss := 0.0
				for i := range logp {
					loss += float64(dlogp[i])*float64(logp[i]) + float64(dentropy[i])*float64(entropy[i])
				}
				if w := float64(read(t, want, "loss")[0]); math.Abs(loss-w) > 1e-5*math.Abs(w) {
					t.Errorf("loss is %v, PEFT has %v", loss, w)
				}
				m.ZeroGrad()
				m.Backward(dlogp, dentropy)
				for _, p := range m.Trained() {
					closeTo(t, p.Name, download(m.dev, p.G), read(t, want, "grad."+p.Name), func(top, x float64) float64 { return 1e-5*top + 1e-4*x })
				}
				names := slices.DeleteFunc(want.Names(), func(n string) bool { return !strings.HasPrefix(n, "grad.") })
				if len(names) != len(m.Trained()) {
					t.Errorf("%d tensors are trained, PEFT trains %d", len(m.Trained()), len(names))
				}
			})
		}
	}
}

// TestMergedExport: the merged model that Save writes is one without adapters that
// gives the logits of the adapted model, and those of PEFT, within 1e-5.
func TestMergedExport(t *testing.T) {
	for name, c := range peftRecorded {
		t.Run(name, func(t *testing.T) {
			m := adapted(t, c.base, new(reference), &c.lora)
			if err := m.LoadAdapter(filepath.Join("testdata", name)); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "merged")
			if err := m.Save(dir, Export{Type: weights.F32, Shard: 20 << 10}); err != nil {
				t.Fatal(err)
			}
			got := logitsOf(t, loaded(t, dir, 0, false))
			near := func(top, _ float64) float64 { return 1e-5 * top }
			closeTo(t, "logits of the merged model beside the adapted", got, logitsOf(t, m), near)
			want, err := weights.OpenFile(filepath.Join("testdata", name, "want.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer want.Close()
			closeTo(t, "logits of the merged model beside PEFT's", got, read(t, want, "merged"), near)
		})
	}
}

// TestMergeRounds: a merged weight is the float32 next to W + s·B·A, also where a
// tensor is read in pieces that begin inside a row.
func TestMergeRounds(t *testing.T) {
	m := fresh(t, small(t, 97), onCPU(t, 1), Plan{Tokens: 8, Train: true, LoRA: ways["adapters"]})
	l := m.layers[1].down
	w, a, b := download(m.dev, l.w.W), download(m.dev, l.adapter.a.W), download(m.dev, l.adapter.b.W)
	want := make([]float32, len(w))
	for i := range want {
		sum := 0.0
		for r := range 3 {
			sum += float64(b[i/l.in*3+r]) * float64(a[r*l.in+i%l.in])
		}
		want[i] = float32(float64(w[i]) + 4./3*sum)
	}
	for _, tensor := range m.merged() {
		if tensor.Name != l.w.Name {
			continue
		}
		for _, piece := range []int{len(w), l.in - 5, 7, 1} {
			got := make([]float32, len(w))
			for at := 0; at < len(w); at += piece {
				if err := tensor.Read(got[at:min(at+piece, len(w))], at); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pieces of %d the merged weights are others", piece)
			}
		}
	}
}

// TestAdaptersBeginAsTheBase: before the first step an adapted model scores, to the
// bit, as its base does; A is not zero, and another seed draws another A.
func TestAdaptersBeginAsTheBase(t *testing.T) {
	b := pack(document(20, 0, 97, 1), document(9, 0, 97, 2))
	score := func(m *Model) []float32 {
		if err := m.Forward(b); err != nil {
			t.Fatal(err)
		}
		logp, entropy := m.Score(1)
		return append(slices.Clone(logp), entropy...)
	}
	base := fresh(t, small(t, 97), onCPU(t, 2), Plan{Tokens: 40})
	m := fresh(t, small(t, 97), onCPU(t, 2), Plan{Tokens: 40, Train: true, LoRA: ways["adapters"]})
	if slices.Equal(score(m), score(base)) {
		t.Fatal("adapters with random numbers change nothing")
	}
	m.InitAdapters(1)
	if !slices.Equal(score(m), score(base)) {
		t.Error("fresh adapters change what the base scores")
	}
	first := download(m.dev, m.adapters[0].W)
	m.InitAdapters(2)
	bound, top := 1/math.Sqrt(float64(m.cfg.Width)), 0.0
	for _, x := range first {
		top = max(top, math.Abs(float64(x)))
	}
	if top > bound || top < 0.8*bound || slices.Equal(first, download(m.dev, m.adapters[0].W)) {
		t.Errorf("A reaches to %g, want up to %g, and another seed must draw another", top, bound)
	}
}

// TestFrozenWeightsStay: twenty steps change no byte of what is frozen, and some of
// all that is trained. The frozen have no gradient, no moments and no master.
func TestFrozenWeightsStay(t *testing.T) {
	for name, lora := range ways {
		if lora == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			m := fresh(t, small(t, 31), onCPU(t, 2), Plan{Tokens: 24, Train: true, LoRA: lora})
			before := map[string][]float32{}
			for _, p := range slices.Concat(m.params, m.adapters) {
				before[p.Name] = download(m.dev, p.W)
			}
			learn(t, m, pack(document(12, 0, 31, 1), document(12, 0, 31, 2)), 20)
			frozen := 0
			for _, p := range slices.Concat(m.params, m.adapters) {
				if same := slices.Equal(before[p.Name], download(m.dev, p.W)); same != p.Frozen {
					t.Errorf("%s: frozen %v, and after twenty steps the same: %v", p.Name, p.Frozen, same)
				}
				if p.Frozen {
					frozen++
					if !p.G.None() || !p.M.None() || !p.V.None() || p.Act != p.W {
						t.Errorf("%s is frozen, and has room for more than its weights", p.Name)
					}
				}
			}
			if frozen == 0 || frozen+len(m.Trained()) != len(before) {
				t.Errorf("%d are frozen and %d trained, of %d", frozen, len(m.Trained()), len(before))
			}
		})
	}
}

// TestAdaptersSaveMemory: of a model with LoRA the arena holds one copy of the base
// in the type of the operations, and masters, gradients and moments of the trained
// weights alone.
func TestAdaptersSaveMemory(t *testing.T) {
	c, err := Fresh{Vocab: 4096, Width: 512, Layers: 4, Heads: 8, FFN: 2048}.Config()
	if err != nil {
		t.Fatal(err)
	}
	lora := &LoRA{Rank: 8, Alpha: 16, Targets: Targets()}
	for _, act := range []device.Type{device.F32, device.BF16} {
		m, err := Place(c, &reference{act: act}, Plan{Tokens: 16, Train: true, LoRA: lora}, new(device.Arena))
		if err != nil {
			t.Fatal(err)
		}
		b, base, trained := m.Budget(), m.Parameters(), m.TrainedParameters()
		copies := 0
		if act != device.F32 {
			copies = act.Size()
		}
		want := map[string]int{"weights": base * act.Size(), "adapters": trained * (4 + copies), "optimizer": trained * 12}
		for _, room := range b {
			if w, ok := want[room.Name]; ok && (room.Bytes < w || room.Bytes > w+w/50) { // regions are aligned
				t.Errorf("type %d: %s takes %d bytes, want %d", act, room.Name, room.Bytes, w)
			}
			delete(want, room.Name)
		}
		if len(want) > 0 || 50*trained > 3*base {
			t.Errorf("type %d: %d of %d weights are trained; no account of %v", act, trained, base, want)
		}
	}
}

// TestTwinIsTheBase: the reference of an adapted model is its base and takes no
// memory, or that of the layers which are trained whole.
func TestTwinIsTheBase(t *testing.T) {
	for name, lora := range ways {
		if lora == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var a device.Arena
			dev := new(reference)
			dir := filepath.Join("testdata", "qwen3")
			c, err := ReadConfig(dir)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Place(c, dev, Plan{Tokens: 24, Train: true, LoRA: lora}, &a)
			if err != nil {
				t.Fatal(err)
			}
			before, own := a.Bytes(), 0
			twin := m.Twin(&a)
			for _, p := range m.params {
				if !p.Frozen {
					own += 4 * p.Elements()
				}
			}
			if got := a.Bytes() - before; got < own || got > own+256*len(m.params) || own == 0 && got != 0 {
				t.Errorf("the twin takes %d bytes, want %d", got, own)
			}
			if err := dev.Reserve(a.Bytes()); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(m.Load(dir), twin.Load(dir)); err != nil {
				t.Fatal(err)
			}
			m.InitAdapters(1)
			b := pack(document(24, 0, 97, 1))
			score := func(m *Model) []float32 {
				if err := m.Forward(b); err != nil {
					t.Fatal(err)
				}
				logp, _ := m.Score(1)
				return slices.Clone(logp)
			}
			want := score(twin)
			if !slices.Equal(score(m), want) {
				t.Error("before the first step the model is not its twin")
			}
			learn(t, m, b, 3)
			if slices.Equal(score(m), want) || !slices.Equal(score(twin), want) {
				t.Error("after training the model must have changed, and its twin not")
			}
		})
	}
}

// TestAdapterSaved: adapter and moments that were saved give the next steps to the
// same bits on another model with the same base; what does not fit is refused, and
// then nothing has changed.
func TestAdapterSaved(t *testing.T) {
	for name, lora := range ways {
		if lora == nil {
			continue
		}
		b := pack(document(12, 0, 97, 1), document(12, 0, 97, 2))
		m := adapted(t, "qwen2", onCPU(t, 2), lora)
		learn(t, m, b, 3)
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := m.Save(dir, Export{Type: weights.F32, Adapter: true, Optimizer: true, Base: "qwen2"}); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"model.safetensors", "config.json"} {
			if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
				t.Errorf("%s: there is a %s beside the adapter", name, file)
			}
		}
		again := adapted(t, "qwen2", onCPU(t, 2), lora)
		if err := errors.Join(again.LoadAdapter(dir), again.LoadOptimizer(dir)); err != nil {
			t.Fatal(err)
		}
		if got, want := learn(t, again, b, 3), learn(t, m, b, 3); !slices.Equal(got, want) {
			t.Errorf("%s: losses %v after loading, %v without", name, got, want)
		}

		for _, c := range []struct {
			words  string
			change func(l *LoRA)
		}{
			{fmt.Sprintf("rank %d, alpha %g", lora.Rank, lora.Alpha), func(l *LoRA) { l.Rank++ }},
			{"the model is to have", func(l *LoRA) { l.Alpha = 7 }},
			{"the model is to have", func(l *LoRA) { l.Targets = []string{"v_proj"} }},
		} {
			l := *lora
			c.change(&l)
			other := adapted(t, "qwen2", onCPU(t, 1), &l)
			was := download(other.dev, other.adapters[0].W)
			if err := other.LoadAdapter(dir); !errors.Is(err, weights.ErrFormat) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%s: got %v, want %q", name, err, c.words)
			}
			if !slices.Equal(was, download(other.dev, other.adapters[0].W)) {
				t.Errorf("%s: a refused adapter has changed the model", name)
			}
		}
		base := adapted(t, "llama", onCPU(t, 1), lora) // of another family: other shapes or names
		text, err := os.ReadFile(filepath.Join(dir, adapterConfig))
		if err != nil || !strings.Contains(string(text), `"base_model_name_or_path": "qwen2"`) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		cut := filepath.Join(dir, adapterWeights)
		whole, err := os.ReadFile(cut)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(cut, whole[:len(whole)-1], 0o666); err != nil {
			t.Fatal(err)
		}
		if err := base.LoadAdapter(dir); !errors.Is(err, weights.ErrFormat) {
			t.Errorf("%s: an adapter that is cut short: %v", name, err)
		}
	}
}

// TestSaveForPEFT: adapters that graft trained load in PEFT, with the logits of the
// merged export. With -update the folders are written; `record.py check` then
// records what PEFT makes of them.
func TestSaveForPEFT(t *testing.T) {
	for name, lora := range map[string]*LoRA{
		"llama-bias": {Rank: 4, Alpha: 6, Targets: Targets()},
		"qwen2":      {Rank: 2, Alpha: 4, Targets: []string{"q_proj", "v_proj"}, Whole: []string{"embed_tokens"}}, // which is tied
		"qwen3":      {Rank: 2, Alpha: 5, Targets: []string{"o_proj", "up_proj"}, Whole: []string{"lm_head", "norm"}},
	} {
		t.Run(name, func(t *testing.T) {
			saved := filepath.Join("testdata", "saved", "lora-"+name)
			m := adapted(t, name, new(reference), lora)
			if *update {
				if err := os.RemoveAll(saved); err != nil {
					t.Fatal(err)
				}
				learn(t, m, pack(document(20, 0, 97, 1), document(9, 0, 97, 2)), 5)
				if err := m.Save(saved, Export{Type: weights.F32, Adapter: true, Base: name, From: t.TempDir()}); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := weights.OpenFile(filepath.Join(saved, "want.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer want.Close()
			before := logitsOf(t, m)
			if err := m.LoadAdapter(saved); err != nil {
				t.Fatal(err)
			}
			got := logitsOf(t, m)
			near := func(top, _ float64) float64 { return 1e-5 * top }
			closeTo(t, "logits beside PEFT's", got, read(t, want, "logits"), near)
			closeTo(t, "logits beside PEFT's, merged", got, read(t, want, "merged"), near)
			far := 0.0
			for i := range got {
				far = max(far, math.Abs(float64(got[i]-before[i])))
			}
			if far < 1e-2 {
				t.Errorf("the adapter moves no logit by more than %g: this shows nothing", far)
			}
		})
	}
}

// TestLoRARefused: settings that mean nothing, or would lose something, say so.
func TestLoRARefused(t *testing.T) {
	tied := small(t, 97)
	tied.Tied = true
	grown := small(t, 97)
	grown.GrowVocab(99)
	good := LoRA{Rank: 2, Alpha: 4, Targets: []string{"q_proj"}}
	for want, c := range map[string]struct {
		cfg    Config
		change func(l *LoRA)
	}{
		"a rank of 0; it is 1 to":                                   {tied, func(l *LoRA) { l.Rank = 0 }},
		"an alpha of 0; it is above 0":                              {tied, func(l *LoRA) { l.Alpha = 0 }},
		"no targets; there are q_proj, k_proj":                      {tied, func(l *LoRA) { l.Targets = nil }},
		`unknown layer "qkv"; there are q_proj`:                     {tied, func(l *LoRA) { l.Targets = []string{"qkv"} }},
		`layer "q_proj" is named twice`:                             {tied, func(l *LoRA) { l.Targets = []string{"q_proj", "q_proj"} }},
		`unknown layer "v_proj"; there are embed_tokens`:            {tied, func(l *LoRA) { l.Whole = []string{"v_proj"} }},
		"lm_head of this model is its embedding: name embed_tokens": {tied, func(l *LoRA) { l.Whole = []string{"lm_head"} }},
		"2 words are new, and embed_tokens is frozen":               {grown, func(l *LoRA) { l.Whole = []string{"lm_head"} }},
		"2 words are new, and lm_head is frozen":                    {grown, func(l *LoRA) { l.Whole = []string{"embed_tokens"} }},
	} {
		l := good
		c.change(&l)
		if _, err := New(c.cfg, new(reference), Plan{Tokens: 4, Train: true, LoRA: &l}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	good.Whole = []string{"embed_tokens", "lm_head"}
	if _, err := New(grown, new(reference), Plan{Tokens: 4, Train: true, LoRA: &good}); err != nil {
		t.Errorf("new words whose layers are trained: %v", err)
	}
}
