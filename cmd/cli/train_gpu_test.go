//go:build linux && (amd64 || arm64) && !nocuda

package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/train/cudatest"
)

// TestInterruptOnAGPU: Ctrl-C in the middle of a step writes a checkpoint, from which
// the same command goes on, although the library of the GPU took the signal for itself
// when it was started. The GPU is emulated; it takes SIGINT, SIGTERM and SIGSEGV.
func TestInterruptOnAGPU(t *testing.T) {
	cudatest.Emulate(t)
	dir := t.TempDir()
	program := graftProgram(t, dir)
	write(t, filepath.Join(dir, "corpus.yaml"), "version: 1\ntraces: [{path: add.jsonl}]\ntokenize: {max_tokens: 256}\n")
	write(t, filepath.Join(dir, "run.yaml"), "version: 1\nmodel: {fresh: {width: 64, layers: 1, heads: 1, ffn: 64}}\ndata: {build: corpus}\nbatch: {tokens: 256}\n"+
		"steps: 6\noptimizer: {lr: 0.01}\nevery: {checkpoint: 1000}\nout: run\n")
	command := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd, said := exec.Command(program, args...), new(bytes.Buffer)
		cmd.Dir, cmd.Stderr = dir, said
		return cmd, said
	}
	for _, args := range [][]string{{"gen", "add", "-n", "40", "--seed", "3", "--digits", "2", "-o", "add.jsonl"}, {"build", "corpus.yaml", "-o", "corpus"}} {
		if cmd, said := command(args...); cmd.Run() != nil {
			t.Fatalf("graft %s: %s", args[0], said)
		}
	}
	cmd, said := command("train", "sft", "run.yaml", "--device", "cuda")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if b, _ := os.ReadFile(filepath.Join(dir, "run", "metrics.jsonl")); bytes.Contains(b, []byte("\n")) { // a step is done
			break
		}
	}
	hung := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer hung.Stop()
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	kept, _ := filepath.Glob(filepath.Join(dir, "run", "checkpoints", "step-*"))
	if cmd.ProcessState.ExitCode() != 3 || !strings.Contains(said.String(), "on cuda/Fake") || len(kept) != 1 {
		t.Fatalf("exit code %d, checkpoints %q, want 3 and one: %s", cmd.ProcessState.ExitCode(), kept, said)
	}
	cmd, said = command("train", "sft", "run.yaml", "--device", "cuda")
	if err := cmd.Run(); err != nil || !strings.Contains(said.String(), "goes on from step ") {
		t.Fatalf("%v: %s", err, said)
	}
}
