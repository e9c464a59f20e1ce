// bf16 as 16 bits, for NVRTC, which has no cuda_bf16.h of its own. Rounding is to
// nearest, ties to even, and a NaN stays one: bit for bit what package cpu does.
#pragma once

typedef unsigned short bf16;

__device__ __forceinline__ float from_bf16(bf16 h) {
  return __uint_as_float((unsigned)h << 16);
}

__device__ __forceinline__ bf16 to_bf16(float x) {
  unsigned u = __float_as_uint(x);
  if (x != x) return (bf16)(u >> 16 | 0x40);
  return (bf16)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}
