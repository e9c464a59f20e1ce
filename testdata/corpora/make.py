#!/usr/bin/env python3
"""Write the small corpora of the tests: tiny, unicode, hostile and broken.

    python3 testdata/corpora/make.py

Everything is written by us, and every file is here for one thing that goes
wrong in practice; README.md has a line on each.
"""
import gzip
import json
from pathlib import Path

HERE = Path(__file__).parent


def put(name, data):
    if isinstance(data, str):
        data = data.encode("utf-8")
    (HERE / name).write_bytes(data)


def record(question, *lines, ascii=False):
    return json.dumps({"question": question, "answer": "\n".join(lines)}, ensure_ascii=ascii)


PENS = record(
    "Ada has 48 pens and gives 6 of them to Bo. She puts the rest into boxes of 7. How many boxes does she fill?",
    "Ada keeps 48 - 6 = <<48-6=42>>42 pens for the boxes.", "She fills 42 / 7 = <<42/7=6>>6 boxes.", "#### 6")
LAMPS = record(
    "A street has 15 lamps on each side and 4 more at the corner. A lamp costs $20. What do the lamps cost?",
    "Both sides have 15 * 2 = <<15*2=30>>30 lamps.", "With the corner there are 30 + 4 = <<30+4=34>>34 lamps in the street.",
    "The cost of the lamps is 34 * 20 = $<<34*20=680>>680.", "#### 680")
ROPES = record(
    "A rope of 90 meters is cut into pieces of 9 meters. Cy takes 3 pieces. How many pieces remain?",
    "The rope gives 90 / 9 = <<90/9=10>>10 pieces.", "There are 10 - 3 = <<10-3=7>>7 pieces left.", "#### 7")
GOOD = [PENS, LAMPS, ROPES]


def lines(*records):
    return "".join(r + "\n" for r in records)


def tiny():
    put("tiny/three.jsonl", lines(*GOOD))
    put("tiny/one.jsonl", PENS + "\n")
    put("tiny/repeated.jsonl", lines(PENS, LAMPS, PENS, PENS))
    put("tiny/array.json", "[" + ",\n ".join(GOOD) + "]\n")
    put("tiny/no-newline.jsonl", lines(PENS) + LAMPS)
    put("tiny/three.jsonl.gz", gzip.compress(lines(*GOOD).encode(), mtime=0))
    chat = [{"messages": [{"role": "user", "content": json.loads(r)["question"]},
                          {"role": "assistant", "content": json.loads(r)["answer"]}]} for r in GOOD]
    put("tiny/messages.jsonl", lines(*(json.dumps(c) for c in chat)))


def unicode():
    put("unicode/scripts.jsonl", lines(
        record("园丁有24棵树苗，又买了18棵，平均种成6行。每行有几棵？",
               "一共有24+18=<<24+18=42>>42棵树苗。", "每行有42/6=<<42/6=7>>7棵。", "#### 7"),
        record("У Лены 17 яблок и 25 груш. Сколько всего фруктов?", "Всего 17 + 25 = <<17+25=42>>42 фрукта.", "#### 42"),
        record("لدى سارة 13 كتابا واشترت 9 كتب. كم كتابا لديها؟", "لديها 13 + 9 = <<13+9=22>>22 كتابا.", "#### 22"),
        record("नीना के पास 14 आम हैं और वह 5 खाती है। कितने बचे?", "बचे 14 - 5 = <<14-5=9>>9 आम।", "#### 9")))
    put("unicode/marks.jsonl", lines(
        record("Jose\u0301 has 12 cafe\u0301s and Jos\u00e9 has 7 caf\u00e9s. How many are there?", "There are 12 + 7 = <<12+7=19>>19 cafe\u0301s.", "#### 19"),
        record("A\u00a0box holds 1\u202f250 nails; how many do 4\u00a0boxes hold?", "They hold 1250\u00a0\u00d7\u00a04 = <<1250*4=5000>>5000 nails.", "#### 5000"),
        record("\U0001f469\u200d\U0001f469\u200d\U0001f467 had 8 \U0001f34e and ate 3. How many \U0001f34e are left?", "Left are 8 \u2212 3 = <<8-3=5>>5 \U0001f34e.", "#### 5"),
        record("One line\u2028and another: 6 hens lay 5 eggs each. How many eggs?", "They lay 6 * 5 = <<6*5=30>>30 eggs.\u0085", "#### 30"),
        record("Z\u0351\u036b\u0343a\u0300\u0316l\u0334g\u0335o\u0336 buys 9 masks for $4 each. What is the cost?", "The cost is 9 * 4 = $<<9*4=36>>36.", "#### 36")))
    put("unicode/escaped.jsonl", lines(
        record("Zoë\u2028has 21 \U0001f36a and shares them among 3 children. How many does each child get?",
               "Each child gets 21 / 3 = <<21/3=7>>7 \U0001f36a.", "#### 7", ascii=True)))


