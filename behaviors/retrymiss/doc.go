// Package retrymiss is the behavior that starts on something not used yet and
// goes back.
package retrymiss

const doc = `start on any quantity not used yet, then go back, giving no reason

Before a source step the writer starts on a quantity of the problem that no step
has stated or used so far, whether a later step needs it or not: a number of the
question that waits for its turn, or a result that is not computed yet. Then the
writer goes back at once, without a reason.

What is claimed, and proved from the graph, is only that the quantity is not used
yet. The proof of each edit says which kind it was (given, locked or open), and
stats counts them. Of the three behaviors that start out of turn this one needs
least, names only, and is known to teach least.

Ways to go back (as): words from the phrase bank; bare, the same few words and the
mark (back) as text, a control arm; token, the mark as a control token, where the
recipe's tokenizer has it (otherwise the edit is refused as no-token).

Example:

  Moving on to the number of minutes of babysitting. Wait: I leave that and look
  again. Weng earns 12/60 = $0.2 per minute.

With again, another start follows in so many of 100 cases: starts repeat at random, as
in the published retry data. On problems that declare parameters (graft gen igsm) only
bare and token can be replayed; words are refused. There a redundant parameter is
started on while it is locked: one that can be worked out is left to detour_redundant.

Loss is put on the start or taken off it by the weights block of the recipe:
"retry_miss.branch": 0 masks it.

Steps of an edit: branch (the node), return or control.`
