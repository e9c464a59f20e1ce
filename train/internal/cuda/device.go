//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"unsafe"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Device is the first GPU, with its arena. It implements GPU. Operations are
// handed to the goroutine that owns the context, and go on the GPU in order.
//
// The first error stops all that follows: Sync and Close tell it, and what
// Download gives is NaN.
type Device struct {
	owner *owner
	c     *context
	works sync.Pool
	size  int // of the arena
	ended error

	rehearsing bool
	most       int // bytes of scratch in a rehearsal
}

func open(folders []string, kept cache) (*Device, error) {
	d := &Device{owner: newOwner()}
	d.works.New = func() any { return new(Work) }
	var err error
	d.owner.do(func() { d.c, err = openContext(folders, kept) })
	if err != nil {
		d.owner.close()
		return nil, err
	}
	return d, nil
}

// Name is "cuda" and the name of the GPU.
func (d *Device) Name() string { return "cuda/" + d.c.name }

// About says which GPU, driver and libraries there are.
func (d *Device) About() string { return d.c.about() }

// Act is BF16.
func (d *Device) Act() device.Type { return device.BF16 }

// post hands f to the owner, who leaves it out after an error.
func (d *Device) post(f func(c *context) error) {
	if d.rehearsing {
		return
	}
	d.owner.post(func() {
		if d.c.fault == nil {
			d.c.fault = f(d.c)
		}
	})
}

// wait is post, and waits.
func (d *Device) wait(f func(c *context) error) {
	if d.rehearsing {
		return
	}
	d.owner.do(func() {
		if d.c.fault == nil {
			d.c.fault = f(d.c)
		}
	})
}

// err waits for the owner, not for the GPU, and is the first error.
func (d *Device) err() (err error) {
	d.owner.do(func() { err = d.c.fault })
	return err
}

// do builds an operation and hands it over.
func (d *Device) do(build func(w *Work)) {
	w := d.works.Get().(*Work)
	*w = Work{Steps: w.Steps[:0]}
	build(w)
	d.inside(w)
	d.most = max(d.most, w.ScratchBytes())
	d.post(func(c *context) error {
		defer d.works.Put(w)
		return c.run(w)
	})
}

// Rehearse finds and allocates the scratch of what f calls; see device.Planner.
func (d *Device) Rehearse(f func()) (beside int, err error) {
	d.rehearsing, d.most = true, 0
	f()
	d.rehearsing = false
	d.wait(func(c *context) error {
		err := c.room(d.most)
		beside = c.scratch.bytes + workspaceBytes
		return err
	})
	return beside, d.err()
}

// Reserve allocates the arena, zeroed, and the workspace of the products.
func (d *Device) Reserve(bytes int) (err error) {
	d.owner.do(func() { err = d.c.reserve(bytes) })
	if err == nil {
		d.size = bytes
	}
	return err
}

func (c *context) reserve(bytes int) error {
	if c.arena.at != 0 {
		return errors.New("cuda: the arena was reserved before")
	}
	if bytes < 0 {
		return fmt.Errorf("cuda: an arena of %d bytes", bytes)
	}
	var space region
	if err := c.allocate(&space, workspaceBytes, "the workspace of the products"); err != nil {
		return err
	}
	c.lt.workspace = space.at
	if err := c.allocate(&c.arena, bytes, "the run"); err != nil {
		return err
	}
	return c.clear(c.arena.at, bytes)
}

// in panics unless b lies in the arena, has n elements (any number for -1) and
// one of the types.
func (d *Device) in(b device.Buf, n int, types ...device.Type) device.Buf {
	if b.Off < 0 || b.N < 0 || b.Off+b.N*b.Type.Size() > d.size || b.Off%b.Type.Size() != 0 {
		panic(fmt.Sprintf("cuda: %d elements at byte %d of an arena of %d bytes", b.N, b.Off, d.size))
	}
	if n >= 0 && b.N != n {
		panic(fmt.Sprintf("cuda: a buffer of %d elements where %d are needed", b.N, n))
	}
	for _, t := range types {
		if b.Type == t {
			return b
		}
	}
	panic(fmt.Sprintf("cuda: a buffer of type %d where one of %v is needed", b.Type, types))
}

