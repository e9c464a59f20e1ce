package cli_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/cmd/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"graft": func() { cli.Main(behaviors.Suite) }})
}

// The scripts tell what the command line promises, one story a file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit": exit, "samedir": sameDir, "flip": flip, "interrupt": interrupt, "signal": signalWhen,
		},
	})
}

// exit CODE graft ARGS…: the command ends with exactly this code.
func exit(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// samedir A B: two folders hold the same files with the same bytes.
func sameDir(ts *testscript.TestScript, neg bool, args []string) {
	a, b := tree(ts, ts.MkAbs(args[0])), tree(ts, ts.MkAbs(args[1]))
	same := len(a) == len(b) && len(a) > 0
	for name, data := range a {
		if !bytes.Equal(data, b[name]) {
			same = false
			ts.Logf("%s differs", name)
		}
	}
	if same == neg {
		ts.Fatalf("%s and %s: same is %v", args[0], args[1], same)
	}
}

// tree reads the files of a folder, the lock left out.
func tree(ts *testscript.TestScript, dir string) map[string][]byte {
	files := map[string][]byte{}
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".graft.lock" {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		files[name], err = os.ReadFile(path)
		return err
	}))
	return files
}

// flip FILE: one bit in the middle of the file is changed.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	data[len(data)/2] ^= 1
	ts.Check(os.WriteFile(path, data, 0o666))
}

// interrupt PATTERN graft ARGS…: as soon as a file matches, the command, which
// waits for more input, gets an interrupt; it must end with code 3, soon.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command(args[1], args[2:]...)
	path, err := lookPath(ts.Getenv("PATH"), args[1])
	ts.Check(err)
	cmd.Path, cmd.Err, cmd.Dir = path, nil, ts.MkAbs(".")
	in, err := cmd.StdinPipe()
	ts.Check(err)
	defer in.Close()
	ts.Check(cmd.Start())
	for range 2000 {
		if found, _ := filepath.Glob(ts.MkAbs(args[0])); len(found) > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	_, err = in.Write([]byte("{\"question\": \"What is 1+1?\", \"answer\": \"1+1 = <<1+1=2>>2\\n#### 2\"}\n"))
	ts.Check(err)
	ts.Check(cmd.Process.Signal(os.Interrupt))
	hung := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer hung.Stop()
	var failed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &failed) || failed.ExitCode() != 3 {
		ts.Fatalf("interrupted build: %v, want exit code 3", err)
	}
}

// signal INT|KILL PATTERN graft ARGS…: as soon as a file matches, the command
// gets the signal. After KILL it must be dead, after INT it must end with
// code 3 and say how to go on.
func signalWhen(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	cmd := exec.Command(args[2], args[3:]...)
	path, err := lookPath(ts.Getenv("PATH"), args[2])
	ts.Check(err)
	cmd.Path, cmd.Err, cmd.Dir = path, nil, ts.MkAbs(".")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for range 20000 {
		if found, _ := filepath.Glob(ts.MkAbs(args[1])); len(found) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	ts.Check(cmd.Process.Signal(signals[args[0]]))
	select {
	case err = <-ended:
	case <-time.After(20 * time.Second):
		cmd.Process.Kill()
		ts.Fatalf("%s: it goes on", args[0])
	}
	ts.Logf("%s", errs.String())
	var failed *exec.ExitError
	if !errors.As(err, &failed) || args[0] == "INT" && (failed.ExitCode() != 3 || !bytes.Contains(errs.Bytes(), []byte("the same command goes on from there"))) || args[0] == "KILL" && failed.ExitCode() != -1 {
		ts.Fatalf("after %s: %v\n%s", args[0], err, errs.String())
	}
}

func lookPath(list, name string) (string, error) {
	for _, dir := range filepath.SplitList(list) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}
