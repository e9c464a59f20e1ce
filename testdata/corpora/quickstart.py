#!/usr/bin/env python3
"""Write the quickstart trace set: augment/builtin/quickstart.jsonl.

    python3 testdata/corpora/quickstart.py > augment/builtin/quickstart.jsonl

Word problems of our own with their solutions, one step a line and a calculator
mark in each. A story (testdata/corpora/quickstart/stories.txt) is a text with
holes; this script draws people, things and numbers until the story holds: every
result positive and whole (cents and grams excepted), and every number of a problem
different from every other, so that an operand can only mean one of them.
The same bytes on every machine: integers and fractions only, and a generator of
random numbers that is written out below.
"""
import json
import re
import sys
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent / "quickstart"
SEED, PER_STORY, TRIES = 20261122, 6, 4000

PEOPLE = [
    ("Amara", "she"), ("Bilal", "he"), ("Chiara", "she"), ("Dmitri", "he"), ("Efua", "she"), ("Felix", "he"),
    ("Greta", "she"), ("Hiro", "he"), ("Ines", "she"), ("Jonas", "he"), ("Keiko", "she"), ("Lorenzo", "he"),
    ("Mirela", "she"), ("Nikhil", "he"), ("Odile", "she"), ("Pavel", "he"), ("Quynh", "she"), ("Rashid", "he"),
    ("Sanna", "she"), ("Tomas", "he"), ("Uma", "she"), ("Viktor", "he"), ("Wanjiru", "she"), ("Yusuf", "he"),
    ("Zofia", "she"), ("Anselm", "he"), ("Beatriz", "she"), ("Callum", "he"), ("Dalia", "she"), ("Emeka", "he"),
    ("Freya", "she"), ("Gustavo", "he"), ("Halima", "she"), ("Ivo", "he"), ("Jasmin", "she"), ("Kofi", "he"),
]
FORMS = {"she": ("she", "her", "her", "hers", "herself"), "he": ("he", "his", "him", "his", "himself")}


class Random:
    """SplitMix64: the same numbers in every version of Python."""

    def __init__(self, seed):
        self.state = seed & 0xFFFFFFFFFFFFFFFF

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        z = (z ^ z >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        return (z ^ z >> 31) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


class Refused(Exception):
    """The draw does not suit the story; another may."""


def stories():
    """A story begins with '== name' and has draws 'v in ...', steps 'v = ...'."""
    story = None
    for number, line in enumerate((HERE / "stories.txt").read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("== "):
            if story:
                yield story
            story = {"name": line[3:].strip(), "question": "", "draws": [], "steps": []}
        elif m := re.fullmatch(r"(\w+) in (.+)", line):
            story["draws"].append(m.groups())
        elif m := re.fullmatch(r"(\w+) = ([^:]+?) : (.+)", line):
            story["steps"].append(m.groups())
        elif line.startswith("? "):
            story["question"] = (story["question"] + " " + line[2:]).strip()
        else:
            sys.exit(f"stories.txt:{number}: neither a draw, a step, nor a question: {line}")
    yield story


def draw(random, spec):
    """'12..40', '2.25..9.75/0.25' (steps of a quarter), or 'word | other word'."""
    if m := re.fullmatch(r"([\d.]+?)\.\.([\d.]+)(?:/([\d.]+))?", spec):
        low, high, step = Fraction(m[1]), Fraction(m[2]), Fraction(m[3] or 1)
        return low + step * random.below(int((high - low) / step) + 1)
    return random.pick([s.strip() for s in spec.split("|")])


def plain(x, money=False):
    """A number as people write it; two places for cents."""
    if x.denominator == 1:
        return str(x.numerator)
    if 100 % x.denominator:
        raise Refused
    cents = x * 100
    text = f"{cents.numerator // 100}.{cents.numerator % 100:02d}"
    return text if money else text.rstrip("0")


def alternatives(random, text):
    while m := re.search(r"\[([^\[\]]*)\]", text):
        text = text[:m.start()] + random.pick(m[1].split("|")) + text[m.end():]
    return text


def evaluate(expr, values):
    tokens = re.findall(r"[a-z]\w*|[\d.]+|[-+*/()]", expr)
    code = "".join(f"F('{t}')" if t[0].isdigit() else f"V['{t}']" if t[0].isalpha() else t for t in tokens)
    return eval(code, {"__builtins__": {}, "F": Fraction, "V": values})  # stories.txt is ours


def build(random, story):
    text, values, money = {}, {}, set()
    for key, (who, form) in zip("ABC", random.shuffled(PEOPLE)):
        forms = FORMS[form]
        text[key], text[key + "he"], text[key + "his"], text[key + "him"] = who, forms[0], forms[1], forms[2]
        text[key + "He"], text[key + "His"], text[key + "self"] = forms[0].title(), forms[1].title(), forms[4]
    for name, spec in story["draws"]:
        got = draw(random, spec)
        if isinstance(got, Fraction):
            values[name] = got
            if "/" in spec:
                money.add(name)
            text[name] = plain(got, name in money)
        else:
            text[name] = got
    lines, seen, constants = [], list(values.values()), set()
    times, tight = random.pick("***x"), random.below(4) == 0
    for name, expr, line in story["steps"]:
        result = evaluate(expr, values)
        if result <= 0 or result > 99999:
            raise Refused
        constants |= {Fraction(n) for n in re.findall(r"(?<![a-z\d.])[\d.]+", expr)}
        if "{$" in line:
            money.add(name)
        shown = re.sub(r"[a-z]\w*", lambda m: plain(values[m[0]], m[0] in money), expr)
        if result.denominator > 1 and "{$" not in line and "{~" not in line:
            raise Refused  # nobody sells half a muffin
        values[name], text[name] = result, plain(result, name in money)
        seen.append(result)
        said = shown if tight else re.sub(r"([-+*/])", r" \1 ", shown)
        if "/=}" not in line:
            said = said.replace("*", times)
        sign = "$" if "{$" in line else ""
        eq = "=" if tight else " = "
        line = re.sub(r"\{[$~]?/?=\}", f"{said}{eq}{sign}<<{shown}={text[name]}>>{text[name]}", line)
        lines.append(fill(random, line, text))
    seen += constants
    if len(set(seen)) != len(seen) or any(x == 1 for x in values.values()):
        raise Refused
    question = fill(random, story["question"], text)
    said = [Fraction(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", question)]
    given = [values[name] for name, spec in story["draws"] if name in values]
    if sorted(said) != sorted(given):
        sys.exit(f"{story['name']}: the question says {question} but draws {given}")
    answer = text[story["steps"][-1][0]]
    return {"question": question, "answer": "\n".join(lines) + f"\n#### {answer}"}


def fill(random, line, text):
    return alternatives(random, line).format_map(text)


def main():
    records, taken = [], set()
    for n, story in enumerate(stories()):
        random = Random(SEED * 1009 + n)
        kept = 0
        for _ in range(TRIES):
            try:
                record = build(random, story)
            except Refused:
                continue
            if record["question"] in taken:
                continue
            taken.add(record["question"])
            records.append(record)
            kept += 1
            if kept == PER_STORY:
                break
        if kept < PER_STORY:
            sys.exit(f"{story['name']}: only {kept} of {PER_STORY} draws hold in {TRIES} tries")
    records = Random(SEED).shuffled(records)
    records += [json.loads(line) for line in (HERE / "byhand.jsonl").read_text(encoding="utf-8").splitlines()]
    for record in records:
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    main()
