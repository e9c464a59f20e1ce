// Keys and values of n new tokens into their slots of the pages: 16 bytes a thread.
// A slot below 0 is a free row of the batch and stores nothing. Must move: twice the
// bytes of k and v.
//
//   k, v [n][width] bf16  pk, pv [slots][width]  chunks = width / 8
extern "C" __global__ void __launch_bounds__(256) decode_store(uint4 *pk, uint4 *pv, const uint4 *k, const uint4 *v, const int *slots, int n, int chunks) {
  long long i = (long long)blockIdx.x * 256 + threadIdx.x;
  if (i >= (long long)n * chunks) return;
  int slot = slots[i / chunks];
  if (slot < 0) return;
  long long to = (long long)slot * chunks + i % chunks;
  pk[to] = k[i];
  pv[to] = v[i];
}
