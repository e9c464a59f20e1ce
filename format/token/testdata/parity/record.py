"""Records what the reference makes of texts.

    python record.py tokenizer.json < texts.jsonl > recorded.jsonl

Each line of the input is one JSON string. Each line of the output is
{"text": ..., "ids": [...], "ends": [...]}, ends in bytes; truncation and padding of the file are
left out.
"""
import json
import sys
from tokenizers import Tokenizer

tok = Tokenizer.from_file(sys.argv[1])
tok.no_truncation()
tok.no_padding()
for line in sys.stdin:
    text = json.loads(line)
    e = tok.encode(text, add_special_tokens=False)
    ends = [0]
    for c in text:
        ends.append(ends[-1] + len(c.encode()))
    print(json.dumps({"text": text, "ids": e.ids, "ends": [ends[end] for _, end in e.offsets]}, ensure_ascii=False))
