//go:build !amd64

package cpu

import "runtime"

var families = []candidate{{"go", func() bool { return true }, portable}}

func pause() { runtime.Gosched() }

// prefetch is a hint, and not given here.
func prefetch(lines int, x *float32) {}
