//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"fmt"
	"unsafe"
)

// A function is a kernel in the memory of the GPU.
type function struct {
	at     uintptr
	shared int // bytes of dynamic shared memory it may have
}

// plainShared is how much dynamic shared memory a kernel has without asking.
const plainShared = 48 << 10

// run does the steps of w on the stream, and does not wait for them.
func (c *context) run(w *Work) error {
	if err := c.room(w.ScratchBytes()); err != nil {
		return err
	}
	for i := range w.Steps {
		if err := c.step(&w.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *context) step(s *Step) error {
	switch {
	case s.Gemm != nil:
		g := s.Gemm
		if g.M == 0 || g.N == 0 {
			return nil
		}
		return c.lt.multiply(g, c.address(g.C), c.address(g.A), c.address(g.B), c.stream)
	case !s.Zero.None():
		return c.clear(c.address(s.Zero), s.Zero.N*s.Zero.Type.Size())
	}
	return c.start(&s.Launch)
}

func (c *context) clear(at uintptr, bytes int) error {
	return c.check(c.set8.call(at, 0, uintptr(bytes), c.stream), "clear %d bytes", bytes)
}

// address is where p lies on the GPU, 0 for none.
func (c *context) address(p Place) uintptr {
	switch {
	case p.None():
		return 0
	case p.Scratch:
		return c.scratch.at + uintptr(p.Off)
	}
	return c.arena.at + uintptr(p.Off)
}

// start launches a kernel: the driver reads each argument where addresses says
// that it stands, and copies it.
func (c *context) start(l *Launch) error {
	f, err := c.function(l.Kernel)
	if err != nil {
		return err
	}
	if len(l.Args) > maxArgs {
		return fmt.Errorf("%s: %d arguments, of at most %d", l.Name, len(l.Args), maxArgs)
	}
	c.values = c.values[:0]
	for i, a := range l.Args {
		if len(c.values)+a.Size()+16 > cap(c.values) {
			return fmt.Errorf("%s: arguments above %d bytes", l.Name, cap(c.values))
		}
		c.offsets[i] = len(c.values)
		c.values = a.Append(c.values, func(p Place) uint64 { return uint64(c.address(p)) })
		c.values = append(c.values, make([]byte, -len(c.values)&15)...)
	}
	for i := range l.Args {
		c.addresses[i] = uintptr(unsafe.Pointer(unsafe.SliceData(c.values))) + uintptr(c.offsets[i])
	}
	if l.Shared > plainShared && l.Shared > f.shared {
		if err := c.check(c.functionSet.call(f.at, funcMaxShared, uintptr(l.Shared)), "give %s %d bytes of shared memory", l.Name, l.Shared); err != nil {
			return err
		}
		f.shared = l.Shared
	}
	size := func(d [3]int, i int) uintptr { return uintptr(max(1, d[i])) }
	return c.check(c.launch.call(f.at, size(l.Grid, 0), size(l.Grid, 1), size(l.Grid, 2), size(l.Block, 0), size(l.Block, 1), size(l.Block, 2),
		uintptr(l.Shared), c.stream, uintptr(unsafe.Pointer(&c.addresses[0])), 0),
		"launch %s on %v blocks of %v threads with %d bytes of shared memory", l.Name, l.Grid, l.Block, l.Shared)
}

// function is a kernel, compiled and loaded at its first use.
func (c *context) function(k Kernel) (*function, error) {
	if f := c.functions[k]; f != nil {
		return f, nil
	}
	unit := Kernel{File: k.File, Defines: k.Defines}
	module, ok := c.modules[unit]
	if !ok {
		code, err := c.code(k)
		if err != nil {
			return nil, err
		}
		// PTX is text, which the driver reads to its zero.
		code = append(code, 0)
		if err := c.check(c.load.call(uintptr(unsafe.Pointer(&module)), uintptr(unsafe.Pointer(&code[0]))), "load kernels/%s for %s", k.File, c.arch); err != nil {
			return nil, err
		}
		c.modules[unit] = module
	}
	f, name := &function{}, cString(k.Name)
	if err := c.check(c.driver.function.call(uintptr(unsafe.Pointer(&f.at)), module, uintptr(unsafe.Pointer(&name[0]))), "find %s in kernels/%s", k.Name, k.File); err != nil {
		return nil, err
	}
	c.functions[k] = f
	return f, nil
}

// code is the machine code of a kernel's file, from the cache where it is there:
// the key is everything that it was made from.
func (c *context) code(k Kernel) ([]byte, error) {
	p, err := programOf(k, c.arch)
	if err != nil {
		return nil, err
	}
	parts := []string{c.nvrtc.name(), p.file, p.text}
	parts = append(parts, p.options...)
	for _, name := range sortedNames(p.headers) {
		parts = append(parts, name, p.headers[name])
	}
	return c.kept.get(key(parts...)+"-"+c.arch, func() ([]byte, error) { return c.nvrtc.build(p) })
}
