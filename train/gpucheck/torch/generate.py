"""transformers' generate, in its best ordinary settings: bf16, sdpa, a static cache and
torch.compile, or its dynamic cache without; the better counts. The prompts are graft's,
temperature 1 and nothing cut off. First exactly the asked number of new tokens, and then
responses that end with a word of a stop set: a batch goes on until its last is done.
"""
from common import Session, free, needs, no_room, say, torch

s = Session()
needs("transformers")
from transformers import GenerationConfig, Qwen2ForCausalLM, StoppingCriteria, StoppingCriteriaList

load = s.load


class After(StoppingCriteria):
    """Ends all responses after so many tokens: a short run with the caches of a long one."""

    def __init__(self, length):
        self.length = length

    def __call__(self, ids, scores, **_):
        return torch.full((len(ids),), ids.shape[1] >= self.length, device=ids.device, dtype=torch.bool)


def config(stop, more):
    return GenerationConfig(do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=load["new"], eos_token_id=stop, pad_token_id=0, use_cache=True, **more)


def run(m, prompts, c, after=None):
    stop = StoppingCriteriaList([After(prompts.shape[1] + after)] if after else [])
    return m.generate(prompts, attention_mask=torch.ones_like(prompts), generation_config=c, stopping_criteria=stop)[:, prompts.shape[1] :]


def lengths(out, stop):
    """Tokens of each response, the one that ends it included."""
    ends = torch.isin(out, torch.tensor(stop, device=out.device))
    first = torch.where(ends.any(1), ends.int().argmax(1) + 1, out.shape[1])
    return int(first.sum())


def main():
    m = Qwen2ForCausalLM.from_pretrained(s.weights, dtype=s.dtype, attn_implementation="sdpa").to(s.device).eval()
    best = (0.0, None)
    ways = [("static cache, compiled", {"cache_implementation": "static"}), ("dynamic cache", {})]
    for name, more in ways:
        title = f"transformers generate {s.model}, {name}"
        try:
            prompts, c = s.prompts(load["seqs"]), config(None, more)
            start = s.clock()
            run(m, prompts, c, after=min(8, load["new"]))
            ready = s.clock() - start
            start = s.clock()
            out = run(m, prompts, c)
            seconds = s.clock() - start
            assert out.shape == (load["seqs"], load["new"]), f"{tuple(out.shape)} tokens"
            rate = out.numel() / seconds
            best = max(best, (rate, more), key=lambda b: b[0])
            say(title, {"tokens/s": rate, "s": seconds, "compile s": ready, **s.memory()})
        except Exception as e:
            import traceback

            traceback.print_exc()
            say(title, ok=False, **({"skip": "does not fit"} if no_room(e) else {"detail": f"{type(e).__name__}: {e}"[:400]}))
        free()
    rate, more = best
    if more is None:
        return
    stop = list(range(s.stops))
    c, drawn, seconds, n = config(stop, more), 0, 0.0, load["batches"]
    for prompts in s.prompts(load["seqs"] * n).chunk(n):
        start = s.clock()
        out = run(m, prompts, c)
        seconds += s.clock() - start
        drawn += lengths(out, stop)
    say(f"transformers generate {s.model} to the end", {"tokens/s": drawn / seconds, "s": seconds, "tokens a response": drawn / n / load["seqs"], **s.memory()})


with torch.inference_mode():
    main()
