package gpucheck

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// python is a program that stands for Python: it prints what a test asks for.
func python(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPyTorchsPrograms: their lines are results as they come, whatever else they say;
// a missing package is a skip, a crash an error with its last words, silence an error,
// and the end of the time ends all that they started.
func TestPyTorchsPrograms(t *testing.T) {
	folder := Folder(t.TempDir())
	for name, row := range map[string]struct {
		python, want string
		good, bad    int
	}{
		"good":    {python(t, `echo loading; echo '{"name": "a", "ok": true, "numbers": {"tokens/s": 7}}'; echo warning >&2`), "", 1, 0},
		"some":    {python(t, `echo '{"name": "a", "ok": true}'; echo '{"name": "b", "ok": false, "detail": "broken"}'`), "", 1, 1},
		"skip":    {python(t, `echo '{"name": "a", "ok": false, "skip": "no package trl"}'`), "no package trl", 0, 0},
		"crash":   {python(t, `echo '{"name": "a", "ok": true}'; echo one >&2; echo ValueError: two >&2; exit 3`), "exit status 3: one; ValueError: two", 1, 1},
		"silent":  {python(t, `true`), "it measured nothing", 0, 1},
		"garbage": {python(t, `echo '{"name": '`), "it measured nothing", 0, 2},
		"absent":  {filepath.Join(t.TempDir(), "no-python"), "no-python: -python names another", 0, 0},
		"long":    {python(t, `echo '{"name": "a", "ok": true}'; sleep 1000 & sleep 1000`), "stopped: ", 1, 0},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		log := &Log{}
		if name == "long" {
			log.JSON = atOnce(cancel) // its first result ends the time
		}
		c := Check{Device: onCPU(), Folder: folder, Python: row.python, Log: log}
		began := time.Now()
		left, err := c.Do(ctx, []Job{{"torch-sft", "all", "tiny", 0, func(ctx context.Context, c Check, r *Result) error { return c.torch(ctx, r, "sft.py") }}}, map[string]Load{"tiny": tinyLoad})
		cancel()
		if name == "long" {
			if time.Since(began) > 30*time.Second || !errors.Is(err, context.Canceled) || len(left) != 1 {
				t.Errorf("long: %v, %d left, after %v", err, len(left), time.Since(began))
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		good, last := 0, log.All[len(log.All)-1]
		for _, r := range log.All[:len(log.All)-1] {
			if r.OK {
				good++
			}
		}
		if !log.All[0].Began {
			t.Errorf("%s: it is not written that it was begun", name)
		}
		if good != row.good || log.Bad() != row.bad || !strings.Contains(last.Detail+last.Skip, row.want) || last.OK != (row.want == "") {
			t.Errorf("%s: %d good, %d bad, want %d and %d: %+v", name, good, log.Bad(), row.good, row.bad, last)
		}
	}
}

// An atOnce is called by the first good result that is written.
type atOnce func()

func (f atOnce) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(`"ok":true`)) {
		f()
	}
	return len(b), nil
}

// TestEveryProgramIsEmbedded: what a stage runs is in the binary.
func TestEveryProgramIsEmbedded(t *testing.T) {
	dir, err := Folder(t.TempDir()).programs()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"common.py", "sft.py", "generate.py", "grpo.py"} {
		want, err := os.ReadFile(filepath.Join("torch", name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if names, _ := fs.Glob(programs, "torch/*"); len(names) != 4 {
		t.Errorf("embedded: %q", names)
	}
}

// TestWithoutPyTorch: on a real Python that has no torch each program is read, runs, and
// names what is missing.
func TestWithoutPyTorch(t *testing.T) {
	if err := exec.Command("python3", "-c", "pass").Run(); err != nil {
		t.Skip("no python3 on PATH: the programs are not run without torch")
	}
	python := python(t, `exec python3 -S "$@"`) // without the packages that it has
	for _, stage := range []string{"torch-generate", "torch-sft", "torch-grpo"} {
		log := &Log{}
		c := Check{Device: onCPU(), Folder: Folder(t.TempDir()), Python: python, Log: log}
		if _, err := c.Do(t.Context(), Jobs([]string{stage}, []string{"tiny"}), map[string]Load{"tiny": tinyLoad}); err != nil || log.Bad() > 0 {
			t.Errorf("%s: %v, %+v", stage, err, log.All)
		}
		if r := log.All[len(log.All)-1]; !strings.Contains(r.Skip, "torch") || r.OK {
			t.Errorf("%s: %+v", stage, r)
		}
	}
	dir, err := Folder(t.TempDir()).programs()
	if err != nil {
		t.Fatal(err)
	}
	parse := "import ast, glob, sys\nfor f in glob.glob(sys.argv[1] + '/*.py'): ast.parse(open(f).read(), f)"
	if out, err := exec.Command(python, "-c", parse, dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
