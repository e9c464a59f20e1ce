// Tiles of attention in shared memory. D, the width of a head, is 64 or 128.
//
// A tile is rows of D bf16 without padding; the 16-byte chunk c of row r stands at
// chunk c ^ (r & 7), so that the eight rows that ldmatrix reads at one column lie
// in different banks.
#pragma once
#include "mma.cuh"

#define LOG2E 1.4426950408889634f
#define LN2 0.6931471805599453f

// A Tile is a document, and a run of rows of it that a block works on.
struct Tile {
  int start, end;  // tokens of the document; end is 0 where there is nothing to do
  int first;       // first token of the run
};

__device__ __forceinline__ Tile tile_of(const int *tiles, int i) {
  return Tile{tiles[3 * i], tiles[3 * i + 1], tiles[3 * i + 2]};
}

// chunk is where elements 8c to 8c+7 of row r of a tile stand.
__device__ __forceinline__ int chunk(int r, int c) { return r * D + ((c ^ (r & 7)) << 3); }

// load begins the copy of a tile of `rows` rows, from src on, ld elements apart. Rows
// from `real` on are zeros: what lies there belongs to another document.
template <int rows, int threads>
__device__ __forceinline__ void load(bf16 *tile, const bf16 *src, long long ld, int real) {
  for (int i = threadIdx.x; i < rows * (D / 8); i += threads) {
    int r = i / (D / 8), c = i % (D / 8);
    copy16(tile + chunk(r, c), src + (r < real ? r : 0) * ld + c * 8, r < real);
  }
}

// rows_of reads the A fragment of rows r to r+15 and columns 16k to 16k+15.
__device__ __forceinline__ void rows_of(unsigned (&a)[4], const bf16 *tile, int r, int k) {
  int l = threadIdx.x & 31;
  ldmatrix(a, tile + chunk(r + (l & 15), 2 * k + (l >> 4)));
}

// cols_of reads the B fragments of tileᵀ, columns r to r+15 (rows of the tile), k as
// in rows_of: b[0], b[1] of the first eight and b[2], b[3] of the others.
__device__ __forceinline__ void cols_of(unsigned (&b)[4], const bf16 *tile, int r, int k) {
  int l = threadIdx.x & 31;
  ldmatrix(b, tile + chunk(r + (l & 7) + (l >> 4 << 3), 2 * k + (l >> 3 & 1)));
}

// down_of reads the B fragments of the tile as it stands: k over rows r to r+15,
// columns 16n to 16n+15.
__device__ __forceinline__ void down_of(unsigned (&b)[4], const bf16 *tile, int r, int n) {
  int l = threadIdx.x & 31;
  ldmatrix_trans(b, tile + chunk(r + (l & 15), 2 * n + (l >> 4)));
}

// as_rows turns sums of two column tiles into the A fragment of the next product.
__device__ __forceinline__ void as_rows(unsigned (&a)[4], const float (&c0)[4], const float (&c1)[4]) {
  a[0] = pack(c0[0], c0[1]);
  a[1] = pack(c0[2], c0[3]);
  a[2] = pack(c1[0], c1[1]);
  a[3] = pack(c1[2], c1[3]);
}

// write_rows writes sums times a factor a row: lane's rows r and r+8 of a matrix
// whose rows are ld apart, those before `rows` only.
__device__ __forceinline__ void write_rows(bf16 *out, long long ld, int r, int rows, const float (&c)[D / 8][4], float f0, float f1) {
  int t = threadIdx.x & 3;
#pragma unroll
  for (int n = 0; n < D / 8; n++) {
    if (r < rows) *(unsigned *)(out + r * ld + 8 * n + 2 * t) = pack(c[n][0] * f0, c[n][1] * f0);
    if (r + 8 < rows) *(unsigned *)(out + (r + 8) * ld + 8 * n + 2 * t) = pack(c[n][2] * f1, c[n][3] * f1);
  }
}

// over_quad folds a value over the four lanes that share a row.
__device__ __forceinline__ float max_over_quad(float x) {
  x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
  return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}
__device__ __forceinline__ float sum_over_quad(float x) {
  x += __shfl_xor_sync(0xffffffffu, x, 1);
  return x + __shfl_xor_sync(0xffffffffu, x, 2);
}
