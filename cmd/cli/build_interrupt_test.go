package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Ctrl-C in a build whose behavior is a program at work ends both: graft with its
// exit code and no folder left half built, the program and what it started with it.
func TestInterruptedBuildLeavesNoProgram(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc to look for processes")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	dir := t.TempDir()
	program := graftProgram(t, dir)
	pids := filepath.Join(dir, "pids")
	write(t, filepath.Join(dir, "traces.jsonl"), shopTraces)
	write(t, filepath.Join(dir, "slow.py"), `import json, os, subprocess, sys, time
hello = json.loads(sys.stdin.readline())
print(json.dumps({"protocol": 1, "name": hello["name"]}), flush=True)
sys.stdin.readline()
child = subprocess.Popen(["sleep", "1000"])
open(`+fmt.Sprintf("%q", pids)+`, "w").write(f"{os.getpid()} {child.pid} end")
time.sleep(1000)
`)
	write(t, filepath.Join(dir, "slow.yaml"), "name: slow\ndoc: a program that never ends\nsite: {about: value}\nchecks: [claim-holds, independent]\ncommand: [python3, slow.py]\ntimeout_ms: 600000\n")
	recipe := write(t, filepath.Join(dir, "recipe.yaml"), "version: 1\ntraces: [{path: traces.jsonl}]\nbehaviors: [{use: ./slow.yaml, select: {per: site, rate: 1}}]\n")
	out := filepath.Join(dir, "out")
	cmd := exec.Command(program, "build", recipe, "-o", out)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var parent, child int
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if data, err := os.ReadFile(pids); err == nil && strings.HasSuffix(string(data), "end") {
			fmt.Sscan(string(data), &parent, &child)
			break
		}
	}
	if parent == 0 || !lives(parent) || !lives(child) {
		cmd.Process.Kill()
		t.Fatalf("the program did not start: %s", said.String())
	}
	cmd.Process.Signal(os.Interrupt)
	hung := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer hung.Stop()
	cmd.Wait()
	if cmd.ProcessState.ExitCode() != 3 || !strings.Contains(said.String(), "interrupted") {
		t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), said.String())
	}
	for _, pid := range []int{parent, child} {
		for range 200 { // the system buries what was killed in its own time
			if !lives(pid) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if lives(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(out, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// lives reports whether a process runs; one that only waits to be buried does not.
func lives(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
