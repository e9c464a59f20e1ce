//go:build linux && (amd64 || arm64) && !nocuda

package gpucheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

const testdata = "../internal/cuda/testdata"

// emulated is a GPU of C: the libraries of testdata/fake, and all kernels as g++
// builds them with testdata/shim. It is found as a real one would be, and from
// there on everything is what runs on a GPU: the search, the binding, the owner's
// thread, launches with their arguments, products, copies.
func emulated(t *testing.T) Device {
	t.Helper()
	for _, tool := range []string{"gcc", "g++"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	lib := t.TempDir()
	fake := filepath.Join(lib, "libcuda.so.1")
	compile(t, fake, "gcc", "-std=c11", "-O2", "-fvisibility=hidden", testdata+"/fake/fake.c", "-ldl", "-lpthread")
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
		"-fvisibility=hidden", "-I", testdata+"/shim", program)
	t.Setenv("GRAFT_CUDA_LIB", lib)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	d, err := Open("cuda", 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// compile makes a shared library, or takes the one that was made of the same texts
// before.
func compile(t *testing.T, to, compiler string, args ...string) {
	t.Helper()
	sum := sha256.New()
	headers, _ := filepath.Glob(testdata + "/shim/*.h")
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
func flat(t *testing.T, file string, seen map[string]bool) string {
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
func kernelProgram(t *testing.T) string {
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

// emulatedCases are what the emulation has time for: a GPU's thread is a coroutine.
var emulatedCases = []string{"Upload, Copy, Download, Zero 7", "Upload, Copy, Download, Zero 4097", "MatMul NT 3x5x7", "MatMul TN 127", "MatMul NN 64", "Add 3x5", "Scale 3x5", "AddBias, BiasGrad 3x5", "AddBias, BiasGrad 129",
	"SwiGLU, SwiGLUGrad 3x5", "Embed, EmbedGrad 3x5", "Embed, EmbedGrad 129", "RMSNorm, RMSNormGrad 5x7", "RMSNorm, RMSNormGrad 129", "Rope 1 tokens",
	"Attention, AttentionGrad one of 1, 2/1", "Attention, AttentionGrad 300,1,7, 2/1", "Score, ScoreGrad 1 tokens", "Score, ScoreGrad 7", "Logits 3", "StoreKV, Decode blocks of 64, 4/4", "AdamW 7", "AdamW 4096", "SumSquares 4096", "SumSquares 7"}

// TestParityOnAnEmulatedGPU runs the stages that wait for a GPU, on one that is not
// real: every operation of the backend against the CPU's.
func TestParityOnAnEmulatedGPU(t *testing.T) {
	d := emulated(t)
	about, err := d.About()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(about)
	var lines bytes.Buffer
	log := &Log{JSON: &lines}
	if err := Smoke(d, log); err != nil {
		t.Error(err)
	}
	if err := parity(d, onCPU(), small(Cases(), emulatedCases...), 48<<20, log); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(lines.String()) {
		var r Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		t.Logf("%-60s %.2f s, %.2f of the tolerance", r.Name, r.Seconds, r.Error)
		if !r.OK {
			t.Errorf("%s: %s", r.Name, r.Detail)
		}
	}
}

// TestAStepOnAnEmulatedGPU trains a small model on it and on the CPU.
func TestAStepOnAnEmulatedGPU(t *testing.T) {
	d := emulated(t)
	f := model.Fresh{Family: "qwen3", Vocab: 67, Width: 96, Layers: 2, Heads: 2, KVHeads: 1, HeadDim: 64, FFN: 100, Positions: 128}
	r := timed(Result{Name: "three steps"}, func(r *Result) error { return threeSteps(r, d, f, [2][]int{{1, 40, 3}, {66}}) })
	t.Logf("%.1f s, %.2f of the tolerance: %s", r.Seconds, r.Error, r.Detail)
	if !r.OK {
		t.Error(r.Detail)
	}
}

// TestDecodingOnAnEmulatedGPU: a step of GRPO, of which the log-probabilities of
// generating and of scoring must be near to each other: mean |dlogp| at most 5e-3,
// and k3 1e-3.
func TestDecodingOnAnEmulatedGPU(t *testing.T) {
	d := emulated(t)
	log := &Log{Table: testWriter{t}}
	l := Load{Model: "tiny", Step: 64, Micro: 64, Seqs: 3, Prompt: 5, Prompts: 2, Samples: 2, Response: 6, Block: 64}
	if err := GRPO(d, l, log); err != nil || log.Bad() != 0 {
		t.Errorf("got %v, %d bad", err, log.Bad())
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}
