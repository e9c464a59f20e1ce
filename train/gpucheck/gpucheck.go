// Package gpucheck is what there is to find out when a GPU is at hand for a short
// time: does it work at all (smoke), is every operation right (parity), and how
// fast is it (speed). Each stage stands alone, and each result is written as it
// comes, so that a session that is cut short leaves what it has seen.
//
// The device can be the CPU's backend as well. Parity then compares the CPU with
// a second instance of itself, which must agree to the bit: a test of the harness.
package gpucheck

import (
	"encoding/json"
	"fmt"
	"io"
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
	Seconds float64 `json:"seconds"`

	// Of parity: the largest error of an output, in parts of its tolerance, and
	// which output that was.
	Error  float64 `json:"error,omitempty"`
	Detail string  `json:"detail,omitempty"`

	// Of speed and memory, each under a name that has its unit.
	Numbers map[string]float64 `json:"numbers,omitempty"`
}

// A Log takes results: a line of JSON each, and a line for people.
type Log struct {
	JSON  io.Writer // nil: none
	Table io.Writer // nil: none
	bad   int
	err   error // of writing
}

// Add takes r.
func (l *Log) Add(r Result) {
	if !r.OK {
		l.bad++
	}
	if l.JSON != nil {
		b, err := json.Marshal(r)
		if err == nil {
			_, err = l.JSON.Write(append(b, '\n'))
		}
		if l.err == nil {
			l.err = err
		}
	}
	if l.Table != nil {
		verdict := "ok  "
		if !r.OK {
			verdict = "FAIL"
		}
		fmt.Fprintf(l.Table, "%s %-7s %-44s %7.2f s  %s\n", verdict, r.Stage, r.Name, r.Seconds, r.line())
	}
}

// line is the part of r that differs from stage to stage.
func (r Result) line() string {
	switch {
	case len(r.Numbers) > 0:
		return numbers(r.Numbers) + " " + r.Detail
	case r.Stage == "parity" && r.OK:
		return fmt.Sprintf("%.2f of the tolerance", r.Error)
	}
	return r.Detail
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
