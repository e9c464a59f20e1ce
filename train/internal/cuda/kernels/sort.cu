// Tokens sorted by their ids, equal ids in the order of the tokens.
#include "common.cuh"

#define SORTERS 512  // threads of the one block
#define DIGITS 16    // of four bits, the lowest first

// sort_ids is a stable radix sort by one block: ids[n] to the pairs (id, token).
// Every thread has a contiguous piece of the pairs, so that the place of a pair is
// how many of smaller digits there are, and of its own digit in pieces before.
// passes is the number of digits; after an even number of them the result stands
// in ids2, order2, after an odd number in ids1, order1.
// 0.5B: 7.9 MB, 1.6 µs.
extern "C" __global__ void sort_ids(int *ids1, int *order1, int *ids2, int *order2, const int *ids, int n, int passes) {
  __shared__ int count[DIGITS * SORTERS];
  __shared__ int totals[SORTERS / 32];
  int me = threadIdx.x, size = (n + SORTERS - 1) / SORTERS;
  int from = min(n, me * size), to = min(n, from + size);
  for (int pass = 0; pass < passes; pass++) {
    const int *key = pass == 0 ? ids : pass % 2 ? ids1 : ids2;
    const int *token = pass % 2 ? order1 : order2;
    int *keyTo = pass % 2 ? ids2 : ids1, *tokenTo = pass % 2 ? order2 : order1;
    for (int d = 0; d < DIGITS; d++) count[d * SORTERS + me] = 0;
    for (int i = from; i < to; i++) count[(key[i] >> 4 * pass & DIGITS - 1) * SORTERS + me]++;
    __syncthreads();

    // Exclusive sums of count: of 16 neighbors by a thread, of threads by a warp,
    // of warps by all.
    int before = 0, sum = 0;
    for (int k = 0; k < DIGITS; k++) sum += count[me * DIGITS + k];
    int scan = sum;
    for (int by = 1; by < 32; by <<= 1) {
      int left = __shfl_up_sync(FULL, scan, by);
      if (me % 32 >= by) scan += left;
    }
    if (me % 32 == 31) totals[me / 32] = scan;
    __syncthreads();
    for (int w = 0; w < me / 32; w++) before += totals[w];
    before += scan - sum;
    for (int k = 0; k < DIGITS; k++) {
      int c = count[me * DIGITS + k];
      count[me * DIGITS + k] = before;
      before += c;
    }
    __syncthreads();

    for (int i = from; i < to; i++) {
      int at = count[(key[i] >> 4 * pass & DIGITS - 1) * SORTERS + me]++;
      keyTo[at] = key[i];
      tokenTo[at] = pass == 0 ? i : token[i];
    }
    __syncthreads();
  }
}
