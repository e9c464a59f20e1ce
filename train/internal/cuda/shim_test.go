//go:build linux

package cuda

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// long leaves a test to CI: kernels with planted faults are compiled one by one.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("CI") != "true" {
		t.Skip("runs where CI=true: it compiles every planted fault")
	}
}

// A shim runs Works on this CPU: the kernels as g++ compiles them with
// testdata/shim/shim.h, products in Go. The arena lies in a file that the
// program of the kernels and this one both map.
type shim struct {
	t          testing.TB
	variants   []variant
	fault      int // which kernels run with, 0 for none
	mem        []byte
	base       uint64 // where the program sees mem
	in         io.Writer
	out        *bufio.Reader
	arena      int // bytes of mem before the scratch
	off        int // bytes of the arena that are given out
	descending bool
}

// A fault is a change of the source of one file, with its headers in it, that must
// be found by a parity.
type fault struct{ parity, file, old, new string }

// A variant is a kernel as it stands, or with a fault, counted from 1.
type variant struct {
	Kernel
	fault int
}

const scratchRoom = 8 << 20

// newShim compiles kernels, and once more with each fault those of its file, or
// takes what was compiled from the same text before, and starts it. It skips the
// test where there is no g++.
func newShim(t testing.TB, arena int, kernels []Kernel, faults ...fault) *shim {
	t.Helper()
	gcc, err := exec.LookPath("g++")
	if err != nil {
		t.Skip("no g++ on PATH: kernels are not run")
	}
	var all []variant
	for i, f := range append([]fault{{}}, faults...) {
		for _, k := range kernels {
			if i == 0 || k.File == f.file {
				all = append(all, variant{k, i})
			}
		}
	}
	exe := buildShim(t, gcc, shimProgram(t, all, faults))
	file, err := os.Create(filepath.Join(t.TempDir(), "memory"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := &shim{t: t, variants: all, arena: arena}
	if err := file.Truncate(int64(arena + scratchRoom)); err != nil {
		t.Fatal(err)
	}
	if s.mem, err = syscall.Mmap(int(file.Fd()), 0, arena+scratchRoom, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, file.Name(), fmt.Sprint(len(s.mem)))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
		syscall.Munmap(s.mem)
	})
	s.in, s.out = in, bufio.NewReader(out)
	if _, err := fmt.Fscanln(s.out, &s.base); err != nil {
		t.Fatal(err)
	}
	return s
}

var includes = regexp.MustCompile(`(?m)^#include "(.*)"$`)

// flat is the source of a file with its headers in it, once each.
func flat(t testing.TB, file string, seen map[string]bool) string {
	if seen[file] {
		return ""
	}
	seen[file] = true
	text, err := Source(file)
	if err != nil {
		t.Fatal(err)
	}
	text = includes.ReplaceAllStringFunc(text, func(line string) string {
		return flat(t, includes.FindStringSubmatch(line)[1], seen)
	})
	return strings.ReplaceAll(strings.ReplaceAll(text, "#pragma once", ""), `extern "C" __global__`, "static")
}

// text is the source of a variant.
func (v variant) text(t testing.TB, faults []fault) string {
	text := flat(t, v.File, map[string]bool{})
	if v.fault == 0 {
		return text
	}
	f := faults[v.fault-1]
	if !strings.Contains(text, f.old) {
		t.Fatalf("%s has no %q to be changed", f.file, f.old)
	}
	return strings.Replace(text, f.old, f.new, 1)
}

// shimProgram is the C++ of all variants, each text once for its defines.
func shimProgram(t testing.TB, all []variant, faults []fault) string {
	var b, calls strings.Builder
	space := map[string]int{}
	b.WriteString("#include \"shim.h\"\n")
	for i, v := range all {
		key := fmt.Sprint(v.File, " ", v.Defines, " ", v.fault)
		n, ok := space[key]
		if !ok {
			n = len(space)
			space[key] = n
			undo := ""
			for _, d := range strings.Fields(v.Defines) {
				name, value, _ := strings.Cut(strings.TrimPrefix(d, "-D"), "=")
				fmt.Fprintf(&b, "#define %s %s\n", name, value)
				undo += "#undef " + name + "\n"
			}
			fmt.Fprintf(&b, "namespace k%d { namespace {\n%s\n}}\n%s", n, v.text(t, faults), undo)
		}
		name := fmt.Sprintf("k%d::%s", n, v.Name)
		fmt.Fprintf(&calls, "  case %d:\n    if (!shim::fits(%s, n, sizes)) shim::fail(\"the arguments are of other sizes\");\n    return shim::call(%s, n, at);\n", i, name, name)
	}
	fmt.Fprintf(&b, "static void launch(int kernel, int n, const int *sizes, void **at) {\n  switch (kernel) {\n%s  }\n  shim::fail(\"no kernel %%d\", kernel);\n}\n#include \"main.h\"\n", calls.String())
	return b.String()
}

// buildShim compiles a program, unless it did so before.
func buildShim(t testing.TB, gcc, text string) string {
	t.Helper()
	dir, err := filepath.Abs("testdata/shim")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	io.WriteString(sum, text)
	for _, name := range []string{"shim.h", "mma.h", "main.h"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(b)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	exe := filepath.Join(cache, "graft", "shim", hex.EncodeToString(sum.Sum(nil))[:32])
	if _, err := os.Stat(exe); err == nil {
		return exe
	}
	if err := os.MkdirAll(filepath.Dir(exe), 0o777); err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	source, fresh := filepath.Join(work, "shim.cc"), exe+fmt.Sprintf(".%d", os.Getpid())
	if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gcc, "-std=c++17", "-O0", "-w", "-U_FORTIFY_SOURCE", "-fno-strict-aliasing", "-ffp-contract=off", "-fno-stack-protector", "-I", dir, "-o", fresh, source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("g++: %v\n%s", err, out)
	}
	if err := os.Rename(fresh, exe); err != nil {
		t.Fatal(err)
	}
	prune(filepath.Dir(exe))
	return exe
}

