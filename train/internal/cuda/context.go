//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"fmt"
	"unsafe"
)

// A context is one GPU with what a run holds on it. Its methods are called by
// the owner only.
type context struct {
	driver
	nvrtc *compiler
	lt    *blas
	kept  cache

	handle     int32 // CUdevice
	ctx        uintptr
	stream     uintptr
	name       string
	capability int32 // 90 for 9.0
	processors int32
	arch       string

	arena, scratch   region
	allocations      int
	captures         int
	generation       int // of the scratch: graphs hold its address
	capturing        bool
	modules          map[Kernel]uintptr // by file and defines
	functions        map[Kernel]*function
	ring             ring
	values           []byte // of the arguments of the launch at hand,
	offsets          [maxArgs]int
	addresses        [maxArgs]uintptr // and where each stands
	fault            error            // the first; nothing is done after it
	driverVersion    int32
	cublasLtVersions uintptr
}

// maxArgs is the most arguments of a kernel.
const maxArgs = 48

// A region is memory of the GPU.
type region struct {
	at    uintptr
	bytes int
}

// openContext opens the libraries and makes the first GPU's context current on
// this thread.
func openContext(folders []string, kept cache) (*context, error) {
	c := &context{kept: kept, modules: map[Kernel]uintptr{}, functions: map[Kernel]*function{}, values: make([]byte, 0, 8<<10)}
	err := keepSignals(func() error { return c.open(folders) })
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *context) open(folders []string) error {
	handle, path, err := libDriver.open(folders)
	if err != nil {
		// The others are named at once, so that one line says all that is to be got.
		_, _, errNVRTC := libNVRTC.open(folders)
		_, _, errLt := libCublasLt.open(folders)
		return fmt.Errorf("%w: %w", ErrNoGPU, missing(err, errNVRTC, errLt))
	}
	if err := bind(handle, path, c.driver.symbols()); err != nil {
		return err
	}
	if err := c.find(); err != nil {
		return err
	}
	var errNVRTC, errLt error
	c.nvrtc, errNVRTC = openCompiler(folders)
	c.lt, errLt = openBlas(folders)
	if err := missing(errNVRTC, errLt); err != nil {
		return err
	}
	if c.arch, err = c.nvrtc.arch(c.capability); err != nil {
		return err
	}
	if err := c.check(c.retain.call(uintptr(unsafe.Pointer(&c.ctx)), uintptr(c.handle)), "make a context on %s", c.name); err != nil {
		return err
	}
	if err := c.check(c.setCurrent.call(c.ctx), "make the context current"); err != nil {
		return err
	}
	if err := c.check(c.streamNew.call(uintptr(unsafe.Pointer(&c.stream)), streamNonBlocking), "make a stream"); err != nil {
		return err
	}
	if err := c.lt.start(); err != nil {
		return err
	}
	c.cublasLtVersions = c.lt.version.pointer()
	return c.ring.open(c)
}

// find asks for the first GPU and what it is. CUDA_VISIBLE_DEVICES chooses.
func (c *context) find() error {
	code := c.init.call(0)
	if err := c.check(code, "start CUDA"); code == errorNoDevice {
		return fmt.Errorf("%w: %w", ErrNoGPU, err)
	} else if err != nil {
		return err
	}
	if err := c.check(c.version.call(uintptr(unsafe.Pointer(&c.driverVersion))), "ask the driver's version"); err != nil {
		return err
	}
	var n, major, minor int32
	if err := c.check(c.deviceCount.call(uintptr(unsafe.Pointer(&n))), "count the GPUs"); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%w: the NVIDIA driver sees none", ErrNoGPU)
	}
	if err := c.check(c.deviceGet.call(uintptr(unsafe.Pointer(&c.handle)), 0), "take the first GPU"); err != nil {
		return err
	}
	name := make([]byte, 256)
	err := c.check(c.deviceName.call(uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)), uintptr(c.handle)), "ask a GPU's name")
	for _, a := range []struct {
		to   *int32
		attr uintptr
	}{{&major, attrMajor}, {&minor, attrMinor}, {&c.processors, attrMultiprocessors}} {
		if err == nil {
			err = c.check(c.deviceAttribute.call(uintptr(unsafe.Pointer(a.to)), a.attr, uintptr(c.handle)), "ask attribute %d of a GPU", a.attr)
		}
	}
	if err != nil {
		return err
	}
	c.name = goString(uintptr(unsafe.Pointer(&name[0])))
	c.capability = 10*major + minor
	if c.capability < 80 {
		return fmt.Errorf("%w: %s is of compute capability %d.%d, and bf16 needs 8.0", ErrNoGPU, c.name, major, minor)
	}
	return nil
}

func (c *context) about() string {
	return fmt.Sprintf("%s, compute capability %d.%d, %d multiprocessors, driver for CUDA %d.%d, %s, cuBLASLt %d",
		c.name, c.capability/10, c.capability%10, c.processors, c.driverVersion/1000, c.driverVersion%1000/10, c.nvrtc.name(), c.cublasLtVersions)
}

// allocate gives r bytes of memory, which it must not have yet.
func (c *context) allocate(r *region, bytes int, what string) error {
	var free, total uintptr
	if err := c.check(c.memInfo.call(uintptr(unsafe.Pointer(&free)), uintptr(unsafe.Pointer(&total))), "ask for free memory"); err != nil {
		return err
	}
	if uintptr(bytes) > free {
		return fmt.Errorf("%s needs %d MiB and %s has %d MiB free of %d: a shorter batch, checkpointing or a smaller model needs less",
			what, bytes>>20, c.name, free>>20, total>>20)
	}
	c.allocations++
	var at uintptr
	if err := c.check(c.alloc.call(uintptr(unsafe.Pointer(&at)), uintptr(max(bytes, 1))), "allocate %d MiB for %s", bytes>>20, what); err != nil {
		return err
	}
	*r = region{at, bytes}
	return nil
}

// room makes the scratch at least n bytes large. It grows in the first step of a
// run, by half more than was asked for, and then no more.
func (c *context) room(n int) error {
	if n <= c.scratch.bytes {
		return nil
	}
	if c.capturing {
		return fmt.Errorf("a graph needs %d bytes of scratch and there are %d: do its operations once before capturing them", n, c.scratch.bytes)
	}
	if err := c.check(c.streamSync.call(c.stream), "wait for the GPU"); err != nil {
		return err
	}
	if c.scratch.at != 0 {
		if err := c.check(c.free.call(c.scratch.at), "free the scratch"); err != nil {
			return err
		}
		c.scratch = region{}
	}
	c.generation++
	if n < 64<<20 {
		n += n / 2
	}
	return c.allocate(&c.scratch, n, "the scratch of an operation")
}

// close gives everything back, as far as it was had.
func (c *context) close() {
	if c.ctx != 0 {
		c.streamSync.call(c.stream)
		c.ring.close(c)
		for _, r := range []*region{&c.arena, &c.scratch} {
			if r.at != 0 {
				c.free.call(r.at)
			}
			*r = region{}
		}
		if c.lt != nil {
			if c.lt.workspace != 0 {
				c.free.call(c.lt.workspace)
			}
			c.lt.close()
		}
		for _, m := range c.modules {
			c.unload.call(m)
		}
		if c.stream != 0 {
			c.streamEnd.call(c.stream)
		}
		c.release.call(uintptr(c.handle))
		c.ctx = 0
	}
}
