"""Open a build with tools that have never heard of graft, and count.

usage: query.py BUILD RECORD TOKEN TRL_EXPORT

Prints one JSON object. Each number is computed by DuckDB from the Parquet files
alone; pandas and datasets count again where they are installed.
"""
import json
import sys

import duckdb

build = sys.argv[1]
db = duckdb.connect()
for name in ("records", "lineage", "shards", "prompts"):
    db.execute(f"create view {name} as select * from read_parquet('{build}/{name}/*.parquet')")


def one(sql, **args):
    return db.execute(sql, args).fetchone()


out = {
    "records": one("select count(*) from records")[0],
    "n_tokens": one("select sum(n_tokens) from records")[0],
    "edits": one("select sum(len(edits)) from records")[0],
    "facts": one("select sum(len(e.facts)) from (select unnest(edits) as e from records)")[0],
    "rows": one("select count(*) from shards")[0],
    "tokens": one("select sum(len(input_ids)) from shards")[0],
    "seq_lengths": one("select sum(list_sum(seq_lengths)) from shards")[0],
    "id_sum": one("select sum(list_sum(input_ids)) from shards")[0],
    "documents": one("select count(*) from (select unnest(record_id) from shards)")[0],
    "lineage": one("select count(*) from lineage join records using (record_id)")[0],
    "prompts": one("select count(*) from prompts")[0],
    "passes": one("select sum(pass_k) from prompts")[0],
    "prompt_user": one("select count(*) from prompts where messages[-1].role = 'user'")[0],
}

# Law 1 from files alone, with SQL: drop the spans that graft put in from the
# last message, and the digest is that of the source.
out["erased"] = one("""
with kept as (
  select record_id, source_sha256, text, s, messages[-1].start as a, messages[-1]."end" as b
  from (select *, unnest(spans) as s from records)
), parts as (
  select record_id, source_sha256, s.start as pos, encode(text)[s.start + 1 : s."end"] as bytes
  from kept where s.origin = 'source' and s.start >= a and s."end" <= b
)
select count(*) from (
  select record_id from parts group by record_id, source_sha256
  having sha256(string_agg(decode(bytes), '' order by pos)) = source_sha256)
""")[0]

# Law 5: from a token to its behavior, its parameters and the source bytes. Span
# k of a document is span k of its record.
out["provenance"] = one("""
with doc as (
  select unnest(record_id) as record_id, unnest(range(1, len(record_id) + 1)) as i, seq_lengths, input_ids, span_end, span_edit from shards
), placed as (
  select *, coalesce(list_sum(seq_lengths[1 : i - 1]), 0)::bigint as first from doc
), hit as (
  select *, first + $token as position from placed where record_id = $record
), found as (
  select *, len(list_filter(span_end, lambda e: e <= position)) - len(list_filter(span_end, lambda e: e <= first)) + 1 as k,
         span_edit[len(list_filter(span_end, lambda e: e <= position)) + 1] as edit
  from hit
)
select input_ids[position + 1], r.spans[k].name, edit, r.edits[edit].behavior, r.edits[edit].version, r.edits[edit].params,
       r.spans[k].src_start, l.file, l.line, l.start
from found join records r using (record_id) join lineage l using (record_id)
""", record=sys.argv[2], token=int(sys.argv[3]))

try:
    import pandas

    out["pandas"] = int(pandas.read_parquet(f"{build}/records").n_tokens.sum())
except ImportError:
    pass
try:
    import datasets

    d = datasets.load_dataset(sys.argv[4], cache_dir=sys.argv[4] + "-cache")
    out["datasets"] = sum(len(r["labels"]) for split in d.values() for r in split)
except ImportError:
    pass
print(json.dumps(out))
