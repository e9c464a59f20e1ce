"""PyTorch's side of the claim about fine-tuning, at its best.

Two ways, the better of which counts: transformers' Qwen2 with torch's varlen attention
and torch.compile, and a plain module with flex_attention under a mask of documents and
torch.compile. Both have bf16 autocast over float32 weights, a cross-entropy in chunks
whose logits and gradient exist once, fused AdamW; and begin with graft's weights on
graft's tokens, document borders and all. Each size of micro-batch is tried with a few
steps; the fastest does the steps that count. Compile time is said and left out. A run is
one of the ways; with what the other had, it is not run in full where it is slower.

On a CPU everything is float32, attention has a dense mask, to which flex_attention is
compared, and nothing is compiled without --compile.
"""
import inspect, statistics, time

from common import Session, free, needs, no_room, say, torch

from torch.nn.attention.flex_attention import create_block_mask, flex_attention

nn, F = torch.nn, torch.nn.functional
s = Session((["--kinds"], dict(nargs="+", default=["docs", "rows"])), (["--way"], dict(choices=["plain", "transformers"], required=True)),
            (["--beat"], dict(nargs="*", default=[], metavar="KIND=TOKENS/S", help="what the other way had")), (["--compile"], dict(action="store_true", help="compile on a CPU as well")))
compiled = s.cuda or s.args.compile
needs("safetensors")
CHUNK = 4096
load = s.load


def steps(kind):
    """Each step as a pair: ids [rows, row], and for each row the lengths of its documents."""
    ids = s.ints(kind + ".ids").view(-1, load["rows"], load["row"])
    lengths, at, out = s.ints(kind + ".lengths").tolist(), 0, []
    for step in ids:
        rows = []
        for _ in range(load["rows"]):
            row = []
            while sum(row) < load["row"]:
                row.append(lengths[at])
                at += 1
            assert sum(row) == load["row"], "documents cross the end of a row"
            rows.append(row)
        out.append((step, rows))
    assert at == len(lengths) and len(out) == load["warm"] + load["steps"]
    return out


class Batch:
    """A micro-batch: ids, targets, document numbers and positions, each [rows, row]."""

    def __init__(self, ids, rows, most):
        n = ids.shape[1]
        doc, pos, targets = torch.empty_like(ids), torch.empty_like(ids), torch.full_like(ids, -100)
        targets[:, :-1] = ids[:, 1:]
        starts = [0]
        for r, row in enumerate(rows):
            at = 0
            for i, length in enumerate(row):
                doc[r, at : at + length], pos[r, at : at + length] = i, torch.arange(length)
                at += length
                targets[r, at - 1] = -100  # the last word of a document predicts nothing
                starts.append(r * n + at)
        starts += [starts[-1]] * (most + 1 - len(starts))  # one shape for all, or all is compiled anew
        self.ids, self.doc, self.pos, self.targets = (x.to(s.device) for x in (ids, doc, pos, targets))
        self.starts = torch.tensor(starts, dtype=torch.int32, device=s.device)
        self.count = int((targets >= 0).sum())


def batches(step, micro, most):
    ids, rows = step
    return [Batch(ids[i : i + micro], rows[i : i + micro], most) for i in range(0, len(rows), micro)]


def part(h, w, targets, total):
    """The cross-entropy of a chunk over total, and its gradient by the logits."""
    logits = (h @ w.T).float()
    lse = torch.logsumexp(logits, -1, keepdim=True)
    counts = (targets >= 0)[:, None]
    at = targets.clamp(min=0)[:, None]
    loss = torch.where(counts, lse - logits.gather(1, at), 0.0).sum() / total
    g = torch.exp(logits - lse)
    g = torch.where(torch.arange(w.shape[0], device=h.device)[None] == at, g - 1, g)
    return loss, (torch.where(counts, g, 0.0) / total).to(h.dtype)


chunk = torch.compile(part, dynamic=False) if compiled else part


class HeadLoss(torch.autograd.Function):
    """Cross-entropy of hidden·weightᵀ, summed over total; gradients are made on the way."""

    @staticmethod
    def forward(ctx, hidden, weight, targets, total):
        h, w = hidden.to(s.dtype), weight.to(s.dtype)
        dh, dw, loss = torch.empty_like(h), torch.zeros_like(weight), 0.0
        with torch.no_grad():
            for i in range(0, len(h), CHUNK):
                l, g = chunk(h[i : i + CHUNK], w, targets[i : i + CHUNK], total)
                loss = loss + l
                dh[i : i + CHUNK] = g @ w
                dw += g.T @ h[i : i + CHUNK]
        ctx.save_for_backward(dh.to(hidden.dtype), dw)
        return loss

    @staticmethod
    def backward(ctx, grad):
        dh, dw = ctx.saved_tensors
        return dh * grad, dw * grad, None, None


# The plain way.


class Norm(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n))

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), 1e-6)


