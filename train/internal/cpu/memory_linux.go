package cpu

import (
	"syscall"
	"unsafe"
)

// physical is the memory of this machine in bytes, 0 where it is not known.
func physical() uint64 {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// hugePages asks for pages of 2 MiB where x fills them: what decoding and AdamW read
// from memory is bound by the tables of small ones. It is a hint, and may fail.
func hugePages(x []float32) {
	const size = 2 << 20
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(x))) % size
	bytes := uintptr(4 * len(x))
	if bytes < skip+size {
		return
	}
	n := (bytes - skip) / size * size
	_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), bytes)[skip:skip+n], syscall.MADV_HUGEPAGE)
}
