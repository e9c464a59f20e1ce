//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
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
// loader's own path, which is the empty string, then the wheels of Python.
func folders() []string {
	var list []string
	for _, f := range filepath.SplitList(os.Getenv("GRAFT_CUDA_LIB")) {
		if f != "" {
			list = append(list, f)
		}
	}
	return append(append(list, ""), wheels()...)
}

// wheels lists nvidia/*/lib in the site-packages of VIRTUAL_ENV, of the python3
// on PATH, and of the user. No Python is run for it.
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
		prefixes = append(prefixes, filepath.Dir(dir))
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			prefixes = append(prefixes, filepath.Dir(filepath.Dir(real)))
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		prefixes = append(prefixes, filepath.Join(home, ".local"))
	}
	seen := map[string]bool{}
	for _, p := range prefixes {
		for _, kind := range []string{"site-packages", "dist-packages"} {
			found, _ := filepath.Glob(filepath.Join(p, "lib", "python3*", kind, "nvidia", "*", "lib"))
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
				broken = fmt.Sprintf(" (%v)", err)
			}
		}
	}
	return 0, "", fmt.Errorf("%s is not to be had: no %s in GRAFT_CUDA_LIB, in the loader's path, or in nvidia/*/lib of Python%s: %s",
		l.what, strings.Join(l.names, " or "), broken, l.from)
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
