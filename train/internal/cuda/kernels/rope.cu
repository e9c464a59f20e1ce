// Rotary embedding (Su et al. 2021) in the half-split layout of Hugging Face: the
// pair of column j is column j + D/2.
#include "common.cuh"

// rope turns x[tokens, heads, 2 half] in place; cos and sin are [places, half];
// sign is -1 to turn back. A thread turns VEC pairs.
// 0.5B: 251.9 MB, 52.5 µs.
extern "C" __global__ void rope(bf16 *x, const float *cosines, const float *sines, const int *positions, int tokens,
                                int heads, int half, int places, float sign) {
  int packs = half / VEC, i = blockIdx.x * blockDim.x + threadIdx.x;
  int head = i / packs, j = i % packs * VEC, token = head / heads;
  if (token >= tokens) return;
  int position = positions[token];
  if (position < 0 || position >= places) __trap();
  bf16 *first = x + (long long)head * 2 * half + j, *second = first + half;
  long long angle = (long long)position * half + j;
  pack a = load(first), b = load(second), c = load(cosines + angle), s = load(sines + angle);
#pragma unroll
  for (int k = 0; k < VEC; k++) {
    float u = a.v[k], v = b.v[k], t = s.v[k] * sign;
    a.v[k] = u * c.v[k] - v * t;
    b.v[k] = v * c.v[k] + u * t;
  }
  store(first, a);
  store(second, b);
}
