package cuda

import (
	"errors"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// ErrNoGPU is what Open returns where there is no GPU to use: no driver, no GPU
// that it sees, none that can do bf16, or a binary without CUDA. Any other error
// is of a GPU that is there, and of what is missing beside it.
var ErrNoGPU = errors.New("no GPU")

// A GPU is a device.Device that is one, and what only such a device can do.
type GPU interface {
	device.Device

	// About says which GPU, driver and libraries there are, in one line.
	About() string
	// Memory is what the run holds and what the GPU has, in bytes.
	Memory() Memory
	// Capture records the operations that f calls, without doing them, as one
	// graph. Each must have been done before with the same shapes, so that kernels
	// are loaded, algorithms chosen and scratch allocated. f may not transfer
	// numbers to or from the host.
	Capture(f func()) (Graph, error)
	// Run does a Work, such as that of a Cost.
	Run(w *Work)
	// Sample and Advance end a step of decoding on the GPU, so that Capture can hold
	// all of it; see the methods of Work.
	Sample(b Drawn, s Sampling)
	Advance(b Drawn, p device.Pages, room int)
	// Time does what f calls and is the time that it took on the GPU.
	Time(f func()) (time.Duration, error)
}

// A Graph is operations that are launched together, with the buffers and shapes
// that they were captured with. What stands in the buffers may change.
type Graph interface {
	// Launch does them. An error is told by Sync.
	Launch()
	Close()
}

// Memory is bytes of a GPU.
type Memory struct {
	Arena, Scratch, Workspace int // what this run asked for
	Free, Total               int // of the GPU, other programs counted
	Allocations               int // calls of the allocator since the start
}
