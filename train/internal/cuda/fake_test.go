//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
)

// A fake is a GPU made of testdata/fake/fake.c under the names of the three
// libraries, in a folder of its own, so that its state is its own too.
type fake struct {
	t      *testing.T
	folder string
	handle uintptr
}

// build compiles the library once for all tests, without the entry points named.
var buildFake = sync.OnceValues(func() ([]byte, error) {
	if _, err := exec.LookPath("gcc"); err != nil {
		return nil, fmt.Errorf("skipped: %w", err)
	}
	dir, err := os.MkdirTemp("", "fake")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	so := filepath.Join(dir, "fake.so")
	out, err := exec.Command("gcc", "-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-o", so, "testdata/fake/fake.c", "-ldl", "-lpthread").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("gcc: %w\n%s", err, out)
	}
	return os.ReadFile(so)
})

func newFake(t *testing.T) *fake {
	t.Helper()
	so, err := buildFake()
	if err != nil && strings.HasPrefix(err.Error(), "skipped") {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, folder: t.TempDir()}
	if err := os.WriteFile(filepath.Join(f.folder, "libcuda.so.1"), so, 0o755); err != nil {
		t.Fatal(err)
	}
	// Links, so that the loader takes the three for one library.
	for _, l := range []lib{libNVRTC, libCublasLt} {
		if err := os.Symlink("libcuda.so.1", filepath.Join(f.folder, l.names[0])); err != nil {
			t.Fatal(err)
		}
	}
	f.handle, err = purego.Dlopen(filepath.Join(f.folder, "libcuda.so.1"), purego.RTLD_NOW)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// open opens the fake as a GPU with an arena.
func (f *fake) open(bytes int) *Device {
	f.t.Helper()
	d, err := open([]string{f.folder}, cache{})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { d.Close() })
	if err := d.Reserve(bytes); err != nil {
		f.t.Fatal(err)
	}
	return d
}

func (f *fake) proc(name string) proc {
	p, err := purego.Dlsym(f.handle, name)
	if err != nil {
		f.t.Fatal(err)
	}
	return proc(p)
}

// breaks makes an entry point return a code; none mends it.
func (f *fake) breaks(name string, code int) {
	b := cString(name)
	f.proc("fake_break").call(uintptr(unsafe.Pointer(&b[0])), uintptr(code))
}

func (f *fake) forget() { f.proc("fake_forget").call() }

// calls lists the calls since the last forget, as their names and words in hex.
func (f *fake) calls() [][]string {
	var list [][]string
	for line := range strings.Lines(goString(f.proc("fake_calls").pointer())) {
		list = append(list, strings.Fields(line))
	}
	return list
}

// called is the calls of one entry point.
func (f *fake) called(name string) (list [][]string) {
	for _, c := range f.calls() {
		if c[0] == name {
			list = append(list, c[1:])
		}
	}
	return list
}
