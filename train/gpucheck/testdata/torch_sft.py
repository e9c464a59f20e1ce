"""PyTorch's side of gpucheck's claim about fine-tuning, at its best.

    python torch_sft.py --model 0.5B --kind docs --micro 4 8 16 --out torch.jsonl

Two ways, the better of which counts: transformers' Qwen2 with its varlen attention
and torch.compile, and a plain Llama-like module with flex_attention under a mask of
documents, chunked cross-entropy and torch.compile. bf16 autocast over float32
weights, fused AdamW, the same lengths of documents and the same definition of FLOPs
as gpucheck: 6 (weights of products) a token and 6 L h d n^2 a document. Compile time
is printed and left out. --tiny --device cpu tries the script itself.
"""
import argparse, json, random, statistics, sys, time

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.utils.checkpoint

SHAPES = {
    "0.5B": dict(vocab=151936, width=896, layers=24, heads=14, kv=2, dim=64, ffn=4864),
    "1.5B": dict(vocab=151936, width=1536, layers=28, heads=12, kv=2, dim=128, ffn=8960),
    "tiny": dict(vocab=512, width=64, layers=2, heads=2, kv=1, dim=32, ffn=96),
}
PEAK = 989e12


def documents(kind, tokens, longest, rng):
    """Lengths that fill one row; the last document is cut."""
    lengths, left = [], tokens
    while left:
        n = longest if kind == "rows" else 1 + int(min(2000, longest - 1, rng.expovariate(1 / 349)))
        lengths.append(min(n, left))
        left -= lengths[-1]
    return lengths


def batch(shape, kind, tokens, longest, rng, device):
    lengths = documents(kind, tokens, longest, rng)
    ids = torch.tensor([rng.randrange(shape["vocab"]) for _ in range(tokens)], device=device)
    targets, doc, pos = torch.roll(ids, -1), torch.empty_like(ids), torch.empty_like(ids)
    at = 0
    for i, n in enumerate(lengths):
        doc[at : at + n], pos[at : at + n] = i, torch.arange(n, device=device)
        at += n
        targets[at - 1] = -100
    return ids, targets, doc, pos, lengths


class Norm(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n))

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), 1e-6)