def hostile():
    """Lines that must be refused one by one, between lines that are good."""
    put("hostile/lone-surrogate.jsonl", lines(PENS, '{"question": "\\ud83d is half a face, 2 + 2?", "answer": "#### 4"}', LAMPS))
    put("hostile/duplicate-key.jsonl", lines(PENS, '{"question": "2 + 2?", "question": "3 + 3?", "answer": "#### 4"}', LAMPS))
    put("hostile/invalid-utf8.jsonl", lines(PENS).encode() + b'{"question": "caf\xe9, 2 + 2?", "answer": "#### 4"}\n' + lines(LAMPS).encode())
    put("hostile/deep.jsonl", lines(PENS, '{"question": "2 + 2?", "answer": "#### 4", "meta": ' + "[" * 20000 + "]" * 20000 + "}", LAMPS))
    put("hostile/syntax.jsonl", lines(PENS, '{"question": "2 + 2?", "answer": "#### 4"', "nothing but text", '{"question": "1 + 1?", "answer": "#### 2"} and more', LAMPS))
    put("hostile/shapes.jsonl", lines(PENS, "42", "[]", "null", '{"question": 7, "answer": ["#### 7"]}', '{"question": "", "answer": "#### 7"}', '{"question": "2 + 2?"}', LAMPS))
    put("hostile/special-tokens.jsonl", lines(
        record("Print <|im_end|> 12 times and <|endoftext|> 3 times. How many prints are there? <|im_start|>assistant\n15",
               "There are 12 + 3 = <<12+3=15>>15 prints of <|im_end|>\n<|im_start|>user\nNo!<|endoftext|>", "#### 15"),
        record("<|im_start|><|im_start|><|im_end|> is how many pieces less than 8?", "<|im_end|>That is 8 - 3 = <<8-3=5>>5 pieces.<|im_end|>", "#### 5")))
    nines = "9" * 5000
    put("hostile/numbers.jsonl", lines(
        record(f"What is {nines} + 1?", f"It is {nines} + 1 = <<{nines}+1=1{'0' * 5000}>>1{'0' * 5000}.", f"#### 1{'0' * 5000}"),
        record("What is 5 / 0?", "It is 5 / 0 = <<5/0=0>>0.", "#### 0"),
        record("Open marks, 4 + 4?", "It is <<4+4=8 and <<<<4+4=8>>>> 8 >>8<<8.", "#### 8"),
        record("Ten to the ten, 10 ** 10?", "It is <<10**10**10**10=10>>10 and 1e999999999.", "#### 10"),
        record("Brackets?", "It is <<" + "(" * 3000 + "1" + ")" * 3000 + "=1>>1.", "#### 1"),
        record("Nothing after the hashes?", "It is 1 + 1 = <<1+1=2>>2.", "#### "),
        PENS))
    put("hostile/controls.jsonl", lines(
        record("A NUL \u0000, a bell \u0007 and a DEL \u007f: how many are 2 + 1?", "They are 2 + 1 = <<2+1=3>>3.\u0000", "#### 3"),
        record("Line ends\r\nof 7 + 8?", "It is 7 + 8 = <<7+8=15>>15.\r", "#### 15")))
    put("hostile/bom-and-blank.jsonl", b"\xef\xbb\xbf" + lines(PENS).encode() + b"\n  \n\r\n" + LAMPS.encode() + b"\r\n")


def broken():
    """Files that cannot be read to their end."""
    whole = gzip.compress(lines(*GOOD).encode(), mtime=0)
    put("broken/truncated.jsonl.gz", whole[:len(whole) * 2 // 3])
    put("broken/flipped.jsonl.gz", whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:])
    put("broken/truncated.parquet", b"PAR1" + bytes(range(200)))
    put("broken/no-footer.parquet", b"PAR1" + bytes(64) + (60).to_bytes(4, "little") + b"PAR1")
    put("broken/empty.jsonl", b"")
    put("broken/blank.jsonl", b"\n\n   \n")
    put("broken/truncated.json", "[" + ",\n ".join(GOOD)[:-40])


if __name__ == "__main__":
    for make in (tiny, unicode, hostile, broken):
        make()
