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
// numbers, which bf16 can hold. name is the method of device.Device.
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
}

// A both is a buffer on the two devices.
type both struct{ dev, ref device.Buf }

const cpuArena = 32 << 20

func newPair(t testing.TB) *pair {
	d := cpu.New(1)
	if err := d.Reserve(cpuArena); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &pair{s: newShim(t, 32<<20, rowKernels(), faults...), cpu: d}
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

// of is the numbers x in a buffer, of type t on the kernels' side.
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

// compare holds every buffer against the specification: the bits, rounded to bf16
// where they stand in bf16, if tol is 0, and otherwise within tol of the largest.
// A bf16 may then be off by the rounding of its own, 2⁻⁸ of itself, as well.
func (p *pair) compare(what string, tol float64) {
	for k, b := range p.bufs {
		got, want := p.s.read(Arena(b.dev)), make([]float32, b.ref.N)
		p.cpu.Download(want, b.ref)
		top := 1e-30
		for _, v := range want {
			if v == v {
				top = max(top, math.Abs(float64(v)))
			}
		}
		for i, g := range got {
			w, off := want[i], tol*top
			if half := b.dev.Type == device.BF16; half && tol == 0 {
				w = roundBF16(w)
			} else if half {
				off += math.Abs(float64(w)) / 256
			}
			same := math.Abs(float64(g)-float64(w)) <= off || g == w || g != g && w != w
			if !same && p.err == nil {
				p.err = fmt.Errorf("%s: buffer %d, element %d of %d is %v, want %v within %.2g", what, k, i, len(got), g, w, off)
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
func (p *pair) again() { p.s.off, p.off, p.bufs = 0, 0, nil }

// float32Sum bounds the difference of two float32 sums of some hundred terms in
// other orders, relative to the largest result.
const float32Sum = 4e-6

// TestKernelsAreTheSpecification runs every kernel against package cpu.
func TestKernelsAreTheSpecification(t *testing.T) {
	p := newPair(t)
	for _, c := range parities {
		t.Run(c.name, func(t *testing.T) {
			c.run(p)
			if p.err != nil {
				t.Fatal(p.err)
			}
		})
	}
}
