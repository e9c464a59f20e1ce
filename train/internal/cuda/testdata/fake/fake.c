// A GPU of nothing but a C library, for tests of the binding: libcuda, NVRTC and
// cuBLASLt in one, over the memory of the host. It does what the calls ask for,
// as far as graft makes them, and refuses what a driver would: a call from another
// thread than the context's, a copy from memory that is not page-locked, an
// address outside what was allocated. Every call is written down, word by word.
//
// Kernels are those of kernels/*.cu, built for the host by the test beforehand as
// kernels.so beside this library: "compiling" names the file and its defines,
// "loading" opens that library, where launch_FILE_KERNEL runs a kernel and
// sizes_FILE_KERNEL tells the bytes of its parameters.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uintptr_t word;
#define API __attribute__((visibility("default")))

// ---- what the test sees and sets

static char calls[1 << 22];
static size_t written;
static char broken[64];
static int brokenCode;
static size_t memory = (size_t)1 << 32;
static int devices = 1, capability = 90;

API char *fake_calls(void) { return calls; }
API void fake_forget(void) { written = 0, calls[0] = 0; }
API void fake_break(const char *name, int code) { snprintf(broken, sizeof broken, "%s", name), brokenCode = code; }
API void fake_shape(int n, int cap, size_t bytes) { devices = n, capability = cap, memory = bytes; }

static void note(const char *name, int n, const word *args) {
  if (written > sizeof calls - 512) return;
  written += sprintf(calls + written, "%s", name);
  for (int i = 0; i < n; i++) written += sprintf(calls + written, " %lx", (unsigned long)args[i]);
  written += sprintf(calls + written, "\n");
}

// CALL writes the call down, and ends it with the code that the test asked for.
#define CALL(...)                                                    \
  do {                                                               \
    word list[] = {__VA_ARGS__};                                     \
    note(__func__, sizeof list / sizeof *list, list);                \
    if (!strcmp(__func__, broken)) return brokenCode;                \
  } while (0)

#define W(x) ((word)(x))
enum { ok = 0, invalidValue = 1, outOfMemory = 2, invalidContext = 201, invalidHandle = 400, notSupported = 801, notPermitted = 800 };

// ---- memory

enum { mostRegions = 4096 };
static struct region { char *at; size_t bytes; int pinned; } regions[mostRegions];
static int nregions;
static size_t used;

static char *reserve(size_t bytes, int pinned) {
  if (nregions == mostRegions || (!pinned && used + bytes > memory)) return 0;
  char *at = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);
  memset(at, 0xff, bytes);  // NaN
  regions[nregions++] = (struct region){at, bytes, pinned};
  if (!pinned) used += bytes;
  return at;
}
static int forget(char *at, int pinned) {
  for (int i = 0; i < nregions; i++)
    if (regions[i].at == at && regions[i].pinned == pinned) {
      if (!pinned) used -= regions[i].bytes;
      free(at);
      regions[i] = regions[--nregions];
      return ok;
    }
  return invalidValue;
}
static int inside(word at, size_t bytes, int pinned) {
  for (int i = 0; i < nregions; i++)
    if (regions[i].pinned == pinned && at >= W(regions[i].at) && at + bytes <= W(regions[i].at) + regions[i].bytes) return 1;
  return 0;
}

// ---- the driver

static pthread_t thread;
static int current;
#define HERE() do { if (!current || !pthread_equal(thread, pthread_self())) return invalidContext; } while (0)

static volatile sig_atomic_t stolen;
static void steal(int s) {
  if (s == SIGSEGV) _exit(97);  // to return would fault again
  stolen = 1;
}
API int fake_stolen(void) { return stolen; }

