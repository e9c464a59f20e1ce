"""One step of GRPO with TRL, transformers' generation and no vLLM: bf16 weights, fused
AdamW, no reference model. Prompts, number of samples, forced tokens and reward are
gpucheck's. Two steps are done, and the second counts. A word is its number as text, so
that TRL, which asks for text, gives the model graft's ids.
"""
from common import Session, free, needs, no_room, say, torch

s = Session()
needs("transformers", "tokenizers", "accelerate", "datasets", "trl")
import datasets, tempfile, time
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

load = s.load


def tokenizer():
    t = Tokenizer(models.WordLevel({f"<{i}>": i for i in range(s.vocab)}, unk_token="<0>"))
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=t, pad_token="<0>", eos_token="<1>", unk_token="<0>", padding_side="left")


def reward(prompts, completions, completion_ids, **_):
    return [float(sum(ids) % 2) for ids in completion_ids]


class Clock(TrainerCallback):
    def __init__(self):
        self.start, self.steps, self.inside = 0.0, [], {}

    def on_step_begin(self, *_, **__):
        self.start = s.clock()

    def on_step_end(self, *_, **__):
        self.steps.append(s.clock() - self.start)

    def wrap(self, name, f):
        """f, whose time counts under a name."""

        def timed(*args, **kwargs):
            start = s.clock()
            out = f(*args, **kwargs)
            self.inside.setdefault(name, []).append(s.clock() - start)
            return out

        return timed


def step(update, folder):
    n = load["prompts"] * load["samples"]
    c = GRPOConfig(output_dir=folder, per_device_train_batch_size=update, gradient_accumulation_steps=n // update, steps_per_generation=n // update, num_generations=load["samples"],
                   max_completion_length=load["response"], temperature=1.0, top_p=1.0, top_k=0, beta=0.0, learning_rate=s.optimizer["lr"], lr_scheduler_type="constant", max_steps=2,
                   bf16=s.cuda, use_cpu=not s.cuda, optim="adamw_torch_fused" if s.cuda else "adamw_torch", gradient_checkpointing=False, use_vllm=False, report_to="none",
                   save_strategy="no", logging_steps=1, shuffle_dataset=False, disable_tqdm=True, generation_kwargs={"min_new_tokens": load["response"]})
    words = [" ".join(f"<{i}>" for i in p) for p in s.prompts(load["prompts"]).tolist()]
    m = Qwen2ForCausalLM.from_pretrained(s.weights, dtype=s.dtype, attn_implementation="sdpa")
    clock = Clock()
    t = GRPOTrainer(model=m, args=c, reward_funcs=reward, train_dataset=datasets.Dataset.from_dict({"prompt": words * 2}), processing_class=tokenizer(), callbacks=[clock])
    lengths = []

    def generate(*args, _f=m.generate, **kwargs):
        out = _f(*args, **kwargs)
        ids = kwargs["input_ids"]
        assert sorted(set(map(tuple, ids.tolist()))) == sorted(set(map(tuple, s.prompts(load["prompts"]).tolist()))), "TRL gave the model other prompts"
        lengths.append((len(out), out.shape[1] - ids.shape[1]))
        return out

    m.generate = clock.wrap("generate", generate)
    whole, scoring = t._generate_and_score_completions, t._get_per_token_logps_and_entropies
    t._generate_and_score_completions = clock.wrap("generate and score", whole)
    t.train()
    if lengths[-1] != (n, load["response"]):
        raise RuntimeError(f"it generated {lengths[-1]}, want {(n, load['response'])}")
    total, generating, both = clock.steps[-1], clock.inside["generate"][-1], clock.inside["generate and score"][-1]
    if len(clock.steps) != 2:
        raise RuntimeError(f"it took {len(clock.steps)} steps")
    return {"generate s": generating, "score s": both - generating, "update s": total - both, "step s": total, "micro-batch": update, **s.memory()}


def main():
    update = max(load["samples"], load["update"] // 2)  # logits of all words stand at once
    name = f"TRL GRPO step {s.model}, transformers generation, no vLLM"
    while True:
        try:
            with tempfile.TemporaryDirectory() as folder:
                numbers = step(update, folder)
            say(name, numbers)
            return
        except Exception as e:
            if not no_room(e) or update < 2 * load["samples"]:
                raise
            say(f"{name}, micro-batch {update}", ok=False, skip="does not fit")
            update //= 2
        free()


main()
