package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Ctrl-C in the middle of sampling, to a real process, loses nothing: the answers so
// far are kept, the same command asks for the others alone, and writes the bytes that
// an uninterrupted run writes.
func TestInterruptedSamplingLosesNothing(t *testing.T) {
	dir := t.TempDir()
	program := graftProgram(t, dir)
	const enough = 5
	var mu sync.Mutex
	asked := map[string]int{} // requests answered, by body
	stuck, reached := true, make(chan struct{}, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		wait := stuck && len(asked) >= enough
		if !wait {
			asked[string(body)]++
		}
		mu.Unlock()
		if wait {
			reached <- struct{}{}
			<-r.Context().Done()
			return
		}
		text := fmt.Sprintf("Together 46 + 38 = %d items.", len(body))
		json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": text}, "finish_reason": "stop"}}})
	}))
	defer s.Close()
	traces := write(t, filepath.Join(dir, "traces.jsonl"), shopTraces)
	out := filepath.Join(dir, "r.jsonl")
	command := func(out string) *exec.Cmd {
		return exec.Command(program, "sample", traces, "--endpoint", s.URL+"/v1", "--model", "m", "--prefix-steps", "-k", "6", "-j", "2", "-o", out)
	}
	first := command(out)
	var said bytes.Buffer
	first.Stderr = &said
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // both workers wait, so that no answer is on its way
		select {
		case <-reached:
		case <-time.After(30 * time.Second):
			first.Process.Kill()
			t.Fatal("the server was not asked")
		}
	}
	first.Process.Signal(os.Interrupt)
	err := first.Wait()
	if first.ProcessState.ExitCode() != 3 || !strings.Contains(said.String(), fmt.Sprintf("interrupted; %d answers are kept in ", enough)) {
		t.Fatalf("%v: %s", err, said.String())
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("an interrupted run wrote its output")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".graft-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	mu.Lock()
	stuck = false
	mu.Unlock()
	if text, err := command(out).CombinedOutput(); err != nil || !strings.Contains(string(text), fmt.Sprintf("12 answered; %d of them from the cache", enough)) {
		t.Fatalf("%v: %s", err, text)
	}
	for body, n := range asked {
		if n != 1 {
			t.Errorf("asked %d times: %s", n, body)
		}
	}
	got, _ := os.ReadFile(out)
	whole := filepath.Join(dir, "whole.jsonl")
	if text, err := command(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if want, _ := os.ReadFile(whole); !bytes.Equal(got, want) || len(got) == 0 {
		t.Errorf("the run that went on wrote\n%s\nan uninterrupted one\n%s", got, want)
	}
}

// graftProgram is graft as a program in dir: the test binary under that name, see
// TestMain.
func graftProgram(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "graft")
	if err := os.Symlink(self, program); err != nil {
		t.Skip("needs symbolic links")
	}
	return program
}
