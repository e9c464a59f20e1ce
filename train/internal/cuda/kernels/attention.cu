// Causal attention inside each document, forward, by tiles with a running softmax
// (Dao 2023, algorithm 1): a block is one query head and 128 queries, and walks over
// the key tiles of 64 from the first token of the document on.
//
//   q, o [T,H,D]  k, v [T,G,D]  lse [T,H]  tiles: attention_plan, size 128, down
//
// A warp holds MT tiles of 16 queries: 2 where D = 64 (4 warps), 1 where D = 128
// (8 warps). Of the two stages of keys and values one is copied while the other is used.
//
//   D    shared   threads   registers sm_80, sm_90   blocks on an SM (registers bound them)
//   64   48 KiB   128       237, 241, no spills      2: 8 warps of 64
//   128  96 KiB   256       169, 182, no spills      1: 8 warps of 64
//
//
// Rounding: scores, maxima and sums in float32; exp(score - max) to bf16 before the
// product with the values, not before the sum; the output to bf16.
#include "attention.cuh"

#define MT (D == 64 ? 2 : 1)
#define WARPS (8 / MT)
#define QUERIES 128
#define KEYS 64

// fold takes the keys of one tile into the running softmax of a warp's queries, the
// first of which is r0; k0 is the first key.
__device__ __forceinline__ void fold(float (&o)[MT][D / 8][4], float (&top)[MT][2], float (&sum)[MT][2],
                                     const bf16 *q, const bf16 *k, const bf16 *v, int r0, int k0, float scale) {
  int l = threadIdx.x & 31, g = l >> 2, t = l & 3;
  float s[MT][KEYS / 8][4] = {};
#pragma unroll
  for (int i = 0; i < D / 16; i++) {
    unsigned a[MT][4];
#pragma unroll
    for (int m = 0; m < MT; m++) rows_of(a[m], q, (threadIdx.x >> 5) * 16 * MT + 16 * m, i);
#pragma unroll
    for (int n = 0; n < KEYS / 16; n++) {
      unsigned b[4];
      cols_of(b, k, 16 * n, i);
#pragma unroll
      for (int m = 0; m < MT; m++) {
        mma(s[m][2 * n], a[m], b[0], b[1]);
        mma(s[m][2 * n + 1], a[m], b[2], b[3]);
      }
    }
  }
#pragma unroll
  for (int m = 0; m < MT; m++) {
    if (k0 + KEYS - 1 > r0 + 16 * m) {
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 0; e < 4; e++)
          if (k0 + 8 * n + 2 * t + (e & 1) > r0 + 16 * m + g + (e >> 1) * 8) s[m][n][e] = -INF;
    }
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float x = top[m][h];
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++) x = fmaxf(x, fmaxf(s[m][n][2 * h], s[m][n][2 * h + 1]));
      x = max_over_quad(x);
      float shrink = power2((top[m][h] - x) * (scale * LOG2E));
      top[m][h] = x;
      sum[m][h] *= shrink;
#pragma unroll
      for (int n = 0; n < D / 8; n++) {
        o[m][n][2 * h] *= shrink;
        o[m][n][2 * h + 1] *= shrink;
      }
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 2 * h; e < 2 * h + 2; e++) {
          s[m][n][e] = power2((s[m][n][e] - x) * (scale * LOG2E));
          sum[m][h] += s[m][n][e];
        }
    }
  }
#pragma unroll
  for (int i = 0; i < KEYS / 16; i++) {
    unsigned p[MT][4];
#pragma unroll
    for (int m = 0; m < MT; m++) as_rows(p[m], s[m][2 * i], s[m][2 * i + 1]);
#pragma unroll
    for (int n = 0; n < D / 16; n++) {
      unsigned b[4];
      down_of(b, v, 16 * i, n);
#pragma unroll
      for (int m = 0; m < MT; m++) {
        mma(o[m][2 * n], p[m], b[0], b[1]);
        mma(o[m][2 * n + 1], p[m], b[2], b[3]);
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(WARPS * 32) attention(bf16 *o, float *lse, const bf16 *q, const bf16 *k, const bf16 *v,
                                                                 const int *tiles, int H, int G, float scale) {
  DYNAMIC_SHARED(bf16, shared);  // queries, then stages [2][keys, values][KEYS][D]
  Tile at = tile_of(tiles, blockIdx.x / H);
  if (at.end == 0) return;
  int head = blockIdx.x % H, group = head / (H / G);
  int warp = threadIdx.x >> 5, g = threadIdx.x >> 2 & 7, t = threadIdx.x & 3;
  int last = at.first + QUERIES < at.end ? at.first + QUERIES : at.end;  // of the queries, and so of the keys
  const bf16 *keys = k + ((long long)at.start * G + group) * D, *values = v + ((long long)at.start * G + group) * D;
  long long ldq = (long long)H * D, ldk = (long long)G * D;

  bf16 *stages = shared + QUERIES * D;
  load<QUERIES, WARPS * 32>(shared, q + ((long long)at.first * H + head) * D, ldq, last - at.first);
  load<KEYS, WARPS * 32>(stages, keys, ldk, at.end - at.start);
  load<KEYS, WARPS * 32>(stages + KEYS * D, values, ldk, at.end - at.start);
  commit();

  int r0 = at.first + warp * 16 * MT;
  float out[MT][D / 8][4] = {}, top[MT][2], sum[MT][2] = {};
#pragma unroll
  for (int m = 0; m < MT; m++) top[m][0] = top[m][1] = -INF;
  int n = (last - at.start + KEYS - 1) / KEYS;
  for (int i = 0; i < n; i++) {
    if (i + 1 < n) {
      bf16 *next = stages + (i + 1 & 1) * 2 * KEYS * D;
      int from = (i + 1) * KEYS;
      load<KEYS, WARPS * 32>(next, keys + from * ldk, ldk, at.end - at.start - from);
      load<KEYS, WARPS * 32>(next + KEYS * D, values + from * ldk, ldk, at.end - at.start - from);
    }
    commit();
    wait<1>();
    __syncthreads();
    const bf16 *now = stages + (i & 1) * 2 * KEYS * D;
    int k0 = at.start + i * KEYS;
    if (r0 < last && k0 < r0 + 16 * MT) fold(out, top, sum, shared, now, now + KEYS * D, r0, k0, scale);
    __syncthreads();
  }

#pragma unroll
  for (int m = 0; m < MT; m++) {
    float s0 = sum_over_quad(sum[m][0]), s1 = sum_over_quad(sum[m][1]);
    int r = r0 + 16 * m + g;
    write_rows(o + head * D, ldq, r, last, out[m], 1 / s0, 1 / s1);
    if (t == 0 && r < last) lse[(long long)r * H + head] = top[m][0] * scale + logf(s0);
    if (t == 0 && r + 8 < last) lse[(long long)(r + 8) * H + head] = top[m][1] * scale + logf(s1);
  }
}
