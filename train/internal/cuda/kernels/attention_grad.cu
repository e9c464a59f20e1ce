// Gradients of causal attention (Dao 2023, algorithm 2), without atomics: with
// P = exp(scale QKᵀ - lse) and delta = rowsum(dO * O),
//
//   dV = Pᵀ dO,  dS = P * (dO Vᵀ - delta),  dQ = scale dS K,  dK = scale dSᵀ Q
//
// attention_delta  delta [T,H]
// attention_dkv    a block is a key head and 64 keys; over the query heads of the
//                  group and their queries, in that order: no other block writes there
// attention_dq     a block is a query head and 64 queries; over the keys
//
// P is computed twice, 7 products instead of 5: the price of a fixed order. A warp
// holds 16 rows. Rounding: P and dS to bf16 before their products; the rest float32.
//
//   kernel  D    shared     threads   registers sm_80, sm_90   blocks on an SM: sm_80, sm_90
//   dkv     64   49 KiB     128       180, 211                 2, 2 (registers)
//   dkv     128  64.5 KiB   128       248, 252                 2, 2 (registers)
//   dq      64   48 KiB     128       168, 168                 3, 3 (registers)
//   dq      128  96 KiB     128       220, 240                 1 (shared), 2
//
// Nothing is spilled.
#include "attention.cuh"

#define KEYS 64
#define WARPS 4
#define QUERIES (D == 64 ? 64 : 32)  // of a tile in attention_dkv; registers bound it

// Eight lanes (D = 64) or sixteen to a row; o, dout [T,H,D], rows = T*H.
extern "C" __global__ void __launch_bounds__(256) attention_delta(float *delta, const bf16 *dout, const bf16 *o, int rows) {
  int row = (blockIdx.x * 256 + threadIdx.x) / (D / 8), part = threadIdx.x % (D / 8);
  float sum = 0;
  if (row < rows) {
    uint4 x = ((const uint4 *)(dout + (long long)row * D))[part], y = ((const uint4 *)(o + (long long)row * D))[part];
    const unsigned a[4] = {x.x, x.y, x.z, x.w}, b[4] = {y.x, y.y, y.z, y.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
      sum += from_bf16((bf16)a[i]) * from_bf16((bf16)b[i]);
      sum += from_bf16((bf16)(a[i] >> 16)) * from_bf16((bf16)(b[i] >> 16));
    }
  }
#pragma unroll
  for (int m = D / 16; m > 0; m /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, m);
  if (row < rows && part == 0) delta[row] = sum;
}

// A Stage is what attention_dkv reads of one tile of queries.
struct Stage {
  bf16 q[QUERIES * D], dout[QUERIES * D];
  float lse[QUERIES], delta[QUERIES];
};

__device__ __forceinline__ void load_stage(Stage *s, const bf16 *q, const bf16 *dout, const float *lse, const float *delta,
                                          int first, int head, int H, int real) {
  long long at = (long long)first * H + head;
  load<QUERIES, WARPS * 32>(s->q, q + at * D, (long long)H * D, real);
  load<QUERIES, WARPS * 32>(s->dout, dout + at * D, (long long)H * D, real);
  int i = threadIdx.x;
  if (i < QUERIES) {
    long long row = at + (long long)(i < real ? i : 0) * H;
    copy4(&s->lse[i], lse + row, i < real);
    copy4(&s->delta[i], delta + row, i < real);
  }
}

