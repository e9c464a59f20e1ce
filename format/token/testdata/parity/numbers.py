"""Measures the reference, tiktoken and gigatoken on the same texts with the same vocabulary.

    python numbers.py WHAT THREADS tokenizer.json texts.jsonl

WHAT is hf (ids and offsets), tiktoken (ids) or gigatoken (ids). Each line of texts is one JSON string. One pass by a
process that has seen nothing before, and a second one over the same texts, which
a cache of the first may help; each prints one JSON object.
"""
import hashlib
import json
import os
import sys
import time
from array import array

del sys.path[0]  # this file has the name of a module that NumPy imports
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


def giga():
    """gigatoken with its own call for many texts: one array of ids, no Python list, no offsets."""
    import gigatoken
    tok = gigatoken.Tokenizer(path)
    tok.encode_batch(["word"], parallel=False)  # imports what it returns, which takes half a second
    return lambda: tok.encode_batch(texts, parallel=threads > 1), lambda out: (row.to_numpy() for row in out)


run, rows = giga() if what == "gigatoken" else ({"hf": reference, "tiktoken": ranks}[what](), list)
for _ in range(2):
    wall, cpu = time.perf_counter(), time.process_time()
    out = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    h = hashlib.sha256()
    tokens = 0
    for ids in rows(out):
        h.update(array("i", ids).tobytes())
        tokens += len(ids)
    print(json.dumps({"bytes": sum(len(t.encode()) for t in texts), "docs": len(texts), "tokens": tokens,
                      "wall": wall, "cpu": cpu, "sha256": h.hexdigest()}))
    if what == "hf":
        break  # it keeps its pieces from text to text too, but a pass takes long
