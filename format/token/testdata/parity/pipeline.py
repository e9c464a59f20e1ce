"""Changes a tokenizer.json part by part and encodes with each.

    python pipeline.py tokenizer.json < requests.jsonl > results.jsonl

Each line of the input is {"parts": {...}, "texts": [...], "add": bool}: parts replace those of
the file, texts are encoded, with what the post-processor adds if add is set.
Each line of the output is {"error": "..."} or {"file": "...", "ids": [[...], ...]}: the file as the
reference writes it again, empty where no part was replaced.
"""
import json
import sys
from tokenizers import Tokenizer

file = None
for line in sys.stdin:
    d = json.loads(line)
    try:
        if d["parts"] and file is None:
            with open(sys.argv[1]) as f:
                file = json.load(f)
        tok = Tokenizer.from_str(json.dumps({**file, **d["parts"]})) if d["parts"] else Tokenizer.from_file(sys.argv[1])
        out = {"file": tok.to_str() if d["parts"] else "", "ids": [tok.encode(t, add_special_tokens=d["add"]).ids for t in d["texts"]]}
    except Exception as e:
        out = {"error": str(e)}
    print(json.dumps(out))
