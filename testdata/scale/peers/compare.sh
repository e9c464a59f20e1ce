#!/usr/bin/env bash
# The whole build beside its peers, on the same records: ids of Qwen2.5, ChatML, no behaviors, packed to 2048, two
# processes each. Run by hand on a quiet machine with two cores; a line a tool, with the clock, processor seconds and
# the largest resident process.
#
#   compare.sh big.jsonl TOKENIZER_FOLDER WORK [trl|datatrove|megatron|gigatoken|graft ...]
#
# big.jsonl comes from `go run ./testdata/scale`. PYTHON has datasets, transformers, trl and datatrove[io]; MEGATRON is a
# checkout of Megatron-LM (its preprocess_data.py and, with gigatoken, preprocess_data_fast.py). datatrove and Megatron
# take text, so ChatML is rendered for them before their clock starts, and neither packs nor masks.
set -euo pipefail
data=$(realpath "$1") tokenizer=$(realpath "$2") work=$(realpath "$3")
shift 3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
records=$(wc -l <"$data")

timed() { # NAME COMMAND...
  local name=$1
  shift
  rm -rf "${work:?}/$name"
  mkdir -p "$work/$name"
  "$python" - "$name" "$records" "$work/$name.log" "$@" <<'PY'
import resource, subprocess, sys, time
name, records, log, command = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
began = time.time()
with open(log, "w") as f:
    code = subprocess.run(command, stdout=f, stderr=f).returncode
wall, use = time.time() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = use.ru_utime + use.ru_stime
print(f"{name:10} {wall:8.1f} s {cpu:8.1f} cpu-s {records / wall:9.0f} records/s {records / cpu:9.0f} records/cpu-s {use.ru_maxrss >> 10:6} MiB  exit {code}", flush=True)
PY
}

text() { # the rendered text, once
  [ -s "$work/text/1.jsonl" ] || { mkdir -p "$work/text" && "$python" "$here/render.py" "$data" "$work/text"; }
}

for tool in "${@:-graft}"; do
  case $tool in
    trl) timed trl "$python" "$here/trl_map.py" "$data" "$tokenizer" "$work/trl" ;;
    datatrove) text && timed datatrove "$python" "$here/trove.py" "$work/text" "$tokenizer/tokenizer.json" "$work/datatrove" ;;
    megatron | gigatoken)
      text
      [ -s "$work/text.all" ] || cat "$work/text/0.jsonl" "$work/text/1.jsonl" >"$work/text.all"
      script=preprocess_data.py more=(--workers 2)
      [ "$tool" = megatron ] || script=preprocess_data_fast.py more=(--use-gigatoken)
      cd "$MEGATRON"
      timed "$tool" "$python" -c 'import runpy, sys, typing, typing_extensions
typing.override = typing_extensions.override
sys.argv = sys.argv[1:]
sys.path.insert(0, ".")
runpy.run_path(sys.argv[0], run_name="__main__")' "tools/$script" --input "$work/text.all" --output-prefix "$work/$tool/m" \
        --tokenizer-type HuggingFaceTokenizer --tokenizer-model "$tokenizer" "${more[@]}"
      ;;
    graft)
      printf 'version: 1\nseed: 1\ntraces: [{path: %s, reader: gsm8k}]\nrender: {template: chatml}\ntokenize: {tokenizer: %s/tokenizer.json, max_tokens: 2048}\n' \
        "$data" "$tokenizer" >"$work/graft.yaml"
      GOMAXPROCS=2 timed graft "${GRAFT:-graft}" build "$work/graft.yaml" -o "$work/graft/out"
      ;;
    *) echo "no such tool: $tool" >&2 && exit 2 ;;
  esac
done
