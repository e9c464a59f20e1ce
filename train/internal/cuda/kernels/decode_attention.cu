// Attention of one new query a sequence over its pages of keys and values, split over
// the keys: a part is 512 tokens, so that the number of parts of a sequence follows
// from its length alone, and its bits do not follow from the batch.
//
//   decode_part     a block of 4 warps is a sequence, a key head, up to 16 query heads
//                   of it and one part; warp w takes the 64-key tiles w and w+4 of it
//   decode_combine  a warp is a sequence and a query head; over the parts in order
//
//   q, o [B,H,D]  k, v [blocks << shift, G, D]  table [B][per]  lengths [B]
//   sums [B,H,parts,D] and tops [B,H,parts][2], float32: unnormalized output, and
//   maximum of the scaled scores (base 2) and sum of exponentials
//
// A length of 0 is a free row of the batch: its output is zeros. Keys and values go
// from memory to registers in 16-byte loads and stand there as B fragments: the sums
// of a product do not ask which column is called which, so that lane (g, t) holds
// dims 8t..8t+7 of key g for the scores, and dims 8g..8g+7 of its keys for the output.
// Shared memory 16.5 KiB (D = 64) or 32.5 KiB, registers 128 or 228, no spills: 4 or 2
// blocks on an SM. What must move is the keys and values: 256 sequences of 1,152 tokens
// of the 0.5B shape (G 2, D 64) are 151 MB a layer, 31 us at 4.8 TB/s.
#include "mma.cuh"

#define LOG2E 1.4426950408889634f
#define WARPS 4
#define PART 512

// A Pages is where the keys of one sequence lie.
struct Pages {
  const int *table;
  int shift, length;
  long long ld;  // elements from a token to the next

  __device__ __forceinline__ long long at(int key) const {
    return (((long long)table[key >> shift] << shift) + (key & ((1 << shift) - 1))) * ld;
  }
};

__device__ __forceinline__ uint4 read16(const bf16 *p, bool real) {
  return real ? *(const uint4 *)p : make_uint4(0, 0, 0, 0);
}

// low and high are the halves of two words, a's first.
__device__ __forceinline__ unsigned low(unsigned a, unsigned b) { return (a & 0xffff) | b << 16; }
__device__ __forceinline__ unsigned high(unsigned a, unsigned b) { return a >> 16 | (b & 0xffff0000u); }

// fold takes the 64 keys from k0 on into the running softmax of 16 query heads.
__device__ __forceinline__ void fold(float (&o)[D / 8][4], float (&top)[2], float (&sum)[2], const uint4 (&q)[D / 32][2],
                                     const bf16 *k, const bf16 *v, const Pages &pages, int k0, float scale) {
  int l = threadIdx.x & 31, g = l >> 2, t = l & 3;
  float s[8][4] = {};
#pragma unroll
  for (int n = 0; n < 8; n++) {
    int key = k0 + 8 * n + g;
    bool real = key < pages.length;
    const bf16 *row = k + (real ? pages.at(key) : 0);
#pragma unroll
    for (int i = 0; i < D / 32; i++) {
      uint4 b = read16(row + 32 * i + 8 * t, real);
      const unsigned first[4] = {q[i][0].x, q[i][1].x, q[i][0].y, q[i][1].y}, second[4] = {q[i][0].z, q[i][1].z, q[i][0].w, q[i][1].w};
      mma(s[n], first, b.x, b.y);
      mma(s[n], second, b.z, b.w);
    }
  }
#pragma unroll
  for (int h = 0; h < 2; h++) {
    float x = top[h];
#pragma unroll
    for (int n = 0; n < 8; n++)
#pragma unroll
      for (int e = 2 * h; e < 2 * h + 2; e++) {
        s[n][e] = k0 + 8 * n + 2 * t + (e & 1) < pages.length ? s[n][e] * (scale * LOG2E) : -INF;
        x = fmaxf(x, s[n][e]);
      }
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
    float shrink = power2(top[h] - x);
    top[h] = x;
    sum[h] *= shrink;
#pragma unroll
    for (int n = 0; n < D / 8; n++) {
      o[n][2 * h] *= shrink;
      o[n][2 * h + 1] *= shrink;
    }
#pragma unroll
    for (int n = 0; n < 8; n++)
#pragma unroll
      for (int e = 2 * h; e < 2 * h + 2; e++) {
        s[n][e] = power2(s[n][e] - x);
        sum[h] += s[n][e];
      }
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    unsigned p[4] = {pack(s[2 * i][0], s[2 * i][1]), pack(s[2 * i][2], s[2 * i][3]), pack(s[2 * i + 1][0], s[2 * i + 1][1]),
                     pack(s[2 * i + 1][2], s[2 * i + 1][3])};
    const bf16 *row[4];
    bool real[4];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int key = k0 + 16 * i + 2 * t + (j & 1) + (j >> 1) * 8;
      real[j] = key < pages.length;
      row[j] = v + (real[j] ? pages.at(key) : 0) + 8 * g;
    }
#pragma unroll
    for (int n = 0; n < D / 64; n++) {
      uint4 a = read16(row[0] + 64 * n, real[0]), b = read16(row[1] + 64 * n, real[1]);
      uint4 c = read16(row[2] + 64 * n, real[2]), d = read16(row[3] + 64 * n, real[3]);
      mma(o[8 * n + 0], p, low(a.x, b.x), low(c.x, d.x));
      mma(o[8 * n + 1], p, high(a.x, b.x), high(c.x, d.x));
      mma(o[8 * n + 2], p, low(a.y, b.y), low(c.y, d.y));
      mma(o[8 * n + 3], p, high(a.y, b.y), high(c.y, d.y));
      mma(o[8 * n + 4], p, low(a.z, b.z), low(c.z, d.z));
      mma(o[8 * n + 5], p, high(a.z, b.z), high(c.z, d.z));
      mma(o[8 * n + 6], p, low(a.w, b.w), low(c.w, d.w));
      mma(o[8 * n + 7], p, high(a.w, b.w), high(c.w, d.w));
    }
  }
}

