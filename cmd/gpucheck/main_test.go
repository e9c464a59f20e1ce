package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/gpucheck"
)

// little is a load that a CPU has time for.
var little = []string{"-device", "cpu", "-model", "tiny", "-row", "64", "-rows", "4", "-micro", "2,4", "-tune", "1", "-warm", "2", "-steps", "4",
	"-seqs", "4", "-prompt", "8", "-new", "12", "-ends", "6", "-prompts", "2", "-samples", "3", "-response", "9", "-update", "3"}

// try runs the command in a folder and returns its exit code, what it said, and the
// results in its file.
func try(t *testing.T, dir string, args ...string) (code int, stdout, stderr string, seen map[string]gpucheck.Result) {
	t.Helper()
	var out, bad bytes.Buffer
	file := filepath.Join(dir, "results.jsonl")
	code = run(t.Context(), slices.Concat(little, []string{"-o", file, "-work", filepath.Join(dir, "work")}, args), &out, &bad)
	seen = map[string]gpucheck.Result{}
	b, err := os.ReadFile(file)
	if err != nil {
		return code, out.String(), bad.String(), seen
	}
	for line := range strings.Lines(string(b)) {
		var r gpucheck.Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if !r.Began {
			seen[r.Stage+": "+r.Name] = r
		}
	}
	return code, out.String(), bad.String(), seen
}

