//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"fmt"
	"unsafe"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// blas is cuBLASLt: products of matrices with an algorithm chosen once a shape.
type blas struct {
	create, destroy, version                   proc
	descNew, descSet, descEnd                  proc
	layoutNew, layoutEnd                       proc
	prefNew, prefSet, prefEnd, heuristic, mult proc
	statusName                                 proc

	handle    uintptr
	plans     map[shape]*plan
	workspace uintptr // of the device
}

func (b *blas) symbols() []symbol {
	return []symbol{
		{"cublasLtCreate", &b.create}, {"cublasLtDestroy", &b.destroy}, {"cublasLtGetVersion", &b.version},
		{"cublasLtMatmulDescCreate", &b.descNew}, {"cublasLtMatmulDescSetAttribute", &b.descSet}, {"cublasLtMatmulDescDestroy", &b.descEnd},
		{"cublasLtMatrixLayoutCreate", &b.layoutNew}, {"cublasLtMatrixLayoutDestroy", &b.layoutEnd},
		{"cublasLtMatmulPreferenceCreate", &b.prefNew}, {"cublasLtMatmulPreferenceSetAttribute", &b.prefSet}, {"cublasLtMatmulPreferenceDestroy", &b.prefEnd},
		{"cublasLtMatmulAlgoGetHeuristic", &b.heuristic}, {"cublasLtMatmul", &b.mult}, {"cublasLtGetStatusName", &b.statusName},
	}
}

// What cublasLt.h and library_types.h call these.
const (
	typeF32         = 0  // CUDA_R_32F
	typeBF16        = 14 // CUDA_R_16BF
	compute32F      = 68 // CUBLAS_COMPUTE_32F
	descTransA      = 3
	descTransB      = 4
	prefWorkspace   = 1
	prefReduction   = 3
	prefAlignA      = 5 // and B, C, D after it
	opN             = 0
	opT             = 1
	reduceNone      = 0
	reduceCompute   = 2 // partial sums in the type of the computation, added in order
	workspaceBytes  = 32 << 20
	largestAlign    = 256
	statusNoSupport = 15
)

// A shape is what an algorithm is chosen for: alignments count, because a slice
// of a buffer may start anywhere.
type shape struct {
	product             device.Product
	m, n, k             int
	typeA, typeB, typeC device.Type
	alignA, alignB      uint32
	alignC              uint32
	accumulate          bool
}

// A plan is a product made ready: descriptors and the algorithm.
type plan struct {
	desc, a, b, c uintptr
	result        heuristic
}

// A heuristic is cublasLtMatmulHeuristicResult_t: 96 bytes, of which the first
// 64 are the algorithm.
type heuristic struct {
	algo      [8]uint64
	workspace uintptr
	state     int32
	waves     float32
	reserved  [4]int32
}

func openBlas(folders []string) (*blas, error) {
	b := &blas{plans: map[shape]*plan{}}
	handle, path, err := libCublasLt.open(folders)
	if err != nil {
		return nil, err
	}
	return b, bind(handle, path, b.symbols())
}

// start makes the handle; the context must be current.
func (b *blas) start() error {
	return b.check(b.create.call(uintptr(unsafe.Pointer(&b.handle))), "start cuBLASLt")
}

func (b *blas) close() {
	for _, p := range b.plans {
		b.drop(p)
	}
	b.plans = nil
	if b.handle != 0 {
		b.destroy.call(b.handle)
	}
	b.handle = 0
}

func (b *blas) drop(p *plan) {
	for _, l := range []uintptr{p.a, p.b, p.c} {
		if l != 0 {
			b.layoutEnd.call(l)
		}
	}
	if p.desc != 0 {
		b.descEnd.call(p.desc)
	}
}

func (b *blas) check(code int32, what string) error {
	if code == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s", what, goString(b.statusName.pointer(uintptr(code))))
}

func cudaType(t device.Type) uintptr {
	if t == device.BF16 {
		return typeBF16
	}
	return typeF32
}

// alignment is the largest power of two that divides an address, up to 256.
func alignment(p uintptr) uint32 { return uint32(min(p&-p, largestAlign)) }

