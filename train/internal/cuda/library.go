//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ebitengine/purego"
)

// A lib is one of the libraries that graft opens at run time.
type lib struct {
	what  string   // for people
	names []string // sonames, the newest first
	from  string   // how to get it
}

var (
	libDriver   = lib{"the NVIDIA driver", []string{"libcuda.so.1"}, "it comes with the driver of the GPU"}
	libNVRTC    = lib{"the CUDA compiler", []string{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"}, "pip install nvidia-cuda-nvrtc"}
	libCublasLt = lib{"cuBLASLt", []string{"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11"}, "pip install nvidia-cublas"}
)

// folders is where libraries are searched: the folders of GRAFT_CUDA_LIB, then the
// loader's own path, which is the empty string, then the wheels of Python, and at last
// where the toolkit and containers of NVIDIA put them.
func folders() []string {
	var list []string
	for _, f := range filepath.SplitList(os.Getenv("GRAFT_CUDA_LIB")) {
		if f != "" {
			list = append(list, f)
		}
	}
	list = append(append(list, ""), wheels()...)
	for _, f := range []string{"/usr/local/cuda/lib64", "/usr/local/nvidia/lib64", "/usr/lib/wsl/lib"} {
		if _, err := os.Stat(f); err == nil {
			list = append(list, f)
		}
	}
	return list
}

// wheels lists nvidia/*/lib in the site-packages of VIRTUAL_ENV, of the python3
// on PATH, and of the user. No Python is run for it: of a link each step counts, since
// one of them may be the python3 of a virtual environment.
func wheels() []string {
	var prefixes, list []string
	if v := os.Getenv("VIRTUAL_ENV"); v != "" {
		prefixes = append(prefixes, v)
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		exe := filepath.Join(dir, "python3")
		if _, err := os.Stat(exe); err != nil {
			continue
		}
		for range 40 { // as many links as a path may have
			prefixes = append(prefixes, filepath.Dir(filepath.Dir(exe)))
			to, err := os.Readlink(exe)
			if err != nil {
				break
			}
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(exe), to)
			}
			exe = to
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		prefixes = append(prefixes, filepath.Join(home, ".local"))
	}
	seen := map[string]bool{}
	for _, p := range prefixes {
		for _, kind := range []string{"lib/python3*/site-packages", "lib/python3*/dist-packages", "lib64/python3*/site-packages"} {
			found, _ := filepath.Glob(filepath.Join(p, kind, "nvidia", "*", "lib"))
			for _, f := range found {
				if !seen[f] {
					seen[f] = true
					list = append(list, f)
				}
			}
		}
	}
	return list
}

// An absent is a library that was not found, or only one that cannot be opened.
type absent struct {
	lib
	broken string // what the loader said of a file of that name
}

func (a absent) Error() string {
	if a.broken != "" {
		return fmt.Sprintf("%s, which cannot be opened (%s)", a.what, a.broken)
	}
	return fmt.Sprintf("%s, %s (%s)", a.what, strings.Join(a.names, " or "), a.from)
}

// missing is one error for all libraries that are absent, and where they were searched;
// nil where all errs are.
func missing(errs ...error) error {
	var lacks []string
	var others error
	for _, err := range errs {
		if a := (absent{}); errors.As(err, &a) {
			lacks = append(lacks, a.Error())
		} else {
			others = errors.Join(others, err)
		}
	}
	if lacks == nil {
		return others
	}
	return errors.Join(fmt.Errorf("missing: %s; searched: GRAFT_CUDA_LIB, the loader's path, nvidia/*/lib of Python", strings.Join(lacks, "; ")), others)
}

// open opens l from the first folder that has it.
func (l lib) open(folders []string) (handle uintptr, path string, err error) {
	broken := ""
	for _, folder := range folders {
		for _, name := range l.names {
			path := name
			if folder != "" {
				path = filepath.Join(folder, name)
				if _, err := os.Stat(path); err != nil {
					continue
				}
			}
			h, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
			if err == nil {
				return h, path, nil
			}
			if folder != "" && broken == "" {
				broken = strings.ReplaceAll(err.Error(), "\n", " ")
			}
		}
	}
	return 0, "", absent{l, broken}
}

// A symbol is one entry point of a library and where its address goes.
type symbol struct {
	name string
	to   *proc
}

// bind looks up every symbol. All that are missing are named.
func bind(handle uintptr, path string, symbols []symbol) error {
	var missing []string
	for _, s := range symbols {
		p, err := purego.Dlsym(handle, s.name)
		if err != nil || p == 0 {
			missing = append(missing, s.name)
			continue
		}
		*s.to = proc(p)
	}
	if missing != nil {
		return fmt.Errorf("%s has no %s: a newer one is needed", path, strings.Join(missing, ", "))
	}
	return nil
}

// A proc is the address of a C function that takes words and returns a word.
type proc uintptr

// call calls p. Arguments that are addresses of Go variables must be written as
// uintptr(unsafe.Pointer(&v)) in the call itself.
//
//go:uintptrescapes
func (p proc) call(args ...uintptr) int32 {
	r, _, _ := purego.SyscallN(uintptr(p), args...)
	return int32(r)
}
