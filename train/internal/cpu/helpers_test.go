package cpu

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A rig is a device with an arena handed out from the front.
type rig struct {
	*Device
	t   testing.TB
	off int
}

func newRig(t testing.TB, threads int, family string) *rig {
	t.Helper()
	d, err := Open(threads, strings.TrimPrefix(family, "wide"))
	if err != nil {
		t.Fatal(err)
	}
	if family == "wide" {
		d.Close()
		d = open(threads, wide12x32(), nil)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Reserve(64 << 20); err != nil {
		t.Fatal(err)
	}
	return &rig{Device: d, t: t}
}

func (r *rig) room(n int, typ device.Type) device.Buf {
	b := device.Buf{Off: r.off, N: n, Type: typ}
	r.off += (n*4 + 63) / 64 * 64
	return b
}

func (r *rig) floats(x []float32) device.Buf {
	b := r.room(len(x), device.F32)
	r.Upload(b, x)
	return b
}

func (r *rig) zeros(n int) device.Buf { return r.floats(make([]float32, n)) }

func (r *rig) ints(x ...int32) device.Buf {
	b := r.room(len(x), device.I32)
	r.UploadInts(b, x)
	return b
}

func (r *rig) get(b device.Buf) []float32 {
	x := make([]float32, b.N)
	r.Download(x, b)
	return x
}

// random is n numbers of a normal distribution.
func random(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// near fails where got is further from want than tol of the largest |want|.
func near(t *testing.T, what string, got []float32, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	top := 1e-30
	for _, w := range want {
		top = max(top, math.Abs(w))
	}
	for i, g := range got {
		if !(math.Abs(float64(g)-want[i]) <= tol*top) {
			t.Fatalf("%s: element %d is %v, want %v (largest %v)", what, i, g, want[i], top)
		}
	}
}

// bits fails where a and b are not the same bits.
func bits(t *testing.T, what string, a, b []float32) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%s: %d numbers and %d", what, len(a), len(b))
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			t.Fatalf("%s: element %d is %v and %v", what, i, a[i], b[i])
		}
	}
}

// wide12x32 has the tile of AVX-512, whose packing and cutting are thus tested
// on machines that have no AVX-512.
func wide12x32() *family {
	f := portable()
	f.name, f.rows, f.cols, f.products = "wide", 12, 32, nil
	for rows := 1; rows <= f.rows; rows++ {
		f.products = append(f.products, func(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int) {
			m := tiles * rows
			as, bsl, cc := at(a, (m-1)*rs+(k-1)*cs+1), at(b, (k-1)*bs+f.cols), at(c, (m-1)*ldc+f.cols)
			for i := range m {
				row := (*[32]float32)(cc[i*ldc:])
				if load == 0 {
					*row = [32]float32{}
				}
				for p := range k {
					x := as[i*rs+p*cs]
					for j, y := range (*[32]float32)(bsl[p*bs:]) {
						row[j] += x * y
					}
				}
			}
		})
	}
	return f
}

// eachFamily runs f for every kernel family of this machine, and the wide one.
func eachFamily(t *testing.T, f func(t *testing.T, family string)) {
	for _, name := range append(Families(), "wide") {
		t.Run(name, func(t *testing.T) { f(t, name) })
	}
}
