//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import "unsafe"

// A ring is page-locked memory of the host, from and to which alone the GPU
// copies while the program goes on. A slot is used again when its copy is done.
type ring struct {
	slots []slot
	next  int
}

type slot struct {
	mem   []byte
	at    uintptr
	event uintptr // recorded after the copy
	busy  bool
}

const (
	slots     = 16
	slotBytes = 4 << 20
)

func (r *ring) open(c *context) error {
	for range slots {
		var s slot
		if err := c.check(c.allocHost.call(uintptr(unsafe.Pointer(&s.at)), slotBytes), "allocate page-locked memory"); err != nil {
			return err
		}
		s.mem = unsafe.Slice(*(**byte)(unsafe.Pointer(&s.at)), slotBytes)
		r.slots = append(r.slots, s)
		if err := c.check(c.eventNew.call(uintptr(unsafe.Pointer(&r.slots[len(r.slots)-1].event)), 2), "make an event"); err != nil { // 2: without timing
			return err
		}
	}
	return nil
}

func (r *ring) close(c *context) {
	for _, s := range r.slots {
		if s.event != 0 {
			c.eventEnd.call(s.event)
		}
		c.freeHost.call(s.at)
	}
	r.slots = nil
}

// take is a slot whose last copy is done.
func (r *ring) take(c *context) (*slot, error) {
	s := &r.slots[r.next%len(r.slots)]
	r.next++
	if s.busy {
		if err := c.check(c.eventSync.call(s.event), "wait for a copy"); err != nil {
			return nil, err
		}
		s.busy = false
	}
	return s, nil
}

// upload copies n elements of size bytes to the GPU; fill writes the elements
// from..to into memory. It returns when fill is done with the last of them.
func (c *context) upload(to uintptr, n, size int, fill func(mem []byte, from, to int)) error {
	for at := 0; at < n; {
		count := min(n-at, slotBytes/size)
		s, err := c.ring.take(c)
		if err != nil {
			return err
		}
		fill(s.mem[:count*size], at, at+count)
		if err := c.check(c.toDevice.call(to+uintptr(at*size), s.at, uintptr(count*size), c.stream), "copy %d bytes to the GPU", count*size); err != nil {
			return err
		}
		if err := c.check(c.eventRecord.call(s.event, c.stream), "record an event"); err != nil {
			return err
		}
		s.busy = true
		at += count
	}
	return nil
}

// download copies from the GPU, waits, and hands the elements to read.
func (c *context) download(from uintptr, n, size int, read func(mem []byte, from, to int)) error {
	for at := 0; at < n; {
		count := min(n-at, slotBytes/size)
		s, err := c.ring.take(c)
		if err != nil {
			return err
		}
		if err := c.check(c.toHost.call(s.at, from+uintptr(at*size), uintptr(count*size), c.stream), "copy %d bytes from the GPU", count*size); err != nil {
			return err
		}
		if err := c.check(c.streamSync.call(c.stream), "wait for the GPU"); err != nil {
			return err
		}
		read(s.mem[:count*size], at, at+count)
		at += count
	}
	return nil
}
