"""Encodes with the reference.

    python encode.py tokenizer.json < texts.jsonl > ids.jsonl

Each line of the input is {"text": ..., "special": bool}: whether special tokens
in the text are read. Each line of the output is {"ids": [...], "offsets": [...]};
offsets are pairs of characters, counted in the text as given.
"""
import json
import sys
from tokenizers import Tokenizer

tok = Tokenizer.from_file(sys.argv[1])
for line in sys.stdin:
    d = json.loads(line)
    tok.encode_special_tokens = not d["special"]
    e = tok.encode(d["text"], add_special_tokens=False)
    print(json.dumps({"ids": e.ids, "offsets": e.offsets}))
