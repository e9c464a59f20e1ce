package gpucheck

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A bench is a device with an arena that is handed out from the front, and random
// numbers: two benches of one seed give their devices the same numbers, which
// bf16 can hold, so that both begin with the same bits.
type bench struct {
	dev  device.Device
	at   device.Arena
	size int
	rand *rand.Rand
	outs []output
}

// An output is a buffer to compare, and how far it may be off.
type output struct {
	name string
	buf  device.Buf
	tol  float64
	x    []float32
}

func newBench(d Device, size int) (*bench, error) {
	dev, err := d.open()
	if err != nil {
		return nil, err
	}
	if err := dev.Reserve(size); err != nil {
		dev.Close()
		return nil, err
	}
	return &bench{dev: dev, size: size}, nil
}

// run does a case and fetches its outputs.
func (b *bench) run(c Case) (outs []output, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", b.dev.Name(), p)
		}
	}()
	b.at, b.outs = device.Arena{}, nil
	b.rand = rand.New(rand.NewPCG(1, 2))
	c.run(b)
	if err := b.dev.Sync(); err != nil {
		return nil, fmt.Errorf("%s: %w", b.dev.Name(), err)
	}
	for i := range b.outs {
		b.outs[i].x = make([]float32, b.outs[i].buf.N)
		b.dev.Download(b.outs[i].x, b.outs[i].buf)
	}
	return b.outs, nil
}

func (b *bench) room(t device.Type, n int) device.Buf {
	buf := b.at.New(t, n)
	if b.at.Bytes() > b.size {
		panic(fmt.Sprintf("the case needs %d bytes, of %d", b.at.Bytes(), b.size))
	}
	return buf
}

// floats uploads x as a type.
func (b *bench) floats(t device.Type, x []float32) device.Buf {
	buf := b.room(t, len(x))
	b.dev.Upload(buf, x)
	return buf
}

// act and f32 are n random numbers as activations and as float32.
func (b *bench) act(n int, scale float64) device.Buf {
	return b.floats(b.dev.Act(), b.normal(n, scale))
}
func (b *bench) f32(n int, scale float64) device.Buf { return b.floats(device.F32, b.normal(n, scale)) }

// outAct and outF32 are n NaNs: what an operation does not write is found.
func (b *bench) outAct(n int) device.Buf { return b.floats(b.dev.Act(), fill(n, float32(math.NaN()))) }
func (b *bench) outF32(n int) device.Buf { return b.floats(device.F32, fill(n, float32(math.NaN()))) }

func (b *bench) ints(x []int32) device.Buf {
	buf := b.room(device.I32, len(x))
	b.dev.UploadInts(buf, x)
	return buf
}

// below is n random integers from 0 to most-1.
func (b *bench) below(n, most int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = b.rand.Int32N(int32(most))
	}
	return x
}

// normal is n numbers of a normal distribution, rounded to bf16.
func (b *bench) normal(n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = half(float32(b.rand.NormFloat64() * scale))
	}
	return x
}

// half rounds to bf16, ties to even.
func half(x float32) float32 {
	u := math.Float32bits(x)
	return math.Float32frombits((u + 0x7fff + u>>16&1) &^ 0xffff)
}

func fill(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// check asks for a comparison of a buffer when the case is done.
func (b *bench) check(name string, buf device.Buf, tol float64) {
	b.outs = append(b.outs, output{name: name, buf: buf, tol: tol})
}

// compare is the largest error of got against want, in parts of the tolerance:
// the distance of each element over its own size and the size that is usual in
// the output, so that a small element of large ones is not asked for more digits
// than the sum that it came from has.
func compare(got, want output) (worst float64, detail string) {
	usual := 0.0
	for _, w := range want.x {
		usual += float64(w) * float64(w)
	}
	usual = math.Sqrt(usual / float64(max(1, len(want.x))))
	for i, w := range want.x {
		g := got.x[i]
		if math.Float32bits(g) == math.Float32bits(w) {
			continue
		}
		e := math.Abs(float64(g)-float64(w)) / (want.tol * (math.Abs(float64(w)) + usual + 1e-30))
		if !(e <= worst) {
			worst, detail = e, fmt.Sprintf("%s: element %d of %d is %v, want %v within %.2g", want.name, i, len(want.x), g, w, want.tol)
		}
		if e != e || want.tol == 0 {
			return math.Inf(1), detail
		}
	}
	return worst, detail
}
