//go:build unix

package cli

import (
	"runtime"
	"syscall"
)

// peakMemory is the most memory that this process has held, in bytes.
func peakMemory() (int64, bool) {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0, false
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(r.Maxrss), true
	}
	return int64(r.Maxrss) << 10, true // others count in KiB
}
