package gpucheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

func onCPU() Device {
	return Device{"cpu", func() (device.Device, error) { return cpu.New(2), nil }}
}

// small are the cases that a test has time for.
func small(all []Case, names ...string) (list []Case) {
	for _, c := range all {
		for _, n := range names {
			if strings.HasPrefix(c.Name, n) {
				list = append(list, c)
			}
		}
	}
	return list
}

var quick = []string{"Upload, Copy, Download, Zero 7", "MatMul NT 3x5x7", "MatMul TN 127", "MatMul NN 64", "Add 3x5", "AddBias, BiasGrad 129", "SwiGLU, SwiGLUGrad 3x5", "Embed, EmbedGrad 129",
	"RMSNorm, RMSNormGrad 129", "Rope 129", "Attention, AttentionGrad 300,1,7, 2/1", "Score, ScoreGrad 7", "Score, ScoreGrad 130", "Logits 3", "AdamW 7", "SumSquares 4096", "StoreKV, Decode blocks of 64, 14/2", "Sample, Advance 61 ", "law"}

// TestCPUAgreesWithItself: all is equal, to the bit, and every quick name is a case.
func TestCPUAgreesWithItself(t *testing.T) {
	for _, n := range quick {
		if len(small(Cases(), n)) == 0 {
			t.Errorf("there is no case %q", n)
		}
	}
	var lines bytes.Buffer
	log := &Log{JSON: &lines}
	if err := parity(onCPU(), onCPU(), small(Cases(), quick...), 48<<20, log); err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(lines.String()) {
		var r Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if n++; !r.OK || r.Error != 0 {
			t.Errorf("%s: ok %v, error %v, %s", r.Name, r.OK, r.Error, r.Detail)
		}
	}
	if n < len(quick) {
		t.Errorf("%d results, want at least %d", n, len(quick))
	}
}

// Wrong operations, each a mistake that is easy to make in a kernel.
type (
	wrongNorm      struct{ device.Device }
	wrongNormGrad  struct{ device.Device }
	wrongRope      struct{ device.Device }
	wrongProduct   struct{ device.Device }
	wrongAdd       struct{ device.Device }
	wrongEmbed     struct{ device.Device }
	wrongSwiGLU    struct{ device.Device }
	wrongStarts    struct{ device.Device }
	wrongGroup     struct{ device.Device }
	wrongDecode    struct{ device.Device }
	wrongScore     struct{ device.Device }
	wrongEntropy   struct{ device.Device }
	wrongAdam      struct{ device.Device }
	wrongSum       struct{ device.Device }
	wrongBias      struct{ device.Device }
	wrongTwice     struct{ device.Device }
	panicking      struct{ device.Device }
	lost           struct{ device.Device }
	wrongEmbedGrad struct {
		device.Device
		calls *int
	}
)

// The tail of the row is not part of the mean.
func (d wrongNorm) RMSNorm(y, rstd, x, w device.Buf, m, n int, eps float32) {
	d.Device.RMSNorm(y, rstd, x, w, m, n, eps)
	d.Device.Upload(rstd.Slice(m-1, 1), []float32{2})
}

// dx is written and not added.
func (d wrongNormGrad) RMSNormGrad(dx, dw, dy, x, w, rstd device.Buf, m, n int) {
	d.Zero(dx)
	d.Device.RMSNormGrad(dx, dw, dy, x, w, rstd, m, n)
}

func (d wrongRope) Rope(x, cos, sin, at device.Buf, t, heads, dim int, inverse bool) {
	d.Device.Rope(x, cos, sin, at, t, heads, dim, false)
}

// Beta is forgotten.
func (d wrongProduct) MatMul(c, a, b device.Buf, p device.Product, m, n, k int, accumulate bool) {
	d.Device.MatMul(c, a, b, p, m, n, k, false)
}

// The last element is left out.
func (d wrongAdd) Add(dst, a, b device.Buf) {
	d.Device.Add(dst.Slice(0, dst.N-1), a.Slice(0, dst.N-1), b.Slice(0, dst.N-1))
}

