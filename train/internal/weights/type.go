package weights

import (
	"encoding/binary"
	"math"
	"slices"
)

// A Type is how a file stores its numbers.
type Type uint8

// The types that graft reads and writes.
const (
	F32 Type = iota
	BF16
	F16
)

// types is indexed by Type: the name in safetensors, that in config.json, the size.
var types = [...]struct {
	name, torch string
	size        int
}{
	F32:  {"F32", "float32", 4},
	BF16: {"BF16", "bfloat16", 2},
	F16:  {"F16", "float16", 2},
}

// String is the name in a safetensors header.
func (t Type) String() string { return types[t].name }

// Torch is the name in a config.json.
func (t Type) Torch() string { return types[t].torch }

func (t Type) size() int { return types[t].size }

func typeOf(name string) (Type, bool) {
	for t, row := range types {
		if row.name == name {
			return Type(t), true
		}
	}
	return 0, false
}

// decode converts len(dst) numbers of src.
func (t Type) decode(dst []float32, src []byte) {
	switch t {
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	case F16:
		for i := range dst {
			dst[i] = fromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	}
}

// encode converts src to len(src) numbers of dst, to nearest, ties to even.
func (t Type) encode(dst []byte, src []float32) {
	switch t {
	case F32:
		for i, x := range src {
			binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(x))
		}
	case BF16:
		for i, x := range src {
			binary.LittleEndian.PutUint16(dst[2*i:], toBrain(x))
		}
	case F16:
		for i, x := range src {
			binary.LittleEndian.PutUint16(dst[2*i:], toHalf(x))
		}
	}
}

// overflow is the first finite number that t would make infinite, or -1.
func (t Type) overflow(values []float32) int {
	most := [...]float32{F32: math.MaxFloat32, BF16: 0x1.fep127, F16: 65504}[t]
	for i, x := range values {
		if (x > most || x < -most) && !math.IsInf(float64(x), 0) && math.IsInf(float64(t.round(x)), 0) {
			return i
		}
	}
	return -1
}

// notFinite is the first of the values that is NaN or infinite, or -1.
func notFinite(values []float32) int {
	return slices.IndexFunc(values, func(x float32) bool { return x-x != 0 })
}

// round is x as t stores it.
func (t Type) round(x float32) float32 {
	switch t {
	case BF16:
		return math.Float32frombits(uint32(toBrain(x)) << 16)
	case F16:
		return fromHalf(toHalf(x))
	}
	return x
}

func toBrain(x float32) uint16 {
	b := math.Float32bits(x)
	if x != x {
		return uint16(b>>16) | 0x40 // stay a NaN
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

func fromHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&0x3ff)
	switch exponent {
	case 0: // zero and subnormals: fraction * 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

func toHalf(x float32) uint16 {
	b := math.Float32bits(x)
	sign, rest := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case rest > 0x7f800000: // NaN
		return sign | 0x7e00
	case rest >= 0x477ff000: // rounds to 65536 or more
		return sign | 0x7c00
	case rest < 0x38800000: // below 2^-14: a whole number of 2^-24, which adding 0.5 rounds to
		return sign | uint16(math.Float32bits(math.Float32frombits(rest)+0.5)-math.Float32bits(0.5))
	}
	return sign | uint16((rest-112<<23+0xfff+rest>>13&1)>>13)
}