// pair adds what the queries of a stage give the 16 keys of a warp: k0 is the first
// of the warp's keys, q0 the first query.
__device__ __forceinline__ void pair(float (&dk)[D / 8][4], float (&dv)[D / 8][4], const bf16 *k, const bf16 *v, const Stage *st,
                                     int row, int k0, int q0, float scale) {
  int l = threadIdx.x & 31, g = l >> 2, t = l & 3;
  float p[QUERIES / 8][4] = {}, ds[QUERIES / 8][4] = {};
#pragma unroll
  for (int i = 0; i < D / 16; i++) {
    unsigned a[4], c[4];
    rows_of(a, k, row, i);
    rows_of(c, v, row, i);
#pragma unroll
    for (int n = 0; n < QUERIES / 16; n++) {
      unsigned b[4];
      cols_of(b, st->q, 16 * n, i);
      mma(p[2 * n], a, b[0], b[1]);
      mma(p[2 * n + 1], a, b[2], b[3]);
      cols_of(b, st->dout, 16 * n, i);
      mma(ds[2 * n], c, b[0], b[1]);
      mma(ds[2 * n + 1], c, b[2], b[3]);
    }
  }
#pragma unroll
  for (int n = 0; n < QUERIES / 8; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) {
      int col = 8 * n + 2 * t + (e & 1);
      bool sees = q0 + col >= k0 + g + (e >> 1) * 8;
      p[n][e] = sees ? power2(p[n][e] * (scale * LOG2E) - st->lse[col] * LOG2E) : 0;
      ds[n][e] = sees ? p[n][e] * (ds[n][e] - st->delta[col]) : 0;
    }
#pragma unroll
  for (int i = 0; i < QUERIES / 16; i++) {
    unsigned a[4], c[4];
    as_rows(a, p[2 * i], p[2 * i + 1]);
    as_rows(c, ds[2 * i], ds[2 * i + 1]);
#pragma unroll
    for (int n = 0; n < D / 16; n++) {
      unsigned b[4];
      down_of(b, st->dout, 16 * i, n);
      mma(dv[2 * n], a, b[0], b[1]);
      mma(dv[2 * n + 1], a, b[2], b[3]);
      down_of(b, st->q, 16 * i, n);
      mma(dk[2 * n], c, b[0], b[1]);
      mma(dk[2 * n + 1], c, b[2], b[3]);
    }
  }
}

// tiles: attention_plan, size 64, not down.
extern "C" __global__ void __launch_bounds__(128) attention_dkv(bf16 *dk, bf16 *dv, const bf16 *dout, const float *lse, const float *delta,
                                                               const bf16 *q, const bf16 *k, const bf16 *v, const int *tiles, int H, int G, float scale) {
  DYNAMIC_SHARED(bf16, shared);  // keys, values [KEYS][D], then two stages
  Tile at = tile_of(tiles, blockIdx.x / G);
  if (at.end == 0) return;
  int group = blockIdx.x % G, heads = H / G, warp = threadIdx.x >> 5, g = threadIdx.x >> 2 & 7;
  long long ldk = (long long)G * D, first = ((long long)at.first * G + group) * D;
  bf16 *keys = shared, *values = shared + KEYS * D;
  Stage *stages = (Stage *)(shared + 2 * KEYS * D);
  load<KEYS, WARPS * 32>(keys, k + first, ldk, at.end - at.first);
  load<KEYS, WARPS * 32>(values, v + first, ldk, at.end - at.first);
  load_stage(&stages[0], q, dout, lse, delta, at.first, group * heads, H, at.end - at.first);
  commit();

  float dks[D / 8][4] = {}, dvs[D / 8][4] = {};
  int each = (at.end - at.first + QUERIES - 1) / QUERIES, n = each * heads;
  int k0 = at.first + warp * 16;
  for (int i = 0; i < n; i++) {
    if (i + 1 < n) {
      int q0 = at.first + (i + 1) % each * QUERIES;
      load_stage(&stages[i + 1 & 1], q, dout, lse, delta, q0, group * heads + (i + 1) / each, H, at.end - q0);
    }
    commit();
    wait<1>();
    __syncthreads();
    int q0 = at.first + i % each * QUERIES;
    if (k0 < at.end && q0 + QUERIES > k0) pair(dks, dvs, keys, values, &stages[i & 1], warp * 16, k0, q0, scale);
    __syncthreads();
  }
  write_rows(dk + group * D, ldk, k0 + g, at.end, dks, scale, scale);
  write_rows(dv + group * D, ldk, k0 + g, at.end, dvs, 1, 1);
}

