//go:build !linux

package cpu

// physical is the memory of this machine in bytes, 0 where it is not known.
func physical() uint64 { return 0 }

// hugePages does nothing here.
func hugePages([]float32) {}
