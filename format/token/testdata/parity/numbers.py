"""Measures the reference and tiktoken on the same texts with the same vocabulary.

    python numbers.py WHAT THREADS tokenizer.json texts.jsonl

WHAT is hf (ids and offsets) or tiktoken (ids). Each line of texts is one JSON string. One pass by a
process that has seen nothing before; what is printed is one JSON object.
"""
import hashlib
import json
import os
import sys
import time
from array import array

what, threads, path, texts_path = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
os.environ["RAYON_NUM_THREADS"] = str(threads)
os.environ["TOKENIZERS_PARALLELISM"] = "true"
with open(texts_path, encoding="utf-8") as f:
    texts = [json.loads(line) for line in f]


def reference():
    from tokenizers import Tokenizer
    tok = Tokenizer.from_file(path)
    tok.encode_special_tokens = True

    def run():
        out = []
        for at in range(0, len(texts), 1000):
            out += [e.ids for e in tok.encode_batch(texts[at:at + 1000], add_special_tokens=False)]
        return out
    return run


def ranks():
    """tiktoken with the vocabulary of a byte-level tokenizer.json, whose ids are its ranks."""
    import tiktoken
    with open(path, encoding="utf-8") as f:
        model = json.load(f)
    byte = {}
    extra = 256
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b
        byte[chr(b) if printable else chr(extra)] = b
        extra += not printable
    vocab = {}
    for s, i in model["model"]["vocab"].items():
        if all(c in byte for c in s):
            vocab[bytes(byte[c] for c in s)] = i
    digits = r"\p{N}{1,3}+" if r"\p{N}{1,3}" in json.dumps(model["pre_tokenizer"]).replace("\\\\", "\\") else r"\p{N}"
    pattern = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|" + digits +
               r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s*[\r\n]+|\s+(?!\S)|\s+")
    tok = tiktoken.Encoding("numbers", pat_str=pattern, mergeable_ranks=vocab, special_tokens={})
    if threads == 1:
        return lambda: [tok.encode_ordinary(t) for t in texts]
    return lambda: tok.encode_ordinary_batch(texts, num_threads=threads)


run = reference() if what == "hf" else ranks()
wall, cpu = time.perf_counter(), time.process_time()
out = run()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
h = hashlib.sha256()
for ids in out:
    h.update(array("i", ids).tobytes())
print(json.dumps({"bytes": sum(len(t.encode()) for t in texts), "docs": len(texts), "tokens": sum(map(len, out)),
                  "wall": wall, "cpu": cpu, "sha256": h.hexdigest()}))
