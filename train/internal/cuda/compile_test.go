//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// nvrtc is the real compiler, which needs no GPU.
func nvrtc(t *testing.T) *compiler {
	t.Helper()
	c, err := openCompiler(folders())
	if err != nil {
		t.Skip(err)
	}
	return c
}

// TestKernelsCompile makes machine code of every kernel for the GPUs that graft
// is written for, Ampere and Hopper.
func TestKernelsCompile(t *testing.T) {
	c := nvrtc(t)
	t.Logf("%s, %s", c.name(), c.path)
	done := map[Kernel]bool{}
	for _, k := range Kernels() {
		unit := Kernel{File: k.File, Defines: k.Defines}
		for _, arch := range []string{"sm_80", "sm_90"} {
			p, err := programOf(k, arch)
			if err != nil {
				t.Fatal(err)
			}
			if done[unit] {
				continue
			}
			code, err := c.build(p)
			if err != nil {
				t.Errorf("%s: %v", arch, err)
				continue
			}
			if !bytes.HasPrefix(code, []byte("\x7fELF")) {
				t.Errorf("%s %s: %d bytes that are no ELF", k.File, arch, len(code))
			}
			for _, other := range Kernels() {
				if other.File == k.File && other.Defines == k.Defines && !bytes.Contains(code, []byte(".text."+other.Name+"\x00")) {
					t.Errorf("%s %s %s: no kernel %s in the machine code", k.File, k.Defines, arch, other.Name)
				}
			}
		}
		done[unit] = true
	}
}

// TestEveryKernelIsListed: a kernel that nobody lists is never compiled here.
func TestEveryKernelIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, k := range Kernels() {
		listed[k.File+" "+k.Name] = true
	}
	entries, err := sources.ReadDir("kernels")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".cu") {
			continue
		}
		text, err := Source(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`extern "C" __global__ void (?:__launch_bounds__\([^)]*\) )?(\w+)\(`).FindAllStringSubmatch(text, -1) {
			if !listed[e.Name()+" "+m[1]] {
				t.Errorf("kernels/%s: %s is not in Kernels()", e.Name(), m[1])
			}
		}
	}
}

func TestCompileErrorNamesTheLine(t *testing.T) {
	c := nvrtc(t)
	_, err := c.build(program{file: "kernels/bad.cu", text: "#include \"bf16.cuh\"\nextern \"C\" __global__ void f(float *x) {\n  *x = y;\n}\n",
		headers: map[string]string{"bf16.cuh": "typedef unsigned short bf16;\n"}, options: []string{"--gpu-architecture=sm_80"}})
	if err == nil || !strings.Contains(err.Error(), `kernels/bad.cu(3): error: identifier "y" is undefined`) {
		t.Errorf("got %v", err)
	}
}

func TestArchitectures(t *testing.T) {
	c := &compiler{major: 12, minor: 4, archs: []int32{75, 80, 86, 90}}
	for _, row := range []struct {
		capability int32
		want       string
	}{{80, "sm_80"}, {86, "sm_86"}, {90, "sm_90"}, {89, "compute_86"}, {100, "compute_90"}} {
		if got, err := c.arch(row.capability); got != row.want || err != nil {
			t.Errorf("%d: got %s, %v; want %s", row.capability, got, err, row.want)
		}
	}
	if _, err := c.arch(70); err == nil || !strings.Contains(err.Error(), "nvrtc 12.4 knows none below 7.5") {
		t.Errorf("an old GPU: got %v", err)
	}
}
