//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// A compiler is NVRTC, which makes machine code of kernels and needs no GPU.
type compiler struct {
	path         string
	major, minor int32
	archs        []int32 // compute capabilities it knows, as 90 for 9.0

	version, archCount, archList, create, destroy, compile proc
	logSize, log, cubinSize, cubin, ptxSize, ptx           proc
	errorString                                            proc
}

func (c *compiler) symbols() []symbol {
	return []symbol{
		{"nvrtcVersion", &c.version}, {"nvrtcGetNumSupportedArchs", &c.archCount}, {"nvrtcGetSupportedArchs", &c.archList},
		{"nvrtcCreateProgram", &c.create}, {"nvrtcDestroyProgram", &c.destroy}, {"nvrtcCompileProgram", &c.compile},
		{"nvrtcGetProgramLogSize", &c.logSize}, {"nvrtcGetProgramLog", &c.log},
		{"nvrtcGetCUBINSize", &c.cubinSize}, {"nvrtcGetCUBIN", &c.cubin}, {"nvrtcGetPTXSize", &c.ptxSize}, {"nvrtcGetPTX", &c.ptx},
		{"nvrtcGetErrorString", &c.errorString},
	}
}

func openCompiler(folders []string) (*compiler, error) {
	c := &compiler{}
	handle, path, err := libNVRTC.open(folders)
	if err != nil {
		return nil, err
	}
	c.path = path
	if err := bind(handle, path, c.symbols()); err != nil {
		return nil, err
	}
	if err := c.check(c.version.call(uintptr(unsafe.Pointer(&c.major)), uintptr(unsafe.Pointer(&c.minor))), "ask for its version"); err != nil {
		return nil, err
	}
	var n int32
	if err := c.check(c.archCount.call(uintptr(unsafe.Pointer(&n))), "count the architectures it knows"); err != nil {
		return nil, err
	}
	if n < 1 || n > 1000 {
		return nil, fmt.Errorf("%s knows %d architectures", path, n)
	}
	c.archs = make([]int32, n)
	err = c.check(c.archList.call(uintptr(unsafe.Pointer(&c.archs[0]))), "list the architectures it knows")
	return c, err
}

func (c *compiler) check(code int32, what string) error {
	if code == 0 {
		return nil
	}
	// nvrtcGetErrorString returns a pointer, which call would cut to 32 bits.
	return fmt.Errorf("nvrtc: %s: %s", what, goString(c.errorString.pointer(uintptr(code))))
}

// Name is the version, as in "nvrtc 13.0".
func (c *compiler) name() string { return fmt.Sprintf("nvrtc %d.%d", c.major, c.minor) }

// arch is what to compile for on a device of a compute capability: its own
// machine code, or, where the compiler is too old to know it, the text of the
// newest it does, which the driver translates. No kernel uses wgmma, which would
// need sm_90a for 9.0.
func (c *compiler) arch(capability int32) (string, error) {
	best := int32(0)
	for _, a := range c.archs {
		if a <= capability {
			best = max(best, a)
		}
	}
	switch {
	case best == 0:
		old := slices.Min(c.archs)
		return "", fmt.Errorf("the GPU is of compute capability %d.%d; %s knows none below %d.%d", capability/10, capability%10, c.name(), old/10, old%10)
	case best < capability:
		return fmt.Sprintf("compute_%d", best), nil
	}
	return fmt.Sprintf("sm_%d", capability), nil
}

// A program is one text to compile with one set of options.
type program struct {
	file    string // for the errors
	text    string
	headers map[string]string
	options []string
}

// programOf is the program that holds a kernel, compiled for an architecture.
func programOf(k Kernel, arch string) (program, error) {
	text, err := Source(k.File)
	if err != nil {
		return program{}, err
	}
	headers, err := Headers()
	if err != nil {
		return program{}, err
	}
	options := append([]string{"--gpu-architecture=" + arch, "--std=c++17", "-lineinfo"}, strings.Fields(k.Defines)...)
	return program{"kernels/" + k.File, text, headers, options}, nil
}

// build compiles p to machine code, or to PTX for an architecture compute_*.
// The error is the compiler's own, with file and line.
func (c *compiler) build(p program) (code []byte, err error) {
	names, texts, pins := cStrings(p.headers)
	defer pins.Unpin()
	var prog uintptr
	text, file := cString(p.text), cString(p.file)
	status := c.create.call(uintptr(unsafe.Pointer(&prog)), uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(&file[0])),
		uintptr(len(p.headers)), uintptr(unsafe.Pointer(unsafe.SliceData(texts))), uintptr(unsafe.Pointer(unsafe.SliceData(names))))
	if err := c.check(status, "take "+p.file); err != nil {
		return nil, err
	}
	defer c.destroy.call(uintptr(unsafe.Pointer(&prog)))
	options, pinsOfOptions := cPointers(p.options)
	defer pinsOfOptions.Unpin()
	status = c.compile.call(prog, uintptr(len(options)), uintptr(unsafe.Pointer(unsafe.SliceData(options))))
	if status != 0 {
		log, _ := c.fetch(prog, c.logSize, c.log, "log")
		return nil, fmt.Errorf("%w (%s)\n%s", c.check(status, "compile "+p.file), strings.Join(p.options, " "), strings.TrimRight(string(log), "\x00\n"))
	}
	if slices.ContainsFunc(p.options, func(o string) bool { return strings.HasPrefix(o, "--gpu-architecture=compute_") }) {
		return c.fetch(prog, c.ptxSize, c.ptx, "PTX")
	}
	return c.fetch(prog, c.cubinSize, c.cubin, "machine code")
}

// fetch reads what a program holds: first its size, then its bytes.
func (c *compiler) fetch(prog uintptr, size, get proc, what string) ([]byte, error) {
	var n uintptr
	if err := c.check(size.call(prog, uintptr(unsafe.Pointer(&n))), "size of the "+what); err != nil {
		return nil, err
	}
	if n == 0 || n > 1<<30 {
		return nil, fmt.Errorf("nvrtc: %s of %d bytes", what, n)
	}
	b := make([]byte, n)
	return b, c.check(get.call(prog, uintptr(unsafe.Pointer(&b[0]))), "read the "+what)
}