API int cuInit(unsigned flags) {
  CALL(flags);
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = steal;  // as a library might, and without a stack of its own
  for (const int *s = (const int[]){SIGUSR1, SIGINT, SIGTERM, SIGSEGV, 0}; *s; s++) sigaction(*s, &a, 0);
  return ok;
}
API int cuDriverGetVersion(int *v) { CALL(0); *v = 13010; return ok; }
API int cuDeviceGetCount(int *n) { CALL(0); *n = devices; return ok; }
API int cuDeviceGet(int *d, int i) { CALL(0, W(i)); *d = 7; return ok; }
API int cuDeviceGetName(char *name, int n, int d) { CALL(0, W(n), W(d)); snprintf(name, n, "Fake"); return ok; }
API int cuDeviceGetAttribute(int *v, int a, int d) {
  CALL(0, W(a), W(d));
  *v = a == 75 ? capability / 10 : a == 76 ? capability % 10 : a == 16 ? 4 : -1;
  return ok;
}
API int cuDeviceTotalMem_v2(size_t *n, int d) { CALL(0, W(d)); *n = memory; return ok; }
API int cuDevicePrimaryCtxRetain(word *c, int d) { CALL(0, W(d)); *c = 0xc0; return ok; }
API int cuDevicePrimaryCtxRelease_v2(int d) { CALL(W(d)); current = 0; return ok; }
API int cuCtxSetCurrent(word c) { CALL(c); thread = pthread_self(), current = 1; return ok; }
API int cuMemAlloc_v2(word *at, size_t n) { CALL(0, n); HERE(); char *p = reserve(n, 0); *at = W(p); return p ? ok : outOfMemory; }
API int cuMemFree_v2(word at) { CALL(at); HERE(); return forget((char *)at, 0); }
API int cuMemGetInfo_v2(size_t *free, size_t *total) { CALL(0); HERE(); *free = memory - used, *total = memory; return ok; }
API int cuMemAllocHost_v2(word *at, size_t n) { CALL(0, n); HERE(); char *p = reserve(n, 1); *at = W(p); return p ? ok : outOfMemory; }
API int cuMemFreeHost(word at) { CALL(at); HERE(); return forget((char *)at, 1); }
API int cuStreamCreate(word *s, unsigned flags) { CALL(0, flags); HERE(); *s = 0x57; return ok; }
API int cuStreamSynchronize(word s) { CALL(s); HERE(); return s == 0x57 ? ok : invalidHandle; }
API int cuStreamDestroy_v2(word s) { CALL(s); HERE(); return ok; }
API int cuEventCreate(word *e, unsigned flags) { CALL(0, flags); HERE(); static word next = 0xe0; *e = next++; return ok; }
API int cuEventRecord(word e, word s) { CALL(e, s); HERE(); return ok; }
API int cuEventSynchronize(word e) { CALL(e); HERE(); return ok; }
API int cuEventElapsedTime(float *ms, word a, word b) { CALL(0, a, b); HERE(); *ms = b - a; return ok; }
API int cuEventDestroy_v2(word e) { CALL(e); HERE(); return ok; }
API int cuGetErrorName(int code, const char **s) {
  *s = code == outOfMemory ? "CUDA_ERROR_OUT_OF_MEMORY" : code == invalidValue ? "CUDA_ERROR_INVALID_VALUE" : code == invalidContext ? "CUDA_ERROR_INVALID_CONTEXT"
     : code == 719 ? "CUDA_ERROR_LAUNCH_FAILED" : 0;
  return *s ? ok : invalidValue;
}
API int cuGetErrorString(int code, const char **s) { *s = code == outOfMemory ? "out of memory" : 0; return *s ? ok : invalidValue; }

// ---- what a stream does, at once or when a graph is launched

typedef void (*run)(word *);
enum { mostWords = 512 };
struct work { run f; word args[mostWords]; };
static struct work *graph;
static int length, capturing;

static int perform(run f, const word *args, int n) {
  if (!capturing) {
    word copy[mostWords];
    memcpy(copy, args, n * sizeof(word));
    f(copy);
    return ok;
  }
  if (length % 64 == 0) graph = realloc(graph, (length + 64) * sizeof *graph);
  graph[length].f = f;
  memcpy(graph[length++].args, args, n * sizeof(word));
  return ok;
}

static void move(word *a) { memcpy((void *)a[0], (void *)a[1], a[2]); }
static void fill(word *a) { memset((void *)a[0], (int)a[1], a[2]); }
#define STREAM(s) do { HERE(); if ((s) != 0x57) return invalidHandle; } while (0)

