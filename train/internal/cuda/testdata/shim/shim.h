// CUDA's words for g++, so that kernels run where there is no GPU. A thread is a
// fiber that runs until it waits: for its warp (a shuffle) or its block (a
// barrier). One block runs after the other, its warps and lanes in ascending or
// in descending order: a kernel that lacks a barrier gives other bits in one of
// the two. Shared memory is full of NaNs before each block.
//
// What a GPU would do quietly wrong is an error here: a shuffle that a lane of the
// warp has missed by leaving, a barrier that some threads never reach, a block of
// no whole number of warps, a vector load off its alignment (check_aligned).
//
// Not here: order of memory within a warp finer than shuffles, textures, atomics
// on floats, and whatever depends on many blocks running at once.
#pragma once
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <fcntl.h>
#include <tuple>
#include <utility>

#define SHIM 1
#define __global__
#define __device__
#define __host__
#define __constant__ const
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __shared__ static __attribute__((section("shared_memory")))
#define __align__(n) __attribute__((aligned(n)))

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };
struct __align__(8) int2 { int x, y; };
struct __align__(16) int4 { int x, y, z, w; };
struct __align__(8) uint2 { unsigned x, y; };
struct __align__(16) uint4 { unsigned x, y, z, w; };
struct __align__(8) float2 { float x, y; };
struct __align__(16) float4 { float x, y, z, w; };
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;
enum { warpSize = 32 };

