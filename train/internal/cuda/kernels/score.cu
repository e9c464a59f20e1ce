// The output layer between its products: log-probabilities, entropies and the
// gradient of the logits. A block does a row of logits[rows,words], float32, so
// that a token's numbers depend on its own logits alone.
#include "common.cuh"

#define SCORERS 1024  // threads of a block

// A softmax is one in the making: the largest logit z, and the sums of exp(z - top)
// and of (z - top) exp(z - top).
struct softmax {
  float top, sum, moment;
};

// join takes b into a: both are brought to the larger top.
__device__ __forceinline__ void join(softmax &a, softmax b) {
  if (b.sum == 0) return;
  if (a.sum == 0) {
    a = b;
    return;
  }
  float top = fmaxf(a.top, b.top), da = a.top - top, db = b.top - top, ea = expf(da), eb = expf(db);
  a.moment = ea * (a.moment + da * a.sum) + eb * (b.moment + db * b.sum);
  a.sum = ea * a.sum + eb * b.sum;
  a.top = top;
}

// row_softmax is the softmax of a row, the same in every thread. Warp sums are
// joined by shuffles, in pairs whose left is always the lower lane, and the 32
// warps by the first of them.
__device__ __forceinline__ softmax row_softmax(const float *logits, int words, float inverse) {
  __shared__ softmax warps[SCORERS / 32];
  softmax s = {__uint_as_float(0xff800000u), 0, 0};  // -∞
  for (int c = threadIdx.x * VEC; c < words; c += SCORERS * VEC) {
    pack z = load(logits + c);
    float top = s.top;
#pragma unroll
    for (int k = 0; k < VEC; k++) {
      z.v[k] *= inverse;
      top = fmaxf(top, z.v[k]);
    }
    if (top > s.top) {
      if (s.sum != 0) {
        float d = s.top - top, e = expf(d);
        s.moment = e * (s.moment + d * s.sum);
        s.sum *= e;
      }
      s.top = top;
    }
#pragma unroll
    for (int k = 0; k < VEC; k++) {
      float d = z.v[k] - s.top, e = expf(d);
      s.sum += e;
      s.moment += e * d;
    }
  }
#pragma unroll
  for (int by = 16; by > 0; by >>= 1) {
    softmax o;
    o.top = __shfl_down_sync(FULL, s.top, by);
    o.sum = __shfl_down_sync(FULL, s.sum, by);
    o.moment = __shfl_down_sync(FULL, s.moment, by);
    join(s, o);
  }
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = s;
  __syncthreads();
  s = warps[0];
  for (int w = 1; w < SCORERS / 32; w++) join(s, warps[w]);
  return s;
}

__device__ __forceinline__ int target_of(const int *targets, int words) {
  int target = targets[blockIdx.x];
  if (target >= words) __trap();
  return target;
}

// write_score is the first thread's: what Score gives for this row.
__device__ __forceinline__ void write_score(float *logp, float *entropy, float *lse, softmax s, float z) {
  float log = logf(s.sum);
  logp[blockIdx.x] = z - s.top - log;
  if (entropy) entropy[blockIdx.x] = log - s.moment / s.sum;
  if (lse) lse[blockIdx.x] = s.top + log;
}

__device__ __forceinline__ void write_zero(float *logp, float *entropy, float *lse) {
  logp[blockIdx.x] = 0;
  if (entropy) entropy[blockIdx.x] = 0;
  if (lse) lse[blockIdx.x] = 0;
}

// write_grad writes a row of gradients, with p = exp(z - lse):
//
//	dlogit = (dlogp (onehot - p) - dentropy p (log p + entropy)) / temperature
__device__ __forceinline__ void write_grad(bf16 *grad, const float *logits, int words, float inverse, int target,
                                           float dlogp, float dentropy, float entropy, float lse) {
  float up = dlogp * inverse, b = -dentropy * inverse, a = b * entropy - up;
  for (int c = threadIdx.x * VEC; c < words; c += SCORERS * VEC) {
    pack z = load(logits + c);
#pragma unroll
    for (int k = 0; k < VEC; k++) {
      float d = z.v[k] * inverse - lse;
      z.v[k] = expf(d) * (a + b * d) + (c + k == target ? up : 0.0f);
    }
    store(grad + c, z);
  }
}

__device__ __forceinline__ void write_no_grad(bf16 *grad, int words) {
  pack zero = {};
  for (int c = threadIdx.x * VEC; c < words; c += SCORERS * VEC) store(grad + c, zero);
}

// score writes logp and, where they are not null, entropy and lse of a chunk of
// tokens. A target below 0 gives zeros.
// 0.5B: 39829.1 MB, 8297.7 µs.
extern "C" __global__ void score(float *logp, float *entropy, float *lse, const float *logits, const int *targets, int words,
                                 float inverse) {
  int target = target_of(targets, words);
  logits += (long long)blockIdx.x * words;
  if (target < 0) {
    if (threadIdx.x == 0) write_zero(logp, entropy, lse);
    return;
  }
  softmax s = row_softmax(logits, words, inverse);
  if (threadIdx.x == 0) write_score(logp, entropy, lse, s, logits[target] * inverse);
}

// score_grad writes grad[rows,words] from what score wrote. dentropy may be null.
// 0.5B: 59743.7 MB, 12446.6 µs.
extern "C" __global__ void score_grad(bf16 *grad, const float *logits, const float *dlogp, const float *dentropy,
                                      const float *entropy, const float *lse, const int *targets, int words, float inverse) {
  int row = blockIdx.x, target = target_of(targets, words);
  float d = dlogp[row], e = dentropy ? dentropy[row] : 0;
  grad += (long long)row * words;
  if (target < 0 || (d == 0 && e == 0)) return write_no_grad(grad, words);
  write_grad(grad, logits + (long long)row * words, words, inverse, target, d, e, dentropy ? entropy[row] : 0, lse[row]);
}

// score_both is score and then score_grad of the same logits, where the gradient
// of the log-probabilities is known before them, as it is in SFT.
// 0.5B: 99572.8 MB, 20744.3 µs.
extern "C" __global__ void score_both(bf16 *grad, float *logp, float *entropy, float *lse, const float *logits,
                                      const float *dlogp, const int *targets, int words, float inverse) {
  int row = blockIdx.x, target = target_of(targets, words);
  float d = dlogp[row];
  grad += (long long)row * words;
  logits += (long long)row * words;
  if (target < 0) {
    if (threadIdx.x == 0) write_zero(logp, entropy, lse);
    return write_no_grad(grad, words);
  }
  softmax s = row_softmax(logits, words, inverse);
  if (threadIdx.x == 0) write_score(logp, entropy, lse, s, logits[target] * inverse);
  if (d == 0) return write_no_grad(grad, words);
  write_grad(grad, logits, words, inverse, target, d, 0, 0, s.top + logf(s.sum));
}