class Block(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.s = s
        self.n1, self.n2 = Norm(s["width"]), Norm(s["width"])
        self.q = nn.Linear(s["width"], s["heads"] * s["dim"])
        self.k = nn.Linear(s["width"], s["kv"] * s["dim"])
        self.v = nn.Linear(s["width"], s["kv"] * s["dim"])
        self.o = nn.Linear(s["heads"] * s["dim"], s["width"], bias=False)
        self.gate = nn.Linear(s["width"], s["ffn"], bias=False)
        self.up = nn.Linear(s["width"], s["ffn"], bias=False)
        self.down = nn.Linear(s["ffn"], s["width"], bias=False)

    def forward(self, x, cos, sin, attend):
        s, t = self.s, x.shape[0]
        h = self.n1(x)
        split = lambda y, n: y.view(1, t, n, s["dim"]).transpose(1, 2)
        q, k, v = split(self.q(h), s["heads"]), split(self.k(h), s["kv"]), split(self.v(h), s["kv"])
        turn = lambda y: (y * cos + torch.cat((-y[..., s["dim"] // 2 :], y[..., : s["dim"] // 2]), -1) * sin).to(v.dtype)
        x = x + self.o(attend(turn(q), turn(k), v).transpose(1, 2).reshape(t, -1))
        h = self.n2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Plain(nn.Module):
    """Qwen2 with nothing but what training needs."""

    def __init__(self, s, longest):
        super().__init__()
        self.embed = nn.Embedding(s["vocab"], s["width"])
        self.blocks = nn.ModuleList(Block(s) for _ in range(s["layers"]))
        self.norm = Norm(s["width"])
        angle = torch.outer(torch.arange(longest), 1e6 ** (-torch.arange(0, s["dim"], 2) / s["dim"])).repeat(1, 2)
        for p in self.parameters():  # as transformers and gpucheck begin
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02)
        self.register_buffer("cos", angle.cos()), self.register_buffer("sin", angle.sin())

    def forward(self, ids, pos, attend):
        x = self.embed(ids)
        if x.is_cuda:
            x = x.bfloat16()
        for b in self.blocks:
            x = b(x, self.cos[pos], self.sin[pos], attend)
        return self.norm(x)


def chunked(hidden, weight, targets, size=4096):
    """Sum of cross-entropies whose logits exist for one chunk at a time."""
    def part(h, t):
        return F.cross_entropy((h @ weight.to(h.dtype).T).float(), t, ignore_index=-100, reduction="sum")

    return sum(torch.utils.checkpoint.checkpoint(part, hidden[i : i + size], targets[i : i + size], use_reentrant=False) for i in range(0, len(hidden), size))


def plain(s, longest, device):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    m = Plain(s, longest).to(device)
    flex = torch.compile(flex_attention)
    body = torch.compile(m) if device == "cuda" else m

    def loss(ids, targets, doc, pos, lengths):
        causal = lambda b, h, q, k: (q >= k) & (doc[q] == doc[k])
        if device == "cuda":
            mask = create_block_mask(causal, None, None, len(ids), len(ids), device=device)
            attend = lambda q, k, v: flex(q, k, v, block_mask=mask, enable_gqa=True)
        else:  # flex_attention has no backward pass there
            at = torch.arange(len(ids))
            dense = causal(0, 0, at[:, None], at[None])
            attend = lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=dense, enable_gqa=True)
        return chunked(body(ids, pos, attend), m.embed.weight, targets)

    return m, loss


def hugging(s, longest, device):
    from transformers import Qwen2Config, Qwen2ForCausalLM

    c = Qwen2Config(vocab_size=s["vocab"], hidden_size=s["width"], num_hidden_layers=s["layers"], num_attention_heads=s["heads"], num_key_value_heads=s["kv"],
                    intermediate_size=s["ffn"], max_position_embeddings=longest, tie_word_embeddings=True, rope_theta=1e6, use_cache=False, head_dim=s["dim"])
    c._attn_implementation = "flash_attention_2" if device == "cuda" else "sdpa"
    m = Qwen2ForCausalLM(c).to(device)
    body = torch.compile(m.model) if device == "cuda" else m.model

    def loss(ids, targets, doc, pos, lengths):
        hidden = body(input_ids=ids[None], position_ids=pos[None]).last_hidden_state[0]  # borders from the positions
        return chunked(hidden, m.lm_head.weight, targets)

    return m, loss


def flops(s, lengths):
    layer = s["width"] * s["dim"] * (2 * s["heads"] + 2 * s["kv"]) + 3 * s["width"] * s["ffn"]
    weights = s["layers"] * layer + s["vocab"] * s["width"]
    return 6 * weights * sum(lengths) + sum(6 * s["layers"] * s["heads"] * s["dim"] * n * n for n in lengths)


def measure(make, s, a, micro):
    torch.manual_seed(1)
    rng = random.Random(1)
    m, loss = make(s, a.longest, a.device)
    opt = torch.optim.AdamW(m.parameters(), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=a.device == "cuda")
    sync = torch.cuda.synchronize if a.device == "cuda" else lambda: None
    times, work, first, began = [], 0, None, time.time()
    for step in range(a.warm + a.steps):
        batches = [batch(s, a.kind, micro * a.longest, a.longest, rng, a.device) for _ in range(max(1, a.tokens // (micro * a.longest)))]
        total = sum(int((b[1] >= 0).sum()) for b in batches)
        sync()
        start, value = time.time(), 0.0
        opt.zero_grad(set_to_none=True)
        for b in batches:
            with torch.autocast(a.device, torch.bfloat16, enabled=a.device == "cuda"):
                l = loss(*b) / total
            l.backward()
            value += l.detach()
        nn.utils.clip_grad_norm_(m.parameters(), 1.0)
        opt.step()
        sync()
        first = first if first is not None else float(value)
        if step == 0:
            compiling = time.time() - began
        if step >= a.warm:
            times.append(time.time() - start)
            work += sum(flops(s, b[4]) for b in batches)
    seconds = statistics.median(times)
    return {"tokens/s": len(batches) * micro * a.longest / seconds, "MFU %": 100 * work / len(times) / seconds / PEAK, "ms/step": 1000 * seconds,
            "first loss": first, "last loss": float(value), "first step s": compiling, "micro": micro,
            "peak MiB": torch.cuda.max_memory_allocated() >> 20 if a.device == "cuda" else 0}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", default="0.5B", choices=SHAPES)
    p.add_argument("--kind", default="docs", choices=["docs", "rows"])
    p.add_argument("--device", default="cuda")
    p.add_argument("--tokens", type=int, default=65536)
    p.add_argument("--longest", type=int, default=4096)
    p.add_argument("--micro", type=int, nargs="+", default=[4, 8, 16])
    p.add_argument("--warm", type=int, default=20)
    p.add_argument("--steps", type=int, default=50)
    p.add_argument("--out", default="-")
    a = p.parse_args()
    out = sys.stdout if a.out == "-" else open(a.out, "a")
    for name, make in [("plain, flex_attention", plain), ("transformers, varlen", hugging)]:
        for micro in a.micro:
            try:
                r = {"ok": True, "numbers": measure(make, SHAPES[a.model], a, micro)}
            except Exception as e:  # one that does not fit, or is not installed, is no reason to lose the rest
                r = {"ok": False, "detail": f"{type(e).__name__}: {e}"[:500]}
            print(json.dumps({"stage": "torch", "name": f"SFT {a.model}, {a.kind}, {name}, micro {micro}", **r}), file=out, flush=True)


if __name__ == "__main__":
    main()
