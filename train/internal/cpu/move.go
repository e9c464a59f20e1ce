package cpu

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// halves is the elements of a BF16 buffer.
func (d *Device) halves(b device.Buf) []uint16 {
	d.flush()
	if b.Off < 0 || b.Off%2 != 0 || b.N < 0 || b.Off/2+b.N > 2*(len(d.mem)-slack) {
		panic(fmt.Sprintf("cpu: %d halves at byte %d of an arena of %d bytes", b.N, b.Off, 4*max(0, len(d.mem)-slack)))
	}
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(d.mem))), 2*len(d.mem))[b.Off/2 : b.Off/2+b.N]
}

// toBF16 rounds to nearest, ties to even; a NaN stays one.
func toBF16(x float32) uint16 {
	u := math.Float32bits(x)
	if x != x {
		return uint16(u>>16) | 0x40
	}
	return uint16((u + 0x7fff + u>>16&1) >> 16)
}

func fromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

func same(n, m int) {
	if n != m {
		panic(fmt.Sprintf("cpu: %d elements are to become %d", n, m))
	}
}

// Upload copies src into dst.
func (d *Device) Upload(dst device.Buf, src []float32) {
	same(len(src), dst.N)
	if dst.Type != device.BF16 {
		copy(d.f(dst, -1), src)
		return
	}
	for i, h := 0, d.halves(dst); i < len(h); i++ {
		h[i] = toBF16(src[i])
	}
}

// UploadInts copies src into dst.
func (d *Device) UploadInts(dst device.Buf, src []int32) {
	copy(d.i(dst, len(src)), src)
}

// Download copies src into dst.
func (d *Device) Download(dst []float32, src device.Buf) {
	same(src.N, len(dst))
	if src.Type != device.BF16 {
		copy(dst, d.f(src, -1))
		return
	}
	for i, h := range d.halves(src) {
		dst[i] = fromBF16(h)
	}
}

// Zero clears b.
func (d *Device) Zero(b device.Buf) {
	if b.Type == device.BF16 {
		clear(d.halves(b))
		return
	}
	clear(d.words(b, -1))
}

// Copy copies src to dst and converts between F32 and BF16.
func (d *Device) Copy(dst, src device.Buf) {
	same(src.N, dst.N)
	switch {
	case dst.Type == src.Type && dst.Type == device.BF16:
		copy(d.halves(dst), d.halves(src))
	case dst.Type == device.F32 && src.Type == device.F32:
		to, from := d.floats(dst, -1), d.floats(src, -1)
		d.awaitEach(eachJob{f: copyRange, count: dst.N, x: to, y: from}, 1, writes(to), reads(from))
	case dst.Type == src.Type:
		copy(d.words(dst, -1), d.words(src, -1))
	case dst.Type == device.BF16:
		d.Upload(dst, d.f(src, -1))
	default:
		d.Download(d.f(dst, -1), src)
	}
}

func copyRange(j *eachJob, _ *worker, from, to int) { copy(j.x[from:to], j.y[from:to]) }