func (d wrongEmbed) Embed(x, table, ids device.Buf, t, c int) {
	d.Device.Embed(x.Slice(0, (t-1)*c), table, ids.Slice(0, t-1), t-1, c)
	d.Zero(x.Slice((t-1)*c, c))
}

// In place dup reads a gate that is gone: here gate and up are swapped.
func (d wrongSwiGLU) SwiGLUGrad(dgate, dup, dy, gate, up device.Buf) {
	d.Device.SwiGLUGrad(dgate, dup, dy, up, gate)
}

// Borders of documents are not seen.
func (d wrongStarts) Attention(o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	d.Device.UploadInts(starts.Slice(0, 2), []int32{0, int32(t)})
	d.Device.Attention(o, lse, q, k, v, starts.Slice(0, 2), 1, t, h)
}

// A query head reads the keys of another group.
func (d wrongGroup) AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	d.Device.AttentionGrad(dq, dv, dk, do, o, lse, q, k, v, starts, docs, t, h)
}

// The last token of a full block is not seen.
func (d wrongDecode) Decode(o, q device.Buf, p device.Pages, b int, h device.Heads) {
	d.Device.UploadInts(p.Lengths.Slice(3, 1), []int32{63})
	d.Device.Decode(o, q, p, b, h)
}

func (d wrongScore) Score(logp, entropy, lse, x, w, targets device.Buf, h device.Head) {
	h.Temperature = 1
	d.Device.Score(logp, entropy, lse, x, w, targets, h)
}

// The entropy's gradient is left out.
func (d wrongEntropy) ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, w, targets device.Buf, h device.Head) {
	d.Device.ScoreGrad(dx, dw, dlogp, device.Buf{}, entropy, lse, x, w, targets, h)
}

// The bias of the moments is not corrected.
func (d wrongAdam) AdamW(w, m, v, g, act device.Buf, a device.Adam) {
	a.Step += 1000
	d.Device.AdamW(w, m, v, g, act, a)
}

func (d wrongSum) SumSquares(b device.Buf) float64 { return d.Device.SumSquares(b) * 1.00001 }

func (d wrongBias) BiasGrad(dbias, dy device.Buf, m, n int) {
	d.Device.BiasGrad(dbias, dy.Slice(0, (m-1)*n), m-1, n) // a row is skipped
}

// The order of a sum changes from run to run: the bits do.
func (d wrongEmbedGrad) EmbedGrad(dtable, dx, ids device.Buf, t, c int) {
	d.Device.EmbedGrad(dtable, dx, ids, t, c)
	if *d.calls++; *d.calls%2 == 0 {
		x := make([]float32, dtable.N)
		d.Device.Download(x, dtable)
		x[5] *= 1.0000002
		d.Device.Upload(dtable, x)
	}
}

// A bf16 copy that truncates.
func (d wrongTwice) Copy(dst, src device.Buf) {
	if dst.Type != device.BF16 || src.Type != device.F32 {
		d.Device.Copy(dst, src)
		return
	}
	x := make([]float32, src.N)
	d.Device.Download(x, src)
	for i := range x {
		x[i] = half(x[i] * .998)
	}
	d.Device.Upload(dst, x)
}

func (d panicking) Logits(l, x, w device.Buf, m, c, v int) { panic("a bug") }
func (d lost) Sync() error                                 { return errors.New("an illegal address") }

