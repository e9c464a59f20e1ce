package gpucheck

import (
	"errors"
	"fmt"
	"math"
)

// A Case is operations on small numbers, the same on every device. It asks its
// bench to compare what they wrote.
type Case struct {
	Name string // the operation and the shape
	run  func(b *bench)
}

// arenaBytes is what the largest case needs, and some.
const arenaBytes = 1 << 29

// Parity runs every case on d and on the CPU and compares the outputs.
func Parity(d Device, log *Log) error {
	want, err := Open("cpu", 0)
	if err != nil {
		return err
	}
	return parity(d, want, Cases(), arenaBytes, log)
}

func parity(d, cpu Device, cases []Case, arena int, log *Log) error {
	got, err := newBench(d, arena)
	if err != nil {
		return err
	}
	defer got.dev.Close()
	want, err := newBench(cpu, arena)
	if err != nil {
		return err
	}
	defer want.dev.Close()
	for _, c := range cases {
		r := timed(Result{Stage: "parity", Name: c.Name}, func(r *Result) error { return both(r, got, want, c) })
		log.Add(r)
		if err := got.dev.Sync(); err != nil {
			return fmt.Errorf("%s: the device is lost: %w", c.Name, err)
		}
	}
	return nil
}

// both runs a case twice on the device, whose bits must not change, and once on
// the CPU, which is the specification.
func both(r *Result, got, want *bench, c Case) error {
	a, err := got.run(c)
	if err != nil {
		return err
	}
	again, err := got.run(c)
	if err != nil {
		return err
	}
	b, err := want.run(c)
	if err != nil {
		return err
	}
	if len(a) != len(b) || len(a) == 0 {
		return fmt.Errorf("%d outputs, and %d on the CPU", len(a), len(b))
	}
	for i := range a {
		if at := differs(a[i].x, again[i].x); at >= 0 {
			return fmt.Errorf("%s: element %d is %v, and %v in a second run", a[i].name, at, a[i].x[at], again[i].x[at])
		}
		if e, detail := compare(a[i], b[i]); e > r.Error || r.Detail == "" {
			r.Error, r.Detail = e, detail
		}
	}
	if math.IsInf(r.Error, 0) {
		r.Error = math.MaxFloat64 // JSON has no infinity
	}
	if r.Error > 1 {
		return errors.New(r.Detail)
	}
	return nil
}

// differs is the first element whose bits differ, or -1.
func differs(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}
