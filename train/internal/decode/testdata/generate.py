"""Tokens decoded a second: graft's CPU backend beside transformers, taking turns.

Run by hand, from the root of the repository, with PyTorch and transformers:

    python train/internal/decode/testdata/generate.py [threads] [rounds] [case...]

64 sequences, a prompt of 32 tokens each, 256 new ones, none of them an end, the
likeliest tokens (greedy) and drawn ones at temperature 1 (sampled): the shapes
and prompts of BenchmarkGenerate, on the weights that graft saves, in float32. A
case is d256/greedy or the like. transformers' generate takes all 64 as one batch
with its KV cache, a dynamic one or a static one: the faster counts. Each round
runs all, one after the other; the best round of each counts, since other work
only makes them slower. Whether graft and the dynamic cache say the same in the
first greedy response is printed: it shows that they do the same work.
"""
import os, re, subprocess, sys, tempfile, time
import torch
from transformers import AutoModelForCausalLM

SEQS, PROMPT, ANSWER = 64, 32, 256
VOCAB = {"d256": 4096, "d64": 64}
CASES = [shape + how for shape in VOCAB for how in ("/greedy", "/sampled")]


def graft(binary, name, env):
    out = subprocess.run([binary, "-test.run", "^$", "-test.bench", f"Generate/{name.replace('/', '$/')}$", "-test.benchtime", "2x"],
                         env=env, check=True, capture_output=True, text=True).stdout
    first = [int(x) for x in re.search(r"first response: \[([\d ]+)\]", out)[1].split()]
    return float(re.search(r"([\d.]+) tokens/s", out)[1]), first


def generate(model, ids, cache, sampled):
    how = dict(do_sample=True, temperature=1.0, top_k=0, top_p=1.0) if sampled else dict(do_sample=False)
    start = time.perf_counter()
    with torch.no_grad():
        out = model.generate(ids, attention_mask=torch.ones_like(ids), use_cache=True, cache_implementation=cache, pad_token_id=0,
                             eos_token_id=None, min_new_tokens=ANSWER, max_new_tokens=ANSWER, **how)
    if out.shape != (SEQS, PROMPT + ANSWER):
        sys.exit(f"transformers gave {tuple(out.shape)}, want {(SEQS, PROMPT + ANSWER)}")
    return SEQS * ANSWER / (time.perf_counter() - start), out[0, PROMPT:].tolist()


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.environ.get("GRAFT_BENCH")  # made before, so that nothing but the measurement runs
        if not binary:
            binary = os.path.join(tmp, "decode.test.exe")
            subprocess.run(["go", "test", "-c", "-o", binary, "./train/internal/decode"], check=True)
        for case in sys.argv[3:] or CASES:
            name, how = case.split("/")
            folder = os.path.join(tmp, name + how)
            env = dict(os.environ, GOMAXPROCS=str(threads), GRAFT_WEIGHTS=folder)
            best = {"graft": 0, "dynamic": 0, "static": 0}
            ids = torch.tensor([[(i * 31 + j * j * 7) % VOCAB[name] for j in range(PROMPT)] for i in range(SEQS)])
            model = None
            for _ in range(rounds):
                speed, said = graft(binary, case, env)
                env.pop("GRAFT_WEIGHTS", None)  # saved once
                best["graft"] = max(best["graft"], speed)
                if model is None:
                    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
                    model.generation_config.eos_token_id = None
                for cache in ("dynamic", "static"):
                    speed, heard = generate(model, ids, cache, how == "sampled")
                    best[cache] = max(best[cache], speed)
                    theirs = heard if cache == "dynamic" else theirs
            same = ""
            if how == "greedy":
                n = next((i for i, (a, b) in enumerate(zip(said, theirs)) if a != b), ANSWER)
                same = f"; the first response is the same for {n} of {ANSWER} tokens"
            print(f"{case}, {threads} threads: graft {best['graft']:.0f} tokens/s, transformers {best['dynamic']:.0f} (dynamic cache) and "
                  f"{best['static']:.0f} (static), ratio {best['graft'] / max(best['dynamic'], best['static']):.2f}{same}", flush=True)


main()
