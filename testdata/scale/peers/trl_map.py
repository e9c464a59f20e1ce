"""The job of compare.sh as datasets.map, transformers and TRL do it: two processes.

    python trl_map.py big.jsonl TOKENIZER_FOLDER OUT

Rows as TRL's SFTTrainer prepares them: apply_chat_template with ids and the mask
of assistant tokens, then pack_dataset (best-fit decreasing, 2048).
"""
import os, sys, time

os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=sys.argv[3] + "/home", TOKENIZERS_PARALLELISM="false")
import datasets, transformers, trl
from trl.data_utils import pack_dataset

datasets.disable_progress_bars()
TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}<|im_start|>assistant\n"
    "{% generation %}{{ m['content'] }}<|im_end|>{% endgeneration %}{{ '\\n' }}"
    "{% else %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endif %}{% endfor %}"
)


def main(data, tokenizer, out):
    began = time.time()
    tok = transformers.AutoTokenizer.from_pretrained(tokenizer, use_fast=True)
    rows = datasets.load_dataset("json", data_files=data, split="train")
    read = time.time()

    def encode(batch):
        talks = [
            [{"role": "user", "content": q}, {"role": "assistant", "content": a}]
            for q, a in zip(batch["question"], batch["answer"])
        ]
        e = tok.apply_chat_template(
            talks, chat_template=TEMPLATE, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        return {"input_ids": e["input_ids"], "assistant_masks": e["assistant_masks"]}

    ids = rows.map(encode, batched=True, num_proc=2, remove_columns=rows.column_names)
    mapped = time.time()
    packed = pack_dataset(ids, 2048, strategy="bfd", map_kwargs={"num_proc": 2})
    packed.save_to_disk(out + "/packed", num_proc=2)
    done = time.time()
    print(
        f"trl: {len(rows)} records, {len(packed)} rows; read {read - began:.1f} s, map {mapped - read:.1f} s, "
        f"pack and write {done - mapped:.1f} s, {len(rows) / (done - began):.0f} records/s; "
        f"datasets {datasets.__version__}, transformers {transformers.__version__}, trl {trl.__version__}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
