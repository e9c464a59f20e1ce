//go:build linux && (amd64 || arm64) && !nocuda

package main

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/cudatest"
)

// TestOnAnEmulatedGPU: the command finds the GPU, says which it is, and tells its
// results from those of a CPU in the same file.
func TestOnAnEmulatedGPU(t *testing.T) {
	cudatest.Emulate(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	few := []string{"-stage", "smoke,decode", "-new", "4"}
	if code, stdout, stderr, _ := try(t, dir, few...); code != fine {
		t.Fatalf("on a CPU: exit code %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr, seen := try(t, dir, append(few, "-device", "cuda")...)
	if code != fine || !strings.Contains(stdout, "Fake, compute capability 9.0") || !strings.Contains(stdout, "a graph") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if r := seen["decode: decoding tiny"]; r.On != "cuda" || !(r.Numbers["held MiB"] > 0) {
		t.Errorf("decoding: %+v", r)
	}
}
