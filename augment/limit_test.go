//go:build unix

package augment_test

import (
	"os/signal"
	"syscall"
)

// limitFileSize makes every write beyond most bytes of a file fail, which is
// how a full disk looks without the right to mount one.
func limitFileSize(most uint64) {
	signal.Ignore(syscall.SIGXFSZ)
	lim := syscall.Rlimit{Cur: most, Max: most}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &lim); err != nil {
		panic(err)
	}
}