// tiles: attention_plan, size 64, down.
extern "C" __global__ void __launch_bounds__(128) attention_dq(bf16 *dq, const bf16 *dout, const float *lse, const float *delta,
                                                              const bf16 *q, const bf16 *k, const bf16 *v, const int *tiles, int H, int G, float scale) {
  DYNAMIC_SHARED(bf16, shared);  // queries, douts [64][D], then two stages of keys, values [KEYS][D]
  Tile at = tile_of(tiles, blockIdx.x / H);
  if (at.end == 0) return;
  int head = blockIdx.x % H, group = head / (H / G), warp = threadIdx.x >> 5, g = threadIdx.x >> 2 & 7, t = threadIdx.x & 3;
  int last = at.first + 64 < at.end ? at.first + 64 : at.end;
  long long ldq = (long long)H * D, ldk = (long long)G * D, first = ((long long)at.first * H + head) * D;
  const bf16 *keys = k + ((long long)at.start * G + group) * D, *values = v + ((long long)at.start * G + group) * D;
  bf16 *qs = shared, *douts = shared + 64 * D, *stages = shared + 128 * D;
  load<64, WARPS * 32>(qs, q + first, ldq, last - at.first);
  load<64, WARPS * 32>(douts, dout + first, ldq, last - at.first);
  load<KEYS, WARPS * 32>(stages, keys, ldk, at.end - at.start);
  load<KEYS, WARPS * 32>(stages + KEYS * D, values, ldk, at.end - at.start);
  commit();

  int r0 = at.first + warp * 16;
  float log0[2], del[2], dqs[D / 8][4] = {};
#pragma unroll
  for (int h = 0; h < 2; h++) {
    int r = r0 + g + 8 * h;
    log0[h] = r < last ? lse[(long long)r * H + head] * LOG2E : 0;
    del[h] = r < last ? delta[(long long)r * H + head] : 0;
  }
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
    const bf16 *ks = stages + (i & 1) * 2 * KEYS * D, *vs = ks + KEYS * D;
    int k0 = at.start + i * KEYS;
    if (r0 < last && k0 < r0 + 16) {
      float p[KEYS / 8][4] = {}, ds[KEYS / 8][4] = {};
#pragma unroll
      for (int j = 0; j < D / 16; j++) {
        unsigned a[4], c[4];
        rows_of(a, qs, warp * 16, j);
        rows_of(c, douts, warp * 16, j);
#pragma unroll
        for (int m = 0; m < KEYS / 16; m++) {
          unsigned b[4];
          cols_of(b, ks, 16 * m, j);
          mma(p[2 * m], a, b[0], b[1]);
          mma(p[2 * m + 1], a, b[2], b[3]);
          cols_of(b, vs, 16 * m, j);
          mma(ds[2 * m], c, b[0], b[1]);
          mma(ds[2 * m + 1], c, b[2], b[3]);
        }
      }
#pragma unroll
      for (int m = 0; m < KEYS / 8; m++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
          bool sees = k0 + 8 * m + 2 * t + (e & 1) <= r0 + g + (e >> 1) * 8;
          float x = power2(p[m][e] * (scale * LOG2E) - log0[e >> 1]);
          ds[m][e] = sees ? x * (ds[m][e] - del[e >> 1]) : 0;
        }
#pragma unroll
      for (int j = 0; j < KEYS / 16; j++) {
        unsigned c[4];
        as_rows(c, ds[2 * j], ds[2 * j + 1]);
#pragma unroll
        for (int m = 0; m < D / 16; m++) {
          unsigned b[4];
          down_of(b, ks, 16 * j, m);
          mma(dqs[2 * m], c, b[0], b[1]);
          mma(dqs[2 * m + 1], c, b[2], b[3]);
        }
      }
    }
    __syncthreads();
  }
  write_rows(dq + head * D, ldq, r0 + g, last, dqs, scale, scale);
}
