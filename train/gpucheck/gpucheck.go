// Package gpucheck is what there is to find out when a GPU is at hand for a short
// time: does it work at all (smoke), is every operation right (parity), how fast is it
// (kernels, sft, decode, grpo), how fast is PyTorch on the same weights and tokens
// (torch-sft, torch-generate, torch-grpo), and do the claims hold (claims). Each stage
// stands alone, and each result is written as it comes, so that a session that is cut
// short leaves what it has seen, and the next goes on from there.
//
// The device can be the CPU's backend as well. Parity then compares the CPU with
// a second instance of itself, which must agree to the bit: a test of the harness.
//
//	load.go    how much work the measurements are; FLOPs and bytes by definition
//	folder.go  weights and tokens in files, which both sides read
//	stage.go   the list of what is measured, in its order
//	torch/     PyTorch's side, embedded
package gpucheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Result is one thing that was found out.
type Result struct {
	Stage   string  `json:"stage"`
	Name    string  `json:"name"`
	OK      bool    `json:"ok"`
	Skip    string  `json:"skip,omitempty"`  // why it was not tried; OK is then false and counts as nothing
	Began   bool    `json:"began,omitempty"` // no result: it was begun
	Seconds float64 `json:"seconds"`

	// Of parity: the largest error of an output, in parts of its tolerance, and
	// which output that was.
	Error  float64 `json:"error,omitempty"`
	Detail string  `json:"detail,omitempty"`

	// Of speed and memory, each under a name that has its unit.
	Numbers map[string]float64 `json:"numbers,omitempty"`
	// Of every step of fine-tuning.
	Losses []float64 `json:"losses,omitempty"`
	// What was measured: a result of another load is another result.
	Load *Load  `json:"load,omitempty"`
	On   string `json:"on,omitempty"` // the device
}

// A Log takes results: a line of JSON each, and a line for people.
type Log struct {
	JSON  io.Writer // nil: none
	Table io.Writer // nil: none
	All   []Result  // in order; those of an earlier session may stand in it
	On    string    // the device that results are of
	mu    sync.Mutex
	bad   int
	err   error // of writing
}

// Add takes r.
func (l *Log) Add(r Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !r.OK && r.Skip == "" && !r.Began {
		l.bad++
	}
	r.On = l.On
	l.All = append(l.All, r)
	if l.JSON != nil {
		b, err := json.Marshal(r)
		if err == nil {
			_, err = l.JSON.Write(append(b, '\n'))
		}
		if l.err == nil {
			l.err = err
		}
	}
	if l.Table != nil && !r.Began {
		verdict := "ok  "
		if r.Skip != "" {
			verdict = "skip"
		} else if !r.OK {
			verdict = "FAIL"
		}
		fmt.Fprintf(l.Table, "%s %-14s %-56s %7.2f s  %s\n", verdict, r.Stage, r.Name, r.Seconds, r.line())
	}
}

// line is the part of r that differs from stage to stage.
func (r Result) line() string {
	switch {
	case r.Skip != "":
		return r.Skip
	case len(r.Numbers) > 0:
		return numbers(r.Numbers) + " " + r.Detail
	case r.Stage == "parity" && r.OK:
		return fmt.Sprintf("%.2f of the tolerance", r.Error)
	}
	return r.Detail
}

// Open lets results go to a file, after those that it has, which count as found; with
// again they do not. A last line that was cut off is dropped. One process has the file.
func (l *Log) Open(path string, again bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: another process writes to it", path)
	}
	old, err := io.ReadAll(f)
	whole := int64(bytes.LastIndexByte(old, '\n') + 1)
	number := 0
	for line := range bytes.Lines(old[:whole]) {
		var r Result
		number++
		if e := json.Unmarshal(line, &r); e != nil && err == nil {
			err = fmt.Errorf("%s:%d: %w: it is no file of results; -o names another", path, number, e)
		}
		if !again {
			l.All = append(l.All, r)
		}
	}
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	l.JSON = f
	return f, nil
}

// hung reports that the last word about a measurement is that it was begun: it ended the
// process, or the process was ended in it.
func (l *Log) hung(stage, name string, load *Load) bool {
	for i := len(l.All) - 1; i >= 0; i-- {
		if r := &l.All[i]; r.Stage == stage && r.Name == name && r.On == l.On && sameLoad(r.Load, load) {
			return r.Began
		}
	}
	return false
}

// Find is the last good result of a stage, a name and a load, or nil.
func (l *Log) Find(stage, name string, load *Load) *Result {
	for i := len(l.All) - 1; i >= 0; i-- {
		if r := &l.All[i]; r.Stage == stage && r.Name == name && r.OK && r.On == l.On && sameLoad(r.Load, load) {
			return r
		}
	}
	return nil
}

// sameLoad compares by what JSON says, which is what an earlier session left.
func sameLoad(a, b *Load) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// Bad is how many results were not as they should be.
func (l *Log) Bad() int { return l.bad }

// Err is the first error of writing results.
func (l *Log) Err() error { return l.err }

// A Device makes instances of one backend; each has an arena of its own.
type Device struct {
	Name string
	open func() (device.Device, error)
}

// Open is the device of a name, cuda or cpu. Nothing is opened yet.
func Open(name string, threads int) (Device, error) {
	switch name {
	case "cuda":
		return Device{name, func() (device.Device, error) { return cuda.Open() }}, nil
	case "cpu":
		return Device{name, func() (device.Device, error) { return cpu.New(threads), nil }}, nil
	}
	return Device{}, fmt.Errorf("unknown device %q; there are cuda and cpu", name)
}

// About opens the device and says what it is, or why there is none.
func (d Device) About() (string, error) {
	dev, err := d.open()
	if err != nil {
		return "", err
	}
	about := dev.Name()
	if g, ok := dev.(cuda.GPU); ok {
		about = g.About()
	}
	return about, dev.Close()
}

// timed is r with the time that f took, and its error as the detail.
func timed(r Result, f func(r *Result) error) Result {
	start := time.Now()
	r.OK = true
	if err := f(&r); err != nil {
		r.OK, r.Detail = false, err.Error()
	}
	r.Seconds = time.Since(start).Seconds()
	return r
}
