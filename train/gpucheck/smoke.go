package gpucheck

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Smoke is the first thing to do on a device that nobody has tried: one transfer,
// one kernel, one product, each told apart from the others.
func Smoke(d Device, log *Log) error {
	b, err := newBench(d, 64<<20)
	if err != nil {
		return err
	}
	defer b.dev.Close()
	steps := []struct {
		name string
		run  func(b *bench) error
	}{
		{"copy there and back", func(b *bench) error { return b.matches(b.floats(device.F32, []float32{1, -2, .5}), 1, -2, .5) }},
		{"copy as bf16", func(b *bench) error { return b.matches(b.floats(device.BF16, []float32{1, 1.00390625, -3}), 1, 1, -3) }},
		{"a kernel: compiled, loaded, launched", func(b *bench) error {
			y := b.room(b.dev.Act(), 3)
			b.dev.Add(y, b.floats(b.dev.Act(), []float32{1, 2, 3}), b.floats(b.dev.Act(), []float32{10, 20, 30}))
			return b.matches(y, 11, 22, 33)
		}},
		{"a product", func(b *bench) error {
			// [1 2; 3 4] · [5 6; 7 8]ᵀ: a swapped operand or transposition gives other numbers
			c := b.room(device.F32, 4)
			act := b.dev.Act()
			b.dev.MatMul(c, b.floats(act, []float32{1, 2, 3, 4}), b.floats(act, []float32{5, 6, 7, 8}), device.NT, 2, 2, 2, false)
			return b.matches(c, 17, 23, 39, 53)
		}},
	}
	for _, s := range steps {
		log.Add(timed(Result{Stage: "smoke", Name: s.name}, func(*Result) error { return s.run(b) }))
	}
	if g, ok := b.dev.(cuda.GPU); ok {
		log.Add(timed(Result{Stage: "smoke", Name: "a graph"}, func(*Result) error { return b.graph(g) }))
	}
	return nil
}

// matches says whether a buffer holds the numbers wanted.
func (b *bench) matches(buf device.Buf, want ...float32) error {
	got := make([]float32, buf.N)
	b.dev.Download(got, buf)
	if err := b.dev.Sync(); err != nil {
		return err
	}
	for i, w := range want {
		if got[i] != w {
			return fmt.Errorf("got %v, want %v", got, want)
		}
	}
	return nil
}

// graph captures y += x and launches it three times.
func (b *bench) graph(g cuda.GPU) error {
	x, y := b.floats(g.Act(), []float32{1, 2}), b.floats(g.Act(), []float32{0, 0})
	add := func() { g.Add(y, y, x) }
	add()
	made, err := g.Capture(add)
	if err != nil {
		return err
	}
	defer made.Close()
	for range 3 {
		made.Launch()
	}
	return b.matches(y, 4, 8)
}
