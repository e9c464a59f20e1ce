// Operations on elements that do not depend on each other. n counts elements and
// is a multiple of VEC; a thread does one pack.
#include "common.cuh"

__device__ __forceinline__ long long at() {
  return ((long long)blockIdx.x * blockDim.x + threadIdx.x) * VEC;
}

// add: dst = a + b, which may be the same buffer.
// 0.5B: 352.3 MB, 73.4 µs.
extern "C" __global__ void add(bf16 *dst, const bf16 *a, const bf16 *b, long long n) {
  long long i = at();
  if (i >= n) return;
  pack x = load(a + i), y = load(b + i);
#pragma unroll
  for (int k = 0; k < VEC; k++) x.v[k] += y.v[k];
  store(dst + i, x);
}

// scale: x *= by.
// 0.5B: 4.2 MB, 0.9 µs.
extern "C" __global__ void scale(bf16 *x, float by, long long n) {
  long long i = at();
  if (i >= n) return;
  pack a = load(x + i);
#pragma unroll
  for (int k = 0; k < VEC; k++) a.v[k] *= by;
  store(x + i, a);
}

template <class D, class S>
__device__ __forceinline__ void convert(D *dst, const S *src, long long n) {
  long long i = at();
  if (i < n) store(dst + i, load(src + i));
}

// Copies. Those that keep the type keep the bits of every number, NaNs apart.
// 0.5B: 816.8 MB, 170.2 µs.
extern "C" __global__ void narrow(bf16 *dst, const float *src, long long n) { convert(dst, src, n); }
extern "C" __global__ void widen(float *dst, const bf16 *src, long long n) { convert(dst, src, n); }
// 0.5B: 234.9 MB, 48.9 µs.
extern "C" __global__ void copy2(bf16 *dst, const bf16 *src, long long n) { convert(dst, src, n); }
extern "C" __global__ void copy4(float *dst, const float *src, long long n) { convert(dst, src, n); }

// sigmoid of -∞ is 0: exp overflows to ∞, and 1/∞ is 0.
__device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// swiglu: y = silu(gate) up (Shazeer 2020).
// 0.5B: 1912.6 MB, 398.5 µs.
extern "C" __global__ void swiglu(bf16 *y, const bf16 *gate, const bf16 *up, long long n) {
  long long i = at();
  if (i >= n) return;
  pack g = load(gate + i), u = load(up + i);
#pragma unroll
  for (int k = 0; k < VEC; k++) g.v[k] = g.v[k] * sigmoid(g.v[k]) * u.v[k];
  store(y + i, g);
}

// swiglu_grad: dgate = dy up s (1 + gate (1 - s)), dup = dy gate s, with s the
// sigmoid. A thread has read all of its elements before it writes: dgate and dup
// may be gate and up.
// 0.5B: 3187.7 MB, 664.1 µs.
extern "C" __global__ void swiglu_grad(bf16 *dgate, bf16 *dup, const bf16 *dy, const bf16 *gate, const bf16 *up, long long n) {
  long long i = at();
  if (i >= n) return;
  pack d = load(dy + i), g = load(gate + i), u = load(up + i);
#pragma unroll
  for (int k = 0; k < VEC; k++) {
    float s = sigmoid(g.v[k]), silu = g.v[k] * s;
    g.v[k] = (silu * (1.0f - s) + s) * u.v[k] * d.v[k];
    u.v[k] = silu * d.v[k];
  }
  store(dgate + i, g);
  store(dup + i, u);
}

// add_bias: x[m,n] += bias[n]; a warp a row.
// 0.5B: 234.9 MB, 48.9 µs.
extern "C" __global__ void add_bias(bf16 *x, const bf16 *bias, int m, int n) {
  int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
  if (row >= m) return;
  for (int c = threadIdx.x % 32 * VEC; c < n; c += 32 * VEC) {
    bf16 *to = x + (long long)row * n + c;
    pack a = load(to), b = load(bias + c);
#pragma unroll
    for (int k = 0; k < VEC; k++) a.v[k] += b.v[k];
    store(to, a);
  }
}
