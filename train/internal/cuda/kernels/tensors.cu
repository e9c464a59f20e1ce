// Operations on many tensors by one launch: a model has hundreds of them, most
// small. A table by value says where they lie, each at a multiple of 16 bytes;
// block b works on CHUNK elements of the tensor whose blocks begin last at or
// before b.
#include "common.cuh"

#define TENSORS 32
#define CHUNK 4096  // elements of a block
#define WORKERS 256

struct updates {
  float *w[TENSORS], *m[TENSORS], *v[TENSORS];
  const float *g[TENSORS];
  bf16 *act[TENSORS];  // may be null
  int n[TENSORS], first[TENSORS], count;
};

struct sources {
  const float *x[TENSORS];
  int n[TENSORS], first[TENSORS], count;
};

__device__ __forceinline__ int tensor_of(const int *first, int count) {
  int t = 0;
  while (t + 1 < count && first[t + 1] <= (int)blockIdx.x) t++;
  return t;
}

// load4 reads n <= 4 elements; what is missing is 0.
__device__ __forceinline__ void load4(float *r, const float *p, int n) {
  check_aligned(p, 16);
  if (n == 4) {
    float4 f = *(const float4 *)p;
    r[0] = f.x, r[1] = f.y, r[2] = f.z, r[3] = f.w;
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; k++) r[k] = k < n ? p[k] : 0;
}

__device__ __forceinline__ void store4(float *p, const float *r, int n) {
  if (n == 4) {
    *(float4 *)p = make_float4(r[0], r[1], r[2], r[3]);
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; k++)
    if (k < n) p[k] = r[k];
}

__device__ __forceinline__ void store4(bf16 *p, const float *r, int n) {
  if (n == 4) {
    check_aligned(p, 8);
    *(uint2 *)p = make_uint2(to_bf16(r[0]) | (unsigned)to_bf16(r[1]) << 16, to_bf16(r[2]) | (unsigned)to_bf16(r[3]) << 16);
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; k++)
    if (k < n) p[k] = to_bf16(r[k]);
}

// adamw is one update (Loshchilov and Hutter 2019): step is LR over the first
// correction, root the inverse square root of the second, keep 1 - LR decay.
// 0.5B: 4084.0 MB, 850.8 µs.
extern "C" __global__ void adamw(const __grid_constant__ updates u, float scale, float beta1, float rest1, float beta2,
                                 float rest2, float step, float root, float eps, float keep) {
  int t = tensor_of(u.first, u.count), from = (blockIdx.x - u.first[t]) * CHUNK, to = min(u.n[t], from + CHUNK);
  for (int i = from + threadIdx.x * 4; i < to; i += WORKERS * 4) {
    float w[4], m[4], v[4], g[4];
    int n = min(4, to - i);
    load4(w, u.w[t] + i, n);
    load4(m, u.m[t] + i, n);
    load4(v, u.v[t] + i, n);
    load4(g, u.g[t] + i, n);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      float d = g[k] * scale;
      m[k] = m[k] * beta1 + d * rest1;
      v[k] = v[k] * beta2 + d * d * rest2;
      w[k] = w[k] * keep - m[k] / (sqrtf(v[k]) * root + eps) * step;
    }
    store4(u.w[t] + i, w, n);
    store4(u.m[t] + i, m, n);
    store4(u.v[t] + i, v, n);
    if (u.act[t]) store4(u.act[t] + i, w, n);
  }
}

// squares: parts[gridDim.x], the sum of squares of each block's elements.
// 0.5B: 544.5 MB, 113.4 µs.
extern "C" __global__ void squares(float *parts, const __grid_constant__ sources s) {
  __shared__ float warps[WORKERS / 32];
  int t = tensor_of(s.first, s.count), from = (blockIdx.x - s.first[t]) * CHUNK, to = min(s.n[t], from + CHUNK);
  float sum = 0;
#pragma unroll 4
  for (int i = from + threadIdx.x * 4; i < to; i += WORKERS * 4) {
    float x[4];
    load4(x, s.x[t] + i, min(4, to - i));
#pragma unroll
    for (int k = 0; k < 4; k++) sum += x[k] * x[k];
  }
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (int w = 1; w < WORKERS / 32; w++) sum += warps[w];
  parts[blockIdx.x] = sum;
}

// squares_sum: *out = the sum of parts[count], in float64, by one block of 1,024.
// 0.5B: 0.1 MB, 0.0 µs.
extern "C" __global__ void squares_sum(double *out, const float *parts, int count) {
  __shared__ double warps[32];
  double sum = 0;
  for (int i = threadIdx.x; i < count; i += 1024) sum += parts[i];
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  sum = warp_sum(warps[threadIdx.x]);
  if (threadIdx.x == 0) *out = sum;
}