class Attention(nn.Module):
    @staticmethod
    def attend(q, k, v, mask):
        """mask is a BlockMask, or a dense one."""
        if isinstance(mask, torch.Tensor):
            return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        return flex_attention(q, k, v, block_mask=mask, enable_gqa=True)

    def __init__(self, c):
        super().__init__()
        self.dim, self.h, self.g = c.head_dim, c.num_attention_heads, c.num_key_value_heads
        self.q_proj = nn.Linear(c.hidden_size, self.h * self.dim)
        self.k_proj = nn.Linear(c.hidden_size, self.g * self.dim)
        self.v_proj = nn.Linear(c.hidden_size, self.g * self.dim)
        self.o_proj = nn.Linear(self.h * self.dim, c.hidden_size, bias=False)

    def forward(self, x, cos, sin, mask):
        b, t, _ = x.shape
        q, k, v = (p(x).view(b, t, -1, self.dim).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        half = self.dim // 2
        turn = lambda y: (y * cos + torch.cat((-y[..., half:], y[..., :half]), -1) * sin).to(v.dtype)
        return self.o_proj(self.attend(turn(q), turn(k), v, mask).transpose(1, 2).reshape(b, t, -1))


class MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj, self.up_proj = (nn.Linear(c.hidden_size, c.intermediate_size, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = Attention(c), MLP(c)
        self.input_layernorm, self.post_attention_layernorm = Norm(c.hidden_size), Norm(c.hidden_size)

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Plain(nn.Module):
    """Qwen2 with nothing but what training needs, under the names of its checkpoint."""

    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c.vocab_size, c.hidden_size)
        self.layers = nn.ModuleList(Layer(c) for _ in range(c.num_hidden_layers))
        self.norm = Norm(c.hidden_size)
        angle = torch.outer(torch.arange(load["row"]), c.rope_theta ** (-torch.arange(0, c.head_dim, 2) / c.head_dim)).repeat(1, 2)
        self.register_buffer("cos", angle.cos(), persistent=False), self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, ids, pos, mask):
        x = self.embed_tokens(ids).to(s.dtype)
        cos, sin = self.cos[pos][:, None], self.sin[pos][:, None]
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        return self.norm(x)


def plain():
    import json, os, types
    from safetensors.torch import load_file

    with open(os.path.join(s.weights, "config.json")) as f:
        c = types.SimpleNamespace(**json.load(f))
    m = Plain(c)
    m.load_state_dict({k.removeprefix("model."): v for name in sorted(os.listdir(s.weights)) if name.endswith(".safetensors") for k, v in load_file(os.path.join(s.weights, name)).items()})
    m = m.to(s.device)
    body = torch.compile(m, dynamic=False) if compiled else m
    blocks = torch.compile(create_block_mask) if compiled else create_block_mask
    off = []

    def inside(b):
        doc = b.doc
        return lambda r, h, q, k: (q >= k) & (doc[r, q] == doc[r, k])

    def flex(b):
        rows, n = b.ids.shape
        return blocks(inside(b), rows, None, n, n, device=s.device)

    def dense(b):
        at = torch.arange(b.ids.shape[1])
        return inside(b)(torch.arange(len(b.ids))[:, None, None, None], 0, at[:, None], at)

    def loss(b, total):
        if not s.cuda and len(off) < 4:  # flex_attention has no backward pass there; forward it must agree
            with torch.no_grad():
                off.append((body(b.ids, b.pos, flex(b)) - m(b.ids, b.pos, dense(b))).abs().max().item())
            assert off[-1] < 1e-3, f"flex_attention is off by {off[-1]}"
        hidden = body(b.ids, b.pos, flex(b) if s.cuda else dense(b))
        return HeadLoss.apply(hidden.flatten(0, 1), m.embed_tokens.weight, b.targets.flatten(), total)

    return m, loss


# The way of transformers.


def attend(module, q, k, v, mask, scaling=None, dropout=0.0, cu_seq_lens_q=None, max_length_q=None, **_):
    """torch's varlen attention, as an attention of transformers: [1, heads, tokens, dim] in, [1, tokens, heads, dim] out."""
    if not s.cuda:
        doc = torch.bucketize(torch.arange(q.shape[2]), cu_seq_lens_q[1:].long(), right=True)
        at = torch.arange(q.shape[2])
        may = (doc[:, None] == doc) & (at[:, None] >= at)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=may, scale=scaling, enable_gqa=True).transpose(1, 2), None
    q, k, v = (x[0].transpose(0, 1).to(v.dtype) for x in (q, k, v))
    if not VARLEN["gqa"]:
        k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], 1) for x in (k, v))
    return VARLEN["call"](q, k, v, cu_seq_lens_q, max_length_q, scaling)[None], None


VARLEN = {"gqa": False, "call": None}


def find_varlen():
    """torch's varlen attention has changed its words from release to release."""
    from torch.nn.attention.varlen import varlen_attn

    has = inspect.signature(varlen_attn).parameters
    VARLEN["gqa"] = "enable_gqa" in has
    causal = {"is_causal": True} if "is_causal" in has else {"window_size": (-1, 0)}
    if VARLEN["gqa"]:
        causal["enable_gqa"] = True

    def call(q, k, v, starts, most, scale):
        more = {"scale": scale} if "scale" in has else {}
        return varlen_attn(q, k, v, starts, starts, most, most, **causal, **more)

    VARLEN["call"] = call


