package plain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/augment"
)

// child is a behavior whose program is a few lines of Python.
func child(t testing.TB, timeout int, body string) *augment.Behavior {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	dir := t.TempDir()
	script := "import json, os, sys, time\nsys.stdin.readline()\n" + body
	if err := os.WriteFile(filepath.Join(dir, "child.py"), []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	text := head + "site: {about: value}\nchecks: [claim-holds, independent]\ncommand: [python3, child.py]\ntimeout_ms: " + strconv.Itoa(timeout) + "\n"
	b, ds := Open(augment.Source{Name: "b.yaml", Data: []byte(text), Beside: os.DirFS(dir), Dir: dir})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	t.Cleanup(b.File.Close)
	return b
}

const welcome = "print('{\"protocol\": 1, \"name\": \"probe\"}', flush=True)\nfor line in sys.stdin:\n    r = json.loads(line)\n"

// A program may do whatever it likes: the request is refused and counted, and the
// next one is put to a new process.
func TestHostileProgramsAreRefused(t *testing.T) {
	say := func(text string) string {
		return "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'check', 'node': r['site']['node'], 'text': '" + text + "'}]}), flush=True)\n"
	}
	for _, row := range []struct{ name, body, code, detail string }{
		{"hang", "    time.sleep(1000)\n", "program", "no reply within 300ms"},
		{"crash", "    sys.exit('the disk is full')\n", "program", "the program ended: exit status 1; it said: the disk is full"},
		{"crash in a line", "    print('{\"id\": 1, \"st', end='', flush=True); os._exit(3)\n", "program", "in the middle of the line"},
		{"no JSON", "    print('hello', flush=True)\n", "program", "the reply \"hello\""},
		{"unknown field", "    print(json.dumps({'id': r['id'], 'step': []}), flush=True)\n", "program", "unknown object member name \"step\""},
		{"other id", "    print(json.dumps({'id': 99, 'refuse': {'code': 'x'}}), flush=True)\n", "program", "the reply is to request 99, not to 1"},
		{"huge line", "    print('x' * (1 << 22), flush=True)\n", "program", "a reply of more than 1048576 bytes"},
		{"long step", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'check', 'text': 'x' * 9000}]}), flush=True)\n", "program", "step 0 has 9000 bytes"},
		{"other kind", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'answer', 'text': 'x'}]}), flush=True)\n", "program", "step 0 is a \"answer\""},
		{"nothing", "    print(json.dumps({'id': r['id']}), flush=True)\n", "program", "neither steps nor a refusal"},
		{"two replies", "    print('{}\\n{}', flush=True)\n", "program", "says more than it is asked"},
		{"closed output", "    os.close(1); time.sleep(1000)\n", "program", "the program closed its output"},
		{"refusal", "    print(json.dumps({'id': r['id'], 'refuse': {'code': 'dull', 'detail': 'why'}}), flush=True)\n", "dull", "why"},
		{"false claim", say("Is it? 1 + 1 = 3."), "false-claim", "1 + 1 = 3"},
		{"no node", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'check', 'node': 9999, 'text': '24 / 4 = 6'}]}), flush=True)\n", "no-claim", ""},
		{"from nowhere", say("24 + 7 = 31."), "", ""},
		{"claim of nothing", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'derive', 'text': 'Nice.'}]}), flush=True)\n", "no-claim", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			timeout := 60000
			if row.name == "hang" {
				timeout = 300
			}
			text, refused := compile(t, child(t, timeout, welcome+row.body))
			if len(refused) != 2 || strings.Count(text, "\n") != 2 {
				t.Fatalf("got %q and %v", text, refused)
			}
			if r := refused[0]; row.code != "" && r.Code != row.code || !strings.Contains(r.Detail, row.detail) {
				t.Errorf("got %s: %s, want %s: %s", r.Code, r.Detail, row.code, row.detail)
			}
		})
	}
}

