"""Encodes with tiktoken.

    python ranks.py NAME ranks.tiktoken < texts.jsonl > ids.jsonl

The rank file is put where tiktoken looks for a copy of its own, which it checks
by digest; nothing is fetched. Input and output are those of encode.py.
"""
import hashlib
import json
import os
import shutil
import sys
import tempfile

name, path = sys.argv[1], sys.argv[2]
cache = tempfile.mkdtemp()
os.environ["TIKTOKEN_CACHE_DIR"] = cache
url = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
shutil.copy(path, os.path.join(cache, hashlib.sha1(url.encode()).hexdigest()))

import tiktoken

tok = tiktoken.get_encoding(name)
for line in sys.stdin:
    d = json.loads(line)
    ids = tok.encode(d["text"], allowed_special="all") if d["special"] else tok.encode_ordinary(d["text"])
    print(json.dumps({"ids": ids}))
shutil.rmtree(cache)
