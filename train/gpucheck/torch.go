package gpucheck

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// programs are PyTorch's side of the claims.
//
//go:embed torch/*.py
var programs embed.FS

// torch runs a program of PyTorch on the load's weights and tokens. Each line of JSON
// that it prints is a result, logged as it comes; what else it says goes to a file, the
// end of which is the error where it fails. A program that cannot run here, for want of
// a package, says so with skip.
func (c Check) torch(ctx context.Context, r *Result, program string, args ...string) error {
	if _, err := c.Folder.weights(c.Load); err != nil {
		return err
	}
	dir, err := c.Folder.data(c.Load)
	if err != nil {
		return err
	}
	at, err := c.Folder.programs()
	if err != nil {
		return err
	}
	python, err := exec.LookPath(c.Python)
	if err != nil {
		r.OK, r.Skip = false, fmt.Sprintf("no %s: -python names another", c.Python)
		return nil
	}
	said, err := os.Create(filepath.Join(at, program+"."+c.Load.Model+".log"))
	if err != nil {
		return err
	}
	defer said.Close()
	device := "cpu"
	if c.Device.Name == "cuda" {
		device = "cuda"
	}
	cmd := exec.CommandContext(ctx, python, append([]string{filepath.Join(at, program), "--folder", dir, "--device", device}, args...)...)
	// Nothing is to be fetched, nor a compiler started for each core at once.
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "TRANSFORMERS_OFFLINE=1", "TOKENIZERS_PARALLELISM=false", "PYTHONUNBUFFERED=1", "WANDB_MODE=disabled")
	cmd.Stderr = said
	cmd.WaitDelay = 10 * time.Second
	group(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	good, skipped := c.collect(out, r)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("it was stopped: %w", ctx.Err())
		}
		return fmt.Errorf("%w: %s", err, lastLines(said.Name(), 3))
	}
	switch {
	case good == 0 && skipped != "":
		r.OK, r.Skip = false, skipped
	case good == 0:
		return errors.New("it measured nothing")
	}
	return nil
}

// collect logs the results that a program prints, and counts the good ones.
func (c Check) collect(out interface{ Read([]byte) (int, error) }, r *Result) (good int, skipped string) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] == '{' {
			one := Result{Stage: r.Stage, Load: r.Load}
			if e := json.Unmarshal(line, &one); e != nil {
				one = Result{Stage: r.Stage, Name: r.Name, Detail: fmt.Sprintf("it printed %.80q: %v", line, e)}
			}
			switch {
			case one.OK:
				good++
			case one.Skip != "":
				skipped = one.Skip
			}
			c.Log.Add(one)
		}
		if err != nil {
			return good, skipped
		}
	}
}

// programs writes the programs where Python can run them.
func (f Folder) programs() (dir string, err error) {
	dir, err = filepath.Abs(filepath.Join(string(f), "torch"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	names, err := fs.Glob(programs, "torch/*.py")
	for _, name := range names {
		text, e := programs.ReadFile(name)
		err = errors.Join(err, e, os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o666))
	}
	return dir, err
}

// lastLines is the end of a file, in one line.
func lastLines(path string, n int) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
