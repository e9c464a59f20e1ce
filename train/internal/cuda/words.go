//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"maps"
	"runtime"
	"slices"
	"unsafe"

	"github.com/ebitengine/purego"
)

// pointer calls p, which returns an address.
//
//go:uintptrescapes
func (p proc) pointer(args ...uintptr) uintptr {
	r, _, _ := purego.SyscallN(uintptr(p), args...)
	return r
}

// A pinned slice of Go memory may be pointed to by memory that C reads.
type pinned struct{ runtime.Pinner }

// cPointers is an array of C strings, and what must be unpinned when C is done.
func cPointers(list []string) ([]uintptr, *pinned) {
	p := &pinned{}
	out := make([]uintptr, len(list))
	for i, s := range list {
		b := cString(s)
		p.Pin(&b[0])
		out[i] = uintptr(unsafe.Pointer(&b[0]))
	}
	return out, p
}

// cStrings is the keys and values of m as two arrays of C strings, in the same order.
func cStrings(m map[string]string) (keys, values []uintptr, p *pinned) {
	names := sortedNames(m)
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = m[n]
	}
	all, p := cPointers(append(names, texts...))
	return all[:len(texts)], all[len(texts):], p
}

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