// TestEveryStageRunsOnTheCPU tries the stages that a GPU is waited for with, on a model
// that is small enough. A second time there is nothing to do, a file that was cut off
// costs what was cut, and another load is measured.
func TestEveryStageRunsOnTheCPU(t *testing.T) {
	dir := t.TempDir()
	code, stdout, stderr, seen := try(t, dir, "-stage", "smoke,speed")
	if code != fine || stderr != "" {
		t.Fatalf("exit code %d: %s\n%s", code, stdout, stderr)
	}
	for name, numbers := range map[string][]string{
		"sft: SFT tiny, documents of mean 350":                        {"tokens/s", "MFU %", "first loss", "predicted MiB", "micro-batch rows"},
		"sft: SFT tiny, documents of mean 350, micro-batch of 2 rows": {"tokens/s"},
		"sft: SFT tiny, one document a row, micro-batch of 4 rows":    {"tokens/s"},
		"sft: SFT tiny, one document a row":                           {"tokens/s"},
		"decode: decoding tiny":                                       {"tokens/s", "% of the bound"},
		"decode: decoding tiny to the end":                            {"tokens/s", "tokens a response"},
		"grpo: GRPO step tiny":                                        {"generate s", "score s", "update s", "step s"},
	} {
		for _, n := range numbers {
			if !(seen[name].Numbers[n] > 0) {
				t.Errorf("%s: %s is %v", name, n, seen[name].Numbers[n])
			}
		}
	}
	if n := len(seen["sft: SFT tiny, one document a row"].Losses); n != 6 {
		t.Errorf("%d losses, want 6", n)
	}
	if d, ok := seen["grpo: GRPO step tiny"].Numbers["mean |dlogp|"]; !ok || d != 0 {
		t.Errorf("the CPU decodes other log-probabilities than it scores: apart by %v", d)
	}
	if n := seen["decode: decoding tiny to the end"].Numbers["tokens a response"]; n >= 12 {
		t.Errorf("%v tokens a response: none ended before its longest length", n)
	}

	if _, stdout, _, _ := try(t, dir, "-stage", "smoke,speed"); strings.Contains(stdout, "SFT") {
		t.Errorf("what was measured is measured again:\n%s", stdout)
	}
	if _, stdout, _, _ := try(t, dir, "-stage", "smoke,speed", "-again"); !strings.Contains(stdout, "SFT") {
		t.Errorf("-again measures nothing:\n%s", stdout)
	}
	file := filepath.Join(dir, "results.jsonl")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.LastIndex(b[:bytes.LastIndex(b, []byte("GRPO step"))], []byte("\n")) + 40
	if err := os.WriteFile(file, b[:cut], 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr, _ := try(t, dir, "-stage", "decode"); code != fine || stderr != "" {
		t.Errorf("after a line that was cut off: exit code %d, %s", code, stderr)
	}
	if _, stdout, _, _ := try(t, dir, "-stage", "decode", "-new", "13"); !strings.Contains(stdout, "decoding tiny") {
		t.Errorf("another load is taken for the same:\n%s", stdout)
	}
}

// TestTimeLeft: nothing is begun that would not end, it is named, and the same command
// does it.
func TestTimeLeft(t *testing.T) {
	dir := t.TempDir()
	code, stdout, _, seen := try(t, dir, "-stage", "smoke,sft", "-for", "45s")
	if _, did := seen["smoke: all of smoke"]; code != unended || !did || !strings.Contains(stdout, "left: sft: SFT tiny, one document a row") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	if code, stdout, _, _ := try(t, dir, "-stage", "smoke,sft"); code != fine || strings.Contains(stdout, "smoke ") || !strings.Contains(stdout, "SFT tiny") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// TestClaimsThatDoNotHold: on a CPU the shares of an H200 are missed, and what was not
// measured is said.
func TestClaimsThatDoNotHold(t *testing.T) {
	code, stdout, _, _ := try(t, t.TempDir(), "-stage", "decode,claims")
	if code != wrong || !strings.Contains(stdout, "% of the bound, at least 35") || !strings.Contains(stdout, "not measured: times transformers' generate") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// TestNoGPU: one line that says what is missing, and an exit code of its own.
func TestNoGPU(t *testing.T) {
	if d, err := gpucheck.Open("cuda", 0); err != nil {
		t.Fatal(err)
	} else if about, err := d.About(); err == nil {
		t.Skipf("there is a GPU: %s", about)
	}
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-o", filepath.Join(dir, "results.jsonl")}, &stdout, &stderr); code != noGPU || strings.Count(stderr.String(), "\n") != 1 || stdout.Len() > 0 {
		t.Errorf("exit code %d, want 4: %s%s", code, &stdout, &stderr)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

func TestWrongCommandLines(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(other, []byte("{\"stage\":\"smoke\"}\nmilk\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"-device", "tpu"}, `unknown device "tpu"; there are cuda and cpu`},
		{[]string{"-stage", "smoke,race"}, `unknown stage "race"`},
		{[]string{"-steps", "0"}, "-steps is 0; it must be at least 1"},
		{[]string{"-model", "7B"}, `unknown model "7B"; there are 0.5B, 1.5B, tiny`},
		{[]string{"-micro", "4,x"}, `-micro is "4,x"; it must be numbers`},
		{[]string{"-micro", "3"}, "a micro-batch of 3 rows does not divide a step of 16"},
		{[]string{"smoke"}, `unexpected argument "smoke"`},
		{[]string{"-device", "cpu", "-o", other}, "notes.txt:2: "},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), row.args, &stdout, &stderr); code != usage || !strings.Contains(stderr.String(), row.want) {
			t.Errorf("%v: exit code %d: %s", row.args, code, &stderr)
		}
	}
	held, err := new(gpucheck.Log).Open(filepath.Join(dir, "results.jsonl"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"-device", "cpu", "-o", held.Name()}, new(bytes.Buffer), &stderr); code != usage || !strings.Contains(stderr.String(), "another process writes to it") {
		t.Errorf("two processes: exit code %d: %s", code, &stderr)
	}
	if b, err := os.ReadFile(other); err != nil || !strings.HasSuffix(string(b), "milk\n") {
		t.Errorf("somebody else's file was changed: %q, %v", b, err)
	}
}

// TestLossesEqualPyTorchs: both ways of PyTorch, from the same weights on the same
// tokens, lose what graft loses, step for step within 1%; and its other programs run.
// It needs a Python with torch and transformers, which GRAFT_TORCH names.
func TestLossesEqualPyTorchs(t *testing.T) {
	python := os.Getenv("GRAFT_TORCH")
	if python == "" || exec.Command(python, "-c", "import torch, transformers").Run() != nil {
		t.Skip("GRAFT_TORCH names no Python with torch and transformers: PyTorch's side is not run")
	}
	_, stdout, stderr, seen := try(t, t.TempDir(), "-stage", "sft,torch,claims", "-warm", "5", "-steps", "15", "-row", "100", "-python", python)
	for _, kind := range []string{"docs", "rows"} {
		ours := seen["sft: SFT tiny, "+map[string]string{"docs": "documents of mean 350", "rows": "one document a row"}[kind]].Losses
		compared := 0
		for _, way := range []string{"plain, flex_attention", "transformers, varlen attention"} {
			r := seen["torch-sft: SFT tiny, "+kind+", "+way]
			if r.Skip != "" { // the slower of two
				continue
			}
			compared++
			if len(r.Losses) != len(ours) || len(ours) != 20 {
				t.Errorf("%s, %s: %d losses, of graft %d, want 20: %s\n%s", kind, way, len(r.Losses), len(ours), stdout, stderr)
				continue
			}
			for i, l := range r.Losses {
				if d := (l - ours[i]) / l; !(max(d, -d) < 5e-6) { // float32 on both sides; a document that sees another is further away
					t.Errorf("%s, %s: the loss of step %d is %v, and graft's %v", kind, way, i+1, l, ours[i])
				}
			}
		}
		if compared == 0 {
			t.Errorf("%s: no way of PyTorch was run: %s", kind, stdout)
		}
	}
	for _, name := range []string{"torch-generate: transformers generate tiny, dynamic cache", "torch-generate: transformers generate tiny, static cache, compiled", "torch-generate: transformers generate tiny to the end"} {
		if r := seen[name]; !r.OK || !(r.Numbers["tokens/s"] > 0) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	grpo := seen["torch-grpo: TRL GRPO step tiny, transformers generation, no vLLM"]
	if skip := seen["torch-grpo: TRL's GRPO step, tiny"].Skip; skip == "" && (!grpo.OK || !(grpo.Numbers["update s"] > 0)) {
		t.Errorf("GRPO: %+v", grpo)
	}
}
