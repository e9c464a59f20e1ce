// Package retryweak is the behavior that starts on a later step's result and
// goes back.
package retryweak

const doc = `start on the result of a later step, then go back, giving no reason

Before a source step the writer starts on a quantity that a later step computes,
and goes back at once. No reason is given: that is what sets it apart from
reflection, which says what is missing.

What is claimed, and proved from the graph, is only that the quantity is the
result of a later step. Starting on it may even have been possible: the proof of
each edit says whether the quantity was locked (something it rests on is not known
yet) or open, and stats counts the two, so that the share of starts that were no
error is known. This needs only a list of steps, and it teaches less than
reflection: keep the rate at or below 0.2, since a half is known to ruin a model.

Ways to go back (as): words from the phrase bank; bare, the same few words and the
mark (back) as text, a control arm; token, the mark as a control token, where the
recipe's tokenizer has it (otherwise the edit is refused as no-token).

Example:

  Next comes the number of clips in both months. No, back to where I was.
  Ann sold 48/2 = 24 clips in June.

With again, another start follows in so many of 100 cases: starts repeat at random, as
in the published retry data. On problems that declare parameters (graft gen igsm) only
bare and token can be replayed; words are refused.

Loss is put on the start or taken off it by the weights block of the recipe:
"retry_weak.branch": 0 masks it.

Steps of an edit: branch (the node), return or control.`
