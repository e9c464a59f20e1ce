// Rows of the embedding, and its gradient in the order of the tokens.
#include "common.cuh"

// embed: x[tokens,c] = rows of table[words,c]; a warp a row.
// 0.5B: 235.1 MB, 49.0 µs.
extern "C" __global__ void embed(bf16 *x, const bf16 *table, const int *ids, int tokens, int c, int words) {
  int token = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
  if (token >= tokens) return;
  int id = ids[token];
  if (id < 0 || id >= words) __trap();
  for (int k = threadIdx.x % 32 * VEC; k < c; k += 32 * VEC) store(x + (long long)token * c + k, load(table + (long long)id * c + k));
}

// embed_grad adds dx[tokens,c] to the rows of dtable. ids are sorted, and equal
// ones by their token: the block of the first of them adds the whole run, four
// loads in flight; the other blocks leave. gridDim.y cuts the columns.
// 0.5B: 587.7 MB, 122.4 µs.
extern "C" __global__ void embed_grad(float *dtable, const bf16 *dx, const int *ids, const int *order, int tokens, int c,
                                      int words) {
  int i = blockIdx.x, id = ids[i], k = (blockIdx.y * blockDim.x + threadIdx.x) * VEC;
  if (id < 0 || id >= words) __trap();
  if (k >= c || (i > 0 && ids[i - 1] == id)) return;
  float *row = dtable + (long long)id * c + k;
  pack sum = load(row);
  for (; i + 3 < tokens && ids[i + 3] == id; i += 4) {
    pack d[4];
#pragma unroll
    for (int j = 0; j < 4; j++) d[j] = load(dx + (long long)order[i + j] * c + k);
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int e = 0; e < VEC; e++) sum.v[e] += d[j].v[e];
  }
  for (; i < tokens && ids[i] == id; i++) {
    pack d = load(dx + (long long)order[i] * c + k);
#pragma unroll
    for (int e = 0; e < VEC; e++) sum.v[e] += d.v[e];
  }
  store(row, sum);
}
