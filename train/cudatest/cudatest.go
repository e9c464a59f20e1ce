//go:build linux && (amd64 || arm64) && !nocuda

// Package cudatest is a GPU for tests: the libraries of cuda's testdata/fake, and all
// kernels as g++ builds them with testdata/shim. It is found as a real one would be, and
// from there on everything is what runs on a GPU: the search, the binding, the owner's
// thread, launches with their arguments, products, copies, graphs.
package cudatest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
)

// Emulate makes a GPU for the rest of the test and of the processes that it starts, and
// is the folder of its libraries, which GRAFT_CUDA_LIB names. It skips the test where
// there is no gcc or g++.
func Emulate(t testing.TB) (lib string) {
	t.Helper()
	for _, tool := range []string{"gcc", "g++"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	lib = t.TempDir()
	data := testdata(t)
	fake := filepath.Join(lib, "libcuda.so.1")
	compile(t, fake, "gcc", "-std=c11", "-O2", "-fvisibility=hidden", filepath.Join(data, "fake", "fake.c"), "-ldl", "-lpthread")
	for _, name := range []string{"libnvrtc.so.13", "libcublasLt.so.13"} {
		if err := os.Symlink("libcuda.so.1", filepath.Join(lib, name)); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(lib, "kernels.cc")
	if err := os.WriteFile(program, []byte(kernelProgram(t)), 0o666); err != nil {
		t.Fatal(err)
	}
	compile(t, filepath.Join(lib, "kernels.so"), "g++", "-std=c++17", "-O1", "-w", "-U_FORTIFY_SOURCE", "-fno-strict-aliasing", "-ffp-contract=off", "-fno-stack-protector",
		"-fvisibility=hidden", "-I", filepath.Join(data, "shim"), program)
	t.Setenv("GRAFT_CUDA_LIB", lib)
	return lib
}

// testdata is that of package cuda, above whichever folder the test stands in.
func testdata(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "train", "internal", "cuda", "testdata")
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("the test does not run inside the module")
	return ""
}

// compile makes a shared library, or takes the one that was made of the same texts
// before.
func compile(t testing.TB, to, compiler string, args ...string) {
	t.Helper()
	sum := sha256.New()
	headers, _ := filepath.Glob(filepath.Join(testdata(t), "shim", "*.h"))
	for _, a := range append(args, headers...) {
		if b, err := os.ReadFile(a); err == nil {
			sum.Write(b)
		} else {
			fmt.Fprintf(sum, "%q", a)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	kept := filepath.Join(cache, "graft", "shim", hex.EncodeToString(sum.Sum(nil))[:32]+".so")
	if b, err := os.ReadFile(kept); err == nil {
		if err := os.WriteFile(to, b, 0o777); err != nil {
			t.Fatal(err)
		}
		return
	}
	if out, err := exec.Command(compiler, append(args, "-fPIC", "-shared", "-o", to)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", compiler, err, out)
	}
	if b, err := os.ReadFile(to); err == nil && os.MkdirAll(filepath.Dir(kept), 0o777) == nil {
		fresh := fmt.Sprintf("%s.%d", kept, os.Getpid())
		if os.WriteFile(fresh, b, 0o666) == nil {
			os.Rename(fresh, kept)
		}
	}
}

var (
	include = regexp.MustCompile(`(?m)^#include "(.*)"$`)
	notWord = regexp.MustCompile(`[^A-Za-z0-9]`)
)

// flat is a file of kernels with its headers in it, once each.
func flat(t testing.TB, file string, seen map[string]bool) string {
	if seen[file] {
		return ""
	}
	seen[file] = true
	text, err := cuda.Source(file)
	if err != nil {
		t.Fatal(err)
	}
	text = include.ReplaceAllStringFunc(text, func(line string) string { return flat(t, include.FindStringSubmatch(line)[1], seen) })
	return strings.NewReplacer("#pragma once", "", `extern "C" __global__`, "static").Replace(text)
}

// kernelProgram is every kernel in C++, a namespace for each file with its
// defines, and for each kernel the two functions that the fake looks for.
func kernelProgram(t testing.TB) string {
	var b strings.Builder
	b.WriteString(`#include "shim.h"
template <class... A> static const int *sizes(void (*)(A...)) { static const int s[] = {(int)sizeof(A)..., 0}; return s; }
template <class... A> static void go(void (*f)(A...), const unsigned *grid, const unsigned *block, unsigned shared, void **args) {
  if (!shim::fibers) shim::fibers = (shim::fiber *)calloc(shim::maxThreads, sizeof(shim::fiber));
  gridDim = {grid[0], grid[1], grid[2]}, blockDim = {block[0], block[1], block[2]};
  shim::dynamicBytes = shared, shim::threads = block[0] * block[1] * block[2];
  if (shim::threads % 32) shim::fail("a block of %d threads", shim::threads);
  shim::call(f, sizeof...(A), args);
}
`)
	units := map[string]bool{}
	for _, k := range cuda.Kernels() {
		unit := notWord.ReplaceAllString(k.File+strings.ReplaceAll(k.Defines, " ", ""), "_")
		if !units[unit] {
			units[unit] = true
			undo := ""
			for _, d := range strings.Fields(k.Defines) {
				name, value, _ := strings.Cut(strings.TrimPrefix(d, "-D"), "=")
				fmt.Fprintf(&b, "#define %s %s\n", name, value)
				undo += "#undef " + name + "\n"
			}
			fmt.Fprintf(&b, "namespace in_%s { namespace {\n%s\n}}\n%s", unit, flat(t, k.File, map[string]bool{}), undo)
		}
		fmt.Fprintf(&b, `extern "C" __attribute__((visibility("default"))) void launch_%[1]s_%[2]s(const unsigned *g, const unsigned *b, unsigned s, void **a) { go(in_%[1]s::%[2]s, g, b, s, a); }
extern "C" __attribute__((visibility("default"))) const int *sizes_%[1]s_%[2]s() { return sizes(in_%[1]s::%[2]s); }
`, unit, k.Name)
	}
	return b.String()
}
