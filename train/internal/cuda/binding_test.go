//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// TestSearchOrder: GRAFT_CUDA_LIB counts before the loader's path, and that before
// the wheels of Python, of which those of VIRTUAL_ENV come first.
func TestSearchOrder(t *testing.T) {
	dir := t.TempDir()
	mk := func(parts ...string) string {
		p := filepath.Join(append([]string{dir}, parts...)...)
		if err := os.MkdirAll(p, 0o755); err != nil {
			t.Fatal(err)
		}
		return p
	}
	inVenv := mk("venv", "lib", "python3.12", "site-packages", "nvidia", "cu13", "lib")
	inPath := mk("usr", "lib", "python3", "dist-packages", "nvidia", "cublas", "lib")
	inHome := mk("home", ".local", "lib", "python3.11", "site-packages", "nvidia", "cuda_nvrtc", "lib")
	if err := os.WriteFile(filepath.Join(mk("usr", "bin"), "python3.12"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	// bin/python3 -> opt/bin/python3 -> usr/bin/python3.12: the one in the middle is that of
	// an environment with wheels.
	inLink := mk("opt", "lib", "python3.12", "site-packages", "nvidia", "cu13", "lib")
	for _, l := range [][2]string{{filepath.Join(mk("bin"), "python3"), filepath.Join(dir, "opt", "bin", "python3")}, {filepath.Join(mk("opt", "bin"), "python3"), "../../usr/bin/python3.12"}} {
		if err := os.Symlink(l[1], l[0]); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GRAFT_CUDA_LIB", "/a::/b")
	t.Setenv("VIRTUAL_ENV", filepath.Join(dir, "venv"))
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	t.Setenv("HOME", filepath.Join(dir, "home"))
	want := []string{"/a", "/b", "", inVenv, inLink, inPath, inHome}
	if got := folders(); !slices.Equal(got[:min(len(got), len(want))], want) { // a toolkit may stand behind
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMissingLibrary: each that is missing is named, in one line, with the way to
// get it.
func TestMissingLibrary(t *testing.T) {
	f := newFake(t)
	if err := os.Remove(filepath.Join(f.folder, libCublasLt.names[0])); err != nil {
		t.Fatal(err)
	}
	const where = "; searched: GRAFT_CUDA_LIB, the loader's path, nvidia/*/lib of Python"
	const cublas = "cuBLASLt, libcublasLt.so.13 or libcublasLt.so.12 or libcublasLt.so.11 (pip install nvidia-cublas)"
	for _, row := range []struct {
		folder string
		want   string
	}{
		{t.TempDir(), "no GPU: missing: the NVIDIA driver, libcuda.so.1 (it comes with the driver of the GPU); the CUDA compiler, libnvrtc.so.13 or libnvrtc.so.12 or libnvrtc.so.11.2 " +
			"(pip install nvidia-cuda-nvrtc); " + cublas + where},
		{f.folder, "missing: " + cublas + where},
	} {
		if _, err := open([]string{row.folder}, cache{}); err == nil || err.Error() != row.want {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
	// A file of that name which is no library is an error that says so.
	if err := os.WriteFile(filepath.Join(f.folder, libCublasLt.names[0]), []byte("no library"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := open([]string{f.folder}, cache{}); err == nil || !strings.Contains(err.Error(), "invalid ELF header") && !strings.Contains(err.Error(), "file too short") {
		t.Errorf("got %v", err)
	}
}

func TestMissingSymbol(t *testing.T) {
	f := newFake(t)
	var a, b proc
	err := bind(f.handle, "libcuda.so.1", []symbol{{"cuInit", &a}, {"cuNoSuch", &b}, {"cuNorThis", &b}})
	if err == nil || err.Error() != "libcuda.so.1 has no cuNoSuch, cuNorThis: a newer one is needed" || a == 0 {
		t.Errorf("got %v", err)
	}
}

// TestErrorsHaveNames: what the driver says is told with its name, at each place
// where opening can stop, and everything that was had is given back.
func TestErrorsHaveNames(t *testing.T) {
	for name, want := range map[string]string{
		"cuInit":                   "start CUDA: CUDA_ERROR_OUT_OF_MEMORY (out of memory)",
		"cuDeviceGetCount":         "count the GPUs: CUDA_ERROR_OUT_OF_MEMORY",
		"cuDevicePrimaryCtxRetain": "make a context on Fake: CUDA_ERROR_OUT_OF_MEMORY",
		"cuStreamCreate":           "make a stream: CUDA_ERROR_OUT_OF_MEMORY",
		"cuMemAllocHost_v2":        "allocate page-locked memory: CUDA_ERROR_OUT_OF_MEMORY",
		"cublasLtCreate":           "start cuBLASLt: CUBLAS_STATUS_OTHER",
	} {
		f := newFake(t)
		f.breaks(name, 2)
		if d, err := open([]string{f.folder}, cache{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
			if d != nil {
				d.Close()
			}
		}
		if had, gave := len(f.called("cuDevicePrimaryCtxRetain")), len(f.called("cuDevicePrimaryCtxRelease_v2")); gave != had && name != "cuDevicePrimaryCtxRetain" {
			t.Errorf("%s: the context was taken %d times and given back %d", name, had, gave)
		}
	}
}

func TestUnknownErrorCode(t *testing.T) {
	f := newFake(t)
	f.breaks("cuInit", 4711)
	if _, err := open([]string{f.folder}, cache{}); err == nil || err.Error() != "start CUDA: CUDA error 4711" {
		t.Errorf("got %v", err)
	}
}

func TestNoSuchGPU(t *testing.T) {
	for _, row := range []struct {
		n, capability int
		want          string
	}{{0, 90, "no GPU: the NVIDIA driver sees none"}, {1, 75, "no GPU: Fake is of compute capability 7.5, and bf16 needs 8.0"}} {
		f := newFake(t)
		f.proc("fake_shape").call(uintptr(row.n), uintptr(row.capability), 1<<32)
		if _, err := open([]string{f.folder}, cache{}); !errors.Is(err, ErrNoGPU) || err.Error() != row.want {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
}

// TestNoDeviceIsNoGPU: what cuInit says on a machine with a driver and no GPU lets
// auto go on with the CPU; a missing library beside a GPU that is there does not.
func TestNoDeviceIsNoGPU(t *testing.T) {
	f := newFake(t)
	f.breaks("cuInit", 100)
	if _, err := open([]string{f.folder}, cache{}); !errors.Is(err, ErrNoGPU) {
		t.Errorf("got %v, want no GPU", err)
	}
	f.breaks("none", 0)
	if err := os.Remove(filepath.Join(f.folder, libNVRTC.names[0])); err != nil {
		t.Fatal(err)
	}
	if _, err := open([]string{f.folder}, cache{}); err == nil || errors.Is(err, ErrNoGPU) {
		t.Errorf("got %v, want what is missing", err)
	}
}

func TestArenaAboveTheMemory(t *testing.T) {
	f := newFake(t)
	d, err := open([]string{f.folder}, cache{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Reserve(5 << 30); err == nil || !strings.HasPrefix(err.Error(), "the run needs 5120 MiB and Fake has 4064 MiB free of 4096") {
		t.Errorf("got %v", err)
	}
}

// TestSignalsAreKept: the fake takes SIGUSR1, SIGINT, SIGTERM and SIGSEGV when it starts,
// as a library may; Go must have them back, or Ctrl-C would end a run at once, and a bug
// the process without a trace.
func TestSignalsAreKept(t *testing.T) {
	f := newFake(t)
	got := make(chan os.Signal, 2)
	taken := []os.Signal{syscall.SIGUSR1, syscall.SIGINT, syscall.SIGTERM}
	signal.Notify(got, taken...)
	defer signal.Stop(got)
	f.open(1 << 20)
	func() {
		defer func() {
			if p := recover(); p == nil {
				t.Error("a nil pointer was read")
			}
		}()
		var nobody *fake
		t.Log(nobody.folder) // where the fake has SIGSEGV, this ends the process
	}()
	for _, s := range taken {
		if err := syscall.Kill(os.Getpid(), s.(syscall.Signal)); err != nil {
			t.Fatal(err)
		}
		select {
		case g := <-got:
			if g != s {
				t.Errorf("got %v, want %v", g, s)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%v did not reach Go; the library has it: %d", s, f.proc("fake_stolen").call())
		}
	}
}

// TestCopies: numbers come back as they went, through page-locked memory in
// pieces; the fake refuses any other copy, and any other thread.
func TestCopies(t *testing.T) {
	d := newFake(t).open(128 << 20)
	n := slotBytes/4*(slots+2) + 3
	whole := device.Buf{N: n, Type: device.F32}
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i) * .37
	}
	d.Upload(whole, x)
	back := make([]float32, n)
	d.Download(back, whole)
	if !slices.Equal(x, back) {
		t.Error("float32: other numbers came back")
	}
	half := device.Buf{Off: whole.N * 4, N: 5, Type: device.BF16}
	d.Upload(half, []float32{1, 1.00390625, 1.01171875, -3.1415927, 65536})
	got := make([]float32, 5)
	d.Download(got, half)
	if want := []float32{1, 1, 1.015625, -3.140625, 65536}; !slices.Equal(got, want) { // ties go to even
		t.Errorf("bf16: got %v, want %v", got, want)
	}
	if err := d.Sync(); err != nil {
		t.Error(err)
	}
}

// TestProducts: the three products, accumulated and not, of odd sizes and any
// alignment, through cuBLASLt's columns.
func TestProducts(t *testing.T) {
	f := newFake(t)
	d := f.open(1 << 20)
	m, n, k := 3, 5, 7
	sizes := map[device.Product][2][2]int{device.NT: {{m, k}, {n, k}}, device.NN: {{m, k}, {k, n}}, device.TN: {{k, m}, {k, n}}}
	for p, s := range sizes {
		for _, add := range []bool{false, true} {
			a, b := ramp(m*k, 3), ramp(k*n, 5)
			want := make([]float32, m*n)
			at := func(x []float32, s [2]int, i, j int, flip bool) float32 {
				if flip {
					i, j = j, i
				}
				return x[i*s[1]+j]
			}
			for i := range m {
				for j := range n {
					for q := range k {
						want[i*n+j] += 2 * at(a, s[0], i, q, p == device.TN) * at(b, s[1], q, j, p == device.NT)
					}
					if add {
						want[i*n+j] += 1
					}
				}
			}
			ba, bb, bc := device.Buf{Off: 2, N: m * k, Type: device.BF16}, device.Buf{Off: 4096 + 8, N: k * n, Type: device.BF16}, device.Buf{Off: 8192 + 4, N: m * n, Type: device.F32}
			d.Upload(ba, a)
			d.Upload(bb, b)
			d.Upload(bc, slices.Repeat([]float32{1}, m*n))
			f.forget()
			d.do(func(w *Work) {
				w.Multiply(Gemm{C: Arena(bc), A: Arena(ba), B: Arena(bb), Product: p, M: m, N: n, K: k, Alpha: 2, Accumulate: add})
			})
			got := make([]float32, m*n)
			d.Download(got, bc)
			if err := d.Sync(); err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if diff := got[i] - want[i]; diff > 1e-5 || diff < -1e-5 {
					t.Errorf("product %d, add %v: element %d is %v, want %v", p, add, i, got[i], want[i])
					break
				}
			}
			if c := f.called("cublasLtMatmul"); len(c) != 1 || len(c[0]) != 16 {
				t.Errorf("cublasLtMatmul: %v", c)
			}
		}
	}
}

// TestProductWords follows all words of a product from Go to C.
func TestProductWords(t *testing.T) {
	f := newFake(t)
	d := f.open(1 << 20)
	a, b, c := device.Buf{Off: 256, N: 64, Type: device.BF16}, device.Buf{Off: 1024 + 32, N: 32, Type: device.BF16}, device.Buf{Off: 2048, N: 32, Type: device.BF16}
	multiply := func() {
		d.do(func(w *Work) {
			w.Multiply(Gemm{C: Arena(c), A: Arena(a), B: Arena(b), Product: device.NT, M: 8, N: 4, K: 8, Alpha: 1, Accumulate: true})
		})
		if err := d.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	f.forget()
	multiply()
	multiply()
	if n := len(f.called("cublasLtMatmulAlgoGetHeuristic")); n != 1 {
		t.Errorf("an algorithm was chosen %d times for one shape, want 1", n)
	}
	at := d.c.arena.at
	hex := func(x uintptr) string { return fmt.Sprintf("%x", x) }
	for i, w := range f.called("cublasLtMatmul") {
		want := map[int]string{0: "b1a5", 2: "3f800000", 3: hex(at + 1056), 5: hex(at + 256), 7: "3f800000", 8: hex(at + 2048), 10: hex(at + 2048),
			12: "a190", 13: hex(d.c.lt.workspace), 14: hex(workspaceBytes), 15: "57"}
		for j, x := range want {
			if w[j] != x {
				t.Errorf("call %d: word %d of cublasLtMatmul is %s, want %s", i, j, w[j], x)
			}
		}
	}
	var prefs []string
	for _, w := range f.called("cublasLtMatmulPreferenceSetAttribute") {
		prefs = append(prefs, strings.Join(w[1:], " "))
	}
	// workspace, no reduction in parts, and the alignments of b, a, c, c
	if want := []string{"1 2000000 8", "3 0 4", "5 20 4", "6 100 4", "7 100 4", "8 100 4"}; !slices.Equal(prefs, want) {
		t.Errorf("preferences: got %q, want %q", prefs, want)
	}
}

func ramp(n, step int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i*step%31-15) / 16 // exact in bf16
	}
	return x
}

// TestErrorsStick: after an error nothing more is done, Download gives NaN and not
// old numbers, and Sync tells the first error.
func TestErrorsStick(t *testing.T) {
	f := newFake(t)
	d := f.open(1 << 20)
	b := device.Buf{N: 4, Type: device.F32}
	d.Upload(b, []float32{1, 2, 3, 4})
	f.breaks("cuMemcpyHtoDAsync_v2", 719)
	d.Upload(b, []float32{5, 6, 7, 8})
	f.breaks("none", 0)
	f.forget()
	d.Upload(b, []float32{5, 6, 7, 8})
	got := []float32{0, 0, 0, 0}
	d.Download(got, b)
	for _, x := range got {
		if x == x {
			t.Errorf("after an error Download gave %v", got)
			break
		}
	}
	if c := f.calls(); len(c) != 0 {
		t.Errorf("after an error there were calls: %v", c)
	}
	for range 2 {
		if err := d.Sync(); err == nil || err.Error() != "copy 16 bytes to the GPU: CUDA_ERROR_LAUNCH_FAILED" {
			t.Errorf("got %v", err)
		}
	}
	if err := d.Close(); err == nil {
		t.Error("Close is silent about the error")
	}
}

// TestEverythingIsGivenBack: what was allocated is freed, once.
func TestEverythingIsGivenBack(t *testing.T) {
	f := newFake(t)
	d := f.open(1 << 20)
	d.do(func(w *Work) { w.Clear(w.Temp(device.F32, 100)) })
	if err := d.Sync(); err != nil {
		t.Fatal(err)
	}
	if m := d.Memory(); m.Arena != 1<<20 || m.Scratch < 400 || m.Workspace != workspaceBytes || m.Total != 1<<32 || m.Free > m.Total-workspaceBytes {
		t.Errorf("memory: %+v", m)
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, p := range [][2]string{{"cuMemAlloc_v2", "cuMemFree_v2"}, {"cuMemAllocHost_v2", "cuMemFreeHost"}, {"cuStreamCreate", "cuStreamDestroy_v2"}, {"cuEventCreate", "cuEventDestroy_v2"}, {"cublasLtCreate", "cublasLtDestroy"}} {
		if a, b := len(f.called(p[0])), len(f.called(p[1])); a == 0 || a != b {
			t.Errorf("%s %d times, %s %d times", p[0], a, p[1], b)
		}
	}
}

// TestGraphsAndScratch: a graph does nothing while it is captured, the same each
// time it is launched, and is refused when the scratch it was captured with is gone.
func TestGraphsAndScratch(t *testing.T) {
	f := newFake(t)
	d := f.open(1 << 20)
	b := device.Buf{N: 8, Type: device.F32}
	clear := func() { d.do(func(w *Work) { w.Clear(Arena(b)); w.Clear(w.Temp(device.F32, 1000)) }) }
	if _, err := d.Capture(clear); err == nil || !strings.Contains(err.Error(), "do its operations once before") {
		t.Errorf("a graph whose scratch is not there: got %v", err)
	}
	clear()
	one := slices.Repeat([]float32{1}, 8)
	d.Upload(b, one)
	g, err := d.Capture(clear)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	got := make([]float32, 8)
	for range 2 {
		d.Upload(b, one)
		if d.Download(got, b); got[0] != 1 {
			t.Errorf("before the launch: got %v, want 1", got)
		}
		g.Launch()
		if d.Download(got, b); got[0] != 0 || got[7] != 0 {
			t.Errorf("after the launch: got %v, want 0", got)
		}
	}
	if _, err := d.Capture(func() { d.Download(got, b) }); err == nil || !strings.Contains(err.Error(), "copy to the host") {
		t.Errorf("a graph with a copy: got %v", err)
	}
	took, err := d.Time(clear)
	if err != nil || took != time.Millisecond {
		t.Errorf("Time: got %v, %v; the fake's events are a millisecond apart", took, err)
	}
	d.do(func(w *Work) { w.Clear(w.Temp(device.F32, 1<<20)) })
	g.Launch()
	if err := d.Sync(); err == nil || !strings.Contains(err.Error(), "capture it again") {
		t.Errorf("a graph whose scratch is gone: got %v", err)
	}
}

// TestRehearsal: what is rehearsed reaches no GPU, and the scratch that it would need
// is there afterwards, so that a graph can be captured at once and nothing grows. A
// graph from before is stale, and says so.
func TestRehearsal(t *testing.T) {
	f := newFake(t)
	d := f.open(1 << 20)
	b, ints := device.Buf{N: 8, Type: device.F32}, device.Buf{Off: 256, N: 3, Type: device.I32}
	work := func(n int) func() {
		return func() { d.do(func(w *Work) { w.Clear(Arena(b)); w.Clear(w.Temp(device.F32, n)) }) }
	}
	work(100)()
	old, err := d.Capture(work(100))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if old.Stale() {
		t.Error("a graph is stale before anything moved")
	}
	d.UploadInts(ints, []int32{7, -8, 1 << 30})
	d.Upload(b, slices.Repeat([]float32{1}, 8))
	f.forget()
	mine, got := []float32{3}, []int32{4, 5, 6}
	beside, err := d.Rehearse(func() {
		work(5000)()
		d.UploadInts(ints, []int32{0, 0, 0})
		d.Download(mine, b.Slice(0, 1))
		d.DownloadInts(got, ints)
		if err := d.Sync(); err != nil {
			t.Error(err)
		}
		work(20)()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.calls() {
		if !slices.Contains([]string{"cuMemGetInfo_v2", "cuMemAlloc_v2", "cuMemFree_v2", "cuStreamSynchronize"}, c[0]) {
			t.Errorf("a rehearsal calls %v", c)
		}
	}
	m := d.Memory()
	if m.Scratch < 20000 || beside != m.Scratch+m.Workspace || mine[0] != 3 || !slices.Equal(got, []int32{4, 5, 6}) {
		t.Errorf("%d bytes beside the arena, memory %+v, downloads %v, %v", beside, m, mine, got)
	}
	if !old.Stale() {
		t.Error("a graph is not stale though its scratch is gone")
	}
	g, err := d.Capture(work(5000))
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if d.DownloadInts(got, ints); !slices.Equal(got, []int32{7, -8, 1 << 30}) {
		t.Errorf("ints: got %v", got)
	}
	g.Launch()
	if d.Download(mine, b.Slice(0, 1)); mine[0] != 0 || d.Memory().Allocations != m.Allocations {
		t.Errorf("after the launch: %v, %d allocations more", mine, d.Memory().Allocations-m.Allocations)
	}
	f.breaks("cuMemcpyDtoHAsync_v2", 719)
	if d.DownloadInts(got, ints); !slices.Equal(got, make([]int32, 3)) || d.Sync() == nil {
		t.Errorf("after an error: %v, %v; want zeros", got, d.Sync())
	}
}