// TestWrongOperationsAreFound: each is found, by the case that it belongs to, and
// no other operation is blamed.
func TestWrongOperationsAreFound(t *testing.T) {
	calls := 0
	for name, row := range map[string]struct {
		wrap func(device.Device) device.Device
		want string // what the failing case's name begins with
		say  string // and what its detail holds
	}{
		"norm":      {func(d device.Device) device.Device { return wrongNorm{d} }, "RMSNorm,", "rstd: element 128"},
		"norm grad": {func(d device.Device) device.Device { return wrongNormGrad{d} }, "RMSNorm,", "dx"},
		"rope":      {func(d device.Device) device.Device { return wrongRope{d} }, "Rope", "turned back"},
		"product":   {func(d device.Device) device.Device { return wrongProduct{d} }, "MatMul", ""},
		"add":       {func(d device.Device) device.Device { return wrongAdd{d} }, "Add 3x5", "element 14 of 15 is NaN"},
		"embed":     {func(d device.Device) device.Device { return wrongEmbed{d} }, "Embed,", "x: element"},
		"swiglu":    {func(d device.Device) device.Device { return wrongSwiGLU{d} }, "SwiGLU", ""},
		"starts":    {func(d device.Device) device.Device { return wrongStarts{d} }, "Attention", ""},
		"group":     {func(d device.Device) device.Device { return wrongGroup{d} }, "Attention", ""},
		"decode":    {func(d device.Device) device.Device { return wrongDecode{d} }, "StoreKV", "o: element"},
		"score":     {func(d device.Device) device.Device { return wrongScore{d} }, "Score, ScoreGrad 130", ""},
		"entropy":   {func(d device.Device) device.Device { return wrongEntropy{d} }, "Score", ""},
		"adam":      {func(d device.Device) device.Device { return wrongAdam{d} }, "AdamW", ""},
		"sum":       {func(d device.Device) device.Device { return wrongSum{d} }, "SumSquares", ""},
		"bias":      {func(d device.Device) device.Device { return wrongBias{d} }, "AddBias", "dbias"},
		"order":     {func(d device.Device) device.Device { return wrongEmbedGrad{d, &calls} }, "Embed,", "in a second run"},
		"rounding":  {func(d device.Device) device.Device { return wrongTwice{d} }, "Upload", "float32 to bf16"},
		"panic":     {func(d device.Device) device.Device { return panicking{d} }, "Logits", "a bug"},
	} {
		var lines bytes.Buffer
		d := Device{name, func() (device.Device, error) { return row.wrap(cpu.New(2)), nil }}
		log := &Log{JSON: &lines}
		if err := parity(d, onCPU(), small(Cases(), quick...), 48<<20, log); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		found := false
		for line := range strings.Lines(lines.String()) {
			var r Result
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			own := strings.HasPrefix(r.Name, row.want)
			found = found || own && !r.OK && strings.Contains(r.Detail, row.say)
			if !r.OK && !own && !strings.HasPrefix(r.Name, "law") {
				t.Errorf("%s: %s is blamed: %s", name, r.Name, r.Detail)
			}
		}
		if !found {
			t.Errorf("%s is not found:\n%s", name, &lines)
		}
	}
}

// TestALostDeviceEndsTheStage: nothing that it would say afterwards is trusted.
func TestALostDeviceEndsTheStage(t *testing.T) {
	log := &Log{}
	d := Device{"lost", func() (device.Device, error) { return lost{cpu.New(1)}, nil }}
	err := parity(d, onCPU(), small(Cases(), quick...), 48<<20, log)
	if err == nil || !strings.Contains(err.Error(), "an illegal address") || log.Bad() != 1 {
		t.Errorf("got %v after %d bad results, want the first error after 1", err, log.Bad())
	}
}

// TestSmokeAndSteps run on the CPU, and a wrong backward pass is found by a whole
// step as well.
func TestSmokeAndSteps(t *testing.T) {
	log := &Log{}
	if err := errors.Join(Smoke(onCPU(), log), Steps(onCPU(), log)); err != nil || log.Bad() != 0 {
		t.Errorf("got %v, %d bad", err, log.Bad())
	}
	d := Device{"wrong", func() (device.Device, error) { return wrongRope{cpu.New(2)}, nil }}
	log = &Log{}
	if err := Steps(d, log); err != nil || log.Bad() != 2*len(toys()) { // whole, and with adapters
		t.Errorf("a wrong gradient of RoPE: got %v, %d of %d bad", err, log.Bad(), 2*len(toys()))
	}
}
