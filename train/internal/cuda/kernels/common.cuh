// What the kernels share: packs of neighbors, sums over a warp and a block.
//
// Above a kernel stands what its launches in one operation must read and write, and
// the time of that at 4.8 TB/s: for Qwen2.5-0.5B over 65,536 tokens (costs.go).
//
// VEC is how many neighbors a thread moves at once: 8, by accesses of 16 bytes,
// where rows and buffers are multiples of that, and otherwise 1.
#pragma once
#include "bf16.cuh"

#ifndef SHIM  // the header by which the tests run kernels on a CPU has its own
#define check_aligned(p, n)
#define DYNAMIC_SHARED(type, name)                            \
  extern __shared__ __align__(16) unsigned char name##_of[]; \
  type *name = (type *)name##_of
#endif

#define FULL 0xffffffffu

#ifdef VEC
struct pack {
  float v[VEC];
};

__device__ __forceinline__ pack load(const float *p) {
  pack r;
#if VEC == 8
  check_aligned(p, 16);
  float4 a = ((const float4 *)p)[0], b = ((const float4 *)p)[1];
  r.v[0] = a.x, r.v[1] = a.y, r.v[2] = a.z, r.v[3] = a.w;
  r.v[4] = b.x, r.v[5] = b.y, r.v[6] = b.z, r.v[7] = b.w;
#else
  r.v[0] = *p;
#endif
  return r;
}

__device__ __forceinline__ void store(float *p, pack r) {
#if VEC == 8
  check_aligned(p, 16);
  ((float4 *)p)[0] = make_float4(r.v[0], r.v[1], r.v[2], r.v[3]);
  ((float4 *)p)[1] = make_float4(r.v[4], r.v[5], r.v[6], r.v[7]);
#else
  *p = r.v[0];
#endif
}

__device__ __forceinline__ pack load(const bf16 *p) {
  pack r;
#if VEC == 8
  check_aligned(p, 16);
  uint4 u = *(const uint4 *)p;
  unsigned w[4] = {u.x, u.y, u.z, u.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    r.v[2 * i] = __uint_as_float(w[i] << 16);
    r.v[2 * i + 1] = __uint_as_float(w[i] & 0xffff0000u);
  }
#else
  r.v[0] = from_bf16(*p);
#endif
  return r;
}

__device__ __forceinline__ void store(bf16 *p, pack r) {
#if VEC == 8
  check_aligned(p, 16);
  unsigned w[4];
#pragma unroll
  for (int i = 0; i < 4; i++) w[i] = to_bf16(r.v[2 * i]) | (unsigned)to_bf16(r.v[2 * i + 1]) << 16;
  *(uint4 *)p = make_uint4(w[0], w[1], w[2], w[3]);
#else
  *p = to_bf16(r.v[0]);
#endif
}
#endif  // VEC

// warp_sum gives every lane the sum over the warp, always in the same order.
template <class T>
__device__ __forceinline__ T warp_sum(T x) {
#pragma unroll
  for (int with = 16; with > 0; with >>= 1) x += __shfl_xor_sync(FULL, x, with);
  return x;
}
