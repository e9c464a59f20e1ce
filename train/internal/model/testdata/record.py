"""Records what PyTorch transformers makes of tiny random checkpoints.

    python record.py record   writes a folder a model: the checkpoint (bfloat16 or float32 or float16) and
                              want.safetensors: logits, and the gradient of every tensor
    python record.py rope     writes rope.json: cosines and sines at far positions
    python record.py lora     writes a folder an adapter, lora-*: what PEFT saves of random adapters on those checkpoints, and
                              want.safetensors: logits with the adapter and merged, and the gradients of what PEFT trains
    python record.py check    loads folders that `go test -run 'Save.*For' -update` wrote, and
                              records the logits of transformers beside them

Run with torch 2.15, transformers 5.23 and peft 0.21 (CPU, float32 arithmetic).
"""
import json, os, shutil, sys
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

HERE = os.path.dirname(os.path.abspath(__file__))
SHAPE = dict(vocab_size=97, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, attn_implementation="eager")
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 256}
MODELS = {
    "llama": (LlamaConfig(**SHAPE | {"max_position_embeddings": 512}, rope_parameters=LLAMA3, tie_word_embeddings=True), torch.bfloat16, "1GB"),
    "llama-bias": (LlamaConfig(**SHAPE, attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5), torch.float16, "1GB"),
    "qwen2": (Qwen2Config(**SHAPE, tie_word_embeddings=True), torch.float32, "40KB"),
    "qwen3": (Qwen3Config(**SHAPE, head_dim=12), torch.bfloat16, "20KB"),
}
DOCS = [[1, 5, 9, 13, 2], [7], [(i * 37 + 11) % 97 for i in range(40)]]
TEMPERATURE = 0.75


def run(model):
    """Logits [T,V] of the documents one by one, and the gradients of sum -w*logp + u*entropy at a temperature."""
    logits, loss, k = [], 0, 0
    for doc in DOCS:
        out = model(torch.tensor([doc])).logits[0]
        logits.append(out)
        lsm = torch.log_softmax(out / TEMPERATURE, -1)
        for i in range(len(doc) - 1):
            w, u = (k % 3) * 0.5, (k % 2) * 0.1
            loss = loss + w * -lsm[i, doc[i + 1]] + u * -(lsm[i].exp() * lsm[i]).sum()
            k += 1
    model.zero_grad()
    loss.backward()
    return torch.cat(logits).detach(), loss.detach()


def record():
    for seed, (name, (config, dtype, shard)) in enumerate(MODELS.items()):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config).float()
        with torch.no_grad():
            for key, p in model.named_parameters():
                p.copy_(torch.randn_like(p) * (0.2 if p.dim() == 2 else 0.3) + (1 if key.endswith("norm.weight") else 0))
        folder = os.path.join(HERE, name)
        shutil.rmtree(folder, ignore_errors=True)
        model.to(dtype).save_pretrained(folder, max_shard_size=shard)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        logits, loss = run(model)
        want = {"logits": logits, "loss": loss.reshape(1)}
        for key, p in model.named_parameters():
            want["grad." + key] = p.grad
        save_file({k: v.contiguous() for k, v in want.items()}, os.path.join(folder, "want.safetensors"))
        print(name, float(loss), sum(p.numel() for p in model.parameters()), sorted(os.listdir(folder)))


def rope():
    """Angles at the far end of real contexts: the shapes of Llama 3.1 8B, Llama 3.2 1B, Qwen2.5 and Qwen3."""
    rows = []
    for factor, theta, dim in [(8.0, 5e5, 128), (32.0, 5e5, 64), (0, 1e6, 64), (0, 1e6, 128), (0, 1e4, 80)]:
        params = {"rope_type": "default", "rope_theta": theta}
        if factor:
            params = LLAMA3 | {"factor": factor, "original_max_position_embeddings": 8192}
        module = LlamaRotaryEmbedding(LlamaConfig(head_dim=dim, max_position_embeddings=131072, rope_parameters=params))
        positions = [0, 1, 77, 4095, 8191, 32767]
        cos, sin = module(torch.zeros(1, 1), torch.tensor([positions]))
        rows.append({"theta": theta, "factor": factor, "dim": dim, "positions": positions,
                     "cos": cos[0, :, : dim // 2].flatten().tolist(), "sin": sin[0, :, : dim // 2].flatten().tolist()})
    with open(os.path.join(HERE, "rope.json"), "w") as f:
        json.dump(rows, f)


ADAPTERS = {
    "lora-llama-bias": ("llama-bias", dict(r=4, lora_alpha=6, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])),
    "lora-qwen3": ("qwen3", dict(r=3, lora_alpha=8, target_modules=["v_proj", "down_proj"], modules_to_save=["embed_tokens", "norm"])),
}


def base_of(name):
    return AutoModelForCausalLM.from_pretrained(os.path.join(HERE, name), dtype=torch.float32, attn_implementation="eager")


def lora():
    for seed, (name, (base, config)) in enumerate(ADAPTERS.items()):
        torch.manual_seed(100 + seed)
        model = get_peft_model(base_of(base), LoraConfig(task_type="CAUSAL_LM", **config))
        with torch.no_grad():
            for key, p in model.named_parameters():
                if p.requires_grad:
                    p.add_(torch.randn_like(p) * 0.2)
        folder = os.path.join(HERE, name)
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        os.remove(os.path.join(folder, "README.md"))
        logits, loss = run(model)
        want = {"logits": logits, "loss": loss.reshape(1)}
        for key, p in model.named_parameters():
            if p.requires_grad:
                want["grad." + key.removeprefix("base_model.model.").replace(".default", "").replace(".modules_to_save", "")] = p.grad
        want["merged"] = run_logits(model.merge_and_unload())
        path = os.path.join(folder, "adapter_config.json")
        text = json.load(open(path))
        text["base_model_name_or_path"] = base  # not where it lay on this machine
        text["target_modules"] = config["target_modules"]  # a set there, in another order every time
        json.dump(text, open(path, "w"), indent=2, sort_keys=True)
        save_file({k: v.contiguous() for k, v in want.items()}, os.path.join(folder, "want.safetensors"))
        print(name, float(loss), len(want), (want["merged"] - logits).abs().max().item(), sorted(os.listdir(folder)))


def run_logits(model):
    with torch.no_grad():
        return torch.cat([model(torch.tensor([doc])).logits[0] for doc in DOCS])


def check():
    for name in sorted(os.listdir(os.path.join(HERE, "saved"))):
        folder = os.path.join(HERE, "saved", name)
        if name.startswith("lora-"):
            model = PeftModel.from_pretrained(base_of(name.removeprefix("lora-")), folder)
            want = {"logits": run_logits(model), "merged": run_logits(model.merge_and_unload())}
            save_file({k: v.contiguous() for k, v in want.items()}, os.path.join(folder, "want.safetensors"))
            print(name, (want["merged"] - want["logits"]).abs().max().item())
            continue
        model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
        logits, _ = run(model)
        save_file({"logits": logits.contiguous()}, os.path.join(folder, "want.safetensors"))
        print(name, {k: v for k, v in info.items() if v}, logits.abs().max().item())


{"record": record, "rope": rope, "lora": lora, "check": check}[sys.argv[1]]()
