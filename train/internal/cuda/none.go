//go:build !linux || (!amd64 && !arm64) || nocuda

package cuda

import "fmt"

// Open says that this binary has no CUDA.
func Open() (GPU, error) {
	return nil, fmt.Errorf("%w: this graft was built without CUDA: it needs Linux on amd64 or arm64, and no build tag nocuda", ErrNoGPU)
}