namespace shim {

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("fail: ", stdout);
  vprintf(format, args);
  printf(" (block %u,%u,%u thread %u,%u,%u)\n", blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
  fflush(stdout);
  _exit(1);
}

enum { maxThreads = 1024, stackBytes = 128 << 10, slotBytes = 128, maxShared = 227 << 10, guard = 4096 };
enum waiting { no, forWarp, forBlock };

struct fiber {
  ucontext_t start;
  jmp_buf at;
  bool made, done;
  waiting wait;
  uint3 index;
  int turn;  // which slot the next collective uses
  __align__(16) char slot[2][slotBytes];
};

static fiber *fibers;
static fiber *self;
static jmp_buf scheduler;
static int threads;
static bool descending;
static __align__(128) char dynamic[maxShared + guard];
static size_t dynamicBytes;
static void (*body)(void *);
static void *bodyArgs;

__noinline__ static void run() {
  for (;;) {
    body(bodyArgs);
    self->done = true;
    if (!_setjmp(self->at)) _longjmp(scheduler, 1);
  }
}

__noinline__ static void resume(fiber *f) {
  self = f;
  threadIdx = f->index;
  if (_setjmp(scheduler)) return;
  if (f->made) _longjmp(f->at, 1);
  f->made = true;
  getcontext(&f->start);
  f->start.uc_stack.ss_sp = mmap(0, stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  f->start.uc_stack.ss_size = stackBytes;
  makecontext(&f->start, run, 0);
  setcontext(&f->start);
}

__noinline__ static void wait(waiting w) {
  self->wait = w;
  if (!_setjmp(self->at)) _longjmp(scheduler, 1);
}

// runWarp runs the lanes from first on until all are done or wait for the block.
static void runWarp(int first) {
  fiber *warp = fibers + first;
  for (;;) {
    for (int i = 0; i < 32; i++) {
      fiber *f = warp + (descending ? 31 - i : i);
      if (!f->done && f->wait == no) resume(f);
    }
    int gone = 0, together = 0;
    for (int i = 0; i < 32; i++) gone += warp[i].done, together += !warp[i].done && warp[i].wait == forWarp;
    if (together == 0) return;
    if (together != 32) {
      threadIdx = warp[0].index;
      fail("%d lanes of a warp shuffle, %d have left and %d wait for the block", together, gone, 32 - gone - together);
    }
    for (int i = 0; i < 32; i++) warp[i].wait = no;
  }
}

extern "C" char __start_shared_memory[] __attribute__((weak)), __stop_shared_memory[] __attribute__((weak));

static void runBlock() {
  if (__start_shared_memory) memset(__start_shared_memory, 0xff, __stop_shared_memory - __start_shared_memory);
  memset(dynamic, 0xff, dynamicBytes + guard);
  for (int i = 0; i < threads; i++) {
    fibers[i].done = false;
    fibers[i].wait = no;
    fibers[i].turn = 0;
    fibers[i].index = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
  }
  for (bool alive = true; alive;) {
    for (int w = 0; w < threads; w += 32) runWarp(descending ? threads - 32 - w : w);
    alive = false;
    for (int i = 0; i < threads; i++) {
      alive |= !fibers[i].done;
      fibers[i].wait = no;  // all that live have come to the barrier
    }
  }
  for (size_t i = dynamicBytes; i < dynamicBytes + guard; i++)
    if (dynamic[i] != (char)0xff) fail("byte %zu of %zu bytes of dynamic shared memory is written", i, dynamicBytes);
}

template <class... A, size_t... I>
static void unpack(void (*f)(A...), void **args, std::index_sequence<I...>) {
  f(*(A *)args[I]...);
}

// call runs f with the arguments that args points to, as cuLaunchKernel takes them.
template <class... A>
static void call(void (*f)(A...), int n, void **args) {
  if (n != (int)sizeof...(A)) fail("%d arguments for a kernel of %d", n, (int)sizeof...(A));
  struct both { void (*f)(A...); void **args; } b = {f, args};
  body = [](void *p) { unpack(((both *)p)->f, ((both *)p)->args, std::index_sequence_for<A...>()); };
  bodyArgs = &b;
  for (unsigned z = 0; z < gridDim.z; z++)
    for (unsigned y = 0; y < gridDim.y; y++)
      for (unsigned x = 0; x < gridDim.x; x++) {
        blockIdx = descending ? uint3{gridDim.x - 1 - x, gridDim.y - 1 - y, gridDim.z - 1 - z} : uint3{x, y, z};
        runBlock();
      }
}

// sizes are the bytes of f's parameters.
template <class... A>
static bool fits(void (*)(A...), int n, const int *bytes) {
  int want[] = {(int)sizeof(A)...};
  for (int i = 0; i < n && i < (int)sizeof...(A); i++)
    if (want[i] != bytes[i]) return false;
  return n == (int)sizeof...(A);
}

// post shows v to the other lanes and waits for them; seen reads what lane i
// posted in the last post. Emulations of warp-wide instructions are made of these.
template <class T>
static void post(const T &v) {
  static_assert(sizeof(T) <= slotBytes, "a slot is too small");
  memcpy(self->slot[self->turn], &v, sizeof v);
  self->turn ^= 1;
  wait(forWarp);
}
template <class T>
static T seen(int lane) {
  fiber *f = fibers + ((self - fibers) & ~31) + (lane & 31);
  T v;
  memcpy(&v, f->slot[self->turn ^ 1], sizeof v);
  return v;
}
static inline int lane() { return (self - fibers) & 31; }

}  // namespace shim

// check_aligned stops at a vector access that a GPU would refuse.
#define check_aligned(p, n) (((uintptr_t)(p) & ((n)-1)) ? shim::fail("%s is not aligned to %d bytes", #p, (int)(n)) : (void)0)

// shared names the dynamic shared memory.
#define DYNAMIC_SHARED(type, name) type *name = (type *)shim::dynamic

static inline void __syncthreads() { shim::wait(shim::forBlock); }
static inline void __syncwarp(unsigned = ~0u) { shim::wait(shim::forWarp); }
static inline void __threadfence() {}
static inline void __trap() { shim::fail("trap"); }
template <class T> static T __ldg(const T *p) { return *p; }

static inline void whole(unsigned mask) {
  if (mask != ~0u) shim::fail("a collective of some lanes, mask %08x", mask);
}
template <class T> static T __shfl_sync(unsigned mask, T v, int from, int width = 32) {
  whole(mask);
  shim::post(v);
  return shim::seen<T>((shim::lane() & ~(width - 1)) + (from & (width - 1)));
}
template <class T> static T __shfl_xor_sync(unsigned mask, T v, int with, int width = 32) {
  whole(mask);
  shim::post(v);
  int from = shim::lane() ^ with;
  return from / width > shim::lane() / width ? v : shim::seen<T>(from);
}
template <class T> static T __shfl_down_sync(unsigned mask, T v, int by, int width = 32) {
  whole(mask);
  shim::post(v);
  int from = shim::lane() + by;
  return from / width != shim::lane() / width ? v : shim::seen<T>(from);
}
template <class T> static T __shfl_up_sync(unsigned mask, T v, int by, int width = 32) {
  whole(mask);
  shim::post(v);
  int from = shim::lane() - by;
  return from < 0 || from / width != shim::lane() / width ? v : shim::seen<T>(from);
}
static inline unsigned __ballot_sync(unsigned mask, int p) {
  whole(mask);
  shim::post(p);
  unsigned b = 0;
  for (int i = 0; i < 32; i++) b |= (unsigned)(shim::seen<int>(i) != 0) << i;
  return b;
}
static inline int __any_sync(unsigned mask, int p) { return __ballot_sync(mask, p) != 0; }
static inline int __all_sync(unsigned mask, int p) { return __ballot_sync(mask, p) == ~0u; }

static inline unsigned __float_as_uint(float x) { unsigned u; memcpy(&u, &x, 4); return u; }
static inline float __uint_as_float(unsigned u) { float x; memcpy(&x, &u, 4); return x; }
static inline int __float_as_int(float x) { return (int)__float_as_uint(x); }
static inline float __int_as_float(int i) { return __uint_as_float((unsigned)i); }
static inline int __popc(unsigned u) { return __builtin_popcount(u); }
static inline int __clz(int u) { return u ? __builtin_clz((unsigned)u) : 32; }
static inline int __ffs(int u) { return __builtin_ffs(u); }
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
#define __expf(x) expf(x)  // glibc has functions of these names
#define __logf(x) logf(x)
static inline float __fdividef(float x, float y) { return x / y; }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
static inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
static inline long long min(long long a, long long b) { return a < b ? a : b; }
static inline long long max(long long a, long long b) { return a > b ? a : b; }
static inline int atomicAdd(int *p, int v) { int old = *p; *p += v; return old; }
static inline unsigned atomicAdd(unsigned *p, unsigned v) { unsigned old = *p; *p += v; return old; }
static inline int atomicMax(int *p, int v) { int old = *p; if (v > old) *p = v; return old; }

#include "mma.h"
