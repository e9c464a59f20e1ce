"""Says whether two tools of compare.sh gave every document the same ids.

    python same_ids.py WORK

Reads graft's shards, TRL's packed rows and datatrove's and Megatron's token files; prints for each the documents, the
tokens and a digest of the sorted digests of the documents.
"""
import glob, hashlib, os, sys

import numpy as np


def graft(work):
    import pyarrow.parquet as pq
    for path in sorted(glob.glob(work + "/graft/out/shards/*.parquet")):
        for row in pq.read_table(path, columns=["input_ids", "seq_lengths"]).to_pylist():
            yield from cut(row["input_ids"], row["seq_lengths"])


def trl(work):
    import datasets
    for row in datasets.load_from_disk(work + "/trl/packed"):
        yield from cut(row["input_ids"], row["seq_lengths"])


def datatrove(work):
    for path in sorted(glob.glob(work + "/datatrove/tokens/*.ds")):
        ids = np.fromfile(path, dtype="<u4" if os.path.getsize(path) else "<u2")
        ends = np.fromfile(path + ".index", dtype="<u8").astype(int)
        yield from cut(ids, np.diff(ends, prepend=0))


def megatron(work, tool="megatron"):
    base = glob.glob(f"{work}/{tool}/*.idx")[0][:-4]
    with open(base + ".idx", "rb") as f:
        f.read(9 + 8 + 1)
        n, _ = np.fromfile(f, "<u8", 2)
        lengths = np.fromfile(f, "<i4", int(n))
    yield from cut(np.fromfile(base + ".bin", "<i4"), lengths)


def cut(ids, lengths):
    at = 0
    for n in lengths:
        yield ids[at : at + n]
        at += n


work = sys.argv[1]
for name, read in dict(graft=graft, trl=trl, datatrove=datatrove, megatron=megatron, gigatoken=lambda w: megatron(w, "gigatoken")).items():
    if not os.path.isdir(work + "/" + name):
        continue
    tokens, all_digests = 0, []
    for ids in read(work):
        a = np.asarray(ids, dtype="<i4")
        tokens += len(a)
        all_digests.append(hashlib.sha256(a.tobytes()).digest())
    print(f"{name:10} {len(all_digests)} documents, {tokens} tokens, {hashlib.sha256(b''.join(sorted(all_digests))).hexdigest()[:16]}")
