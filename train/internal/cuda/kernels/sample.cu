// The next token of each sequence, drawn on the device, so that a step of decoding is
// one graph. A block of 512 threads is one row of logits [B,V], float32; nothing
// follows from the other rows or from how many there are. The rules are those of
// package decode: top-k of the likeliest, then top-p of those, of equal logits the
// lowest ids, then a walk over the vocabulary with u = uniform(seed, drawn) times the
// sum of what is left. Weights are double, exp((logit - top) / temperature), and sums
// have a fixed order, another than that of package decode: a row gives another token
// only where u falls within rounding (1e-12) of a border.
//
// Top-k and top-p need no sort: the border is found by its bits, sixteen candidates a
// pass over the row, which stays in L2. Passes: 3 without cuts, 8 more for each cut.
//
//   seeds [B] 64-bit  drawn [B]: tokens that the response has  out, logp [B]
//
// A row whose logits are not numbers gives token -1, a row with length 0 nothing.
#define THREADS 512
#define WARPS (THREADS / 32)
#define SLOTS 15

// as_double reads a double that was passed as its bits.
__device__ __forceinline__ double as_double(const long long &bits) { return *(const double *)&bits; }

// key_of orders floats as unsigned numbers; it makes -0 and 0 one.
__device__ __forceinline__ unsigned key_of(float x) {
  unsigned u = __float_as_uint(x == 0 ? 0.0f : x);
  return u & 0x80000000u ? ~u : u | 0x80000000u;
}

// sum_block gives every thread the sum of x over the block, n values at once.
template <int n>
__device__ void sum_block(double (&x)[n], double (*shared)[SLOTS]) {
#pragma unroll
  for (int i = 0; i < n; i++)
#pragma unroll
    for (int m = 16; m > 0; m /= 2) x[i] += __shfl_xor_sync(0xffffffffu, x[i], m);
  __syncthreads();  // what was read of shared before
  if ((threadIdx.x & 31) == 0)
    for (int i = 0; i < n; i++) shared[threadIdx.x >> 5][i] = x[i];
  __syncthreads();
#pragma unroll
  for (int i = 0; i < n; i++) {
    x[i] = 0;
    for (int w = 0; w < WARPS; w++) x[i] += shared[w][i];
  }
}

// A Row is one sequence's logits and what is left of them.
struct Row {
  const float *logits;
  int words;
  double top, temperature;
  unsigned least;  // keys above it stay
  int last;        // and of those equal to it the ids up to this one

  __device__ __forceinline__ double weight(int i) const { return exp(((double)logits[i] - top) / temperature); }
  __device__ __forceinline__ bool stays(int i) const {
    unsigned k = key_of(logits[i]);
    return k > least || (k == least && i <= last);
  }
};

// border finds the greatest number x so that what stays with by(i) >= x measures
// goal or more together; rest is what is missing above x.
template <class By, class Measure>
__device__ unsigned border(const Row &row, By by, Measure measure, double goal, double &rest, double (*shared)[SLOTS]) {
  unsigned x = 0;
  double above = 0;  // what is measured beyond the range that is looked at
  for (int shift = 28; shift >= 0; shift -= 4) {
    double sums[15] = {};
    for (int i = threadIdx.x; i < row.words; i += THREADS) {
      if (!row.stays(i)) continue;
      unsigned in = (by(i) - x) >> shift;
      if (by(i) < x || in > 15 || in == 0) continue;
      double w = measure(i);
#pragma unroll
      for (int c = 1; c < 16; c++) sums[c - 1] += (int)in >= c ? w : 0;
    }
    sum_block(sums, shared);
    int best = 0;
    double next = above;
#pragma unroll
    for (int c = 15; c > 0; c--) {
      if (best == 0 && above + sums[c - 1] >= goal) best = c;
      if (best == 0) next = above + sums[c - 1];
    }
    above = next;
    x += (unsigned)best << shift;
  }
  rest = goal - above;
  return x;
}

// cut keeps the likeliest tokens, until they measure goal.
template <class Measure>
__device__ void cut(Row &row, Measure measure, double goal, double (*shared)[SLOTS]) {
  double rest, none;
  const float *logits = row.logits;
  unsigned least = border(row, [=](int i) { return key_of(logits[i]); }, measure, goal, rest, shared);
  // Equal logits measure the same: as many of the lowest ids stay as reach the goal.
  double equal[2] = {};
  for (int i = threadIdx.x; i < row.words; i += THREADS)
    if (row.stays(i) && key_of(logits[i]) == least) equal[0] += 1, equal[1] = measure(i);
  double one = equal[1];
#pragma unroll
  for (int m = 16; m > 0; m /= 2) one = fmax(one, __shfl_xor_sync(0xffffffffu, one, m));
  equal[1] = 0;
  sum_block(equal, shared);
  __syncthreads();
  if ((threadIdx.x & 31) == 0) shared[threadIdx.x >> 5][0] = one;
  __syncthreads();
  for (int w = 0; w < WARPS; w++) one = fmax(one, shared[w][0]);
  double need = one > 0 ? ceil(rest / one) : equal[0];
  need = need < 1 ? 1 : need;
  int last = row.words;
  if (need < equal[0]) {
    auto same = [=](int i) { return key_of(logits[i]) == least ? 1.0 : 0.0; };
    last = (int)~border(row, [=](int i) { return ~(unsigned)i; }, same, need, none, shared);
  }
  row.last = least == row.least && row.last < last ? row.last : last;
  row.least = least;
}

