# Trains a model on a corpus that graft has exported, with TRL's SFTTrainer:
#   graft export OUT --to trl -o corpus && python sft.py corpus MODEL trained
import sys
from datasets import load_dataset
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import SFTConfig, SFTTrainer

corpus, model, out = sys.argv[1:]
config = SFTConfig(out, max_steps=40, per_device_train_batch_size=4, learning_rate=1e-3, logging_steps=10, padding_free=True, max_length=None, bf16=False, report_to="none")
SFTTrainer(AutoModelForCausalLM.from_pretrained(model, dtype="float32"), config, train_dataset=load_dataset(corpus, split="train"),
           processing_class=PreTrainedTokenizerFast(tokenizer_file=f"{model}/tokenizer.json", pad_token="<|endoftext|>", eos_token="<|endoftext|>")).train()
