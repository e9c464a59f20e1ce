//go:build linux

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A parity runs one operation by the kernels and by package cpu on the same
// numbers. Inputs are random, and representable in bf16 where the kernel reads
// bf16; so are all results of the specification rounded to it that a kernel
// writes as bf16.
type parity struct {
	name string
	run  func(p *pair)
}

// A pair is the two devices in the middle of a parity.
type pair struct {
	s    *shim
	cpu  *cpu.Device
	off  int // of the arena of the cpu
	seed uint64
	err  error // the first difference
	bufs []both
	what string
}

// A both is a buffer on the two devices. Where odd is set the kernels' lies off
// 16 bytes.
type both struct {
	dev, ref device.Buf
	tol      float64 // of what stands there, relative to the largest
}

const cpuArena = 32 << 20

func newPair(t testing.TB, kernels []Kernel, edits ...edit) *pair {
	d := cpu.New(1)
	if err := d.Reserve(cpuArena); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &pair{s: newShim(t, 32<<20, kernels, edits...), cpu: d}
}

// floats is n random numbers in a buffer of type t on the kernels' side.
func (p *pair) floats(t device.Type, n int) both {
	p.seed++
	r := rand.New(rand.NewPCG(p.seed, 7))
	x := make([]float32, n)
	for i := range x {
		x[i] = roundBF16(float32(r.NormFloat64()))
	}
	return p.of(t, x)
}

func (p *pair) of(t device.Type, x []float32) both {
	b := both{dev: p.s.put(t, x), ref: device.Buf{Off: p.off, N: len(x), Type: device.F32}}
	p.off += (len(x)*4 + 63) / 64 * 64
	p.cpu.Upload(b.ref, x)
	p.bufs = append(p.bufs, b)
	return b
}

func (p *pair) ints(x []int32) both {
	b := both{dev: p.s.ints(x), ref: device.Buf{Off: p.off, N: len(x), Type: device.I32}}
	p.off += (len(x)*4 + 63) / 64 * 64
	p.cpu.UploadInts(b.ref, x)
	return b
}

// do runs w in both orders of threads, which must give the same bits, and
// compares every buffer with the specification's.
func (p *pair) do(what string, tol float64, build func(w *Work), spec func()) {
	if p.err != nil {
		return
	}
	before := append([]byte(nil), p.s.mem[:p.s.off]...)
	var ways [2][]byte
	for i := range ways {
		var w Work
		build(&w)
		copy(p.s.mem, before)
		p.s.descending = i == 1
		if err := p.s.run(&w); err != nil {
			p.err = fmt.Errorf("%s: %w", what, err)
			return
		}
		ways[i] = append([]byte(nil), p.s.mem[:p.s.off]...)
	}
	for i := range ways[0] {
		if ways[0][i] != ways[1][i] {
			p.err = fmt.Errorf("%s: byte %d of the arena depends on the order of threads", what, i)
			return
		}
	}
	spec()
	p.compare(what, tol)
	p.guards(what, before)
}

// compare holds every buffer against the specification. A bf16 may be off by the
// rounding of its own, 2⁻⁸ of itself.
func (p *pair) compare(what string, tol float64) {
	for k, b := range p.bufs {
		got, want := p.s.read(Arena(b.dev)), make([]float32, b.ref.N)
		p.cpu.Download(want, b.ref)
		top := 1e-30
		for _, v := range want {
			top = max(top, math.Abs(float64(v)))
		}
		for i := range got {
			off := tol * top
			if b.dev.Type == device.BF16 {
				off += math.Abs(float64(want[i])) / 256
			}
			if !(math.Abs(float64(got[i])-float64(want[i])) <= off) && p.err == nil {
				p.err = fmt.Errorf("%s: buffer %d, element %d of %d is %v, want %v within %.2g", what, k, i, len(got), got[i], want[i], off)
			}
		}
	}
}

// guards finds writes between the buffers.
func (p *pair) guards(what string, before []byte) {
	owned := make([]bool, len(before))
	for _, b := range p.bufs {
		for i := range b.dev.N * b.dev.Type.Size() {
			owned[b.dev.Off+i] = true
		}
	}
	for i, b := range before {
		if !owned[i] && p.s.mem[i] != b && p.err == nil {
			p.err = fmt.Errorf("%s: byte %d, which belongs to no buffer that is written, has changed", what, i)
		}
	}
}

// again forgets all buffers.
func (p *pair) again(format string, args ...any) {
	p.s.off, p.off, p.bufs = 0, 0, nil
	p.what = fmt.Sprintf(format, args...)
}

// float32Sum bounds the difference of two float32 sums of some hundred terms in
// other orders, relative to the largest result.
const float32Sum = 4e-6

// TestKernelsAreTheSpecification runs every kernel against package cpu.
func TestKernelsAreTheSpecification(t *testing.T) {
	p := newPair(t, Kernels())
	for _, c := range parities {
		t.Run(c.name, func(t *testing.T) {
			c.run(p)
			if p.err != nil {
				t.Fatal(p.err)
			}
		})
	}
}