// prune removes what was compiled more than a day ago.
func prune(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// run does the steps of w. An error is what a kernel complained of; nothing can be
// run afterwards.
func (s *shim) run(w *Work) error {
	if w.ScratchBytes() > scratchRoom {
		return fmt.Errorf("%d bytes of scratch", w.ScratchBytes())
	}
	scratch := s.mem[s.arena:]
	for i := range scratch[:w.ScratchBytes()] {
		scratch[i] = 0xff // NaNs: what is not written must not be read
	}
	for _, step := range w.Steps {
		switch {
		case step.Gemm != nil:
			s.product(step.Gemm)
		case !step.Zero.None():
			clear(s.bytes(step.Zero))
		default:
			if err := s.launch(step.Launch); err != nil {
				return fmt.Errorf("%s: %w", step.Launch.Name, err)
			}
		}
	}
	return nil
}

func (s *shim) launch(l Launch) error {
	kernel := -1
	for i, v := range s.variants {
		if v.Kernel == l.Kernel && (v.fault == 0 || v.fault == s.fault) {
			kernel = i
		}
	}
	if kernel < 0 {
		return fmt.Errorf("%+v is not listed by Kernels", l.Kernel)
	}
	var line bytes.Buffer
	fmt.Fprint(&line, kernel)
	for _, n := range append(l.Grid[:], l.Block[:]...) {
		fmt.Fprintf(&line, " %d", max(1, n))
	}
	order := 0
	if s.descending {
		order = 1
	}
	fmt.Fprintf(&line, " %d %d", l.Shared, order)
	for _, a := range l.Args {
		fmt.Fprintf(&line, " %x", a.Append(nil, func(p Place) uint64 { return s.base + uint64(s.at(p)) }))
	}
	fmt.Fprintln(&line)
	if _, err := s.in.Write(line.Bytes()); err != nil {
		return err
	}
	answer, err := s.out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("the program of the kernels is gone: %w", err)
	}
	if answer = strings.TrimSpace(answer); answer != "ok" {
		return fmt.Errorf("%s", answer)
	}
	return nil
}

// at is where a place begins in mem.
func (s *shim) at(p Place) int {
	if p.Scratch {
		return s.arena + p.Off
	}
	return p.Off
}

func (s *shim) bytes(p Place) []byte { return s.mem[s.at(p):][:p.N*p.Type.Size()] }

// read is the elements of a place as float32.
func (s *shim) read(p Place) []float32 {
	b, x := s.bytes(p), make([]float32, p.N)
	for i := range x {
		if p.Type == device.BF16 {
			x[i] = math.Float32frombits(uint32(*(*uint16)(unsafe.Pointer(&b[2*i]))) << 16)
		} else {
			x[i] = *(*float32)(unsafe.Pointer(&b[4*i]))
		}
	}
	return x
}

func (s *shim) write(p Place, x []float32) {
	b := s.bytes(p)
	for i, v := range x {
		if p.Type == device.BF16 {
			*(*uint16)(unsafe.Pointer(&b[2*i])) = uint16(math.Float32bits(roundBF16(v)) >> 16)
		} else {
			*(*float32)(unsafe.Pointer(&b[4*i])) = v
		}
	}
}

// roundBF16 is x as bf16 holds it: to nearest, ties to even.
func roundBF16(x float32) float32 {
	if x != x {
		return x
	}
	u := math.Float32bits(x)
	return math.Float32frombits((u + 0x7fff + u>>16&1) &^ 0xffff)
}

// product is a Gemm, summed in float64.
func (s *shim) product(g *Gemm) {
	a, b, c := s.read(g.A), s.read(g.B), s.read(g.C)
	for i := range g.M {
		for j := range g.N {
			var sum float64
			for k := range g.K {
				x, y := i*g.K+k, k*g.N+j
				if g.Product == device.TN {
					x = k*g.M + i
				}
				if g.Product == device.NT {
					y = j*g.K + k
				}
				sum += float64(a[x]) * float64(b[y])
			}
			sum *= float64(g.Alpha)
			if g.Accumulate {
				sum += float64(c[i*g.N+j])
			}
			c[i*g.N+j] = float32(sum)
		}
	}
	s.write(g.C, c)
}

// room is a region of the arena, with 64 bytes behind it that belong to nobody.
func (s *shim) room(t device.Type, n int) device.Buf {
	b := device.Buf{Off: s.off, N: n, Type: t}
	s.off += (n*t.Size()+63)/64*64 + 64
	if s.off > s.arena {
		s.t.Fatalf("the arena of %d bytes is too small", s.arena)
	}
	return b
}

func (s *shim) put(t device.Type, x []float32) device.Buf {
	b := s.room(t, len(x))
	s.write(Arena(b), x)
	return b
}

func (s *shim) ints(x []int32) device.Buf {
	f := make([]float32, len(x))
	for i, v := range x {
		f[i] = math.Float32frombits(uint32(v))
	}
	return s.put(device.I32, f)
}
