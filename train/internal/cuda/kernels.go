package cuda

import (
	"embed"
	"io/fs"
	"strings"
)

// sources is the text of every kernel, and of the headers that they include.
//
//go:embed kernels
var sources embed.FS

// Kernels lists every kernel that an operation may launch, each with the defines
// that it is used with: what CI compiles and a cache can hold.
func Kernels() []Kernel {
	all := []Kernel{{File: "smoke.cu", Name: "axpy"}}
	return all
}

// Source is the text of a file of kernels/.
func Source(file string) (string, error) {
	b, err := sources.ReadFile("kernels/" + file)
	return string(b), err
}

// Headers is the text of every .cuh of kernels/, by name.
func Headers() (map[string]string, error) {
	entries, err := fs.ReadDir(sources, "kernels")
	if err != nil {
		return nil, err
	}
	headers := map[string]string{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".cuh") {
			if headers[e.Name()], err = Source(e.Name()); err != nil {
				return nil, err
			}
		}
	}
	return headers, nil
}
