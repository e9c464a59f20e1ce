"""A behavior in Python: it undoes the computation that a step has just made.

One line of JSON comes in on standard input, one goes out on standard output, and
nothing else may: print diagnostics to standard error. Chance comes from the
request's seed alone, so that a build gives the same bytes every time.
"""
import json
import random
import re
import sys
from fractions import Fraction

UNDO = {"+": "-", "-": "+", "*": "/", "/": "*"}
SAY = ["Let me check: {eq}.", "Going back, {eq}, which fits.", "Is that right? {eq}, so it is."]


def write(request):
    node = next(n for n in request["nodes"] if n["id"] == request["site"]["node"])
    m = re.fullmatch(r"\s*(\d+)\s*([-+*/])\s*(\d+)\s*", node["expr"])
    if m is None:
        return {"refuse": {"code": "no-inverse", "detail": node["expr"] + " is not one operation on whole numbers"}}
    a, op, b = m.groups()
    value = Fraction(node["value"])
    back = {"+": value - int(b), "-": value + int(b), "*": value / int(b), "/": value * int(b)}[op]
    if value.denominator != 1 or back != int(a):
        return {"refuse": {"code": "no-inverse", "detail": node["expr"] + " does not come back"}}
    text = random.Random(request["seed"]).choice(SAY)
    eq = f"{value} {UNDO[op]} {b} = {a}"
    return {"steps": [{"kind": "check", "node": node["id"], "text": text.format(eq=eq)}], "detail": "inverse: " + eq}


def main():
    hello = json.loads(sys.stdin.readline())
    print(json.dumps({"protocol": 1, "name": hello["name"]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **write(request)}), flush=True)


main()