def hugging():
    from transformers import AttentionInterface, Qwen2ForCausalLM

    if s.cuda:
        find_varlen()
    AttentionInterface.register("varlen", attend)
    m = Qwen2ForCausalLM.from_pretrained(s.weights, dtype=torch.float32, attn_implementation="varlen").to(s.device)
    m.config.use_cache = False
    m.train()
    body = torch.compile(m.model, dynamic=False) if compiled else m.model

    def loss(b, total):
        n = b.ids.shape[1]
        hidden = body(input_ids=b.ids.view(1, -1), position_ids=b.pos.view(1, -1), use_cache=False, cu_seq_lens_q=b.starts, cu_seq_lens_k=b.starts, max_length_q=n, max_length_k=n)
        return HeadLoss.apply(hidden.last_hidden_state[0], m.lm_head.weight, b.targets.flatten(), total)

    return m, loss


# Steps.


def flops(rows):
    c = s.costs
    return sum(6 * (c["layer_weights"] + c["head_weights"]) * n + 6 * c["square"] * n * n for row in rows for n in row)


def optimizer(m):
    o = s.optimizer
    groups = [{"params": [p for p in m.parameters() if (p.dim() == 2) == two], "weight_decay": decay} for two, decay in ((True, o["decay"]), (False, 0.0))]
    return torch.optim.AdamW(groups, lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"], fused=s.cuda)


def run(m, loss, data, micro, warm, count, most):
    """Seconds of the steps that count, the losses of all, FLOPs of a step that counts, and the seconds of the first."""
    opt, times, losses, work, first = optimizer(m), [], [], 0.0, 0.0
    for number in range(warm + count):
        step = data[number % len(data)]  # to try a micro-batch may take more steps than there are
        parts = batches(step, micro, most)
        total = torch.tensor(float(sum(b.count for b in parts)), device=s.device)  # a number would be compiled in
        start, value = s.clock(), 0.0
        opt.zero_grad(set_to_none=True)
        for b in parts:
            with torch.autocast(s.device, torch.bfloat16, enabled=s.cuda):
                l = loss(b, total)
            l.backward()
            value = value + l.detach()
        nn.utils.clip_grad_norm_(m.parameters(), s.optimizer["clip"])
        opt.step()
        took = s.clock() - start
        losses.append(float(value))
        first = first or took
        if number >= warm:
            times.append(took)
            work += flops(step[1]) / count
    return times, losses, work, first


def tokens():
    return load["rows"] * load["row"]


def measure(name, make, data, beat):
    """Tries each micro-batch, and runs all of a kind with the best, unless it is slower than beat."""
    began = time.perf_counter()
    m, loss = make()
    start = {k: v.detach().clone() for k, v in m.state_dict().items()}
    docs = {micro: max(sum(len(r) for r in rows[i : i + micro]) for steps in data.values() for _, rows in steps for i in range(0, len(rows), micro)) for micro in load["micro"]}
    say(f"SFT {s.model}, {name}: ready", {"s": time.perf_counter() - began})
    best, kind = (0.0, 0), next(iter(data))
    for micro in load["micro"]:
        title = f"SFT {s.model}, {name}, micro-batch of {micro} rows"
        try:
            m.load_state_dict(start)
            times, _, _, first = run(m, loss, data[kind], micro, 2, load["tune"], docs[micro])
            rate = tokens() / statistics.median(times)
            best = max(best, (rate, micro))
            say(title, {"tokens/s": rate, "compile s": max(0, first - statistics.median(times)), **s.memory()})
        except Exception as e:
            if not no_room(e):
                raise
            say(title, ok=False, skip="does not fit")
        m.zero_grad(set_to_none=True)
        free()
    rate, micro = best
    if not micro:
        return
    for kind, steps in data.items():
        title = f"SFT {s.model}, {kind}, {name}"
        if rate < 0.95 * beat.get(kind, 0):
            say(title, ok=False, skip=f"{rate:.0f} tokens/s when tuned, against {beat[kind]:.0f} of the other way")
            continue
        m.load_state_dict(start)
        times, losses, work, first = run(m, loss, steps, micro, load["warm"], load["steps"], docs[micro])
        seconds = statistics.median(times)
        graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
        say(title, {"tokens/s": tokens() / seconds, "MFU %": 100 * work / seconds / s.peak_flops, "ms/step": 1000 * seconds, "micro-batch rows": micro, "compile s": max(0, first - seconds),
                    "first loss": losses[0], "last loss": losses[-1], "graphs compiled": graphs, **s.memory()}, losses=losses)


WAYS = {"plain": ("plain, flex_attention", plain), "transformers": ("transformers, varlen attention", hugging)}


def main():
    torch._dynamo.config.recompile_limit = 64
    if s.args.way == "transformers":
        needs("transformers")
    beat = {kind: float(rate) for kind, rate in (b.split("=") for b in s.args.beat)}
    name, make = WAYS[s.args.way]
    measure(name, make, {k: steps(k) for k in s.args.kinds}, beat)


main()
