package model

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// recorded names the checkpoints that testdata/record.py made with PyTorch
// transformers: tied and free embeddings, one file and shards, bf16, f16, f32.
var recorded = []string{"llama", "llama-bias", "qwen2", "qwen3"}

// recordedDocs and recordedTemperature are those of record.py.
func recordedDocs() [][]int32 {
	long := make([]int32, 40)
	for i := range long {
		long[i] = int32((i*37 + 11) % 97)
	}
	return [][]int32{{1, 5, 9, 13, 2}, {7}, long}
}

const recordedTemperature = 0.75

// objective gives the weights of record.py's loss, sum of -w·logp + u·entropy:
// the k-th scored token has w = k%3/2 and u = k%2/10.
func objective(b Batch) (dlogp, dentropy []float32) {
	k := 0
	for _, target := range b.Targets {
		var w, u float32
		if target >= 0 {
			w, u = float32(k%3)*0.5, float32(k%2)*0.1
			k++
		}
		dlogp, dentropy = append(dlogp, -w), append(dentropy, u)
	}
	return dlogp, dentropy
}

func pack(docs ...[]int32) Batch {
	var b Batch
	for _, d := range docs {
		b.Add(d)
	}
	return b
}

// TestTransformers: three documents packed into one row give the logits and the
// gradients that PyTorch transformers computes for them one by one.
func TestTransformers(t *testing.T) {
	for _, name := range recorded {
		for _, dev := range devices(t) {
			for _, checkpointing := range []bool{false, true} {
				t.Run(name+"/"+dev.name+map[bool]string{true: "/checkpointing"}[checkpointing], func(t *testing.T) {
					compareWithRecording(t, filepath.Join("testdata", name), dev.make(), checkpointing)
				})
			}
		}
	}
}

func compareWithRecording(t *testing.T, dir string, dev device.Device, checkpointing bool) {
	cfg, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := pack(recordedDocs()...)
	var a device.Arena
	// One more than needed: buffers are cut to the batch.
	m, err := Place(cfg, dev, Plan{Tokens: len(b.IDs) + 1, Docs: 5, Positions: 50, Train: true, Checkpointing: checkpointing}, &a)
	if err != nil {
		t.Fatal(err)
	}
	logits := a.New(device.F32, len(b.IDs)*cfg.Vocab)
	if err := dev.Reserve(a.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := m.Load(dir); err != nil {
		t.Fatal(err)
	}
	want, err := weights.OpenFile(filepath.Join(dir, "want.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()

	if err := m.Forward(b); err != nil {
		t.Fatal(err)
	}
	m.Logits(logits)
	closeTo(t, "logits", download(dev, logits), read(t, want, "logits"), func(top, _ float64) float64 { return 1e-4 * top })

	logp, entropy := m.Score(recordedTemperature)
	dlogp, dentropy := objective(b)
	loss := 0.0
	for i := range logp {
		loss += float64(dlogp[i])*float64(logp[i]) + float64(dentropy[i])*float64(entropy[i])
	}
	if w := float64(read(t, want, "loss")[0]); math.Abs(loss-w) > 1e-5*math.Abs(w) {
		t.Errorf("loss is %v, transformers has %v", loss, w)
	}
	m.ZeroGrad()
	m.Backward(dlogp, dentropy)
	seen := 0
	for _, p := range m.Params() {
		closeTo(t, p.Name, download(dev, p.G), read(t, want, "grad."+p.Name), func(top, x float64) float64 { return 1e-5*top + 1e-4*x })
		seen++
	}
	names := slices.DeleteFunc(want.Names(), func(n string) bool { return !strings.HasPrefix(n, "grad.") })
	if len(names) != seen {
		t.Errorf("compared %d gradients of %d", seen, len(names))
	}
}

// TestRopeFarOut: the angles at the end of long contexts are those that
// checkpoints were trained with, whose frequencies were rounded to float32.
func TestRopeFarOut(t *testing.T) {
	data, err := os.ReadFile("testdata/rope.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Theta     float64   `json:"theta"`
		Factor    float64   `json:"factor"`
		Dim       int       `json:"dim"`
		Positions []int     `json:"positions"`
		Cos       []float32 `json:"cos"`
		Sin       []float32 `json:"sin"`
	}
	if err := json.Unmarshal(data, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	same, total := 0, 0
	for _, r := range rows {
		c := Config{HeadDim: r.Dim, Theta: r.Theta}
		if r.Factor != 0 {
			c.Scaling = &Llama3{Factor: r.Factor, Low: 1, High: 4, Original: 8192}
		}
		cos, sin := c.ropeTables(slices.Max(r.Positions) + 1)
		half := r.Dim / 2
		for i, at := range r.Positions {
			for j := range half {
				// A frequency may differ in its last bit, which turns position p by as many of them.
				tolerance := 3e-7 + float64(at)*math.Pow(r.Theta, -float64(j)/float64(half))*0x1p-23
				dc := float64(cos[at*half+j]) - float64(r.Cos[i*half+j])
				ds := float64(sin[at*half+j]) - float64(r.Sin[i*half+j])
				total++
				if math.Hypot(dc, ds) < 3e-7 {
					same++
				}
				if math.Hypot(dc, ds) > tolerance {
					t.Errorf("theta %g, factor %g, width %d: position %d, pair %d is off by %.2g, tolerance %.2g", r.Theta, r.Factor, r.Dim, at, j, math.Hypot(dc, ds), tolerance)
				}
			}
		}
	}
	if 100*same < 99*total {
		t.Errorf("%d of %d angles are the same: want 99%%; are frequencies and angles rounded as there?", same, total)
	}
}

func read(t *testing.T, c *weights.Checkpoint, name string) []float32 {
	t.Helper()
	e, ok := c.Entry(name)
	if !ok {
		t.Fatalf("the recording has no %s", name)
	}
	out := make([]float32, e.Elements())
	if err := c.Read(name, 0, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func download(dev device.Device, b device.Buf) []float32 {
	out := make([]float32, b.N)
	dev.Download(out, b)
	return out
}

// closeTo fails where an element is further away than tolerance(max|want|, |want|).
func closeTo(t *testing.T, what string, got, want []float32, tolerance func(top, x float64) float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	top := 0.0
	for _, x := range want {
		top = max(top, math.Abs(float64(x)))
	}
	for i, x := range want {
		if d, tol := math.Abs(float64(got[i])-float64(x)), tolerance(top, math.Abs(float64(x))); !(d <= tol) {
			t.Errorf("%s[%d] = %v, want %v: off by %.2g, tolerance %.2g", what, i, got[i], x, d, tol)
			return
		}
	}
}
