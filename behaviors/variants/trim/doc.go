// Package trim is the variant that takes surplus reflections out of a trace.
package trim

const doc = `the same attempt with surplus reflections taken out, the answer kept

The counterweight to injection: long traces reflect without effect, and training on
that costs accuracy (arXiv 2503.17352). A reflection is a run of steps that begins
with one of the triggers ("Wait", "But wait", "Hold on", …) and goes on to the next
trigger or the end of the paragraph. It is surplus where it states no number that
does not stand before it, in the question or in the trace: nothing changes by it.
The first max of the surplus ones stay, the others go; a reflection that brings a
new number stays in any case, and so does everything that a final answer stands in.

Nothing is written in between: what is left is the source's own steps in order. A
trace with nothing to take out gives no record; a second run takes out nothing. Use
keep: replace to train on the trimmed traces in place of the long ones.

Proof: every segment is its source, byte for byte; which ones are left out is
computed again; the final answer and its grade are the parent's.

Example, max 0:

  source     6 * 7 = 42. Wait, let me see that again. Yes. So the answer is 42.
  derived    6 * 7 = 42. So the answer is 42.`
