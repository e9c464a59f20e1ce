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
	device.Resident

	// About says which GPU, driver and libraries there are, in one line.
	About() string
	// Memory is what the run holds and what the GPU has, in bytes.
	Memory() Memory
	// Run does a Work, such as that of a Cost.
	Run(w *Work)
	// Time does what f calls and is the time that it took on the GPU.
	Time(f func()) (time.Duration, error)
}

// Memory is bytes of a GPU.
type Memory struct {
	Arena, Scratch, Workspace int // what this run asked for
	Free, Total               int // of the GPU, other programs counted
	Allocations               int // calls of the allocator since the start
	Captures                  int // graphs captured since the start
}
