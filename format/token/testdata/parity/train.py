"""Trains with the reference and prints its tokenizer.json.

    python train.py VOCAB_SIZE MIN_FREQUENCY REGEX-or-"" SPECIAL... < texts.jsonl

Each line of the input is one JSON string. How many seconds the training took goes
to standard error.
"""
import json
import sys
import time
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

size, least, regex, specials = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
tok = Tokenizer(models.BPE())
level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not regex)
tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(regex), "isolated"), level]) if regex else level
tok.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=least, special_tokens=specials, show_progress=False,
                              initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
texts = [json.loads(line) for line in sys.stdin]
start = time.perf_counter()
tok.train_from_iterator(texts, trainer)
print(time.perf_counter() - start, file=sys.stderr)
sys.stdout.write(tok.to_str())
