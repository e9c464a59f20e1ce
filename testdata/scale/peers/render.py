"""Renders GSM8K-like records in ChatML, for peers that take text: two files of {"text"}, by turns.

    python render.py big.jsonl OUT_FOLDER
"""
import json, sys

with open(sys.argv[1]) as lines, open(sys.argv[2] + "/0.jsonl", "w") as a, open(sys.argv[2] + "/1.jsonl", "w") as b:
    for i, line in enumerate(lines):
        r = json.loads(line)
        text = f"<|im_start|>user\n{r['question']}<|im_end|>\n<|im_start|>assistant\n{r['answer']}<|im_end|>\n"
        (b if i % 2 else a).write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
