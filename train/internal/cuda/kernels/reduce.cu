// Sums over rows and over elements. How they are cut depends on sizes alone, and
// nothing is added by atomics: the same bits every time.
#include "common.cuh"

// bias_grad: parts[gridDim.y, n] = sums over `rows` rows of dy[m,n] each. A block
// has 8 warps and 32 packs of columns.
// 0.5B: 119.3 MB, 24.8 µs.
extern "C" __global__ void bias_grad(float *parts, const bf16 *dy, int m, int n, int rows) {
  __shared__ float sums[8][32 * VEC];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int c = (blockIdx.x * 32 + lane) * VEC, end = min(m, (int)(blockIdx.y + 1) * rows);
  float sum[VEC] = {};
  if (c < n)
    for (int row = blockIdx.y * rows + warp; row < end; row += 8) {
      pack g = load(dy + (long long)row * n + c);
#pragma unroll
      for (int k = 0; k < VEC; k++) sum[k] += g.v[k];
    }
#pragma unroll
  for (int k = 0; k < VEC; k++) sums[warp][k * 32 + lane] = sum[k];
  __syncthreads();
  int at = threadIdx.x, column = blockIdx.x * 32 * VEC + at % 32 * VEC + at / 32;
  if (at >= 32 * VEC || column >= n) return;
  float all = 0;
  for (int v = 0; v < 8; v++) all += sums[v][at];
  parts[(long long)blockIdx.y * n + column] = all;
}

// sum_parts: out[n] += the column sums of parts[count,n]. A block has 32 warps for
// 32 columns; warp v adds the rows v, v+32, ...
// 0.5B: 3.7 MB, 0.8 µs.
extern "C" __global__ void sum_parts(float *out, const float *parts, int count, int n) {
  __shared__ float sums[32][33];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, c = blockIdx.x * 32 + lane;
  float sum = 0;
  if (c < n)
#pragma unroll 4
    for (int p = warp; p < count; p += 32) sum += parts[(long long)p * n + c];
  sums[warp][lane] = sum;
  __syncthreads();
  sum = warp_sum(sums[lane][warp]);  // warp w adds up column w of the block
  int column = blockIdx.x * 32 + warp;
  if (lane == 0 && column < n) out[column] += sum;
}
