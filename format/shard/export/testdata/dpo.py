"""Train TRL's DPOTrainer on an export, to see that it takes the rows as they are.

    graft export BUILD --to dpo -o PAIRS
    python format/shard/export/testdata/dpo.py BUILD PAIRS CONFIG_FOLDER

CONFIG_FOLDER holds the config.json of a small decoder, whose weights are drawn.
Run by hand: it wants torch, transformers, datasets and trl (seen with trl 1.16.0).
"""
import copy
import sys
import tempfile

import torch
from datasets import load_dataset
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer

build, pairs, config = sys.argv[1:]
torch.manual_seed(0)
tok = PreTrainedTokenizerFast(tokenizer_file=build + "/tokenizer.json", eos_token="<|im_end|>", pad_token="<|endoftext|>")
model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(config, vocab_size=max(tok.get_vocab().values()) + 1))
rows = load_dataset("parquet", data_files=pairs + "/data/train-*.parquet", split="train")
lines = load_dataset("json", data_files=pairs + "/train.jsonl", split="train")
assert rows.to_list() == lines.to_list(), "Parquet and JSONL differ"
print(len(rows), "pairs", rows.features)
args = DPOConfig(tempfile.mkdtemp(), max_steps=10, per_device_train_batch_size=4, learning_rate=1e-3, max_length=512,
                 logging_steps=2, report_to=[], use_cpu=True, save_strategy="no")
DPOTrainer(model, ref_model=copy.deepcopy(model), args=args, train_dataset=rows, processing_class=tok).train()
