// Package cpu is the backend of the trainer that always works, and the
// specification of the others: Go, with the inner loops in assembly where the
// machine has AVX2 or AVX-512.
//
// Every operation is cut into pieces (pool.go) of work on slices (the files named
// after the operations), whose inner loops come from a family of kernels
// (family.go). All numbers are float32. A result is the same bits at any number
// of threads, and a row's result the same whatever other rows there are, because
// no reduction is ever cut by the number of threads or rows: products are chains
// over k, sums over rows go by fixed blocks, attention walks a document's keys in
// tiles counted from its first token.
package cpu

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"unsafe"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Device is the CPU with its arena. It implements device.Device.
type Device struct {
	*family
	pool    *pool
	workers []*worker
	notes   []string
	fault   error // of New; told by Reserve
	mem     []float32

	packed    []float32 // the rows of a product of few
	parts     []float32 // partial sums over rows
	normParts []float32 // those of a norm, which may wait
	spanList  []span
	score     scorer
	jobs      jobs
}

// jobs is one of each, so that an operation allocates nothing.
type jobs struct {
	waiting   waiting
	each      eachJob
	attention attentionJob
	score     scoreJob
	tensors   tensorsJob
	draw      drawJob
	few       fewJob
}

// A worker is the scratch of one thread. Slices grow at first use.
type worker struct {
	lanes lanes
	panel []float32 // a packed panel of b
	block []float32 // packed rows of a
	edge  []float32 // a tile of c that sticks out
	tile  attentionTile
	draw  drawScratch
}

var _ device.Device = (*Device)(nil)

// New makes a device of so many threads, or of as many as there are processors
// where threads is 0. It takes the best kernel family of the machine, or the one
// that GRAFT_CPU names; what is wrong with that name, Reserve tells.
func New(threads int) *Device {
	d, err := Open(threads, "")
	if err != nil {
		d = open(threads, portable(), nil)
		d.fault = err
	}
	return d
}

// Open makes a device with the named kernel family: "go", "avx2" or "avx512".
func Open(threads int, family string) (*Device, error) {
	f, notes, err := choose(family)
	if err != nil {
		return nil, err
	}
	return open(threads, f, notes), nil
}

func open(threads int, f *family, notes []string) *Device {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	d := &Device{family: f, pool: newPool(threads), notes: notes}
	for range threads {
		d.workers = append(d.workers, &worker{})
	}
	return d
}

// Name is "cpu" and the kernel family, as in "cpu/avx2", and what Notes says.
func (d *Device) Name() string {
	name := "cpu/" + d.family.name
	if len(d.notes) > 0 {
		name += " (" + strings.Join(d.notes, "; ") + ")"
	}
	return name
}

// Notes says which kernel families were refused because their results on a fixed
// problem were not those of the family in Go. It is empty on a sound machine.
func (d *Device) Notes() []string { return d.notes }

// Threads is the number of threads that share the work.
func (d *Device) Threads() int { return d.pool.threads }

// Act is F32.
func (d *Device) Act() device.Type { return device.F32 }

// slack is what loads of whole vectors may read beyond the last element.
const slack = 64

// Reserve makes the arena.
func (d *Device) Reserve(bytes int) error {
	if d.fault != nil {
		return d.fault
	}
	if d.mem != nil {
		return fmt.Errorf("cpu: the arena was reserved before")
	}
	if bytes < 0 || bytes > math.MaxInt-1<<12 {
		return fmt.Errorf("cpu: an arena of %d bytes", bytes)
	}
	if total := physical(); total > 0 && uint64(bytes) > total {
		return fmt.Errorf("cpu: the run needs %d MiB and this machine has %d: a shorter batch, checkpointing or a smaller model needs less", bytes>>20, total>>20)
	}
	mem := make([]float32, (bytes+3)/4+slack+16)
	hugePages(mem)
	skip := int(-uintptr(unsafe.Pointer(&mem[0]))&63) / 4
	d.mem = mem[skip : skip+(bytes+3)/4+slack]
	return nil
}

// f is the elements of b, which must be n long unless n is -1.
func (d *Device) f(b device.Buf, n int) []float32 {
	d.flush()
	return d.floats(b, n)
}

// floats is f for an operation that may wait.
func (d *Device) floats(b device.Buf, n int) []float32 {
	if b.Type != device.F32 {
		panic(fmt.Sprintf("cpu: a buffer of type %d where float32 is needed", b.Type))
	}
	return d.region(b, n)
}

// i is the elements of an I32 buffer.
func (d *Device) i(b device.Buf, n int) []int32 {
	d.flush()
	return d.ints(b, n)
}

// ints is i for an operation that may wait: no operation that does writes integers.
func (d *Device) ints(b device.Buf, n int) []int32 {
	if b.Type != device.I32 {
		panic(fmt.Sprintf("cpu: a buffer of type %d where int32 is needed", b.Type))
	}
	w := d.region(b, n)
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(w))), len(w))
}

// words is the elements of b, whatever they are, after the products that wait.
func (d *Device) words(b device.Buf, n int) []float32 {
	d.flush()
	return d.region(b, n)
}

func (d *Device) region(b device.Buf, n int) []float32 {
	if n >= 0 && b.N != n {
		panic(fmt.Sprintf("cpu: a buffer of %d elements where %d are needed", b.N, n))
	}
	if b.Off < 0 || b.Off%4 != 0 || b.N < 0 || b.Off/4+b.N > len(d.mem)-slack {
		panic(fmt.Sprintf("cpu: %d elements at byte %d of an arena of %d bytes", b.N, b.Off, 4*max(0, len(d.mem)-slack)))
	}
	return d.mem[b.Off/4 : b.Off/4+b.N : b.Off/4+b.N+slack]
}

// Sync runs the products that wait; every other operation has been done when it
// returns.
func (d *Device) Sync() error {
	d.flush()
	return nil
}

// Close ends the threads and drops the arena.
func (d *Device) Close() error {
	d.pool.close()
	d.mem = nil
	return nil
}

// grow makes *s at least n long, and the slack. Its contents are not kept.
func grow(s *[]float32, n int) []float32 {
	if len(*s) < n+slack {
		*s = make([]float32, n+slack)
	}
	return (*s)[:n]
}