// Grid: x over B * G * tiles of 16 query heads, y over parts.
extern "C" __global__ void __launch_bounds__(128) decode_part(float *sums, float *tops, const bf16 *q, const bf16 *k, const bf16 *v,
                                                             const int *table, const int *lengths, int per, int shift, int H, int G, float scale) {
  __shared__ float outs[WARPS][16][D + 2];  // a warp's sums; then its maximum and its sum of exponentials
  int heads = H / G, tiles = (heads + 15) / 16;
  int b = blockIdx.x / (G * tiles), group = blockIdx.x / tiles % G, first = blockIdx.x % tiles * 16;
  int from = blockIdx.y * PART, length = lengths[b];
  if (from >= length) return;
  int warp = threadIdx.x >> 5, g = threadIdx.x >> 2 & 7, t = threadIdx.x & 3;
  int rows = heads - first < 16 ? heads - first : 16;
  long long head = (long long)b * H + group * heads + first;
  Pages pages = {table + (long long)b * per, shift, length, (long long)G * D};

  uint4 qs[D / 32][2];
#pragma unroll
  for (int i = 0; i < D / 32; i++)
#pragma unroll
    for (int h = 0; h < 2; h++) {
      bool real = g + 8 * h < rows;
      qs[i][h] = read16(q + (head + (real ? g + 8 * h : 0)) * D + 32 * i + 8 * t, real);
    }
  float o[D / 8][4] = {}, top[2] = {-INF, -INF}, sum[2] = {};
  for (int k0 = from + warp * 64; k0 < length && k0 < from + PART; k0 += WARPS * 64)
    fold(o, top, sum, qs, k + group * D, v + group * D, pages, k0, scale);
#pragma unroll
  for (int h = 0; h < 2; h++) {
    float s = sum[h] + __shfl_xor_sync(0xffffffffu, sum[h], 1);
    s += __shfl_xor_sync(0xffffffffu, s, 2);
    float *row = outs[warp][g + 8 * h];
#pragma unroll
    for (int n = 0; n < D / 8; n++)
#pragma unroll
      for (int e = 0; e < 2; e++) row[(n >> 3) * 64 + 8 * (2 * t + e) + (n & 7)] = o[n][2 * h + e];
    if (t == 0) {
      row[D] = top[h];
      row[D + 1] = s;
    }
  }
  __syncthreads();
  for (int i = threadIdx.x; i < rows * D; i += WARPS * 32) {
    int r = i / D, c = i % D;
    float high = outs[0][r][D], all = 0, out = 0;  // warp 0 has a key
    for (int w = 1; w < WARPS; w++) high = fmaxf(high, outs[w][r][D]);
    for (int w = 0; w < WARPS; w++) {
      float share = power2(outs[w][r][D] - high);
      out += share * outs[w][r][c];
      all += share * outs[w][r][D + 1];
    }
    long long at = (head + r) * gridDim.y + blockIdx.y;
    sums[at * D + c] = out;
    if (c == 0) {
      tops[2 * at] = high;
      tops[2 * at + 1] = all;
    }
  }
}

// Grid: B * H warps, 8 a block; parts is the grid's y of decode_part.
extern "C" __global__ void __launch_bounds__(256) decode_combine(bf16 *o, const float *sums, const float *tops, const int *lengths, int rows, int H, int parts) {
  int row = blockIdx.x * 8 + (threadIdx.x >> 5), l = threadIdx.x & 31;
  if (row >= rows) return;
  int n = (lengths[row / H] + PART - 1) / PART;
  const float *top = tops + (long long)row * parts * 2, *sum = sums + (long long)row * parts * D;
  float high = -INF, all = 0, out[D / 32] = {};
  for (int i = 0; i < n; i++) high = fmaxf(high, top[2 * i]);
  for (int i = 0; i < n; i++) {
    float share = power2(top[2 * i] - high);
    all += share * top[2 * i + 1];
#pragma unroll
    for (int j = 0; j < D / 32; j++) out[j] += share * sum[i * D + 32 * j + l];
  }
#pragma unroll
  for (int j = 0; j < D / 32; j++) o[(long long)row * D + 32 * j + l] = n > 0 ? to_bf16(out[j] / all) : (bf16)0;
}
