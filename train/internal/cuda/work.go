package cuda

import (
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
	Bits uint64 // the value, where it is no pointer
	At   Place
	Kind ArgKind
}

// An ArgKind is the C type of an argument.
type ArgKind uint8

// The types of arguments.
const (
	Pointer ArgKind = iota // T*, the address of Arg.At
	Int                    // int
	Long                   // long long
	Float                  // float
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

// A Launch is one kernel on a grid. A zero in Grid or Block stands for 1.
type Launch struct {
	Kernel
	Grid   [3]int // blocks
	Block  [3]int // threads
	Shared int    // bytes of dynamic shared memory
	Args   []Arg
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
