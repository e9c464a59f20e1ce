"""Steps of training a second: graft's CPU backend beside PyTorch, taking turns.

Run by hand, from the root of the repository:

    python train/internal/model/testdata/speed.py [threads] [rounds]

The step is forward, mean cross-entropy, backward, AdamW, in float32, of the two
shapes of BenchmarkStep. PyTorch runs its scaled_dot_product_attention, rms_norm,
cross_entropy and the fastest of its AdamW on rows of equal length, without
padding; graft runs the same rows packed. Each round runs both, one after the
other; the best round of each counts, since other work only makes them slower.
"""
import re, subprocess, sys, time, os
import torch
import torch.nn as nn
import torch.nn.functional as F

SHAPES = {"d256": (4096, 256, 1024, 4, 4, 64, 8, 256), "d64": (64, 64, 192, 2, 4, 16, 64, 16)}


class Layer(nn.Module):
    def __init__(self, C, FF, H, D):
        super().__init__()
        self.H, self.D = H, D
        self.n1, self.n2 = nn.Parameter(torch.ones(C)), nn.Parameter(torch.ones(C))
        self.q, self.k, self.v, self.o = (nn.Linear(C, C, bias=False) for _ in range(4))
        self.gate, self.up = nn.Linear(C, FF, bias=False), nn.Linear(C, FF, bias=False)
        self.down = nn.Linear(FF, C, bias=False)

    def turn(self, x, cos, sin):
        a, b = x.chunk(2, -1)
        return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)

    def forward(self, x, cos, sin):
        B, L, C = x.shape
        h = F.rms_norm(x, (C,), self.n1, 1e-6)
        q, k, v = (f(h).view(B, L, self.H, self.D).transpose(1, 2) for f in (self.q, self.k, self.v))
        o = F.scaled_dot_product_attention(self.turn(q, cos, sin), self.turn(k, cos, sin), v, is_causal=True)
        x = x + self.o(o.transpose(1, 2).reshape(B, L, C))
        h = F.rms_norm(x, (C,), self.n2, 1e-6)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Decoder(nn.Module):
    def __init__(self, V, C, FF, N, H, D):
        super().__init__()
        self.embed, self.head = nn.Embedding(V, C), nn.Linear(C, V, bias=False)
        self.layers = nn.ModuleList(Layer(C, FF, H, D) for _ in range(N))
        self.norm = nn.Parameter(torch.ones(C))
        self.D = D

    def forward(self, ids):
        a = torch.arange(ids.shape[1])[:, None] * 10000.0 ** -(torch.arange(self.D // 2) / (self.D // 2))
        x, cos, sin = self.embed(ids), a.cos(), a.sin()
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.head(F.rms_norm(x, x.shape[-1:], self.norm, 1e-6))


def pytorch(name, fused):
    V, C, FF, N, H, D, B, L = SHAPES[name]
    torch.manual_seed(1)
    m = Decoder(V, C, FF, N, H, D)
    opt = torch.optim.AdamW(m.parameters(), lr=1e-3, fused=fused, foreach=not fused)
    ids = torch.randint(V, (B, L))

    def step():
        opt.zero_grad(set_to_none=True)
        F.cross_entropy(m(ids)[:, :-1].reshape(-1, V), ids[:, 1:].reshape(-1)).backward()
        opt.step()

    step()
    n, start = 0, time.perf_counter()
    while n < 2 or time.perf_counter() - start < 1:
        step()
        n += 1
    return n * B * L / (time.perf_counter() - start)


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    torch.set_num_threads(threads)
    env = dict(os.environ, GOMAXPROCS=str(threads))
    binary = "/tmp/graft-speed.test" if os.name == "posix" else "graft-speed.test.exe"
    subprocess.run(["go", "test", "-c", "-o", binary, "./train/internal/model"], check=True)
    for name in SHAPES:
        best = {"graft": 0, "pytorch": 0}
        for _ in range(rounds):
            out = subprocess.run([binary, "-test.run", "^$", "-test.bench", f"Step/{name}$"], env=env, check=True, capture_output=True, text=True).stdout
            best["graft"] = max(best["graft"], float(re.search(r"([\d.]+) tokens/s", out)[1]))
            best["pytorch"] = max(best["pytorch"], pytorch(name, True), pytorch(name, False))
        print(f"{name}, {threads} threads: graft {best['graft']:.0f} tokens/s, PyTorch {torch.__version__} {best['pytorch']:.0f}, ratio {best['graft'] / best['pytorch']:.2f}", flush=True)


main()
