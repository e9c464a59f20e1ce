"""near.py TOLERANCE A B: two metrics.jsonl hold the same numbers, but for rounding.

Two steps of another kernel family differ in the last bits, so that what is
compared is |a - b| <= tolerance * max(1, |a|), in every step and metric.
"""

import json
import sys

tolerance = float(sys.argv[1])
a, b = ([json.loads(line) for line in open(path)] for path in sys.argv[2:4])
worst = 0.0
if not a or [list(x) for x in a] != [list(x) for x in b]:
    sys.exit(f"{len(a)} and {len(b)} steps, or other metrics")
for x, y in zip(a, b):
    for name in x:
        off = abs(x[name] - y[name]) / max(1, abs(x[name]))
        worst = max(worst, off)
        if not off <= tolerance:
            sys.exit(f"step {x['step']}: {name} is {x[name]} and {y[name]}: {off:.1e} apart, want {tolerance}")
print(f"{len(a)} steps within {worst:.1e}")