// uniform is package decode's: splitmix64 over a counter, in [0, 1).
__device__ __forceinline__ double uniform(unsigned long long seed, int i) {
  unsigned long long x = seed + ((unsigned long long)i + 1) * 0x9e3779b97f4a7c15ull;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ x >> 27) * 0x94d049bb133111ebull;
  x ^= x >> 31;
  return (double)(x >> 11) / 9007199254740992.0;
}

// likeliest gives every thread the lowest id of the greatest logit, -1 where a logit
// is no number or none is above -inf.
__device__ int likeliest(const float *logits, int words) {
  __shared__ unsigned long long best[WARPS];
  unsigned long long top = 0;
  bool bad = false;
  for (int i = threadIdx.x; i < words; i += THREADS) {
    float x = logits[i];
    bad |= x != x || x > 3.4028235e38f;
    unsigned long long k = (unsigned long long)key_of(x) << 32 | (unsigned)~i;
    top = k > top ? k : top;
  }
  if (bad) top = ~0ull;
#pragma unroll
  for (int m = 16; m > 0; m /= 2) {
    unsigned long long other = __shfl_xor_sync(0xffffffffu, top, m);
    top = other > top ? other : top;
  }
  if ((threadIdx.x & 31) == 0) best[threadIdx.x >> 5] = top;
  __syncthreads();
  for (int w = 0; w < WARPS; w++) top = best[w] > top ? best[w] : top;
  return top == ~0ull || (unsigned)(top >> 32) <= key_of(-3.4028235e38f) - 1 ? -1 : (int)~(unsigned)top;
}

// walk is the token at u of the sum of the weights that stay, in order of the ids:
// the chunk, then the thread's stretch of it, then the token.
__device__ int walk(const Row &row, double u) {
  __shared__ double part[THREADS];
  __shared__ int found;
  int each = (row.words + THREADS - 1) / THREADS, from = threadIdx.x * each;
  int to = from + each < row.words ? from + each : row.words;
  double mine = 0;
  int final = -1;
  for (int i = from; i < to; i++)
    if (row.stays(i)) {
      double w = row.weight(i);
      mine += w;
      if (w > 0) final = i;
    }
  part[threadIdx.x] = mine;
  if (threadIdx.x == 0) found = -1;
  __syncthreads();
  double all = 0;
  for (int i = 0; i < THREADS; i++) all += part[i];
  double left = u * all;
  for (int i = 0; i < (int)threadIdx.x; i++) left -= part[i];
  // The borders of neighbors are one number, so that u falls into one stretch.
  bool here = left >= 0 && left < mine;
  if (here) {
    int token = final;
    for (int i = from; i < to; i++) {
      double w = row.stays(i) ? row.weight(i) : 0;
      if (w > 0 && left < w) {
        token = i;
        break;
      }
      left -= w;
    }
    found = token;
  }
  __syncthreads();
  if (found < 0) {  // rounding: u was the sum
    __shared__ int ends[THREADS];
    ends[threadIdx.x] = final;
    __syncthreads();
    for (int i = 0; i < THREADS; i++) final = ends[i] > final ? ends[i] : final;
    return final;
  }
  return found;
}

extern "C" __global__ void __launch_bounds__(THREADS) sample(int *out, float *logp, const float *logits, const unsigned long long *seeds,
                                                            const int *drawn, const int *lengths, int words, long long temperature_bits, long long topp_bits, int topk) {
  __shared__ double shared[WARPS][SLOTS];
  int b = blockIdx.x;
  if (lengths[b] == 0) return;
  double temperature = as_double(temperature_bits), topp = as_double(topp_bits);
  const float *l = logits + (long long)b * words;
  int token = likeliest(l, words);
  if (token < 0) {
    if (threadIdx.x == 0) out[b] = -1, logp[b] = 0;
    return;
  }
  double scoring = temperature == 0 ? 1.0 : (double)(float)temperature;  // as Score is told
  Row row = {l, words, l[token], scoring, 0, words};
  double all[1] = {};
  for (int i = threadIdx.x; i < words; i += THREADS) all[0] += row.weight(i);
  sum_block(all, shared);
  row.temperature = temperature;
  if (temperature != 0 && topk != 1) {
    if (topk > 0 && topk < words) cut(row, [=](int) { return 1.0; }, topk, shared);
    if (topp > 0 && topp < 1) {
      double kept[1] = {};
      for (int i = threadIdx.x; i < words; i += THREADS)
        if (row.stays(i)) kept[0] += row.weight(i);
      sum_block(kept, shared);
      cut(row, [=](int i) { return row.weight(i); }, topp * kept[0], shared);
    }
    token = walk(row, uniform(seeds[b], drawn[b]));
  }
  if (threadIdx.x == 0) {
    out[b] = token;
    logp[b] = (float)(((double)l[token] - row.top) / scoring - log(all[0]));
  }
}
