//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A graph is a captured list of operations (CUgraphExec).
type graph struct {
	d          *Device
	exec       uintptr
	generation int
}

// Capture records the operations that f calls as one graph.
func (d *Device) Capture(f func()) (device.Graph, error) {
	var err error
	d.owner.do(func() {
		c := d.c
		if err = c.fault; err == nil {
			err = c.check(c.capture.call(c.stream, captureRelaxed), "begin a graph")
		}
		c.capturing = err == nil
	})
	if err != nil {
		return nil, err
	}
	f()
	g := &graph{d: d}
	d.owner.do(func() { err = g.end() })
	if err != nil {
		return nil, err
	}
	return g, nil
}

// end closes the capture, whether or not all went well in it: an error while
// capturing has done nothing on the GPU, and the device can go on.
func (g *graph) end() error {
	c := g.d.c
	c.capturing = false
	var list uintptr
	err := c.fault
	c.fault = nil
	if e := c.check(c.captured.call(c.stream, uintptr(unsafe.Pointer(&list))), "end a graph"); err == nil {
		err = e
	}
	if list != 0 {
		defer c.graphEnd.call(list)
	}
	if err != nil {
		return err
	}
	c.captures++
	g.generation = c.generation
	return c.check(c.instantiate.call(uintptr(unsafe.Pointer(&g.exec)), list, 0), "instantiate a graph")
}

// Launch does the operations of the graph.
func (g *graph) Launch() {
	g.d.post(func(c *context) error {
		switch {
		case g.exec == 0:
			return errors.New("a closed graph was launched")
		case g.generation != c.generation:
			return fmt.Errorf("a graph was captured before the scratch grew to %d bytes: capture it again", c.scratch.bytes)
		}
		return c.check(c.graphLaunch.call(g.exec, c.stream), "launch a graph")
	})
}

// Stale reports that the scratch was allocated anew since the capture.
func (g *graph) Stale() (stale bool) {
	g.d.owner.do(func() { stale = g.generation != g.d.c.generation })
	return stale
}

// Close gives the graph back.
func (g *graph) Close() {
	g.d.owner.do(func() {
		if g.exec != 0 {
			g.d.c.graphExecEnd.call(g.exec)
		}
		g.exec = 0
	})
}

// Time does what f calls and is the time between two events around it.
func (d *Device) Time(f func()) (time.Duration, error) {
	var marks [2]uintptr
	mark := func(i int) {
		d.post(func(c *context) error {
			if err := c.check(c.eventNew.call(uintptr(unsafe.Pointer(&marks[i])), 0), "make an event"); err != nil {
				return err
			}
			return c.check(c.eventRecord.call(marks[i], c.stream), "record an event")
		})
	}
	mark(0)
	f()
	mark(1)
	var ms float32
	d.wait(func(c *context) error {
		if err := c.check(c.eventSync.call(marks[1]), "wait for an event"); err != nil {
			return err
		}
		err := c.check(c.eventElapsed.call(uintptr(unsafe.Pointer(&ms)), marks[0], marks[1]), "read a time")
		for _, m := range marks {
			c.eventEnd.call(m)
		}
		return err
	})
	return time.Duration(float64(ms) * float64(time.Millisecond)), d.err()
}