// make chooses the algorithm of a shape. cuBLASLt thinks in columns: a row-major
// c[M,N] is its C of N rows and M columns, and c = a·b is C = B·A, so that its
// first operand is our second.
//
// Of the reductions over k only those that add in a fixed order are allowed; for
// outputs that are rows of activations none, so that a row's bits do not depend
// on how many rows there are.
func (b *blas) make(s shape) (*plan, error) {
	p := &plan{}
	opA, opB := uintptr(opN), uintptr(opN) // of cuBLASLt's operands
	rowsA, colsA := s.n, s.k               // our b
	rowsB, colsB := s.k, s.m               // our a
	reduction := uint32(reduceNone)
	switch s.product {
	case device.NT:
		opA, rowsA, colsA = opT, s.k, s.n
	case device.TN:
		opB, rowsB, colsB = opT, s.m, s.k
		reduction = reduceCompute
	}
	var pref uintptr
	defer func() {
		if pref != 0 {
			b.prefEnd.call(pref)
		}
	}()
	a32, b32 := int32(opA), int32(opB)
	space := uint64(workspaceBytes)
	found := int32(0)
	var err error
	try := func(code int32, what string) {
		if err == nil {
			err = b.check(code, what)
		}
	}
	layout := func(to *uintptr, t device.Type, rows, cols int) {
		try(b.layoutNew.call(uintptr(unsafe.Pointer(to)), cudaType(t), uintptr(rows), uintptr(cols), uintptr(rows)), "describe a matrix")
	}
	try(b.descNew.call(uintptr(unsafe.Pointer(&p.desc)), compute32F, typeF32), "describe a product")
	layout(&p.a, s.typeB, rowsA, colsA)
	layout(&p.b, s.typeA, rowsB, colsB)
	layout(&p.c, s.typeC, s.n, s.m)
	try(b.prefNew.call(uintptr(unsafe.Pointer(&pref))), "describe a preference")
	if err == nil {
		try(b.descSet.call(p.desc, descTransA, uintptr(unsafe.Pointer(&a32)), 4), "transpose an operand")
		try(b.descSet.call(p.desc, descTransB, uintptr(unsafe.Pointer(&b32)), 4), "transpose an operand")
		try(b.prefSet.call(pref, prefWorkspace, uintptr(unsafe.Pointer(&space)), 8), "limit the workspace")
		try(b.prefSet.call(pref, prefReduction, uintptr(unsafe.Pointer(&reduction)), 4), "choose the reduction")
		for i, align := range []uint32{s.alignB, s.alignA, s.alignC, s.alignC} {
			try(b.prefSet.call(pref, uintptr(prefAlignA+i), uintptr(unsafe.Pointer(&align)), 4), "state an alignment")
		}
	}
	if err == nil {
		code := b.heuristic.call(b.handle, p.desc, p.a, p.b, p.c, p.c, pref, 1, uintptr(unsafe.Pointer(&p.result)), uintptr(unsafe.Pointer(&found)))
		try(code, "choose an algorithm")
		if err == nil && (found < 1 || p.result.state != 0) {
			err = b.check(statusNoSupport, "choose an algorithm")
		}
	}
	if err == nil && p.result.workspace > workspaceBytes {
		err = fmt.Errorf("an algorithm of %d bytes of workspace was chosen, of %d", p.result.workspace, workspaceBytes)
	}
	if err != nil {
		b.drop(p)
		return nil, fmt.Errorf("cublasLt: product %d of %dx%dx%d: %w", s.product, s.m, s.n, s.k, err)
	}
	return p, nil
}

// multiply does g on a stream, with the operands at the given addresses.
func (b *blas) multiply(g *Gemm, c, a, bb, stream uintptr) error {
	s := shape{g.Product, g.M, g.N, g.K, g.A.Type, g.B.Type, g.C.Type, alignment(a), alignment(bb), alignment(c), g.Accumulate}
	p := b.plans[s]
	if p == nil {
		var err error
		if p, err = b.make(s); err != nil {
			return err
		}
		b.plans[s] = p
	}
	alpha, beta := g.Alpha, float32(0)
	if g.Accumulate {
		beta = 1
	}
	code := b.mult.call(b.handle, p.desc, uintptr(unsafe.Pointer(&alpha)), bb, p.a, a, p.b, uintptr(unsafe.Pointer(&beta)),
		c, p.c, c, p.c, uintptr(unsafe.Pointer(&p.result.algo)), b.workspace, workspaceBytes, stream)
	if code != 0 {
		return fmt.Errorf("cublasLt: product %d of %dx%dx%d: %w", g.Product, g.M, g.N, g.K, b.check(code, "multiply"))
	}
	return nil
}
