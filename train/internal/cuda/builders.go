package cuda

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// threads is how many threads a block of independent warps or elements has.
const threads = 256

// vec is how many neighbors a thread moves at once: 8 where rows of n elements
// and buffers begin at multiples of 16 bytes, otherwise 1.
func vec(n int, bs ...device.Buf) int {
	if n%8 != 0 {
		return 1
	}
	for _, b := range bs {
		if b.Off%16 != 0 {
			return 1
		}
	}
	return 8
}

// vectorized is a kernel that moves v neighbors at once.
func vectorized(file, name string, v int) Kernel {
	return Kernel{File: file, Name: name, Defines: fmt.Sprintf("-DVEC=%d", v)}
}

// want panics unless b has n elements of a type.
func want(what string, b device.Buf, t device.Type, n int) {
	if b.Type != t || b.N != n {
		panic(fmt.Sprintf("cuda: %s has %d elements of type %d where %d of type %d are needed", what, b.N, b.Type, n, t))
	}
}

// moves is the bytes of bs, each once.
func moves(bs ...device.Buf) int {
	n := 0
	for _, b := range bs {
		n += b.N * b.Type.Size()
	}
	return n
}

// on appends a launch that moves so many bytes.
func (w *Work) on(k Kernel, moves, blocks, threads int, args ...Arg) {
	w.Launch(Launch{Kernel: k, Grid: [3]int{blocks}, Block: [3]int{threads}, Args: args, Moves: moves})
}
