"""The tokenizing of compare.sh as datatrove does it, from text that was rendered before: two tasks, two workers.

    python trove.py FOLDER_OF_RENDERED_JSONL tokenizer.json OUT
"""
import sys, time

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.tokens import DocumentTokenizer


def main(folder, tokenizer, out):
    began = time.time()
    LocalPipelineExecutor(
        pipeline=[
            JsonlReader(folder, text_key="text"),
            DocumentTokenizer(out + "/tokens", tokenizer_name_or_path=tokenizer, eos_token=None, shuffle_documents=False, save_index=True),
        ],
        tasks=2, workers=2, logging_dir=out + "/logs",
    ).run()
    print(f"datatrove: {time.time() - began:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:4])
