// The instructions of kernels/mma.cuh for the fibers of shim.h, with the layout of
// fragments that the PTX ISA documents: what a lane does not hold it gets from the
// lanes that do. A copy reaches shared memory when its thread waits for it, or, in
// descending order of threads, at once: a kernel that forgets to wait reads NaNs in
// the one, and one that copies over what is still read is found by the other.
#pragma once

static float mma_value(unsigned half) { return __uint_as_float(half << 16); }
static float mma_low(unsigned r) { return mma_value(r & 0xffff); }
static float mma_high(unsigned r) { return mma_value(r >> 16); }

struct mma_operands { unsigned a[4], b[2]; };

static void mma(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  mma_operands mine = {{a[0], a[1], a[2], a[3]}, {b0, b1}};
  shim::post(mine);
  int g = shim::lane() >> 2, t = shim::lane() & 3;
  mma_operands row[4], col[2][4];  // the quad of row g, and those of columns 2t, 2t+1
  for (int i = 0; i < 4; i++) {
    row[i] = shim::seen<mma_operands>(4 * g + i);
    for (int j = 0; j < 2; j++) col[j][i] = shim::seen<mma_operands>(4 * (2 * t + j) + i);
  }
  for (int e = 0; e < 4; e++) {
    float sum = 0;
    for (int half = 0; half < 2; half++)  // k 0 to 7, 8 to 15
      for (int i = 0; i < 4; i++) {
        unsigned x = row[i].a[2 * half + (e >> 1)], y = col[e & 1][i].b[half];
        sum += mma_low(x) * mma_low(y);
        sum += mma_high(x) * mma_high(y);
      }
    c[e] += sum;
  }
}

static void ldmatrix(unsigned (&r)[4], const unsigned short *row) {
  check_aligned(row, 16);
  shim::post(row);
  for (int i = 0; i < 4; i++) {
    const unsigned short *from = shim::seen<const unsigned short *>(8 * i + (shim::lane() >> 2));
    memcpy(&r[i], from + 2 * (shim::lane() & 3), 4);
  }
  __syncwarp();  // nobody writes before all have read
}

static void ldmatrix_trans(unsigned (&r)[4], const unsigned short *row) {
  check_aligned(row, 16);
  shim::post(row);
  for (int i = 0; i < 4; i++) {
    int k = 2 * (shim::lane() & 3), col = shim::lane() >> 2;
    r[i] = shim::seen<const unsigned short *>(8 * i + k)[col] | (unsigned)shim::seen<const unsigned short *>(8 * i + k + 1)[col] << 16;
  }
  __syncwarp();
}

// Copies under way, a queue a thread; a copy of 0 bytes is the end of a group.
struct mma_copy {
  void *to;
  const void *from;
  int bytes;
  bool real;
  void land() const {
    if (real) memcpy(to, from, bytes);
    else if (bytes) memset(to, 0, bytes);
  }
};
enum { mma_most = 512 };
static struct mma_queue { mma_copy copies[mma_most]; int n; uint3 block; } mma_queues[shim::maxThreads];

static void mma_begin(mma_copy c) {
  mma_queue &q = mma_queues[shim::self - shim::fibers];
  if (q.block.x != blockIdx.x || q.block.y != blockIdx.y || q.block.z != blockIdx.z) {
    for (int i = 0; i < q.n; i++)
      if (q.copies[i].bytes) shim::fail("an earlier block has ended with copies under way");
    q.n = 0, q.block = blockIdx;
  }
  if (q.n == mma_most) shim::fail("%d copies under way", q.n);
  if (shim::descending) c.land();
  q.copies[q.n++] = c;
}

static void copy16(void *dst, const void *src, bool real) {
  check_aligned(dst, 16);
  check_aligned(src, 16);
  mma_begin({dst, src, 16, real});
}
static void copy4(void *dst, const void *src, bool real) {
  check_aligned(dst, 4);
  check_aligned(src, 4);
  mma_begin({dst, src, 4, real});
}
static void commit() { mma_begin({0, 0, 0, false}); }

template <int n>
static void wait() {
  mma_queue &q = mma_queues[shim::self - shim::fibers];
  int groups = 0, done = 0;
  for (int i = 0; i < q.n; i++) groups += q.copies[i].bytes == 0;
  for (; groups > n; done++) {
    mma_copy &c = q.copies[done];
    if (c.bytes == 0) groups--;
    else if (!shim::descending) c.land();
  }
  memmove(q.copies, q.copies + done, (q.n - done) * sizeof *q.copies);
  q.n -= done;
}

static float power2(float x) { return x < -126 ? 0 : exp2f(x); }

static unsigned mma_round(float x) {
  unsigned u = __float_as_uint(x);
  return x != x ? 0x7fff : u + 0x7fff + (u >> 16 & 1) >> 16;
}
static unsigned pack(float lo, float hi) { return mma_round(lo) | mma_round(hi) << 16; }