// A program that does not shake hands, or keeps failing, ends the build with what
// it said.
func TestBrokenProgramsEndTheBuild(t *testing.T) {
	for _, row := range []struct{ name, body, want string }{
		{"other protocol", "print('{\"protocol\": 2, \"name\": \"probe\"}', flush=True)\ntime.sleep(9)\n", "it speaks protocol 2; this graft speaks 1"},
		{"other name", "print('{\"protocol\": 1, \"name\": \"other\"}', flush=True)\ntime.sleep(9)\n", `it writes the behavior "other"`},
		{"no handshake", "import no_such_module\n", "No module named 'no_such_module'"},
		{"always fails", welcome + "    sys.exit('broken again')\n", "11 of 11 requests to python3 child.py failed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := child(t, 60000, row.body)
			defer func() {
				stop, ok := recover().(*augment.Stop)
				if !ok || !strings.Contains(stop.Error(), row.want) {
					t.Errorf("got %v, want %s", stop, row.want)
				}
			}()
			for range 20 {
				compile(t, b)
			}
			t.Error("the build goes on")
		})
	}
}

// The reply depends on the request alone: as many processes as ask at once, and the
// same text whoever asks.
func TestProgramsAreDeterministic(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	b := open(t, "recheck.yaml")
	want, refused := compile(t, b)
	if !strings.Contains(want, "24 / 4 = 6") || len(refused) > 0 {
		t.Fatalf("got %q and %v", want, refused)
	}
	got := make(chan string)
	for range 4 {
		go func() {
			text, _ := compile(t, b)
			got <- text
		}()
	}
	for range 4 {
		if text := <-got; text != want {
			t.Errorf("got %q, want %q", text, want)
		}
	}
	b.File.Close()
	if text, _ := compile(t, b); text != want {
		t.Errorf("after a restart: got %q, want %q", text, want)
	}
}

// Close ends programs at work, and what they started.
func TestCloseEndsThePrograms(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	b := child(t, 60000, welcome+"    import subprocess\n    c = subprocess.Popen(['sleep', '1000'])\n    open('"+pids+"', 'w').write(f'{os.getpid()} {c.pid} end')\n    time.sleep(1000)\n")
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		compile(t, b)
	}()
	var all [2]int
	for range 100 {
		time.Sleep(20 * time.Millisecond)
		if data, err := os.ReadFile(pids); err == nil && strings.HasSuffix(string(data), "end") {
			if _, err := fmt.Sscan(string(data), &all[0], &all[1]); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	b.File.Close()
	if stop, ok := (<-done).(*augment.Stop); !ok || !errors.Is(stop, context.Canceled) {
		t.Errorf("got %v, want that the build ends", stop)
	}
	b.File.Close()
	for _, pid := range all {
		if pid == 0 || alive(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
}

// alive reports whether a process runs; one that waits to be buried does not.
func alive(pid int) bool {
	for range 50 {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(data), ") Z ") {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// Nothing that graft started outlives it, however it ends.
func TestNoOrphans(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends the children of what is killed")
	}
	const key = "GRAFT_TEST_PID"
	if pids := os.Getenv(key); pids != "" {
		compile(t, child(t, 600000, welcome+"    open('"+pids+"', 'w').write(f'{os.getpid()} end')\n    time.sleep(1000)\n"))
		return
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	pids := filepath.Join(t.TempDir(), "pids")
	me := exec.Command(os.Args[0], "-test.run=^TestNoOrphans$")
	me.Env = append(os.Environ(), key+"="+pids)
	if err := me.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for range 500 {
		time.Sleep(20 * time.Millisecond)
		if data, err := os.ReadFile(pids); err == nil && strings.HasSuffix(string(data), "end") {
			fmt.Sscan(string(data), &pid)
			break
		}
	}
	if pid == 0 || !running(pid) {
		t.Errorf("the program %d did not start", pid)
	}
	me.Process.Kill()
	me.Wait()
	if pid != 0 && alive(pid) {
		t.Errorf("process %d is still there", pid)
	}
}

func running(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}