API int cuMemcpyHtoDAsync_v2(word to, word from, size_t n, word s) {
  CALL(to, from, n, s);
  STREAM(s);
  if (capturing || !inside(from, n, 1) || !inside(to, n, 0)) return invalidValue;
  word a[] = {to, from, n};
  return perform(move, a, 3);
}
API int cuMemcpyDtoHAsync_v2(word to, word from, size_t n, word s) {
  CALL(to, from, n, s);
  STREAM(s);
  if (capturing || !inside(from, n, 0) || !inside(to, n, 1)) return invalidValue;
  word a[] = {to, from, n};
  return perform(move, a, 3);
}
API int cuMemcpyDtoDAsync_v2(word to, word from, size_t n, word s) {
  CALL(to, from, n, s);
  STREAM(s);
  if (!inside(from, n, 0) || !inside(to, n, 0)) return invalidValue;
  word a[] = {to, from, n};
  return perform(move, a, 3);
}
API int cuMemsetD8Async(word to, unsigned char v, size_t n, word s) {
  CALL(to, v, n, s);
  STREAM(s);
  if (!inside(to, n, 0)) return invalidValue;
  word a[] = {to, v, n};
  return perform(fill, a, 3);
}
API int cuStreamBeginCapture_v2(word s, int mode) { CALL(s, W(mode)); STREAM(s); capturing = 1, length = 0, graph = 0; return ok; }
API int cuStreamEndCapture(word s, word *g) {
  CALL(s, 0);
  STREAM(s);
  capturing = 0;
  word *made = malloc(2 * sizeof(word));
  made[0] = W(graph), made[1] = length;
  *g = W(made);
  return ok;
}
API int cuGraphInstantiateWithFlags(word *e, word g, unsigned long long flags) { CALL(0, g, flags); HERE(); *e = g; return ok; }
API int cuGraphLaunch(word e, word s) {
  CALL(e, s);
  STREAM(s);
  word *made = (word *)e;
  for (word i = 0; i < made[1]; i++) {
    word copy[mostWords];
    memcpy(copy, ((struct work *)made[0])[i].args, sizeof copy);
    ((struct work *)made[0])[i].f(copy);
  }
  return ok;
}
API int cuGraphExecDestroy(word e) { CALL(e); HERE(); return ok; }
API int cuGraphDestroy(word g) { CALL(g); HERE(); return ok; }

// ---- kernels

struct module { void *library; char unit[512]; };
struct function { void (*launch)(const unsigned *grid, const unsigned *block, unsigned shared, void **args); const int *sizes; unsigned most; };

API int cuModuleLoadData(word *m, const char *image) {
  CALL(0, W(image));
  HERE();
  Dl_info self;
  if (strncmp(image, "FAKE ", 5) || !dladdr((void *)cuInit, &self)) return invalidValue;
  char path[1024];
  snprintf(path, sizeof path - 16, "%s", self.dli_fname);
  strcpy(strrchr(path, '/') + 1, "kernels.so");
  struct module *made = calloc(1, sizeof *made);
  made->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!made->library) fprintf(stderr, "fake: %s\n", dlerror());
  for (int i = 0; image[5 + i] && i < 500; i++) {
    char c = image[5 + i];
    made->unit[i] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '_';
  }
  *m = W(made);
  return made->library ? ok : invalidValue;
}
API int cuModuleUnload(word m) { CALL(m); HERE(); return ok; }
API int cuModuleGetFunction(word *f, word m, const char *name) {
  CALL(0, m, 0);
  HERE();
  char symbol[1024];
  struct module *from = (struct module *)m;
  struct function *made = calloc(1, sizeof *made);
  snprintf(symbol, sizeof symbol, "launch_%s_%s", from->unit, name);
  made->launch = dlsym(from->library, symbol);
  snprintf(symbol, sizeof symbol, "sizes_%s_%s", from->unit, name);
  const int *(*sizes)(void) = dlsym(from->library, symbol);
  if (sizes) made->sizes = sizes();
  made->most = 48 << 10;
  *f = W(made);
  return made->launch && made->sizes ? ok : 500;
}
API int cuFuncSetAttribute(word f, int attr, int v) {
  CALL(f, W(attr), W(v));
  HERE();
  if (attr != 8 || v > 227 << 10) return invalidValue;
  ((struct function *)f)->most = v;
  return ok;
}

// a: function, grid, block, shared, then 8 words for each parameter at most 4 KiB together
static void start(word *a) {
  struct function *f = (struct function *)a[0];
  unsigned grid[3] = {a[1], a[2], a[3]}, block[3] = {a[4], a[5], a[6]};
  void *args[64];
  word *at = a + 8;
  for (int i = 0; f->sizes[i]; i++) {
    args[i] = at;
    at += (f->sizes[i] + 15) / 16 * 2;
  }
  f->launch(grid, block, a[7], args);
}

API int cuLaunchKernel(word f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, word s, void **params, void **extra) {
  CALL(f, gx, gy, gz, bx, by, bz, shared, s, 0, W(extra));
  STREAM(s);
  struct function *k = (struct function *)f;
  if (!gx || !gy || !gz || !bx || !by || !bz || gy > 65535 || gz > 65535 || bx * by * bz > 1024 || shared > k->most || extra) return invalidValue;
  _Alignas(16) word a[mostWords] = {f, gx, gy, gz, bx, by, bz, shared};
  int at = 8;
  for (int i = 0; k->sizes[i]; i++) {
    if (at + (k->sizes[i] + 15) / 16 * 2 > mostWords) return invalidValue;
    memcpy(a + at, params[i], k->sizes[i]);
    at += (k->sizes[i] + 15) / 16 * 2;
  }
  return perform(start, a, at);
}

