//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"syscall"
	"unsafe"
)

// A handler is the kernel's struct sigaction: handler, flags, restorer, mask.
type handler [4]uint64

// keepSignals runs f and puts back the signal handlers that stood before it.
// Libraries of C may install their own, without the alternate stack that Go's
// need: the next Ctrl-C would then end the run without a checkpoint.
func keepSignals(f func() error) error {
	var old [65]handler
	for n := 1; n < len(old); n++ {
		sigaction(n, nil, &old[n])
	}
	defer func() {
		for n := 1; n < len(old); n++ {
			var now handler
			if sigaction(n, nil, &now) && now != old[n] {
				sigaction(n, &old[n], nil)
			}
		}
	}()
	return f()
}

func sigaction(n int, set, old *handler) bool {
	_, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	return e == 0
}
