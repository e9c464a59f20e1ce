"""Tokens decoded a second: graft's CPU backend beside transformers, taking turns.

Run by hand, from the root of the repository, with PyTorch and transformers:

    python train/internal/decode/testdata/generate.py [threads] [rounds] [shape...]

64 sequences, a prompt of 32 tokens each, 256 new ones, greedily, none of them
an end: the shapes and prompts of BenchmarkGenerate, on the weights that graft
saves, in float32. transformers' generate takes all 64 as one batch with its KV
cache. Each round runs both, one after the other; the best round of each counts,
since other work only makes them slower. Whether the two say the same in the
first response is printed: it shows that they do the same work.
"""
import os, re, subprocess, sys, tempfile, time
import torch
from transformers import AutoModelForCausalLM

SEQS, PROMPT, ANSWER = 64, 32, 256
VOCAB = {"d256": 4096, "d64": 64}


def graft(binary, name, env):
    out = subprocess.run([binary, "-test.run", "^$", "-test.bench", f"Generate/{name}$", "-test.benchtime", "1x"],
                         env=env, check=True, capture_output=True, text=True).stdout
    first = [int(x) for x in re.search(r"first response: \[([\d ]+)\]", out)[1].split()]
    return float(re.search(r"([\d.]+) tokens/s", out)[1]), first


def generate(model, ids):
    start = time.perf_counter()
    with torch.no_grad():
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, use_cache=True, pad_token_id=0,
                             eos_token_id=None, min_new_tokens=ANSWER, max_new_tokens=ANSWER)
    if out.shape != (SEQS, PROMPT + ANSWER):
        sys.exit(f"transformers gave {tuple(out.shape)}, want {(SEQS, PROMPT + ANSWER)}")
    return SEQS * ANSWER / (time.perf_counter() - start), out[0, PROMPT:].tolist()


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "decode.test.exe")
        subprocess.run(["go", "test", "-c", "-o", binary, "./train/internal/decode"], check=True)
        for name in sys.argv[3:] or VOCAB:
            folder = os.path.join(tmp, name)
            env = dict(os.environ, GOMAXPROCS=str(threads), GRAFT_WEIGHTS=folder)
            best = {"graft": 0, "transformers": 0}
            ids = torch.tensor([[(i * 31 + j * j * 7) % VOCAB[name] for j in range(PROMPT)] for i in range(SEQS)])
            model = None
            for _ in range(rounds):
                speed, said = graft(binary, name, env)
                env.pop("GRAFT_WEIGHTS", None)  # saved once
                best["graft"] = max(best["graft"], speed)
                if model is None:
                    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
                    model.generation_config.eos_token_id = None
                speed, theirs = generate(model, ids)
                best["transformers"] = max(best["transformers"], speed)
            same = next((i for i, (a, b) in enumerate(zip(said, theirs)) if a != b), ANSWER)
            print(f"{name}, {threads} threads: graft {best['graft']:.0f} tokens/s, transformers {best['transformers']:.0f}, "
                  f"ratio {best['graft'] / best['transformers']:.2f}; the first response is the same for {same} of {ANSWER} tokens", flush=True)


main()
