package cuda

import (
	"encoding/binary"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A Kernel is one extern "C" __global__ function. It is comparable: a kernel is
// compiled once for each value.
type Kernel struct {
	File    string // of kernels/, as in "norm.cu"
	Name    string // of the function; unique within File and Defines
	Defines string // options of the compiler, separated by spaces, as in "-DD=64 -DTILE=128"
}

// A Place is a region of the arena or of the scratch of one operation.
type Place struct {
	device.Buf
	Scratch bool
}

// Arena is the place of a buffer. None becomes a null pointer.
func Arena(b device.Buf) Place { return Place{Buf: b} }

// Slice is the region of p from element i on, n elements long.
func (p Place) Slice(i, n int) Place { return Place{p.Buf.Slice(i, n), p.Scratch} }

// An Arg is one argument of a kernel.
type Arg struct {
	Bits   uint64 // the value, where it is no pointer
	At     Place
	Fields []Arg // of a Struct
	Kind   ArgKind
}

// An ArgKind is the C type of an argument.
type ArgKind uint8

// The types of arguments.
const (
	Pointer ArgKind = iota // T*, the address of Arg.At
	Int                    // int
	Long                   // long long
	Float                  // float
	Struct                 // a struct by value, each of Arg.Fields at a multiple of its size
)

// Ptr is the address of a place.
func Ptr(p Place) Arg { return Arg{At: p} }

// Buf is the address of a buffer of the arena, or null for none.
func Buf(b device.Buf) Arg { return Arg{At: Arena(b)} }

// I is an int.
func I(n int) Arg {
	if int(int32(n)) != n {
		panic("cuda: an int argument above 2³¹")
	}
	return Arg{Bits: uint64(uint32(n)), Kind: Int}
}

// L is a long long.
func L(n int) Arg { return Arg{Bits: uint64(n), Kind: Long} }

// F is a float.
func F(x float32) Arg { return Arg{Bits: uint64(math.Float32bits(x)), Kind: Float} }

// S is a struct of fields, none of them a struct.
func S(fields ...Arg) Arg { return Arg{Fields: fields, Kind: Struct} }

// Size is the number of bytes of a in the memory of the device.
func (a Arg) Size() int {
	switch a.Kind {
	case Int, Float:
		return 4
	case Struct:
		return len(a.Append(nil, func(Place) uint64 { return 0 }))
	}
	return 8
}

// Append appends the bytes of a as C lays them out, where b is the beginning of
// the struct or empty. address is where a place lies; it is not asked for none.
func (a Arg) Append(b []byte, address func(Place) uint64) []byte {
	bits, widest := a.Bits, 1
	if a.Kind == Pointer && !a.At.None() {
		bits = address(a.At)
	}
	for _, f := range a.Fields {
		size := f.Size()
		b = f.Append(append(b, make([]byte, -len(b)&(size-1))...), address)
		widest = max(widest, size)
	}
	switch {
	case a.Kind == Struct:
		return append(b, make([]byte, -len(b)&(widest-1))...)
	case a.Size() == 4:
		return binary.LittleEndian.AppendUint32(b, uint32(bits))
	}
	return binary.LittleEndian.AppendUint64(b, bits)
}

// A Launch is one kernel on a grid. A zero in Grid or Block stands for 1.
type Launch struct {
	Kernel
	Grid   [3]int // blocks
	Block  [3]int // threads
	Shared int    // bytes of dynamic shared memory
	Args   []Arg
	Moves  int // bytes that must be read and written, each once; 0 where nobody counted
}

// A Gemm is one matrix product, as Device.MatMul: c = alpha a·b, or c += alpha a·b.
// The types of a, b and c are those of their places; sums are float32.
type Gemm struct {
	C, A, B    Place
	Product    device.Product
	M, N, K    int
	Alpha      float32
	Accumulate bool
}

// A Step is a launch or a product, or bytes set to zero.
type Step struct {
	Launch Launch
	Gemm   *Gemm
	Zero   Place // cleared where it is not none
}

// A Work is the steps of one operation, in order, and the scratch they share.
// Scratch holds nothing between operations and is not zeroed.
type Work struct {
	Steps   []Step
	scratch device.Arena
	logits  int // tokens that have logits at once; 0 stands for scoreChunk
}

// Temp is scratch of n elements, aligned to 256 bytes.
func (w *Work) Temp(t device.Type, n int) Place { return Place{w.scratch.New(t, n), true} }

// ScratchBytes is how much scratch the steps need.
func (w *Work) ScratchBytes() int { return w.scratch.Bytes() }

// Do appends a launch on a grid of blocks of threads, both along x.
func (w *Work) Do(k Kernel, blocks, threads, shared int, args ...Arg) {
	w.Launch(Launch{Kernel: k, Grid: [3]int{blocks}, Block: [3]int{threads}, Shared: shared, Args: args})
}

// Launch appends l, unless its grid is empty.
func (w *Work) Launch(l Launch) {
	if l.Grid[0] != 0 {
		w.Steps = append(w.Steps, Step{Launch: l})
	}
}

// Multiply appends a product.
func (w *Work) Multiply(g Gemm) { w.Steps = append(w.Steps, Step{Gemm: &g}) }

// Clear appends the zeroing of p.
func (w *Work) Clear(p Place) { w.Steps = append(w.Steps, Step{Zero: p}) }

// ceil is n/m rounded up.
func ceil(n, m int) int { return (n + m - 1) / m }
