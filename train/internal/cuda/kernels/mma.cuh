// What a warp does together on a tensor core, one function an instruction, so that
// a test may stand in for the PTX (PTX ISA, "Matrix multiply-accumulate operation
// using mma instruction", "ldmatrix", "cp.async"). sm_80 and above.
//
// Fragments of m16n8k16, for lane l, g = l/4 and t = l%4:
//
//   a0 (row g, k 2t 2t+1)  a1 (row g+8, same k)  a2 (row g, k 2t+8 2t+9)  a3 (row g+8)
//   b0 (k 2t 2t+1, col g)  b1 (k 2t+8 2t+9, col g)
//   c0 c1 (row g, cols 2t 2t+1)  c2 c3 (row g+8, same cols)
#pragma once
#include "common.cuh"

#define INF __int_as_float(0x7f800000)

#ifndef SHIM

// mma adds a·b to c: bf16 operands, float32 sums.
__device__ __forceinline__ void mma(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// ldmatrix reads four 8x8 matrices of bf16: lanes 8i to 8i+7 name the rows of
// matrix i, and lane l gets elements 2t, 2t+1 of row g of each.
__device__ __forceinline__ void ldmatrix(unsigned (&r)[4], const bf16 *row) {
  unsigned at = (unsigned)__cvta_generic_to_shared(row);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}

// ldmatrix_trans is ldmatrix of the transposed matrices.
__device__ __forceinline__ void ldmatrix_trans(unsigned (&r)[4], const bf16 *row) {
  unsigned at = (unsigned)__cvta_generic_to_shared(row);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}

// copy16 begins a copy of 16 bytes to shared memory, or of zeros where src is not real.
__device__ __forceinline__ void copy16(void *dst, const void *src, bool real) {
  unsigned at = (unsigned)__cvta_generic_to_shared(dst);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(at), "l"(src), "r"(real ? 16 : 0) : "memory");
}

// copy4 is copy16 of 4 bytes.
__device__ __forceinline__ void copy4(void *dst, const void *src, bool real) {
  unsigned at = (unsigned)__cvta_generic_to_shared(dst);
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(at), "l"(src), "r"(real ? 4 : 0) : "memory");
}

// commit closes a group of copies; wait returns when at most n groups are under way.
__device__ __forceinline__ void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int n>
__device__ __forceinline__ void wait() { asm volatile("cp.async.wait_group %0;" ::"n"(n) : "memory"); }

// power2 is 2ˣ within 2 ulp; 0 for -inf and what is below the normal numbers.
__device__ __forceinline__ float power2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// pack is two floats rounded to bf16, lo in the low half.
__device__ __forceinline__ unsigned pack(float lo, float hi) {
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(hi), "f"(lo));
  return r;
}

#endif