// ---- NVRTC: a program "compiles" to the name of its library

struct program { char image[1024]; };
API int nvrtcVersion(int *major, int *minor) { *major = 13, *minor = 1; return ok; }
API int nvrtcGetNumSupportedArchs(int *n) { *n = 3; return ok; }
API int nvrtcGetSupportedArchs(int *a) { a[0] = 80, a[1] = 90, a[2] = 100; return ok; }
API int nvrtcCreateProgram(word *p, const char *text, const char *name, int headers, const char **texts, const char **names) {
  CALL(0, 0, 0, W(headers), 0, 0);
  struct program *made = calloc(1, sizeof *made);
  const char *file = strrchr(name, '/');
  for (int i = 0; i < headers; i++)
    if (!names[i][0] || !texts[i][0]) return 5;
  snprintf(made->image, sizeof made->image, "FAKE %s", file ? file + 1 : name);
  *p = W(made);
  return text[0] ? ok : 3;
}
API int nvrtcDestroyProgram(word *p) { CALL(0); free((void *)*p); *p = 0; return ok; }
API int nvrtcCompileProgram(word p, int n, const char **options) {
  CALL(p, W(n), 0);
  struct program *made = (struct program *)p;
  for (int i = 0; i < n; i++)
    if (!strncmp(options[i], "-D", 2)) snprintf(made->image + strlen(made->image), 200, "%s", options[i]);
  return ok;
}
API int nvrtcGetProgramLogSize(word p, size_t *n) { CALL(p); *n = 12; return ok; }
API int nvrtcGetProgramLog(word p, char *to) { CALL(p); strcpy(to, "a fake log\n"); return ok; }
API int nvrtcGetCUBINSize(word p, size_t *n) { CALL(p); *n = strlen(((struct program *)p)->image); return ok; }
API int nvrtcGetCUBIN(word p, char *to) { CALL(p); memcpy(to, ((struct program *)p)->image, strlen(((struct program *)p)->image)); return ok; }
API int nvrtcGetPTXSize(word p, size_t *n) { return nvrtcGetCUBINSize(p, n); }
API int nvrtcGetPTX(word p, char *to) { return nvrtcGetCUBIN(p, to); }
API const char *nvrtcGetErrorString(int code) { return code == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_OTHER"; }

// ---- cuBLASLt: column-major, as it is written down in its manual

struct desc { int compute, scale, op[2]; };
struct layout { int type; uint64_t rows, cols; int64_t ld; };
struct preference { uint64_t workspace; uint32_t reduction, align[4]; };
struct result { uint64_t algo[8]; size_t workspace; int state; float waves; int reserved[4]; };

API int cublasLtCreate(word *h) { CALL(0); HERE(); *h = 0xb1a5; return ok; }
API int cublasLtDestroy(word h) { CALL(h); return ok; }
API size_t cublasLtGetVersion(void) { return 130100; }
API int cublasLtMatmulDescCreate(word *d, int compute, int scale) {
  CALL(0, W(compute), W(scale));
  struct desc *made = calloc(1, sizeof *made);
  made->compute = compute, made->scale = scale;
  *d = W(made);
  return ok;
}
API int cublasLtMatmulDescSetAttribute(word d, int attr, const int *v, size_t n) {
  CALL(d, W(attr), W(*v), n);
  if (n != 4 || attr < 3 || attr > 4) return 7;
  ((struct desc *)d)->op[attr - 3] = *v;
  return ok;
}
API int cublasLtMatmulDescDestroy(word d) { CALL(d); free((void *)d); return ok; }
API int cublasLtMatrixLayoutCreate(word *l, int type, uint64_t rows, uint64_t cols, int64_t ld) {
  CALL(0, W(type), rows, cols, W(ld));
  struct layout *made = malloc(sizeof *made);
  *made = (struct layout){type, rows, cols, ld};
  *l = W(made);
  return ok;
}
API int cublasLtMatrixLayoutDestroy(word l) { CALL(l); free((void *)l); return ok; }
API int cublasLtMatmulPreferenceCreate(word *p) { CALL(0); *p = W(calloc(1, sizeof(struct preference))); return ok; }
API int cublasLtMatmulPreferenceSetAttribute(word p, int attr, const void *v, size_t n) {
  word value = 0;
  if (n > 8) return 7;
  memcpy(&value, v, n);
  CALL(p, W(attr), value, n);
  struct preference *q = (struct preference *)p;
  if (attr == 1 && n == 8) q->workspace = value;
  else if (attr == 3 && n == 4) q->reduction = value;
  else if (attr >= 5 && attr <= 8 && n == 4) q->align[attr - 5] = value;
  else return 7;
  return ok;
}
API int cublasLtMatmulPreferenceDestroy(word p) { CALL(p); free((void *)p); return ok; }
API int cublasLtMatmulAlgoGetHeuristic(word h, word d, word a, word b, word c, word e, word p, int want, struct result *r, int *found) {
  CALL(h, d, a, b, c, e, p, W(want), 0, 0);
  if (h != 0xb1a5 || c != e) return 7;
  *found = 1;
  memset(r, 0, sizeof *r);
  for (int i = 0; i < 8; i++) r->algo[i] = 0xa190 + i;
  memcpy(&r->algo[4], ((struct preference *)p)->align, 16);  // told to cublasLtMatmul
  r->workspace = ((struct preference *)p)->workspace / 2;
  return ok;
}
API const char *cublasLtGetStatusName(int code) { return code == 15 ? "CUBLAS_STATUS_NOT_SUPPORTED" : code == 13 ? "CUBLAS_STATUS_EXECUTION_FAILED" : "CUBLAS_STATUS_OTHER"; }

static float get(const char *p, int type, size_t i) {
  if (type == 0) return ((float *)p)[i];
  uint32_t u = (uint32_t)((uint16_t *)p)[i] << 16;
  float x;
  memcpy(&x, &u, 4);
  return x;
}
static void put(char *p, int type, size_t i, float x) {
  if (type == 0) { ((float *)p)[i] = x; return; }
  uint32_t u;
  memcpy(&u, &x, 4);
  ((uint16_t *)p)[i] = x != x ? u >> 16 | 0x40 : (u + 0x7fff + (u >> 16 & 1)) >> 16;
}

// a: A B D, type, rows, cols and ld of each, ops, alpha and beta as bits
static void multiply(word *w) {
  float alpha, beta;
  uint32_t u = w[17], v = w[18];
  memcpy(&alpha, &u, 4), memcpy(&beta, &v, 4);
  word *A = w + 3, *B = w + 7, *D = w + 11;  // type rows cols ld
  word k = w[15] ? A[1] : A[2];
  for (word j = 0; j < D[2]; j++)
    for (word i = 0; i < D[1]; i++) {
      float sum = 0;
      for (word p = 0; p < k; p++)
        sum += get((char *)w[0], A[0], w[15] ? i * A[3] + p : p * A[3] + i) * get((char *)w[1], B[0], w[16] ? p * B[3] + j : j * B[3] + p);
      float old = beta ? beta * get((char *)w[2], D[0], j * D[3] + i) : 0;
      put((char *)w[2], D[0], j * D[3] + i, alpha * sum + old);
    }
}

API int cublasLtMatmul(word h, word d, const float *alpha, word A, word la, word B, word lb, const float *beta, word C, word lc, word D, word ld, const uint64_t *algo, word space, size_t bytes, word s) {
  word av = 0, bv = 0;
  memcpy(&av, alpha, 4), memcpy(&bv, beta, 4);
  CALL(h, d, av, A, la, B, lb, bv, C, lc, D, ld, algo[0], space, bytes, s);
  STREAM(s);
  struct desc *e = (struct desc *)d;
  struct layout *a = (struct layout *)la, *b = (struct layout *)lb, *c = (struct layout *)ld;
  const uint32_t *align = (const uint32_t *)&algo[4];
  if (h != 0xb1a5 || C != D || lc != ld || algo[3] != 0xa193 || !inside(space, bytes, 0)) return 7;
  if (A % align[0] || B % align[1] || C % align[2]) return 7;
  uint64_t m = e->op[0] ? a->cols : a->rows, k = e->op[0] ? a->rows : a->cols, n = e->op[1] ? b->rows : b->cols;
  if (m != c->rows || n != c->cols || k != (e->op[1] ? b->cols : b->rows)) return 7;
  int sizes[15] = {4, [14] = 2};
  if (!inside(A, a->ld * a->cols * sizes[a->type], 0) || !inside(B, b->ld * b->cols * sizes[b->type], 0) || !inside(C, c->ld * c->cols * sizes[c->type], 0)) return 7;
  word w[] = {A, B, C, a->type, a->rows, a->cols, a->ld, b->type, b->rows, b->cols, b->ld, c->type, c->rows, c->cols, c->ld, e->op[0], e->op[1], av, bv};
  return perform(multiply, w, sizeof w / sizeof *w);
}
