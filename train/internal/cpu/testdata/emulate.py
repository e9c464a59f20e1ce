"""Runs every product kernel of graft's CPU backend on an emulated processor.

Machines without AVX-512 build those kernels but cannot run them. This script
takes their machine code out of a test binary, runs it on Bochs (which has
AVX-512) and compares with the chain of fused multiply-adds that they promise,
bit for bit, the AVX2 ones too. Run by hand, on Linux, amd64:

    pip install bochscpu-python numpy
    go test -c -o cpu.test ./train/internal/cpu
    python train/internal/cpu/testdata/emulate.py cpu.test
"""
import re, struct, subprocess, sys
import bochscpu, bochscpu.cpu, bochscpu.memory as mem
import numpy as np

PAGE, PRESENT = 0x1000, 1
TABLES, RETURN, STACK = 0x8000000, 0x1400000, 0x1300000
A, B, C = 0x1000000, 0x1100000, 0x1200000


def kernels(path):
    """name -> (address, code) of the product kernels in a binary."""
    sections = subprocess.run(["readelf", "-SW", path], check=True, capture_output=True, text=True).stdout
    text = next(l for l in sections.splitlines() if " .text " in l).split("]")[1].split()
    base, offset, image = int(text[2], 16), int(text[3], 16), open(path, "rb").read()
    found = {}
    for line in subprocess.run(["go", "tool", "nm", "-size", path], check=True, capture_output=True, text=True).stdout.splitlines():
        f = line.split()
        if len(f) >= 4 and re.search(r"\.(gemm|wide)AVX\w+\.abi0$", f[3]):
            at = int(f[0], 16)
            found[f[3].split(".")[-2]] = (at, image[at - base + offset:][:int(f[1])])
    return found


class Machine:
    """A processor in 64-bit mode, every address mapped to itself."""

    def __init__(self, code):
        self.code, self.session, self.table, mapped = code, bochscpu.Session(), mem.PageMapLevel4Table(), set()
        for at, size in [(at, len(b)) for at, b in code.values()] + [(A, 1 << 18), (B, 1 << 18), (C, 1 << 18), (STACK, 1 << 14), (RETURN, 16)]:
            for page in range(at & -PAGE, at + size, PAGE):
                if page not in mapped:
                    mapped.add(page)
                    mem.page_insert(page, mem.allocate_host_page())
                    self.table.insert(page, page, PRESENT)
        for host, page in self.table.commit(TABLES):
            mem.page_insert(page, host)
        for at, b in code.values():
            self.write(at, b)
        self.write(RETURN, b"\xf4")  # HLT: where the kernel returns to

    def write(self, at, data):
        while data:
            n = min(len(data), PAGE - at % PAGE)
            mem.phy_write(at, list(data[:n]))
            at, data = at + n, data[n:]

    def read(self, at, size):
        out = b""
        while len(out) < size:
            n = min(size - len(out), PAGE - (at + len(out)) % PAGE)
            out += bytes(mem.phy_read(at + len(out), n))
        return out

    def call(self, name, args):
        s = bochscpu.State()
        bochscpu.cpu.set_long_mode(s)
        s.cr3, s.cr0, s.cr4, s.xcr0 = TABLES, s.cr0 & ~8, s.cr4 | 0x600 | 1 << 18, 0xE7  # all of AVX-512 on
        s.mxcsr, s.mxcsr_mask = 0x1F80, 0xFFFF
        for reg, attr, selector in [("cs", 0xA09B, 0x10)] + [(r, 0xC093, 0x18) for r in ("ss", "ds", "es", "fs", "gs")]:
            g = bochscpu.Segment()
            g.present, g.base, g.limit, g.attr, g.selector = True, 0, 0xFFFFFFFF, attr, selector
            setattr(s, reg, g)
        s.rsp, s.rip, s.rflags = STACK + 0x2000, self.code[name][0], 2
        self.write(s.rsp, struct.pack("<%dq" % (len(args) + 1), RETURN, *args))
        self.session.cpu.state = s
        hook, faults = bochscpu.Hook(), []
        hook.hlt = lambda session, cpu: session.stop()

        def fault(session, cpu, vector, code):
            faults.append("exception %d at %#x" % (vector, session.cpu.state.rip))
            session.stop()

        hook.exception = fault
        self.session.run([hook])
        if faults:
            sys.exit("%s: %s" % (name, faults[0]))


def fma(a, b, c):
    """One rounding: the product of two float32 is exact in 64 bits of mantissa."""
    return np.float32(np.longdouble(a) * np.longdouble(b) + np.longdouble(c))


def main():
    machine = Machine(kernels(sys.argv[1]))
    for family, most, width in (("AVX2", 6, 16), ("AVX512", 12, 32)):
        for rows in range(1, most + 1):
            for tiles, k, load, across in ((1, 1, 0, 0), (2, 5, 1, 0), (3, 8, 0, 1), (1, 7, 1, 1)):
                m, rng = tiles * rows, np.random.RandomState(rows * k)
                a, b, c = (rng.randn(*s).astype("f4") for s in ((m, k), (k, width + 8), (m, width + 3)))
                want = c.copy()
                for i in range(m):
                    for j in range(width):
                        total = c[i, j] if load else np.float32(0)
                        for p in range(k):
                            total = fma(a[i, p], b[p, j], total)
                        want[i, j] = total
                machine.write(A, (a.T.copy() if across else a).tobytes())
                machine.write(B, b.tobytes())
                machine.write(C, c.tobytes())
                rs, cs = (1, m) if across else (k, 1)
                machine.call("gemm%s_%d" % (family, rows), [tiles, k, A, rs, cs, B, width + 8, C, width + 3, load])
                got = np.frombuffer(machine.read(C, c.nbytes), "f4").reshape(c.shape)
                if not np.array_equal(got, want):
                    sys.exit("gemm%s_%d, %d tiles, k %d: wrong by %g" % (family, rows, tiles, k, np.abs(got - want).max()))
        for k, load in ((1, 0), (7, 1), (64, 0), (33, 1)):
            rng = np.random.RandomState(k)
            a, b, c = (rng.randn(*s).astype("f4") for s in ((k,), (k, 64 + 8), (64,)))
            want = c if load else np.zeros(64, "f4")
            for p in range(k):
                want = np.array([fma(a[p], b[p, j], want[j]) for j in range(64)], "f4")
            machine.write(A, a.tobytes())
            machine.write(B, b.tobytes())
            machine.write(C, c.tobytes())
            machine.call("wide" + family, [k, A, B, 64 + 8, C, load])
            got = np.frombuffer(machine.read(C, c.nbytes), "f4")
            if not np.array_equal(got, want):
                sys.exit("wide%s, k %d: wrong by %g" % (family, k, np.abs(got - want).max()))
        most += 1
        print("%s: %d kernels give the bits of the chain of fused multiply-adds" % (family, most))


main()
