package cuda

import (
	"bytes"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A struct has the bytes that a C compiler gives it: the driver copies them as
// they are.
func TestStructsAreLaidOutAsInC(t *testing.T) {
	at := Place{device.Buf{Off: 0x100, N: 4}, false}
	address := func(p Place) uint64 { return 0x7000 + uint64(p.Off) }
	for _, c := range []struct {
		name string
		arg  Arg
		want []byte
	}{
		{"an int before a pointer", S(I(1), Ptr(at)), []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0x71, 0, 0, 0, 0, 0, 0}},
		{"the tail is filled up", S(L(-2), I(3)), []byte{0xfe, 255, 255, 255, 255, 255, 255, 255, 3, 0, 0, 0, 0, 0, 0, 0}},
		{"small ones stand close", S(I(-1), F(1)), []byte{255, 255, 255, 255, 0, 0, 0x80, 0x3f}},
		{"none is null", S(Ptr(Place{})), make([]byte, 8)},
		{"an int alone", I(7), []byte{7, 0, 0, 0}},
	} {
		got := c.arg.Append(nil, address)
		if !bytes.Equal(got, c.want) {
			t.Errorf("%s: % x, want % x", c.name, got, c.want)
		}
		if c.arg.Size() != len(c.want) {
			t.Errorf("%s: size %d, want %d", c.name, c.arg.Size(), len(c.want))
		}
	}
}