// floats and any are the types that conversions take.
var (
	floats = []device.Type{device.F32, device.BF16}
	types  = []device.Type{device.F32, device.BF16, device.I32}
)

// Upload copies src to the GPU, converted to dst.Type.
func (d *Device) Upload(dst device.Buf, src []float32) {
	d.in(dst, len(src), floats...)
	d.send(dst, func(mem []byte, from, to int) {
		if dst.Type == device.BF16 {
			for i, h := 0, view[uint16](mem); i < len(h); i++ {
				h[i] = toBF16(src[from+i])
			}
			return
		}
		copy(view[float32](mem), src[from:to])
	})
}

// UploadInts copies src to the GPU.
func (d *Device) UploadInts(dst device.Buf, src []int32) {
	d.in(dst, len(src), device.I32)
	d.send(dst, func(mem []byte, from, to int) { copy(view[int32](mem), src[from:to]) })
}

func (d *Device) send(dst device.Buf, fill func(mem []byte, from, to int)) {
	d.wait(func(c *context) error {
		if c.capturing {
			return errors.New("a graph cannot hold a copy from the host")
		}
		return c.upload(c.address(Arena(dst)), dst.N, dst.Type.Size(), fill)
	})
}

// Download copies src from the GPU, when all before it is done.
func (d *Device) Download(dst []float32, src device.Buf) {
	d.in(src, len(dst), floats...)
	ok := d.fetch(src, func(mem []byte, from, to int) {
		if src.Type == device.BF16 {
			for i, h := range view[uint16](mem) {
				dst[from+i] = fromBF16(h)
			}
			return
		}
		copy(dst[from:to], view[float32](mem))
	})
	if !ok {
		for i := range dst {
			dst[i] = float32(math.NaN())
		}
	}
}

// DownloadInts is Download of I32; after an error it gives zeros.
func (d *Device) DownloadInts(dst []int32, src device.Buf) {
	d.in(src, len(dst), device.I32)
	if !d.fetch(src, func(mem []byte, from, to int) { copy(dst[from:to], view[int32](mem)) }) {
		clear(dst)
	}
}

// fetch hands the elements of src to read, and reports that all is well.
func (d *Device) fetch(src device.Buf, read func(mem []byte, from, to int)) (ok bool) {
	if d.rehearsing {
		return true
	}
	d.owner.do(func() {
		c := d.c
		if c.fault == nil && c.capturing {
			c.fault = errors.New("a graph cannot hold a copy to the host")
		}
		if c.fault == nil {
			c.fault = c.download(c.address(Arena(src)), src.N, src.Type.Size(), read)
		}
		ok = c.fault == nil
	})
	return ok
}

// Sync waits for the GPU and tells the first error.
func (d *Device) Sync() error {
	d.wait(func(c *context) error {
		if c.capturing {
			return errors.New("a graph cannot hold a wait")
		}
		return c.check(c.streamSync.call(c.stream), "wait for the GPU")
	})
	return d.err()
}

// Memory is what the run holds.
func (d *Device) Memory() (m Memory) {
	d.owner.do(func() {
		c := d.c
		var free, total uintptr
		if c.memInfo.call(uintptr(unsafe.Pointer(&free)), uintptr(unsafe.Pointer(&total))) != 0 {
			free, total = 0, 0
		}
		m = Memory{Arena: c.arena.bytes, Scratch: c.scratch.bytes, Free: int(free), Total: int(total), Allocations: c.allocations, Captures: c.captures}
		if c.lt.workspace != 0 {
			m.Workspace = workspaceBytes
		}
	})
	return m
}

// Close gives the GPU back and tells the first error.
func (d *Device) Close() error {
	if d.owner == nil {
		return d.ended
	}
	d.owner.do(func() {
		d.ended = d.c.fault
		d.c.close()
	})
	d.owner.close()
	d.owner = nil
	return d.ended
}

// view is mem as elements.
func view[T any](mem []byte) []T {
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/int(unsafe.Sizeof(t)))
}

// toBF16 rounds to nearest, ties to even; a NaN stays one: as package cpu.
func toBF16(x float32) uint16 {
	u := math.Float32bits(x)
	if x != x {
		return uint16(u>>16) | 0x40
	}
	return uint16((u + 0x7fff + u>>16&1) >> 16)
}

func fromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }
