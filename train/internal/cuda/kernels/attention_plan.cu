// The list of tiles of a packed batch, made on the device because the borders of
// documents are there: of each document a tile every `size` tokens, from the last
// to the first where `down` is set, so that the longest work begins first. What is
// left of the list, of floor(t/size) + docs entries, has the end 0.
//
// One block of 256 threads. tiles is int [max][3]: start, end, first (attention.cuh).
extern "C" __global__ void __launch_bounds__(256) attention_plan(int *tiles, const int *starts, int docs, int size, int down, int max) {
  __shared__ int before[256];
  int each = (docs + 255) / 256, from = threadIdx.x * each;
  int to = from + each < docs ? from + each : docs, count = 0;
  for (int d = from; d < to; d++) count += (starts[d + 1] - starts[d] + size - 1) / size;
  before[threadIdx.x] = count;
  __syncthreads();
  for (int step = 1; step < 256; step *= 2) {
    int x = (int)threadIdx.x >= step ? before[threadIdx.x - step] : 0;
    __syncthreads();
    before[threadIdx.x] += x;
    __syncthreads();
  }
  int at = before[threadIdx.x] - count;
  for (int d = from; d < to; d++) {
    int start = starts[d], end = starts[d + 1], n = (end - start + size - 1) / size;
    for (int i = 0; i < n && at < max; i++, at++) {
      tiles[3 * at] = start;
      tiles[3 * at + 1] = end;
      tiles[3 * at + 2] = start + (down ? n - 1 - i : i) * size;
    }
  }
  for (int i = before[255] + threadIdx.x; i < max; i += 256) tiles[3 * i + 1] = 0;
}
