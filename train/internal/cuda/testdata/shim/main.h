// The end of the program that the test writes: it reads launches from stdin, one a
// line, and answers each with "ok" or "fail: ..." after which it is gone. Memory is
// a file that the test maps as well.
//
//	launch KERNEL gx gy gz bx by bz SHARED DESCENDING ARGUMENT...    arguments as hex of their bytes
static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

int main(int, char **argv) {
  int fd = open(argv[1], O_RDWR);
  size_t bytes = strtoull(argv[2], 0, 10);
  void *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || memory == MAP_FAILED) shim::fail("no memory");
  shim::fibers = (shim::fiber *)calloc(shim::maxThreads, sizeof(shim::fiber));
  printf("%llu\n", (unsigned long long)(uintptr_t)memory);
  fflush(stdout);
  static char line[1 << 16], args[1 << 15];
  while (fgets(line, sizeof line, stdin)) {
    char *next = line;
    auto number = [&] { return (int)strtol(next, &next, 10); };
    int kernel = number();
    gridDim.x = number(), gridDim.y = number(), gridDim.z = number();
    blockDim.x = number(), blockDim.y = number(), blockDim.z = number();
    shim::dynamicBytes = number(), shim::descending = number();
    shim::threads = blockDim.x * blockDim.y * blockDim.z;
    if (shim::threads % 32 || shim::threads > shim::maxThreads) shim::fail("a block of %d threads", shim::threads);
    if (shim::dynamicBytes > shim::maxShared) shim::fail("%zu bytes of shared memory", shim::dynamicBytes);
    void *at[256];
    int sizes[256], n = 0;
    for (char *to = args; n < 256; n++) {
      while (*next == ' ') next++;
      if (*next == '\n' || !*next) break;
      to = (char *)(((uintptr_t)to + 15) & ~15);
      at[n] = to;
      for (; *next > ' '; next += 2) *to++ = digit(next[0]) << 4 | digit(next[1]);
      sizes[n] = to - (char *)at[n];
    }
    launch(kernel, n, sizes, at);
    puts("ok");
    fflush(stdout);
  }
  return 0;
}
