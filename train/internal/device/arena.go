package device

// An Arena gives out regions one after the other, and so plans the one
// allocation of a run: lay everything out, then Reserve Bytes on the device.
// The zero Arena is empty.
type Arena struct{ size int }

// align is the alignment of a region in bytes: a whole number of cache lines on
// a CPU, and what vector loads ask for on a GPU.
const align = 256

// New is a region of n elements. No region overlaps another.
func (a *Arena) New(t Type, n int) Buf {
	if n < 0 {
		panic("device: region of negative size")
	}
	b := Buf{Off: a.size, N: n, Type: t}
	a.size = (a.size + n*t.Size() + align - 1) / align * align
	return b
}

// Bytes is how much the regions need together.
func (a *Arena) Bytes() int { return a.size }
