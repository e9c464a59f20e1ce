package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/gpucheck"
)

// TestEveryStageRunsOnTheCPU tries the stages that a GPU is waited for with, each
// by its flag, on a model that is small enough.
func TestEveryStageRunsOnTheCPU(t *testing.T) {
	out := filepath.Join(t.TempDir(), "results.jsonl")
	var stdout, stderr bytes.Buffer
	code := run([]string{"-device", "cpu", "-stage", "smoke,speed", "-model", "tiny", "-tokens", "256", "-micro", "128", "-warm", "1", "-steps", "2",
		"-seqs", "4", "-prompt", "8", "-new", "12", "-prompts", "2", "-samples", "3", "-response", "9", "-o", out}, &stdout, &stderr)
	if code != 0 || stderr.Len() > 0 {
		t.Fatalf("exit code %d: %s\n%s", code, &stdout, &stderr)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]map[string]float64{}
	for line := range strings.Lines(string(b)) {
		var r gpucheck.Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		seen[r.Name] = r.Numbers
	}
	for name, numbers := range map[string][]string{
		"SFT tiny, documents of mean 350": {"tokens/s", "MFU %", "first loss", "predicted MiB"},
		"SFT tiny, one document a row":    {"tokens/s"},
		"decoding tiny":                   {"tokens/s", "% of the bound"},
		"GRPO step tiny":                  {"generate s", "score s", "update s"},
	} {
		for _, n := range numbers {
			if !(seen[name][n] > 0) {
				t.Errorf("%s: %s is %v", name, n, seen[name][n])
			}
		}
	}
	if d, ok := seen["GRPO step tiny"]["mean |dlogp|"]; !ok || d != 0 {
		t.Errorf("the CPU decodes other log-probabilities than it scores: apart by %v", d)
	}
}

// TestNoGPU: one line that says what is missing, and an exit code of its own.
func TestNoGPU(t *testing.T) {
	if d, err := gpucheck.Open("cuda", 0); err != nil {
		t.Fatal(err)
	} else if about, err := d.About(); err == nil {
		t.Skipf("there is a GPU: %s", about)
	}
	var stdout, stderr bytes.Buffer
	if code := run(nil, &stdout, &stderr); code != 4 || strings.Count(stderr.String(), "\n") != 1 || stdout.Len() > 0 {
		t.Errorf("exit code %d, want 4: %s%s", code, &stdout, &stderr)
	}
}

func TestWrongCommandLines(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"-device", "tpu"}, `unknown device "tpu"; there are cuda and cpu`},
		{[]string{"-stage", "smoke,race"}, `unknown stage "race"`},
		{[]string{"-micro", "0"}, "-micro is 0; it must be at least 1"},
		{[]string{"smoke"}, `unexpected argument "smoke"`},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(row.args, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), row.want) {
			t.Errorf("%v: exit code %d: %s", row.args, code, &stderr)
		}
	}
}
